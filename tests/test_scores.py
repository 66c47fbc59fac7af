"""Scores of predictions against scikit-learn, against their definitions, and their influence."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import softmax
from sklearn import metrics

from cam_augment.base.errors import InputError
from cam_augment.statistics import calibration, ranks, scores
from cam_augment.statistics.predictions import Predictions
from cam_augment.statistics.resampling import resample
from cam_augment.statistics.scoring import (
    REPORTED,
    SCORES,
    check_classes,
    check_deciding,
    repeats_the_gain,
    score_of,
)

NAMES = [*(name for name in REPORTED if name != "recall_at_fpr"), "recall_at_fpr:0.1"]


def values(score, logits, labels, **options):
    """Return a score's values of models, float [model]."""
    return score(Predictions(logits, labels), **options).values


def predictions(classes: int, images: int = 240, models: int = 3, seed: int = 0, round_to=None):
    """Return logits that know something of the labels, and labels with uneven classes."""
    draw = np.random.default_rng([seed, classes])
    shares = np.arange(1, classes + 1) / np.arange(1, classes + 1).sum()
    labels = np.concatenate([np.arange(classes), draw.choice(classes, images - classes, p=shares)])
    logits = draw.normal(size=(models, images, classes))
    logits[:, np.arange(images), labels] += 1.2
    logits = logits if round_to is None else np.round(logits / round_to) * round_to
    return logits.astype(np.float32), labels


@pytest.fixture(params=[(2, None), (2, 0.5), (5, None), (5, 0.5)], ids=str)
def case(request):
    """Two classes and five, without ties and with many."""
    classes, round_to = request.param
    return predictions(classes, round_to=round_to)


# ---- scikit-learn


def sides(_labels, classes: int) -> list[int]:
    return [1] if classes == 2 else list(range(classes))


def mean_over_classes(measure, logits, labels) -> list[float]:
    """Return a score of one class against the rest, of every model, by another program."""
    odds = Predictions(logits, labels).log_odds
    counted = sides(labels, logits.shape[2])
    return [
        np.mean([measure(labels == c, odds[c, model]) for c in counted])
        for model in range(len(logits))
    ]


def test_right_and_wrong_are_those_of_scikit_learn(case):
    logits, labels = case
    predicted = logits.argmax(axis=2)
    oracles = {
        scores.accuracy: metrics.accuracy_score,
        scores.balanced_accuracy: metrics.balanced_accuracy_score,
        scores.macro_f1: lambda y, p: metrics.f1_score(y, p, average="macro"),
    }
    for score, oracle in oracles.items():
        np.testing.assert_allclose(
            values(score, logits, labels), [oracle(labels, one) for one in predicted], rtol=1e-12
        )


def test_ranks_are_those_of_scikit_learn(case):
    logits, labels = case
    result = values(ranks.auroc, logits, labels)
    np.testing.assert_allclose(result, mean_over_classes(metrics.roc_auc_score, logits, labels))
    result = values(ranks.average_precision, logits, labels)
    expected = mean_over_classes(metrics.average_precision_score, logits, labels)
    np.testing.assert_allclose(result, expected, rtol=1e-12)


def test_auroc_of_probabilities_is_that_of_their_odds():
    """And of many classes what scikit-learn calls ``ovr``, ``macro``."""
    logits, labels = predictions(4)
    expected = [
        metrics.roc_auc_score(labels, softmax(one.astype(float), axis=1), multi_class="ovr")
        for one in logits
    ]
    np.testing.assert_allclose(values(ranks.auroc, logits, labels), expected, rtol=1e-12)


@pytest.mark.parametrize("rate", [0.01, 0.1, 0.5])
def test_recall_at_a_rate_of_false_alarms_is_on_the_roc_curve(case, rate):
    logits, labels = case

    def oracle(positive, values):
        alarms, recall, _ = metrics.roc_curve(positive, values, drop_intermediate=False)
        return recall[alarms <= rate].max()

    result = values(ranks.recall_at_fpr, logits, labels, rate=rate)
    np.testing.assert_allclose(result, mean_over_classes(oracle, logits, labels), rtol=1e-12)


def test_probabilities_are_those_of_scikit_learn(case):
    logits, labels = case
    chances = softmax(logits.astype(float), axis=2)
    every = list(range(logits.shape[2]))
    brier = [metrics.brier_score_loss(labels, c, scale_by_half=False, labels=every)
             if len(every) > 2 else 2 * metrics.brier_score_loss(labels, c[:, 1])
             for c in chances]  # fmt: skip
    np.testing.assert_allclose(values(scores.brier_score, logits, labels), brier, rtol=1e-12)
    losses = [metrics.log_loss(labels, c, labels=every) for c in chances]
    np.testing.assert_allclose(values(scores.log_loss, logits, labels), losses, rtol=1e-9)


def test_log_odds_are_those_of_the_probabilities(case):
    logits, labels = case
    p = softmax(logits.astype(float), axis=2)
    odds = np.moveaxis(Predictions(logits, labels).log_odds, 0, 2)
    np.testing.assert_allclose(odds, np.log(p / (1 - p)), rtol=1e-9, atol=1e-9)


def test_a_sure_network_has_no_ties_by_rounding():
    """Probabilities of 1 - 1e-20 and 1 - 1e-30 are both 1 in a computer; their odds differ."""
    logits = np.array([[[0.0, 46.0], [0.0, 69.0], [46.0, 0.0]]])
    predictions = Predictions(logits, np.array([0, 1, 0]))
    np.testing.assert_allclose(predictions.log_odds[1, 0], [46, 69, -46], rtol=1e-12)
    assert ranks.auroc(predictions).values == 1.0


# ---- calibration


def slow_error(logits, labels, bins: int) -> float:
    """From the definition: sorted, cut into equal parts; for confidences that all differ."""
    chances = softmax(logits.astype(float), axis=1)
    order = np.argsort(chances.max(axis=1))
    total = 0.0
    for part in np.array_split(order, bins):
        sure = chances[part].max(axis=1).mean()
        right = (chances[part].argmax(axis=1) == labels[part]).mean()
        total += len(part) / len(labels) * abs(sure - right)
    return total


@pytest.mark.parametrize("bins", [1, 5, 15])
def test_the_calibration_error_is_its_definition(bins):
    logits, labels = predictions(4, images=15 * 16)
    expected = [slow_error(one, labels, bins) for one in logits]
    np.testing.assert_allclose(
        values(calibration.calibration_error, logits, labels, bins=bins), expected, rtol=1e-12
    )


def test_equal_confidences_are_in_one_bin():
    logits, labels = predictions(3, round_to=1.0)
    confidence = Predictions(logits, labels).probabilities.max(axis=2)
    places = calibration._bins(confidence, 10)
    for sure, bins in zip(confidence, places, strict=True):
        for value in np.unique(sure):
            assert len(set(bins[sure == value])) == 1


def test_bins_hold_all_images_and_their_means_are_those_of_the_whole(case):
    logits, labels = case
    curve = calibration.reliability(Predictions(logits, labels), 7)
    assert (curve.images.sum(axis=1) == len(labels)).all()
    for part, whole in (
        (curve.right, values(scores.accuracy, logits, labels)),
        (curve.confidence, softmax(logits.astype(float), axis=2).max(axis=2).mean(axis=1)),
    ):
        mean = np.nansum(part * curve.images, axis=1) / len(labels)
        np.testing.assert_allclose(mean, whole, rtol=1e-12)


def test_a_model_that_means_what_it_says_is_calibrated():
    draw = np.random.default_rng(0)
    logits = draw.normal(scale=2, size=(1, 100_000, 3))
    p = softmax(logits[0], axis=1)
    labels = (draw.random(len(p))[:, None] > p.cumsum(axis=1)).sum(axis=1)
    assert values(calibration.calibration_error, logits, labels)[0] < 0.006
    assert values(calibration.calibration_error, 3 * logits, labels)[0] > 0.1


# ---- influence values


COPIES = 100


def slopes(score, logits, labels) -> np.ndarray:
    """Return how fast a score changes with the weight of every image, times their number.

    All images are copied, and one of them once more: its weight grows by a hundredth.
    """
    copies, classes = np.repeat(logits, COPIES, axis=1), np.repeat(labels, COPIES)
    whole, count = values(score, copies, classes), len(labels)
    more = [
        values(
            score, np.concatenate([copies, logits[:, [t]]], axis=1), np.append(classes, labels[t])
        )
        for t in range(count)
    ]
    return count * COPIES * (np.transpose(more) - whole[:, None])


@pytest.mark.parametrize("name", [n for n in NAMES if score_of(n).draws is None])
@pytest.mark.parametrize("classes", [2, 3])
def test_influence_values_are_what_the_weight_of_an_image_changes(name, classes):
    logits, labels = predictions(classes, images=40, models=2, round_to=0.5)
    measure = score_of(name).measure
    influence = measure(Predictions(logits, labels)).images
    np.testing.assert_allclose(influence.mean(axis=1), 0, atol=1e-12)
    expected = slopes(measure, logits, labels)
    np.testing.assert_allclose(influence, expected, atol=0.01 * np.abs(expected).max())


def test_auroc_s_influence_is_delong_s_variance():
    """var V10 / m + var V01 / n, of placements counted pair by pair."""
    logits, labels = predictions(2, images=120, models=1)
    value = logits[0, :, 1] - logits[0, :, 0]
    above = (value[labels == 1][:, None] > value[labels == 0]).astype(float)
    m, n = above.shape
    expected = above.mean(axis=1).var() / m + above.mean(axis=0).var() / n
    influence = ranks.auroc(Predictions(logits, labels)).images
    result = (influence**2).mean() / len(labels)
    assert result == pytest.approx(expected, rel=1e-9)
    assert values(ranks.auroc, logits, labels)[0] == pytest.approx(above.mean())


# ---- what holds of all


seeds = st.integers(0, 10_000)


@given(seed=seeds, name=st.sampled_from(NAMES), classes=st.sampled_from([2, 3]))
def test_neither_the_order_of_images_nor_a_shift_of_logits_changes_a_score(seed, name, classes):
    logits, labels = predictions(classes, images=40, seed=seed, round_to=0.25)
    draw = np.random.default_rng(seed)
    order = draw.permutation(len(labels))
    shifted = logits[:, order] + draw.integers(-9, 9, size=(len(logits), len(labels), 1))
    score = score_of(name).measure
    np.testing.assert_allclose(
        values(score, shifted, labels[order]), values(score, logits, labels), rtol=1e-9, atol=1e-12
    )


@given(seed=seeds, name=st.sampled_from(NAMES), classes=st.sampled_from([2, 3]))
def test_certainty_that_is_right_is_the_best_score(seed, name, classes):
    logits, labels = predictions(classes, images=40, seed=seed)
    score = score_of(name)
    perfect = 40.0 * np.eye(classes)[labels][None]
    best, result = values(score.measure, perfect, labels)[0], values(score.measure, logits, labels)
    expected = 1.0 if score.better == "higher" else 0.0
    assert best == pytest.approx(expected, abs=1e-9)
    assert (result <= best + 1e-9).all() if score.better == "higher" else (result >= best).all()


@given(seed=seeds, rates=st.tuples(st.floats(0.01, 0.9), st.floats(0.01, 0.9)))
def test_more_false_alarms_never_cost_recall(seed, rates):
    logits, labels = predictions(3, images=50, seed=seed, round_to=0.5)
    low, high = (values(ranks.recall_at_fpr, logits, labels, rate=rate) for rate in sorted(rates))
    assert (low <= high).all()


def test_a_class_without_images_leaves_scores_of_classes_undefined():
    logits, labels = predictions(3)
    lacking = np.where(labels == 2, 1, labels)
    for name in ("auroc", "average_precision", "recall_at_fpr:0.1"):
        measured = score_of(name).measure(Predictions(logits, lacking))
        assert np.isnan(measured.values).all()
        with pytest.raises(
            InputError, match="no test image of class 'c'; it takes images of every"
        ):
            check_classes(name, lacking, ("a", "b", "c"))
    assert np.isnan(ranks.auroc(Predictions(logits, lacking)).images).all()
    assert np.isnan(ranks.recall_draws(Predictions(logits, lacking), 0.1)).all()
    assert np.isfinite(values(scores.balanced_accuracy, logits, lacking)).all()
    check_classes("balanced_accuracy", lacking, ("a", "b", "c"))
    check_classes("auroc", labels, ("a", "b", "c"))


BAD = {
    "aurocc": "received 'aurocc'. Did you mean 'auroc'",
    "recall_at_fpr": "received '' for the rate of false alarms; it is above 0",
    "recall_at_fpr:0": "received '0'",
    "recall_at_fpr:1": "received '1'",
    "recall_at_fpr:-0.1": "received '-0.1'",
    "recall_at_fpr:1.5": "received '1.5'",
    "recall_at_fpr:nan": "received 'nan'",
    "recall_at_fpr:one": "received 'one'",
    "recal_at_fpr:0.1": "Did you mean 'recall_at_fpr",
}


@pytest.mark.parametrize("name", BAD)
def test_names_that_are_refused(name):
    with pytest.raises(InputError) as refusal:
        score_of(name)
    line = str(refusal.value)
    assert BAD[name] in line
    assert len(line.splitlines()) == 1


def test_a_rate_is_held_by_the_formula_too():
    logits, labels = predictions(2)
    with pytest.raises(ValueError, match="rate: received 0"):
        values(ranks.recall_at_fpr, logits, labels, rate=0)


@pytest.mark.parametrize("name", ["brier_score", "log_loss", "calibration_error"])
def test_what_is_reported_beside_does_not_decide(name):
    with pytest.raises(InputError, match=f"received '{name}', which is reported beside"):
        check_deciding(name)


def test_gains_in_other_scores_say_the_gain_again_but_what_is_saved_does_not():
    repeated = {q: repeats_the_gain(q, "accuracy") for q in ("gain", "gain_auroc", "gain_cost")}
    assert repeated == {"gain": False, "gain_auroc": True, "gain_cost": False}
    assert repeats_the_gain("gain_cost", "cost")
    assert not repeats_the_gain("excess_shift.pearson", "accuracy")


# ---- resampled images


def drawn(counts: np.ndarray) -> np.ndarray:
    """Return the image numbers of a draw, each as often as it is in it."""
    return np.repeat(np.arange(len(counts)), counts)


@pytest.mark.parametrize("rate", [0.02, 0.1, 0.5])
def test_the_recall_of_a_draw_is_that_of_its_images(case, rate):
    logits, labels = case
    counts = resample(labels)
    result = ranks.recall_draws(Predictions(logits, labels), rate)
    for draw in (0, 1, 199):
        images = drawn(counts[draw])
        expected = values(ranks.recall_at_fpr, logits[:, images], labels[images], rate=rate)
        np.testing.assert_allclose(result[:, draw], expected, rtol=1e-12)


def test_a_draw_of_groups_allows_as_many_false_alarms_as_its_own_images_do():
    rng = np.random.default_rng(0)
    clusters = np.repeat(np.arange(26), [200, *[10] * 5, *[2] * 20])
    labels = (clusters > 5).astype(int)
    logits = rng.normal(size=(3, len(labels), 2)) + np.eye(2)[labels]
    counts = resample(labels, clusters=clusters)
    assert np.ptp(counts[:, labels == 0].sum(axis=1)) > 0
    for rate in (0.1, 0.3):
        result = ranks.recall_draws(Predictions(logits, labels, clusters), rate)
        for draw in range(0, 200, 37):
            images = drawn(counts[draw])
            expected = values(ranks.recall_at_fpr, logits[:, images], labels[images], rate=rate)
            np.testing.assert_allclose(result[:, draw], expected, rtol=1e-12)


def test_draws_of_a_class_of_one_group_say_nothing():
    labels, clusters = np.repeat([0, 1], [30, 6]), np.repeat(np.arange(6), 6)
    logits = np.random.default_rng(0).normal(size=(2, 36, 2))
    assert np.isnan(ranks.recall_draws(Predictions(logits, labels, clusters), 0.1)).all()


def test_a_rare_threshold_is_found_however_far_down(monkeypatch):
    """All of the rest that is near the threshold may be missing from a draw."""
    logits, labels = predictions(2, images=200)
    counts = np.zeros((1, 200), np.int16)
    last = np.flatnonzero(labels == 0)[np.argmin((logits[0, :, 1] - logits[0, :, 0])[labels == 0])]
    counts[0, last] = (labels == 0).sum()
    counts[0, labels == 1] = 1
    monkeypatch.setattr(ranks, "resample", lambda *_, **__: counts)
    assert ranks.recall_draws(Predictions(logits[:1], labels), 0.01)[0, 0] == 1.0


def test_the_calibration_error_of_a_draw_keeps_the_bins_of_all_images(case):
    logits, labels = case
    predictions_of = Predictions(logits, labels)
    confidence = predictions_of.probabilities.max(axis=2)
    place, counts = calibration._bins(confidence, 15), resample(labels)
    result = calibration.calibration_draws(predictions_of)
    for model in range(len(logits)):
        images = drawn(counts[7])
        gaps = (predictions_of.right - confidence)[model, images]
        sums = [gaps[place[model, images] == number].sum() for number in range(15)]
        assert result[model, 7] == pytest.approx(np.abs(sums).sum() / len(labels))


def test_draws_vary_as_the_bins_of_every_draw_would():
    """Borders that move with the draw change the spread of the error little."""
    logits, labels = predictions(3, images=900, models=4)
    result = calibration.calibration_draws(Predictions(logits, labels))
    full = np.transpose([
        values(calibration.calibration_error, logits[:, drawn(c)], labels[drawn(c)])
        for c in resample(labels)
    ])  # fmt: skip
    np.testing.assert_allclose(result.std(axis=1), full.std(axis=1), rtol=0.15)


def test_a_draw_has_as_many_images_of_each_class():
    labels = np.repeat([0, 1, 2], [5, 1, 30])
    counts = resample(labels, draws=50)
    assert (counts @ np.eye(3)[labels] == [5, 1, 30]).all()
    np.testing.assert_array_equal(counts, resample(labels, draws=50))
    assert counts[:, :5].std() > 0


def test_every_score_names_itself_once():
    assert len({score.title for score in SCORES.values()}) == len(SCORES)
