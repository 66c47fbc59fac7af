"""Training: reproducible, fresh for every run, equal to Keras' own, honest about failure."""

from dataclasses import replace
from typing import Annotated, get_args

import keras
import numpy as np
import pytest
from pydantic import Field

from cam_augment.base.errors import InputError
from cam_augment.impact.arms import Arms
from cam_augment.impact.scored import scored
from cam_augment.plan import Choice, Plan, Recipe
from cam_augment.questions.maps import MapsQuestion
from cam_augment.records import Split
from cam_augment.registry import ARCHITECTURES, CAMS
from cam_augment.study.run import load_data
from cam_augment.training import trainer as training
from cam_augment.training.schedules import SCHEDULES, learning_rates, optimizer
from cam_augment.training.trainer import Diverged
from tests.conftest import TINY
from tests.fits import complete
from tests.stored import fit_of
from tests.weights import assert_moved_alike


@pytest.fixture(scope="module")
def plan():
    return Plan.make(TINY)


@pytest.fixture(scope="module")
def data(plan):
    return load_data(plan)


def looks(plan, key="maps"):
    return [MapsQuestion.of(key, plan)]


def test_the_same_run_gives_the_same_bytes_whatever_ran_before(plan, data):
    first, other = plan.runs()[0], plan.runs()[-1]
    one = complete(first, looks(plan), None, data)
    complete(other, looks(plan), None, data)
    two = complete(first, looks(plan), None, data)
    training._trainer.cache_clear()
    fresh = complete(first, looks(plan), None, data)
    for again in (two, fresh):
        np.testing.assert_array_equal(again.fit.test_logits, one.fit.test_logits)
        np.testing.assert_array_equal(again.answers["maps"].values, one.answers["maps"].values)
        for name, values in one.fit.history.items():
            np.testing.assert_array_equal(again.fit.history[name], values)


def test_seeds_and_strategies_make_different_models(plan, data):
    logits = [complete(run, [], None, data).fit.test_logits for run in plan.runs()[:5]]
    for i, one in enumerate(logits):
        for other in logits[i + 1 :]:
            assert not np.allclose(one, other)


def test_a_stored_model_gives_the_maps_that_training_gave(plan, data):
    run = plan.runs()[1]
    trained = complete(run, looks(plan), None, data)
    complete(plan.runs()[0], [], None, data)
    looked = complete(run, looks(plan), trained.model, data)
    assert looked.fit is None
    np.testing.assert_array_equal(looked.answers["maps"].values, trained.answers["maps"].values)


def test_shapes_and_history(plan, data):
    done = complete(plan.runs()[0], looks(plan), None, data)
    assert done.fit.test_logits.shape == (100, 10)
    assert done.fit.probe_logits.shape == (30, 10)
    assert {name: len(v) for name, v in done.fit.history.items()} == dict.fromkeys(
        ("loss", "accuracy", "validation_loss", "validation_accuracy"), 5
    )
    assert done.answers["maps"].values.shape == (30, 7, 7)


def test_what_is_plain_to_see_is_learned(plan, data):
    """A class is a bright stripe at its own height; ten of a hundred would be right by chance."""
    labels = np.arange(200) % 10
    images = np.random.default_rng(0).uniform(0, 0.1, (200, 28, 28, 1)).astype(np.float32)
    for image, label in zip(images, labels, strict=True):
        image[2 + 2 * label : 6 + 2 * label] += 0.9
    stripes = Split(images, labels)
    done = complete(plan.runs()[0], [], None, replace(data, train=stripes, test=stripes))
    assert (done.fit.test_logits.argmax(axis=1) == labels).mean() > 0.5


@pytest.mark.parametrize("optimizer", ["adam", "sgd", "rmsprop"])
def test_the_loop_does_what_keras_fit_does(optimizer, data):
    """The compiled epoch against Keras' ordinary path: same weights in, same weights out."""
    fields = {"epochs": 1, "batch_size": 30, "schedule": "constant", "precision": "float32"}
    recipe = Recipe(optimizer=optimizer, **fields)
    plan = Plan.make({"recipe": recipe.model_dump(), "strategies": ["identity"]})
    trainer = training.Trainer(plan.architecture, recipe, (28, 28, 1), 10)
    run = plan.runs()[0]
    trainer._restart(run.entropy)
    start = trainer.model.get_weights()
    twin = keras.models.clone_model(trainer.model)
    twin.set_weights(start)
    twin.compile(
        keras.optimizers.get(
            {"class_name": optimizer, "config": {"learning_rate": recipe.learning_rate}}
        ),
        keras.losses.CategoricalCrossentropy(from_logits=True),
    )
    order = np.random.default_rng([run.entropy, 0]).permutation(len(data.train))
    one_hot = np.eye(10, dtype=np.float32)[data.train.labels]
    twin.fit(
        data.train.images[order], one_hot[order], batch_size=30, epochs=1, shuffle=False, verbose=0
    )
    trainer.train(run, data.train, data.validation)
    assert_moved_alike(start, trainer.model.get_weights(), twin.get_weights())


def test_chunks_bound_memory_and_change_nothing_without_augmentation(plan, data, monkeypatch):
    run = plan.runs()[0]
    whole = complete(run, [], None, data).fit.test_logits
    monkeypatch.setattr(training, "CHUNK_BYTES", 28 * 28 * 4 * 30)
    np.testing.assert_allclose(complete(run, [], None, data).fit.test_logits, whole, atol=1e-4)


def test_a_diverging_run_says_so(plan, data, monkeypatch):
    monkeypatch.setattr(training.Trainer, "_pass", lambda *_: (float("nan"), 0.1))
    with pytest.raises(Diverged, match="baseline #0: the loss is nan after epoch 1"):
        complete(plan.runs()[0], [], None, data)


def test_learning_rates_fall_by_a_cosine_to_zero():
    rates = learning_rates(Recipe(epochs=10, batch_size=50, learning_rate=0.1), 480)
    assert rates.shape == (10, 10)
    assert rates[0, 0] == np.float32(0.1)
    assert 0 < rates[-1, -1] < 1e-4
    assert (np.diff(rates.ravel()) < 0).all()
    flat = learning_rates(Recipe(epochs=2, schedule="constant", learning_rate=0.1), 50)
    np.testing.assert_array_equal(flat, np.float32(0.1))


def test_a_lambda_in_a_model_file_is_refused(tmp_path, plan):
    net = keras.Sequential([keras.Input((28, 28, 1)), keras.layers.Lambda(lambda x: x)])
    net.save(tmp_path / "evil.keras")
    trainer = training.Trainer(plan.architecture, plan.recipe, (28, 28, 1), 10)
    with pytest.raises(training.Unusable, match="is refused"):
        trainer.take((tmp_path / "evil.keras").read_bytes())


@pytest.mark.parametrize(
    ("look", "reason"),
    [
        ({"layer": "featurs"}, "no layer 'featurs' with a grid"),
        ({"layer": "image"}, "no layer 'image' with a grid"),
        ({"layer": "stage_2", "cam": "cam"}, "global average pooling"),
    ],
)
def test_what_cannot_be_looked_at_is_refused_before_training(look, reason, plan, data, monkeypatch):
    monkeypatch.setattr(training.Trainer, "train", lambda *_: pytest.fail("it trained"))
    cam = Choice.parse(look.get("cam", "gradcam"), CAMS)
    request = MapsQuestion("key", cam, "true", look["layer"])
    with pytest.raises(InputError, match=reason):
        complete(plan.runs()[0], [request], None, data)


@pytest.mark.usefixtures("plan")
def test_bfloat16_trains_and_looks_in_float32(data):
    """Half precision is a matter of the training alone: what is kept computes in float32."""
    half, single = (
        Plan.make({**TINY, "recipe": {"epochs": 1, "batch_size": 25, "precision": precision}})
        for precision in ("bfloat16", "float32")
    )
    one, two = (complete(p.runs()[0], looks(p), None, data) for p in (half, single))
    assert (one.fit.test_logits != two.fit.test_logits).any()
    np.testing.assert_allclose(one.fit.history["loss"], two.fit.history["loss"], rtol=0.2)
    assert one.fit.test_logits.dtype == one.answers["maps"].values.dtype == np.float32
    again = complete(half.runs()[0], looks(half), one.model, data)
    np.testing.assert_array_equal(again.answers["maps"].values, one.answers["maps"].values)
    assert keras.config.dtype_policy().name == "float32"


def plain_network(shape, classes, *, keep: Annotated[float, Field(gt=0, le=1)] = 0.8):
    """A network of Keras' own layers only, as a user would write it."""
    image = keras.Input(shape)
    x = keras.layers.Conv2D(8, 5, strides=4, activation="relu", name="seen")(image)
    x = keras.layers.BatchNormalization()(x)
    x = keras.layers.SpatialDropout2D(1 - keep)(x)
    x = keras.layers.Flatten()(x)
    x = keras.layers.Dense(16, activation="gelu", kernel_regularizer="l2")(x)
    return keras.Model(image, keras.layers.Dense(classes)(x))


@pytest.mark.usefixtures("plan")
def test_a_users_own_keras_network_trains_by_the_same_path(data, monkeypatch):
    """Dropout and regularisers too: reproducible, and nothing of ours in the network."""
    monkeypatch.setattr(ARCHITECTURES, "_entries", dict(ARCHITECTURES))
    ARCHITECTURES.add(version=1, layer="seen")(plain_network)
    plan = Plan.make({**TINY, "architecture": "plain_network", "recipe": {"epochs": 1}})
    first, other = plan.runs()[0], plan.runs()[-1]
    one = complete(first, looks(plan), None, data)
    complete(other, looks(plan), None, data)
    two = complete(first, looks(plan), None, data)
    np.testing.assert_array_equal(one.fit.test_logits, two.fit.test_logits)
    np.testing.assert_array_equal(one.answers["maps"].values, two.answers["maps"].values)
    assert one.answers["maps"].layer == "seen"


@pytest.mark.parametrize("schedule", SCHEDULES)
def test_every_schedule_starts_at_the_first_rate_and_never_rises(schedule):
    recipe = Recipe(epochs=20, batch_size=50, learning_rate=0.1, schedule=schedule)
    rates = learning_rates(recipe, 480).ravel()
    assert rates.shape == (200,)
    assert rates[0] == pytest.approx(0.1)
    assert (np.diff(rates) <= 0).all()
    assert rates[-1] == pytest.approx(0.1) if schedule == "constant" else rates[-1] < 0.002


def test_a_warm_up_rises_to_the_first_rate_and_then_the_schedule_begins():
    recipe = Recipe(epochs=10, batch_size=10, learning_rate=0.1, warmup=0.2)
    rates = learning_rates(recipe, 100).ravel()
    np.testing.assert_allclose(rates[:20], 0.1 * np.arange(1, 21) / 20, rtol=1e-5)
    after = learning_rates(recipe.model_copy(update={"warmup": 0.0, "epochs": 8}), 100).ravel()
    np.testing.assert_allclose(rates[20:], after, rtol=1e-5)


def test_every_name_of_a_schedule_can_be_planned():
    assert set(SCHEDULES) == set(get_args(Recipe.model_fields["schedule"].annotation))


@pytest.mark.parametrize("field", ["l1", "l2"])
@pytest.mark.parametrize("precision", ["float32", "bfloat16"])
def test_a_penalty_is_that_of_keras_regularisers_on_what_learns(field, precision):
    plan = Plan.make({**TINY, "recipe": {"epochs": 1, field: 0.01, "precision": precision}})
    trainer = training.Trainer(plan.architecture, plan.recipe, (28, 28, 1), 10)
    kernels = [v for v in trainer.learner.trainable_variables if v.path.endswith("kernel")]
    regulariser = keras.regularizers.get({"class_name": field.upper(), "config": {field: 0.01}})
    expected = sum(float(regulariser(kernel)) for kernel in kernels)
    assert sum(map(float, trainer._stages[-1].penalties())) == pytest.approx(expected, rel=1e-5)
    assert len(kernels) == 4


def test_momentum_is_keras_sgd_with_momentum():
    sgd = optimizer(Recipe(optimizer="momentum", learning_rate=0.3))
    assert isinstance(sgd, keras.optimizers.SGD)
    assert (float(sgd.momentum), float(sgd.learning_rate)) == (0.9, pytest.approx(0.3))


@pytest.mark.usefixtures("plan")
def test_a_control_arm_trains_another_model_than_the_baseline(data):
    strategies = ["dropout", "l2:0.01", "label_smoothing", "optimizer", "schedule,kind=step"]
    arms = Plan.make({**TINY, "strategies": strategies, "seeds": 3}).runs()[4::3]
    logits = [complete(run, [], None, data).fit.test_logits for run in arms]
    assert len(logits) == 5
    assert all(np.isfinite(values).all() for values in logits)


@pytest.mark.parametrize("block", [1, 7, 64])
def test_predictions_are_the_same_in_blocks_of_any_size(plan, data, monkeypatch, block):
    trainer = training.trainer_of(plan.runs()[0], data)
    trainer._restart(3)
    whole = trainer.predict(data.test.images)
    monkeypatch.setattr(training, "PREDICT_BLOCK", block)
    np.testing.assert_allclose(trainer.predict(data.test.images), whole, rtol=1e-3, atol=1e-5)


def test_validation_in_blocks_is_that_of_the_whole(plan, data, monkeypatch):
    """To rounding; the last block is smaller than the others."""
    run = plan.runs()[0]
    whole = complete(run, [], None, data).fit.history
    monkeypatch.setattr(training, "PREDICT_BLOCK", 20)
    parts = complete(run, [], None, data).fit.history
    for name, values in whole.items():
        np.testing.assert_allclose(parts[name], values, rtol=1e-5, err_msg=name)


@pytest.mark.parametrize(("sides", "size"), [(28, 500), (224, 111), (4000, 1)])
def test_blocks_are_bounded_in_images_and_in_bytes(sides, size):
    image = np.broadcast_to(np.float32(0), (1000, sides, sides, 1 if sides == 28 else 3))
    parts = training.blocks(image)
    assert parts[0] == slice(0, size)
    assert [part.start for part in parts] == list(range(0, 1000, size))


def test_macro_f1_is_that_of_the_whole_set(plan, data):
    """A mean of F1 over batches is another number: it must be taken over the set."""
    from sklearn.metrics import f1_score

    fit = fit_of(plan.runs()[0], data)
    macro = scored(Arms(plan, data, [fit], {}), "macro_f1").values["baseline"][0]
    predicted, labels = fit.test_logits.argmax(axis=1), data.test.labels
    assert macro == pytest.approx(f1_score(labels, predicted, average="macro"))
