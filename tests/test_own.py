"""Networks of one's own: found, checked, keyed by their content, trained like the others."""

import shutil

import keras
import numpy as np
import pytest

from cam_augment.architectures.own import content_of
from cam_augment.base.compat import private_seeds
from cam_augment.base.errors import InputError
from cam_augment.plan import Plan
from cam_augment.questions.maps import MapsQuestion
from cam_augment.registry import ARCHITECTURES
from cam_augment.training.trainer import Trainer
from tests import own_networks
from tests.conftest import TINY
from tests.fits import complete
from tests.given import hidden, network

SHAPE = (28, 28, 1)
MODULE = """
import keras

def make(shape, classes, width=3):
    image = keras.Input(shape)
    x = keras.layers.Conv2D(width, 3, strides=4, name="seen")(image)
    return keras.Model(image, keras.layers.Dense(classes)(keras.layers.Flatten()(x)))
"""


def plan_of(source, **settings) -> Plan:
    network = {"name": "own", "source": str(source), **settings}
    return Plan.make(
        {**TINY, "architecture": network, "recipe": {"epochs": 1, "precision": "float32"}}
    )


def built(plan: Plan, seed: int = 1, shape=SHAPE, classes: int = 10) -> keras.Model:
    with private_seeds(seed):
        return ARCHITECTURES["own"](shape, classes, **plan.architecture.settings)


@pytest.fixture
def saved(tmp_path):
    """The file of a network whose weights are no fresh ones."""
    model = network(SHAPE, 10)
    model.set_weights([w + 0.01 for w in model.get_weights()])
    model.save(tmp_path / "mine.keras")
    return tmp_path / "mine.keras"


def start(plan: Plan, number: int) -> list:
    trainer = Trainer(plan.architecture, plan.recipe, SHAPE, 10)
    trainer._restart(plan.runs()[number].entropy)
    return trainer.model.get_weights()


def test_a_function_is_trained_and_looked_at_as_any_network(data):
    plan = plan_of("tests.given:network", options={"width": 6}, layer="features")
    run, questions = plan.runs()[0], [MapsQuestion.of("maps", plan)]
    one, two = (complete(run, questions, None, data) for _ in range(2))
    np.testing.assert_array_equal(one.fit.test_logits, two.fit.test_logits)
    assert one.answers["maps"].values.shape == (30, 14, 14)
    assert one.answers["maps"].layer == "features"
    again = complete(run, questions, one.model, data)
    np.testing.assert_array_equal(again.answers["maps"].values, one.answers["maps"].values)
    assert built(plan).get_layer("features").output.shape[-1] == 6


def test_a_file_gives_every_run_the_same_start_unless_it_is_to_be_fresh(saved):
    starts = [start(plan_of(saved), number) for number in (0, 1)]
    for weights in starts:
        for a, b in zip(weights, keras.models.load_model(saved).get_weights(), strict=True):
            np.testing.assert_array_equal(a, b)
    fresh = [start(plan_of(saved, fresh=True), number) for number in (0, 0, 1)]
    kernel, last = 0, -2
    for place in (kernel, last):
        np.testing.assert_array_equal(fresh[0][place], fresh[1][place])
        assert (fresh[0][place] != fresh[2][place]).any()
        assert (fresh[0][place] != starts[0][place]).any()


def test_an_untrained_network_follows_from_the_seed_alone(saved):
    plan = plan_of(saved)
    trainer = Trainer(plan.architecture, plan.recipe, SHAPE, 10)
    one, same, other = (trainer.untrained(seed).get_weights() for seed in (3, 3, 4))
    for a, b in zip(one, same, strict=True):
        np.testing.assert_array_equal(a, b)
    for kernel in (0, -2):
        assert (one[kernel] != other[kernel]).any()
        assert (one[kernel] != trainer.model.get_weights()[kernel]).any()


def test_what_a_file_drops_differs_from_seed_to_seed(saved):
    images = np.ones((8, *SHAPE), np.float32)
    one, same, other = (
        built(plan_of(saved), seed)(images, training=True).numpy() for seed in (1, 1, 2)
    )
    np.testing.assert_array_equal(one, same)
    assert (one != other).any()


@pytest.mark.parametrize("fresh", [False, True])
@pytest.mark.parametrize("place", own_networks.PREPARED)
def test_what_a_file_knows_of_the_data_is_kept(place, fresh, tmp_path):
    images = np.random.default_rng(0).normal(3, 2, (50, *SHAPE)).astype(np.float32)
    original = own_networks.prepared(SHAPE, 10, images, place)
    original.save(tmp_path / "normal.keras")
    model = built(plan_of(tmp_path / "normal.keras", fresh=fresh))
    normal, twin = map(own_networks.normalization, (original, model))
    np.testing.assert_allclose(twin(images), normal(images), rtol=1e-6)
    assert abs(float(np.mean(twin(images)))) < 0.2
    alike = np.allclose(model(images), original(images), rtol=1e-4, atol=1e-5)
    assert alike == (not fresh)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (MODULE, "'.*net.py' has no function 'mak'. Did you mean 'make'?"),
        ("import maker.mak", r"has no function 'mak'\. Did you mean 'maker'\?"),
        ("x = (", "'.*net.py' is not valid Python: SyntaxError"),
    ],
)
def test_a_function_that_is_not_there_is_said_when_the_plan_is_read(text, words, tmp_path):
    (tmp_path / "net.py").write_text(f"{text}\nraise SystemExit('executed')")
    with pytest.raises(InputError, match=words):
        plan_of(f"{tmp_path}/net.py:mak")


@pytest.mark.parametrize(
    "text", ["def f(): 0", "class f: 0", "f = g", "from a import f", "import f", "from a import *",
             "import g as f", "if 1:\n    f: int = 3", "def __getattr__(name): 0", "import f.g",
             "globals()['f'] = g", "vars().update(f=g)", "setattr(sys.modules[__name__], 'f', g)",
             "exec('def f(): 0')", "sys.modules[__name__].__dict__['f'] = g"],
)  # fmt: skip
def test_whatever_binds_a_name_may_be_the_function(text, tmp_path):
    (tmp_path / "net.py").write_text(f"{text}\nraise SystemExit('executed')")
    assert plan_of(f"{tmp_path}/net.py:f").architecture.name == "own"


@pytest.mark.parametrize("fresh", [False, True])
def test_a_file_whose_copy_answers_otherwise_is_refused(fresh, tmp_path):
    own_networks.forgetful(SHAPE, 10).save(tmp_path / "forgetful.keras")
    with pytest.raises(InputError, match="its copy answers otherwise"):
        built(plan_of(tmp_path / "forgetful.keras", fresh=fresh))


def test_a_network_of_any_size_gets_the_size_of_the_images(tmp_path):
    network((None, None, 1), 10).save(tmp_path / "any.keras")
    assert built(plan_of(tmp_path / "any.keras")).input_shape == (None, *SHAPE)


def test_the_key_follows_the_content_and_not_the_name(saved, tmp_path):
    other = tmp_path / "other.keras"
    shutil.copy(saved, other)
    key = plan_of(saved).runs()[0].key
    assert plan_of(other).runs()[0].key == key
    assert plan_of(saved, fresh=True).runs()[0].key != key
    network(SHAPE, 10).save(other)
    assert plan_of(other).runs()[0].key != key


def test_a_module_is_keyed_by_its_text_and_function(tmp_path):
    path, moved = tmp_path / "nets.py", tmp_path / "moved.py"
    path.write_text(MODULE + "\nanother = make\n")
    moved.write_text(path.read_text())
    key = plan_of(f"{path}:make").runs()[0].key
    assert plan_of(f"{moved}:make").runs()[0].key == key
    assert plan_of(f"{path}:another").runs()[0].key != key
    assert plan_of(f"{path}:make", options={"width": 4}).runs()[0].key != key
    path.write_text(path.read_text() + "\n# another text\n")
    assert plan_of(f"{path}:make").runs()[0].key != key


def test_a_changed_source_is_refused_and_its_written_plan_can_still_be_read(tmp_path):
    path = tmp_path / "nets.py"
    path.write_text(MODULE)
    plan = plan_of(f"{path}:make")
    assert built(plan).get_layer("seen").filters == 3
    path.write_text(MODULE.replace("width=3", "width=5"))
    with pytest.raises(InputError, match=r"nets\.py:make is not what the plan was read with"):
        built(plan)
    assert built(plan_of(f"{path}:make")).get_layer("seen").filters == 5  # and not the old code
    path.unlink()
    again = Plan.model_validate(plan.model_dump(mode="json"))
    assert again.runs()[0].key == plan.runs()[0].key


def test_a_module_that_was_imported_before_it_changed_is_imported_again(tmp_path, monkeypatch):
    monkeypatch.syspath_prepend(tmp_path)
    (tmp_path / "changing_nets.py").write_text(MODULE)
    assert built(plan_of("changing_nets:make")).get_layer("seen").filters == 3
    (tmp_path / "changing_nets.py").write_text(MODULE.replace("width=3", "width=51"))
    assert built(plan_of("changing_nets:make")).get_layer("seen").filters == 51


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({}, 'needs source = "module:function"'),
        ({"source": "tests.given"}, "expected module:function, file.py:function or file.keras"),
        ({"source": "tests.givn:network"}, "no module 'tests.givn'"),
        ({"source": "no.such.module:network"}, "no module 'no.such.module'"),
        ({"source": "nowhere.py:network"}, "no module 'nowhere.py'"),
        ({"source": "nowhere.keras"}, "no file 'nowhere.keras'"),
        ({"source": "tests.given:network", "fresh": True}, "fresh is for files"),
        ({"source": "nowhere.keras", "options": {"a": 1}}, "options are a function's"),
    ],
)
def test_mistakes_in_a_plan_are_named_before_anything_runs(settings, words):
    with pytest.raises(InputError) as caught:
        Plan.make({"architecture": {"name": "own", **settings}})
    assert words in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("function", "words"),
    [
        ("netwrk", "has no function 'netwrk'. Did you mean 'network'?"),
        ("nothing", "tests.given:nothing returned dict; a keras.Model expected"),
        ("hidden", "tests.given:hidden has a Lambda layer"),
    ],
)
def test_what_is_no_network_is_refused(function, words):
    with pytest.raises(InputError) as caught:
        built(plan_of(f"tests.given:{function}"))
    assert words in str(caught.value)


def test_what_does_not_fit_the_data_is_refused(saved, tmp_path):
    plan = plan_of(saved)
    with pytest.raises(InputError, match=r"tells 10 classes apart; the data set has 3"):
        Trainer(plan.architecture, plan.recipe, SHAPE, 3)
    with pytest.raises(InputError, match=r"takes images of \(28, 28, 1\); received \(32"):
        built(plan_of(saved), shape=(32, 32, 3))
    with pytest.raises(InputError, match=r"network raised TypeError: .*'depth'"):
        built(plan_of("tests.given:network", options={"depth": 3}))
    (tmp_path / "broken.keras").write_text("no model")
    with pytest.raises(InputError, match=r"broken\.keras cannot be read"):
        built(plan_of(tmp_path / "broken.keras"))
    (tmp_path / "broken.py").write_text("import no_such_thing\ndef make(): 0\n")
    with pytest.raises(InputError, match=r"importing '.*' raised ModuleNotFoundError"):
        built(plan_of(f"{tmp_path / 'broken.py'}:make"))


def test_a_lambda_in_a_file_is_refused_in_one_line(tmp_path):
    hidden(SHAPE, 10).save(tmp_path / "evil.keras")
    with pytest.raises(InputError, match="has a Lambda layer, which is code") as caught:
        built(plan_of(tmp_path / "evil.keras"))
    assert "\n" not in str(caught.value)


def test_a_grid_of_one_cell_is_passed_over_and_refused_where_it_is_named(data):
    plan = plan_of("tests.given:tiny")
    questions = [MapsQuestion.of("maps", plan)]
    assert complete(plan.runs()[0], questions, None, data).answers["maps"].layer == "before"
    named = plan_of("tests.given:tiny", layer="cell")
    questions = [MapsQuestion.of("maps", named)]
    with pytest.raises(InputError, match=r"'cell' has a grid of 1x1.*would do: .*before"):
        complete(named.runs()[0], questions, None, data)


def test_ones_own_base_can_be_frozen(data, saved):
    network = {"name": "own", "source": str(saved), "base": "features"}
    fields = {**TINY, "architecture": network, "recipe": {"epochs": 1, "frozen_epochs": 1}}
    trainer = Trainer((plan := Plan.make(fields)).architecture, plan.recipe, SHAPE, 10)
    trainer.train(plan.runs()[0], data.train, data.validation)
    before = keras.models.load_model(saved).get_weights()
    for a, b in zip(trainer.model.get_weights()[:-2], before[:-2], strict=True):
        np.testing.assert_array_equal(a, b)
    with pytest.raises(InputError, match=r"'own' names no base.*own"):
        Plan.make({**fields, "architecture": {**network, "base": ""}})


def test_the_content_is_that_of_the_file(saved):
    assert plan_of(saved).architecture.settings["content"] == content_of(str(saved))
