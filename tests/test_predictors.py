"""Affinity and equivariance: of networks made by hand, and asked for by a plan."""

from dataclasses import replace

import numpy as np
import pytest

from cam_augment import impact
from cam_augment.base.errors import InputError
from cam_augment.base.lazy import keras, tf
from cam_augment.base.recent import Recent
from cam_augment.cams.driver import Look
from cam_augment.datasets.folds import parts_of
from cam_augment.impact.arms import Arms
from cam_augment.impact.attention.shift import attention_effects
from cam_augment.impact.predictors.scores import reliability, scores_of
from cam_augment.impact.scored import scored
from cam_augment.networks.network import Network
from cam_augment.plan import Plan, Strategy
from cam_augment.questions import questions_of
from cam_augment.questions.predictors import DRAWS, PredictorsQuestion
from cam_augment.records import DataSet, Split
from cam_augment.statistics import design
from cam_augment.training.trainer import Trainer
from tests.answered import answered
from tests.simulation import simulated
from tests.test_folds_profile import study as folded

SEED = np.array([3, 5], np.int32)


def images(count=40, side=8, channels=1, seed=0):
    shape = (count, side, side, channels)
    return np.random.default_rng(seed).random(shape, np.float32)


# ---- hand-made networks


class Given(Trainer):
    """A trainer of a network that is there already."""

    def __init__(self, model, classes):
        self.model, self.classes, self.network = model, classes, Network(model)
        self._own_layer, self._augmenters = "features", Recent(9, lambda _: 1)
        self._predict = tf.function(lambda x: model(x, training=False), reduce_retracing=True)
        self._look = Look(self.network, "features")

    def view(self, layer=None):  # noqa: ARG002
        return self._look


def pointwise(biased=False, side=8):
    """A network of 1x1 convolutions and average pooling: it goes along with a flip.

    ``biased``: its features are brighter to the left.
    """
    image = keras.Input((side, side, 1))
    x = keras.layers.Conv2D(6, 1, activation="relu")(image)
    x = keras.layers.AveragePooling2D(2)(x)
    x = keras.layers.Conv2D(6, 1, activation="relu")(x)
    if biased:
        x = x * np.linspace(2, 0, side // 2, dtype=np.float32)[None, None, :, None]
    x = keras.layers.Activation("linear", name="features")(x)
    x = keras.layers.GlobalAveragePooling2D()(x)
    model = keras.Model(image, keras.layers.Dense(2)(x))
    rng = np.random.default_rng(1)
    for weight in model.weights:  # all that is seen speaks for both classes: no map is empty
        weight.assign(rng.uniform(0.1, 1, weight.shape))
    return Given(model, 2)


def brightness():
    """A network that calls an image class 1 where its left half is brighter than its right."""
    image = keras.Input((8, 8, 1))
    x = keras.layers.Activation("linear", name="features")(image)
    weights = np.where(np.arange(8) < 4, 1, -1).astype(np.float32)[None, None, :, None]
    x = keras.layers.GlobalAveragePooling2D()(x * weights)
    dense = keras.layers.Dense(2)
    model = keras.Model(image, dense(x))
    dense.set_weights([np.array([[-1.0, 1.0]]), np.zeros(2)])
    return Given(model, 2)


def answer_of(trainer, strategy, x, y, **fields):
    """Return what a network answers, having checked that it can."""
    plan = Plan.make({"strategies": [strategy], **fields})
    data = DataSet("made", ("a", "b"), *(Split(x, y),) * 4)
    run = plan.runs()[0]
    question = PredictorsQuestion.on(plan.strategies[0], run, plan, data)
    question.check(trainer)
    return question.answer(trainer, run, data)


def sided(count=40):
    """Images whose left half is brighter (class 1) or darker (class 0)."""
    y = np.arange(count) % 2
    x = np.full((count, 8, 8, 1), 0.25, np.float32)
    x[y == 1, :, :4] = 0.75
    x[y == 0, :, 4:] = 0.75
    return x, y


def test_a_network_that_sees_the_side_keeps_nothing_of_its_accuracy_when_it_is_turned():
    trainer = brightness()
    for strategy, share in (("horizontal_flip:1", 0), ("vertical_flip:1", 1), ("identity", 1)):
        answer = answer_of(trainer, strategy, *sided())
        np.testing.assert_array_equal(answer["affinity"], np.full(DRAWS, float(share)))
    half = answer_of(trainer, "horizontal_flip:0.5", *sided(400))["affinity"]
    assert half.mean() == pytest.approx(0.5, abs=0.06)
    assert len(set(half)) > 1  # the draws differ


@pytest.mark.parametrize("strategy", ["mixup:1", "cutmix:1"])
def test_mixed_images_count_as_their_larger_share(strategy):
    """A network that sees the mean brightness is right of every mixture of black and white."""
    y = np.arange(60) % 2
    x = np.broadcast_to(y[:, None, None, None], (60, 8, 8, 1)).astype(np.float32)
    image = keras.Input((8, 8, 1))
    pooled = keras.layers.GlobalAveragePooling2D()(
        keras.layers.Activation("linear", name="features")(image)
    )
    dense = keras.layers.Dense(2)
    trainer = Given(keras.Model(image, dense(pooled)), 2)
    dense.set_weights([np.array([[-1.0, 1.0]]), np.array([0.5, -0.5])])
    answer = answer_of(trainer, strategy, x, y)
    # Where half of each is pasted, the larger share is a matter of the order of the classes.
    assert (answer["affinity"] >= 0.9).all()
    assert np.isnan(answer["equivariance"]).all()


def test_affinity_is_held_against_the_clean_accuracy():
    x, y = sided()
    wrong = np.where(np.arange(len(y)) < 10, 1 - y, y)
    np.testing.assert_allclose(answer_of(brightness(), "vertical_flip:1", x, wrong)["affinity"], 1)
    assert np.isnan(answer_of(brightness(), "identity", x, 1 - y)["affinity"]).all()


@pytest.mark.parametrize("metric", ["pearson", "mad", "wasserstein"])
@pytest.mark.parametrize("strategy", ["horizontal_flip:1", "vertical_flip:1", "horizontal_flip"])
def test_a_network_that_goes_along_has_distance_0_and_a_biased_one_has_not(strategy, metric):
    x, y = images(40), np.arange(40) % 2
    fields = {"metrics": [metric], "primary": metric}
    along = answer_of(pointwise(), strategy, x, y, **fields)["equivariance"]
    np.testing.assert_allclose(along, 0, atol=1e-4)
    if "horizontal" in strategy:
        assert (
            answer_of(pointwise(biased=True), strategy, x, y, **fields)["equivariance"] > 0.01
        ).all()


def test_what_changes_no_image_has_distance_0_and_what_changes_values_has_not():
    x, y = images(40), np.arange(40) % 2
    for strategy in ("identity", "label_smoothing", "l2"):
        np.testing.assert_allclose(
            answer_of(pointwise(), strategy, x, y)["equivariance"], 0, atol=1e-6
        )
    noise = [
        answer_of(pointwise(), f"gaussian_noise:{m}", x, y)["equivariance"] for m in (0.1, 0.4)
    ]
    assert 0 < noise[0].mean() < noise[1].mean()


def test_the_same_is_answered_again():
    x, y = images(40), np.arange(40) % 2
    first, again = (answer_of(pointwise(), "rotation", x, y) for _ in range(2))
    for name in first:
        np.testing.assert_array_equal(first[name], again[name])


def test_a_strategy_that_the_images_do_not_bear_is_refused_before_anything_is_trained():
    with pytest.raises(InputError, match="hue"):
        answer_of(pointwise(), "hue", images(4), np.arange(4) % 2)


# ---- asked by a plan


def data():
    split = Split(images(8), np.arange(8) % 2)
    return DataSet("made", ("a", "b"), *(split,) * 4)


def test_baselines_alone_are_asked_and_only_where_the_plan_says_so():
    fields = {"strategies": ["identity", "rotation"], "baselines": 3, "seeds": 3}
    silent, asking_plan = Plan.make(fields), Plan.make({**fields, "predictors": True})
    assert not silent.predictors
    assert [run.key for run in silent.runs()] == [run.key for run in asking_plan.runs()]
    for run, asking in zip(silent.runs(), asking_plan.runs(), strict=True):
        without, questions = (
            questions_of(asker, plan, data())
            for asker, plan in ((run, silent), (asking, asking_plan))
        )
        assert questions[: len(without)] == without
        more = questions[len(without) :]
        baseline = run.strategy.label == "baseline"
        assert [q.strategy.label for q in more] == (["identity", "rotation"] if baseline else [])


def test_an_answer_is_kept_under_all_that_decides_it():
    base = {"strategies": ["rotation:20"], "predictors": True}

    def key(strategy="rotation:20", number=0, data_set=None, **changes):
        plan = Plan.make({**base, **changes})
        data_set = data_set or data()
        strategy = Strategy.parse(strategy)
        return PredictorsQuestion.on(strategy, plan.runs()[number], plan, data_set).key

    others = [
        key("rotation:30"), key("rotation:20,fill=zero"), key(number=1), key(cam="hirescam"),
        key(primary="mad"), key(cam_target="predicted"), key(cam_layer="stage_2"),
        key(data_set=DataSet("o", ("a", "b"), *(Split(images(8, seed=1), np.arange(8) % 2),) * 4)),
    ]  # fmt: skip
    assert len({key(), *others}) == 9
    assert key() == key(baselines=5, alpha=0.01, metrics=["pearson"])


class Seeing:
    """A model that keeps which images it was shown, by the number that fills each."""

    def __init__(self):
        self.images = set()

    def predict(self, images):
        self.images |= set(images[:][:, 0, 0, 0].tolist())
        return np.zeros((len(images), 2))

    def augmented(self, _strategy, images, labels, _seed):
        self.images |= set(images[:][:, 0, 0, 0].tolist())
        return images, np.eye(2)[labels]


def numbered():
    """Four splits of 20 images, each filled with a number of its own."""
    filled = np.arange(80, dtype=np.float32).reshape(4, 20, 1, 1, 1) * np.ones((8, 8, 1))
    return DataSet("made", ("a", "b"), *(Split(x, np.arange(20) % 2) for x in filled))


def test_with_folds_baselines_are_asked_about_images_that_they_did_not_learn_from():
    fields = {"strategies": ["mixup"], "folds": 4, "baselines": 4, "seeds": 4}
    plan, data = Plan.make({**fields, "predictors": True}), numbered()
    for run in plan.runs()[:4]:
        (question,) = PredictorsQuestion.asked(run, plan, data)
        model = Seeing()
        question.answer(model, run, data)
        parts = parts_of(data, run)
        assert model.images == set(parts.validation.images[:][:, 0, 0, 0].tolist())
        assert not model.images & set(parts.train.images[:][:, 0, 0, 0].tolist())
    run = plan.runs()[0]
    (question,) = PredictorsQuestion.asked(run, plan, data)
    # The key of answers of before, which were of images that most baselines had learned from.
    assert question.key != "2897c692c53586f70f0812c1151de76b"


def test_a_profile_has_the_predictors_and_what_is_left_after_them():
    plan, data, fits, maps = simulated(moved=1.0)
    rng = np.random.default_rng(0)
    fits = [_with_history(fit, rng) for fit in fits]
    labels = [s.label for s in plan.strategies]
    said = [
        {"affinity": np.full(4, 1 - 0.1 * i), "equivariance": np.full(4, 0.1 * i)}
        for i in range(len(labels))
    ]
    predictors = {
        label: {fit.run.key: (lambda i=i: said[i]) for fit in fits[: plan.baselines]}
        for i, label in enumerate(labels)
    }
    predictors[labels[4]][fits[0].run.key] = lambda: said[4] | {"equivariance": np.full(4, np.nan)}
    answers = answered(maps, foretelling=predictors)
    profile = impact.profile(plan, data, fits, answers, (), {})
    result = profile.gain_prediction
    assert result.predictors["affinity"] == pytest.approx(
        {label: 1 - 0.1 * i for i, label in enumerate(labels)}
    )
    assert set(result.predictors["equivariance"]) == set(labels[:4])
    losses = {a: [f.history["loss"][-1] for f in fits if f.run.strategy.label == a]
              for a in ("baseline", "zoom")}  # fmt: skip
    assert result.predictors["diversity"]["zoom"] == pytest.approx(
        np.mean(losses["zoom"]) / np.mean(losses["baseline"])
    )
    assert [partial.given for partial in result.partials] == [
        ("excess_shift.prediction_kl",), ("affinity", "diversity"),
    ]  # fmt: skip
    rows = {c.score: c for c in profile.correlations}
    assert "equivariance" not in rows  # four strategies have one: too few to correlate
    assert {c.score for c in profile.correlations if c.must_beat} == {
        "affinity", "diversity", "excess_shift.prediction_kl", "one_epoch_accuracy", "mean",
    }  # fmt: skip
    assert rows["mean"].q2 == 0
    assert rows["mean"].error_excess == pytest.approx(
        rows["excess_shift.pearson"].error - rows["mean"].error
    )
    assert sum(c.primary for c in profile.correlations) == 1
    assert not result.by_family
    assert 0 <= rows["excess_shift.pearson"].ceiling <= 1


def _with_history(fit, rng):
    import dataclasses

    history = {name: rng.uniform(0.1, 1, 3) for name in
               ("loss", "accuracy", "validation_loss", "validation_accuracy")}  # fmt: skip
    return dataclasses.replace(fit, history=history)


def test_families_are_the_steps_without_their_settings():
    names = {"rotation:30": "rotation", "rotation+zoom:0.4": "rotation+zoom",
             "random_erasing:0.2,fill=zero": "random_erasing", "baseline": "baseline"}  # fmt: skip
    assert {text: Strategy.parse(text).family for text in names} == names
    assert Strategy(given="mine").family == "mine"


@pytest.mark.parametrize("folds", [None, [0, 1, 2, 3, 0, 1, 2, 3, 0, 1, 2, 3]])
def test_halves_of_the_models_have_the_scores_of_their_own(folds):
    """The excess shift of a half, by its definition; of models in folds, by pairs of two folds."""
    from itertools import combinations

    from cam_augment.impact.predictors.scores import _agreement, _excess

    rng = np.random.default_rng(0)
    square = rng.random((12, 12))
    square = np.triu(square, 1) + np.triu(square, 1).T
    strategy, base = np.zeros((1, 4)), np.zeros((1, 8))
    strategy[0, [0, 2]], base[0, [1, 3, 4, 6]] = 1 / 2, 1 / 4
    first, second = [0, 2], [5, 7, 8, 10]

    def mean(pairs):
        return np.mean([square[a, b] for a, b in pairs if folds is None or folds[a] != folds[b]])

    between = mean((a, b) for a in first for b in second)
    within, floor = square[0, 2], mean(combinations(second, 2))
    scores = {"x": square}, lambda _: design(4, 8, folds).pairs, "x"
    assert _excess(*scores, strategy, base) == pytest.approx([2 * between - floor - within])
    assert _agreement(*scores, strategy, base) == pytest.approx([within - floor])
    one = np.array([[1.0, 0, 0, 0]])
    assert np.isnan(_excess(*scores, one, base)).all()


def test_pairs_of_one_fold_say_nothing_of_how_reliable_a_score_is():
    plan, data, fits, maps = folded(seed=2, moved=1.0)
    arms = Arms(plan, data, fits, maps)
    attention = attention_effects(arms, None)
    folds = {label: arms.blocks(label) for label in arms.strategies}
    alike = {
        metric: {k: np.where(folds[k][:, None] == folds[k], 0, of[k]) for k in of}
        for metric, of in attention.pairs.items()
    }
    deciding = scored(arms, "accuracy")
    first, second = (
        scores_of(arms, attention.effects, replace(attention, pairs=pairs), {}, deciding)
        for pairs in (attention.pairs, alike)
    )
    for name in ("excess_shift.pearson", "agreement"):
        values = [reliability(arms, of[name], arms.strategies) for of in (first, second)]
        assert values[0] == values[1]
        assert np.isfinite(values[0])


def test_a_record_of_an_older_study_is_read():
    plan, data, fits, maps = simulated()
    profile = impact.profile(plan, data, fits, answered(maps), (), {})
    old = profile.model_dump(mode="json", exclude={"gain_prediction"})
    old["plan"].pop("predictors")
    new = set(type(profile.correlations[0]).model_fields)
    new -= {"score", "primary", "strategies", "rho", "low", "high", "p", "q2", "error"}
    old["correlations"] = [{k: v for k, v in c.items() if k not in new}
                           for c in old["correlations"]]  # fmt: skip
    assert type(profile).model_validate(old).gain_prediction is None
