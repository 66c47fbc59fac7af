"""Faithful maps: known ones win, slow twins agree, weights come back, and the page says so."""

import itertools
import shutil
from pathlib import Path

import keras
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cam_augment import compare, impact
from cam_augment.cams import deletion
from cam_augment.cli.study import main
from cam_augment.impact.attention.faithfulness import unfaithful
from cam_augment.networks.network import Network
from cam_augment.plan import Check, Choice, Plan
from cam_augment.questions import OWN, faithfulness, questions_of
from cam_augment.questions.faithfulness import FaithfulnessQuestion, fresh_weights
from cam_augment.questions.maps import MapsQuestion
from cam_augment.records import DataSet, Estimate, Notice, Split, load_profile
from cam_augment.report.contents import Report
from cam_augment.report.formats.comma_separated import comma_separated
from cam_augment.report.parts import discover
from cam_augment.report.tables.faithfulness import faithfulness as table
from cam_augment.report.tables.faithfulness import randomisation
from cam_augment.store import Store
from cam_augment.study.given import Given
from cam_augment.study.requests import requests
from cam_augment.study.run import load_data
from cam_augment.training import trainer as training
from tests.answered import answered
from tests.conftest import TINY
from tests.fits import complete
from tests.profiles import example_profile
from tests.test_impact import simulated

RUN = Plan.make({}).runs()[0]


def data_of(images, labels):
    split = Split(images.astype(np.float32), labels)
    return DataSet("made", ("a", "b"), split, split, split, split)


def one_cell(cell=(0, 3), strength=4.0):
    """A network of a 4x4 grid that looks at one cell: its logit of class 1 is that cell's mean."""
    image = keras.Input((8, 8, 1))
    x = keras.layers.Conv2D(1, 2, strides=2, use_bias=False, name="seen")(image)
    logits = keras.layers.Dense(2)(keras.layers.Flatten()(x))
    model = keras.Model(image, logits)
    kernel = np.zeros((16, 2), np.float32)
    kernel[cell[0] * 4 + cell[1], 1] = strength
    model.set_weights([np.full((2, 2, 1, 1), 0.25, np.float32), kernel, np.zeros(2, np.float32)])
    return model


def bright(count=10):
    """Images of ones and their opposite: all cells are bright or dark, their mean is even."""
    images = np.ones((count, 8, 8, 1))
    images[1::2] = -1
    return data_of(images, np.ones(count, np.int64) - np.arange(count) % 2)


def answer(model, data, cam="hirescam", run=RUN, fresh=None, **fields):
    """What a model answers; ``fresh``: a model whose weights stand for freshly drawn ones."""
    question = FaithfulnessQuestion("key", Choice(name=cam), layer="seen", **fields)
    trainer = Given(Network(model), "seen")
    if fresh is not None:
        trainer.untrained = lambda seed: fresh  # noqa: ARG005
    return question.answer(trainer, run, data)


# ---- the formulas


def test_the_cell_that_the_network_looks_at_is_the_first_to_matter():
    """Golden: the class stands at softmax(4) until the one cell goes, and at one half after."""
    data = bright()
    result = answer(one_cell(), data)
    sure = 1 / (1 + np.exp(-4))
    lit = faithfulness.sample_of(data.probe).labels == 1
    assert np.isnan(result["deletion"][:, ~lit]).all()  # no cell speaks for class 0: no map
    for name, after in (("deletion", [sure, *[0.5] * 8]), ("insertion", [0.5, *[sure] * 8])):
        curves = result[f"{name}_curve"][0, lit]
        np.testing.assert_allclose(curves, np.broadcast_to(after, curves.shape), atol=1e-6)
    area = (0.5 * (sure + 0.5) + 7 * 0.5) / 8
    np.testing.assert_allclose(result["deletion"][0, lit], area, atol=1e-6)
    for other in (1, 2):
        assert (result["deletion"][0] <= result["deletion"][other])[lit].all()
        assert (result["insertion"][0] >= result["insertion"][other])[lit].all()
    assert np.nanmean(result["deletion"][1] - result["deletion"][0]) > 0.3  # a corner goes last
    assert np.nanmean(result["deletion"][2] - result["deletion"][0]) > 0.05


def test_a_cell_in_the_middle_is_found_by_the_centre_too():
    result = answer(one_cell((1, 2)), bright())
    assert np.nanmax(np.abs(result["deletion"][1] - result["deletion"][0])) < 0.061  # a step


def twin(image, target, values, noise, filling, probability):
    """Deletion and insertion of one image, cell by cell and pixel by pixel."""
    rows, columns = values.shape
    cells = sorted(np.ndindex(rows, columns), key=lambda c: (-values[c], noise[c]))
    steps = min(8, len(cells))
    deleted, inserted = image.copy(), filling.copy()
    curves, done = [[], []], 0
    for step in range(steps + 1):
        while done < step * len(cells) // steps:
            for i, j in np.ndindex(image.shape[:2]):
                middle = (i + 0.5) * rows / image.shape[0], (j + 0.5) * columns / image.shape[1]
                if (int(middle[0]), int(middle[1])) == cells[done]:
                    deleted[i, j], inserted[i, j] = filling[i, j], image[i, j]
            done += 1
        for curve, changed in zip(curves, (deleted, inserted), strict=True):
            curve.append(probability(changed[None])[0, target])
    return curves


@pytest.mark.parametrize(
    ("sides", "grid"), [((8, 8), (4, 4)), ((17, 22), (9, 11)), ((6, 7), (2, 3)), ((5, 4), (1, 2))]
)
def test_the_batch_does_what_one_image_at_a_time_does(sides, grid):
    rng = np.random.default_rng(0)
    images, filling = rng.random((3, *sides, 2)), rng.random((*sides, 2))
    weights = rng.normal(size=(images[0].size, 3))
    values = rng.integers(0, 3, size=(2, 3, *grid)).astype(float)  # with ties
    noise, targets = rng.random((2, 3, grid[0] * grid[1])), np.array([0, 2, 1])

    def probability(x):
        return faithfulness.softmax(x.reshape(len(x), -1) @ weights)

    orders = np.array([deletion.places(v, n) for v, n in zip(values, noise, strict=True)])
    result = deletion.curves(images, targets, orders, grid, filling, probability)
    for order, image in np.ndindex(2, 3):
        expected = twin(
            images[image], targets[image], values[order, image],
            noise[order, image].reshape(grid), filling, probability,
        )  # fmt: skip
        np.testing.assert_allclose([curve[order, image] for curve in result], expected)
        areas = [sum((a + b) / 2 for a, b in itertools.pairwise(c)) for c in expected]
        np.testing.assert_allclose(
            [deletion.area(curve[order, image]) for curve in result],
            np.array(areas) / (len(expected[0]) - 1),
        )


@given(st.integers(1, 12), st.integers(1, 12), st.integers(0, 20), st.integers(0, 20))
def test_each_pixel_belongs_to_one_cell_and_no_cell_is_empty(rows, columns, more, wider):
    cells = deletion.cell_of_pixels((rows, columns), (rows + more, columns + wider))
    assert set(cells.ravel()) == set(range(rows * columns))
    heights = np.bincount(cells[:, 0] // columns)
    assert heights.max() - heights.min() <= 1
    assert (np.diff(cells, axis=0) >= 0).all()


@given(st.integers(2, 400))
def test_steps_are_equal_as_far_as_whole_cells_go(cells):
    counts = deletion.counts(cells)
    assert (counts[0], counts[-1]) == (0, cells)
    assert len(counts) == min(8, cells) + 1
    assert np.ptp(np.diff(counts)) <= 1


def test_no_position_is_favoured_among_equal_cells():
    noise = np.random.default_rng(0).random((4000, 12))
    first = deletion.places(np.zeros((4000, 3, 4)), noise)
    np.testing.assert_allclose(first.mean(axis=0), 5.5, atol=0.25)
    values = np.broadcast_to(deletion.centre_prior((3, 4), (9, 12)), (4000, 3, 4))
    places = deletion.places(values, noise).mean(axis=0).reshape(3, 4)
    np.testing.assert_allclose(places, places[::-1, ::-1], atol=0.25)
    np.testing.assert_allclose(places[1], [6.5, 0.5, 0.5, 6.5], atol=0.3)


def test_the_centre_prior_has_the_order_of_a_gaussian():
    rows, columns = np.indices((5, 7))
    y, x = (rows + 0.5) / 5 - 0.5, (columns + 0.5) / 7 - 0.5
    gaussian = np.exp(-((y * 40) ** 2 + (x * 28) ** 2) / (2 * 7**2))
    prior = deletion.centre_prior((5, 7), (40, 28))
    higher = prior.ravel()[:, None] > prior.ravel()
    assert (gaussian.ravel()[:, None] > gaussian.ravel())[higher].all()


@pytest.mark.parametrize("cam", ["hirescam", "eigencam"])
def test_maps_are_held_against_those_of_fresh_weights(cam):
    data = data_of(np.random.default_rng(0).random((6, 8, 8, 1)), np.ones(6, np.int64))
    learned, last, fresh = one_cell((0, 3)), one_cell((2, 1)), one_cell((2, 1))
    fresh.layers[1].set_weights([np.array([1.0, 0, 0, 0]).reshape(2, 2, 1, 1)])
    result = answer(learned, data, cam, fresh=fresh)
    sample = faithfulness.sample_of(data.probe)
    maps, of_last, of_all = (
        Given(Network(model), "seen").view().maps(cam, sample.images, sample.labels)
        for model in (learned, last, fresh)
    )
    for part, others in (("last", of_last), ("all", of_all)):
        expected = [np.corrcoef(a.ravel(), b.ravel())[0, 1] for a, b in zip(maps, others)]  # noqa: B905
        np.testing.assert_allclose(result[part], expected, atol=1e-5)
        blind = (cam, part) == ("eigencam", "last")  # this method knows no last layer
        assert (np.array(expected) > 0.9999).all() == blind


def drawn_orders(run, monkeypatch):
    """Return the places of a run's cells in its three orders, int [order, image, cell]."""
    orders = []
    monkeypatch.setattr(
        deletion, "places", lambda *given: orders.append(places(*given)) or orders[-1]
    )
    answer(one_cell(), data_of(np.ones((4, 8, 8, 1)), np.ones(4, np.int64)), run=run)
    return np.array(orders)


places = deletion.places


def test_another_run_draws_other_orders(monkeypatch):
    """All is drawn but what the values decide: the cell that the network looks at comes first."""
    runs = [RUN.model_copy(update={"seed": seed}) for seed in (0, 0, 7)]
    one, again, other = (drawn_orders(run, monkeypatch) for run in runs)
    np.testing.assert_array_equal(one, again)
    assert (one != other).any(axis=(1, 2)).all()
    assert (one[0, :, 3] == 0).all()
    assert (other[0, :, 3] == 0).all()


def test_the_predicted_class_is_followed_where_the_look_is_at_it():
    """Bright images of class 0, of which the network makes class 1."""
    model = one_cell()
    kernel = model.layers[-1].kernel.numpy()
    kernel[12, 0] = 1.0
    model.layers[-1].kernel.assign(kernel)
    data = data_of(np.ones((4, 8, 8, 1)), np.zeros(4, np.int64))
    for target, logit in (("true", 1), ("predicted", 4)):
        start = answer(model, data, target=target)["deletion_curve"][..., 0]
        np.testing.assert_allclose(start, np.exp(logit) / (np.exp(1) + np.exp(4)), atol=1e-6)


# ---- the question


@pytest.fixture(scope="module")
def data():
    return load_data(Plan.make(TINY))


@pytest.fixture(scope="module")
def trained(data):
    """A run's own trainer with the run's trained weights, and what it was asked."""
    plan = Plan.make({**TINY, "checks": ["eigencam"]})
    run = plan.runs()[0]
    done = complete(run, questions_of(run, plan, data), None, data)
    trainer = training._trainer(
        run.architecture.model_dump_json(), run.recipe, data.train.images.shape[1:], 10
    )
    trainer.take(done.model)
    return trainer, run, done, questions_of(run, plan, data)


def question(cam="gradcam", **fields):
    return FaithfulnessQuestion("key", Choice(name=cam), **fields)


def test_the_fit_and_all_else_are_those_of_a_run_that_was_not_asked(trained, data):
    _, run, done, _ = trained
    plain = complete(run, [], None, data)
    np.testing.assert_array_equal(plain.fit.test_logits, done.fit.test_logits)
    np.testing.assert_array_equal(plain.fit.probe_logits, done.fit.probe_logits)
    other = training.Trainer(run.architecture, run.recipe, data.train.images.shape[1:], 10)
    weights = []
    for model in (plain.model, done.model):
        other.take(model)
        weights.append(other.model.get_weights())
    for one, twin in zip(*weights, strict=True):
        np.testing.assert_array_equal(one, twin)


def test_a_later_question_meets_the_same_model(trained, data):
    trainer, run, done, questions = trained
    variables = [v.numpy() for v in trainer.model.variables]
    question().answer(trainer, run, data)
    for before, after in zip(variables, trainer.model.variables, strict=True):
        np.testing.assert_array_equal(before, after.numpy())
    maps = MapsQuestion("maps", Choice(name="gradcam")).answer(trainer, run, data)
    np.testing.assert_array_equal(maps.values, done.answers[questions[0].key].values)


@pytest.mark.parametrize("part", ["last", "all"])
def test_weights_come_back_even_where_something_fails(trained, part):
    trainer, *_ = trained
    before = [v.numpy() for v in trainer.model.variables]

    def changed():
        pairs = zip(before, trainer.model.variables, strict=True)
        return [v.path.split("/")[0] for old, v in pairs if not np.array_equal(old, v.numpy())]

    def fail():
        with fresh_weights(trainer.model, trainer.untrained(5), part):
            weights_inside.extend(changed())
            raise RuntimeError("in between")

    weights_inside = []
    with pytest.raises(RuntimeError, match="in between"):
        fail()
    assert set(weights_inside) == {"logits"} if part == "last" else len(set(weights_inside)) == 7
    assert changed() == []


def test_the_last_layer_of_a_model_inside_a_model_is_its_last():
    inner = one_cell()
    image = keras.Input((8, 8, 1))
    outer = keras.Model(image, inner(image))
    assert faithfulness._last_weights(outer) == inner.layers[-1].weights


def test_the_same_question_has_the_same_answer(trained, data):
    trainer, run, done, questions = trained
    again = question().answer(trainer, run, data)
    first = done.answers[next(q.key for q in questions if q.kind == "faithfulness")]
    assert set(again) == set(first)
    for name, values in first.items():
        np.testing.assert_array_equal(again[name], values, err_msg=name)


def test_the_cost_is_what_the_docs_say(trained, data, monkeypatch):
    """4,301 images through the network and the maps of 300, for a hundred images."""
    trainer, run, *_ = trained
    predicted, looked = [], []
    predict, maps = training.Trainer.predict, training.Look.maps
    monkeypatch.setattr(
        training.Trainer, "predict", lambda s, x: predicted.append(len(x)) or predict(s, x)
    )
    monkeypatch.setattr(
        training.Look, "maps", lambda s, m, x, *rest: looked.append(len(x)) or maps(s, m, x, *rest)
    )
    many = data_of(np.repeat(data.probe.images, 4, axis=0), np.repeat(data.probe.labels, 4))
    question().answer(trainer, run, many)
    assert sum(predicted) == 4301
    assert looked == [100] * 3


def test_degenerate_maps_say_nothing_in_any_order(trained, data, monkeypatch):
    trainer, run, *_ = trained
    maps = training.Look.maps

    def some_empty(self, *arguments):
        return (maps(self, *arguments) + 1e-3) * (np.arange(30) % 3 > 0)[:, None, None]

    monkeypatch.setattr(training.Look, "maps", some_empty)
    result = question().answer(trainer, run, data)
    for name, values in result.items():
        if name in ("last", "all"):
            assert np.isnan(values[::3]).all()
        else:
            np.testing.assert_array_equal(
                np.isnan(values).reshape(3, 30, -1).all(axis=(0, 2)), np.arange(30) % 3 == 0
            )


def test_the_sample_has_the_classes_shares_whatever_their_order():
    labels = np.sort(np.arange(400) % 4)
    sample = faithfulness.sample_of(Split(np.zeros((400, 1, 1, 1), np.float32), labels))
    assert np.bincount(sample.labels).tolist() == [25] * 4


def test_only_baselines_are_asked_and_every_look_has_its_key(tiny, data):
    plan = Plan.make({**TINY, "checks": ["layercam", "target=predicted"]})
    kinds = {
        run.strategy.label: [q.kind for q in questions_of(run, plan, data)] for run in plan.runs()
    }
    assert kinds["baseline"] == ["maps"] * 3 + ["predictions"] * 2 + ["faithfulness"] * 3
    assert kinds["rotation"] == ["maps"] * 3 + ["predictions"] * 2
    keys = [q.key for run in plan.runs() for q in questions_of(run, plan, data)]
    assert len(set(keys)) == len(keys)
    questions = questions_of(tiny.runs()[0], tiny, data)
    assert questions == tuple(
        questions_of(plan.runs()[0], plan, data)[place] for place in (0, 3, 4, 5)
    )


# ---- the profile


def answers_of(plan, fits, gain, alike=0.1, seed=0, images=20):
    """Baselines' answers in which the map's deletion is lower than the centre's by ``gain``."""
    rng = np.random.default_rng(seed)
    answers = {}
    for fit in fits[: plan.baselines]:
        base = rng.uniform(0.4, 0.6, images)
        deletion_ = np.array([base - gain, base, base + 0.1]) + rng.normal(0, 0.01, (3, images))
        curve = np.repeat(deletion_[..., None], 9, axis=2)
        answers[fit.run.key] = {
            "deletion": deletion_, "insertion": 1 - deletion_,
            "deletion_curve": curve, "insertion_curve": 1 - curve,
            "last": rng.normal(0.5, 0.01, images), "all": rng.normal(alike, 0.01, images),
        }  # fmt: skip
    return answers


def profile_with(answers, plan, data, fits, maps):
    loaders = {key: (lambda answer=answer: answer) for key, answer in answers.items()}
    return impact.profile(plan, data, fits, answered(maps, faithfulness={OWN: loaders}), (), {})


def test_a_map_that_beats_the_middle_is_said_to_and_warns_of_nothing():
    study = simulated()
    profile = profile_with(answers_of(study[0], study[2], 0.1), *study)
    (result,) = profile.faithful
    assert (result.look, result.own, result.models, result.images) == ("gradcam", True, 8, 20)
    assert result.deletion.better == result.insertion.better == ("centre", "random")
    assert result.deletion.against["centre"].estimate == pytest.approx(-0.1, abs=0.005)
    assert result.insertion.against["random"].estimate == pytest.approx(0.2, abs=0.005)
    assert result.deletion.against["centre"].high < 0 < result.insertion.against["centre"].low
    assert result.chance == pytest.approx(profile.chance["pearson"])
    assert result.deletion.low["map"][3] < result.deletion.curve["map"][3]
    assert about_maps(profile) == []
    (first, second) = table(profile).records()
    assert first["reading"] == second["reading"] == "better than both"


def about_maps(profile) -> list[Notice]:
    return [warning for warning in profile.warnings if warning.code.startswith("maps.")]


def test_a_map_no_better_than_the_middle_is_warned_of():
    study = simulated()
    profile = profile_with(answers_of(study[0], study[2], 0.0), *study)
    assert about_maps(profile) == [Notice.of("maps.no_better_than_centre", look="gradcam")]
    assert table(profile).records()[0]["reading"] == (
        "better than random, not shown to be better than the centre"
    )
    worse = profile_with(answers_of(study[0], study[2], -0.05), *study)
    assert table(worse).records()[1]["reading"] == "better than random, worse than the centre"
    worst = profile_with(answers_of(study[0], study[2], -0.1), *study)
    assert table(worst).records()[0]["reading"] == "not shown to be better than random"
    random = [w for w in worst.warnings if w.code == "maps.no_better_than_random"]
    assert [w.values["test"] for w in random] == ["deletion", "insertion"]


def test_one_of_deletion_and_insertion_is_enough_not_to_be_warned_of():
    faithfulness = example_profile().faithful[0]
    blind = faithfulness.insertion.model_copy(update={"better": ("random",)})
    assert unfaithful([faithfulness.model_copy(update={"insertion": blind})]) == []
    centre = {"centre": Estimate(estimate=-0.1, low=-0.2, high=-0.01)}
    lower = {"against": blind.against | centre, "worse": ("centre",)}
    (warning,) = unfaithful(
        [faithfulness.model_copy(update={"insertion": blind.model_copy(update=lower)})]
    )
    assert warning == Notice.of("maps.worse_than_centre", look="gradcam", test="insertion")
    both = {"insertion": blind, "deletion": blind}
    assert len(unfaithful([faithfulness.model_copy(update=both)])) == 1


def test_maps_that_no_weight_changes_are_warned_of():
    study = simulated()
    profile = profile_with(answers_of(study[0], study[2], 0.1, alike=0.95), *study)
    (warning,) = about_maps(profile)
    assert (warning.code, warning.values["look"]) == ("maps.show_the_image", "gradcam")
    assert warning.values["r"] == profile.faithful[0].alike["all"].estimate
    (row,) = randomisation(profile).records()
    assert row["reading"] == "The maps show the image, and not what was learnt"


def test_a_method_without_a_target_is_said_to_know_no_last_layer():
    faithfulness = example_profile().faithful[0]
    same = {"alike": faithfulness.alike | {"last": Estimate(estimate=1.0, low=1.0, high=1.0)}}
    for targeted, words in ((False, "since the method speaks for no class"), (True, "no part")):
        changed = faithfulness.model_copy(update={**same, "targeted": targeted})
        profile = example_profile().model_copy(update={"faithful": (changed,)})
        assert randomisation(profile).records()[0]["reading"].endswith(words)


def test_what_has_no_value_is_left_out():
    study = simulated()
    answers = answers_of(study[0], study[2], 0.1)
    keys = list(answers)
    for name in answers[keys[0]]:
        answers[keys[0]][name] = np.full_like(answers[keys[0]][name], np.nan)
    answers[keys[1]]["deletion"][:, :5] = np.nan
    for key in keys:
        answers[key]["all"] = np.full(20, np.nan)
    (result,) = profile_with(answers, *study).faithful
    assert result.models == 7
    assert result.deletion.against["centre"].estimate == pytest.approx(-0.1, abs=0.005)
    assert result.alike["all"] == Estimate()
    assert result.alike_share == {"last": 1.0, "all": 0.0}


@pytest.mark.parametrize("count", [0, 1])
def test_fewer_than_two_baselines_make_no_row_and_the_table_says_so(count):
    study = simulated()
    answers = dict(list(answers_of(study[0], study[2], 0.1).items())[:count])
    profile = profile_with(answers, *study)
    assert profile.faithful == ()
    assert table(profile).rows == ()
    assert table(profile).empty.startswith("Not checked")
    assert randomisation(profile) is None


def test_a_look_without_answers_is_named():
    profile = example_profile()
    plan = profile.plan.model_copy(update={"checks": (Check.parse("target=predicted"),)})
    profile = profile.model_copy(update={"plan": plan})
    assert "Not checked yet: target=predicted." in table(profile).caption
    assert comma_separated(table(profile)).count("\n") == 5


# ---- the study


@pytest.mark.usefixtures("no_workers", "no_figures")
def test_an_old_store_still_gives_its_report_and_is_asked_without_training(
    studied, monkeypatch, capsys
):
    monkeypatch.chdir(studied)
    result = Path("results", "tiny")
    first = load_profile(result)
    shutil.rmtree(studied / "store" / "faithfulness")
    assert main(["tiny.toml", "--report-only"]) == 0
    page = (result / "report.html").read_text("utf-8")
    assert "Not checked: fewer than two baselines were asked" in page
    old = load_profile(result)
    assert old.missing == old.faithful == ()
    assert {s.runs for s in old.strategies} == {3}
    stamps = {p: p.stat().st_mtime_ns for p in (studied / "store" / "trainings").glob("*/*")}
    assert main(["tiny.toml"]) == 0
    assert "accuracy 0." not in capsys.readouterr().out.split("identity  ")[0]
    assert {p: p.stat().st_mtime_ns for p in stamps} == stamps
    new = load_profile(result)
    assert new.faithful == first.faithful
    assert (new.strategies, new.effects) == (old.strategies, old.effects)
    page = (result / "report.html").read_text("utf-8")
    assert "Do the maps point at what the networks use?" in page
    assert "Do the maps depend on what the networks have learnt?" in page
    assert {"faithfulness.csv", "randomisation.tex"} <= {path.name for path in result.iterdir()}


def test_what_fails_on_a_baseline_that_takes_part_is_named(studied, tiny, data):
    from cam_augment.study.run import profile_of
    from cam_augment.study.stages import completed

    store = Store(studied / "store")
    failures = {tiny.runs()[0].key: "it broke"}
    requests, stages = completed(tiny, data, store)
    profile = profile_of(tiny, data, store, requests, failures, 0.0, stages)
    assert [(m.run, m.reason.values["text"]) for m in profile.missing] == [
        ("baseline #0", "it broke")
    ]
    assert len(profile.points["accuracy"]["baseline"]) == 4


def test_a_run_without_maps_takes_no_part(studied, tiny, data):
    store = Store(studied / "store")
    first = requests(tiny, data, store)[0]
    shutil.rmtree(studied / "store" / "maps" / first.questions[0].key)
    again = requests(tiny, data, store)[0]
    assert first.takes_part
    assert not again.takes_part
    assert [question.kind for question in again.lacks] == ["maps"]


# ---- models trained elsewhere


class Stubborn(keras.layers.Layer):
    """A layer that cannot be made again from its configuration."""

    def __init__(self, secret):
        super().__init__()
        self.secret = secret

    def call(self, x):
        return x


def given_model(seed, stubborn=False):
    keras.utils.set_random_seed(seed)
    image = keras.Input((12, 12, 1))
    x = keras.layers.Conv2D(4, 3, strides=2, padding="same", activation="relu", name="seen")(image)
    x = Stubborn("a")(x) if stubborn else x
    x = keras.layers.GlobalAveragePooling2D()(x)
    return keras.Model(image, keras.layers.Dense(3, activation="softmax")(x))


@pytest.mark.parametrize("stubborn", [False, True])
def test_given_models_are_asked_and_stay_as_they_are(stubborn):
    images = np.random.default_rng(0).uniform(size=(40, 12, 12, 1)).astype(np.float32)
    labels = np.sort(np.arange(40) % 3)
    arms = {
        name: [given_model(i + 9 * k, stubborn) for i in range(3)] for k, name in enumerate("ab")
    }
    before = [w.copy() for model in arms["a"] for w in model.get_weights()]
    fields = {"bootstrap": 100, "metrics": ("pearson",), "cam_layer": "seen"}
    profile = compare(arms, images, labels, baseline="a", **fields)
    after = [w for model in arms["a"] for w in model.get_weights()]
    for old, new in zip(before, after, strict=True):
        np.testing.assert_array_equal(old, new)
    if stubborn:
        assert profile.faithful == ()
        return
    (result,) = profile.faithful
    assert (result.models, result.grid) == (3, (6, 6))
    assert 0 < result.deletion.score["map"] < 1
    assert result.alike["all"].estimate < 0.999
    discover()
    assert any(part.name == "deletion_curves" for part in Report(profile).parts)
