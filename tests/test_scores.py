"""Scores of predictions against scikit-learn, against their definitions, and their influence."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import softmax
from sklearn import metrics

from cam_augment.base.errors import InputError
from cam_augment.statistics import calibration, ranks, scores, scoring
from cam_augment.statistics.calibration import calibration_error, reliability
from cam_augment.statistics.scoring import DECIDING, PROBABILITY, check_classes, score_of

NAMES = [*DECIDING, *PROBABILITY, "recall_at_fpr:0.1"]


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


def sides(labels, classes: int) -> list[int]:
    return [1] if classes == 2 else list(range(classes))


def mean_over_classes(measure, logits, labels) -> list[float]:
    """Return a score of one class against the rest, of every model, by another program."""
    odds = ranks.log_odds(logits)
    classes = logits.shape[2]
    return [
        np.mean([measure(labels == c, one[:, c]) for c in sides(labels, classes)]) for one in odds
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
            score(logits, labels), [oracle(labels, one) for one in predicted], rtol=1e-12
        )


def test_ranks_are_those_of_scikit_learn(case):
    logits, labels = case
    found = ranks.auroc(logits, labels)
    np.testing.assert_allclose(found, mean_over_classes(metrics.roc_auc_score, logits, labels))
    found = ranks.average_precision(logits, labels)
    expected = mean_over_classes(metrics.average_precision_score, logits, labels)
    np.testing.assert_allclose(found, expected, rtol=1e-12)


def test_auroc_of_probabilities_is_that_of_their_odds():
    """And of many classes what scikit-learn calls ``ovr``, ``macro``."""
    logits, labels = predictions(4)
    expected = [
        metrics.roc_auc_score(labels, softmax(one.astype(float), axis=1), multi_class="ovr")
        for one in logits
    ]
    np.testing.assert_allclose(ranks.auroc(logits, labels), expected, rtol=1e-12)


@pytest.mark.parametrize("rate", [0.01, 0.1, 0.5])
def test_recall_at_a_rate_of_false_alarms_is_on_the_roc_curve(case, rate):
    logits, labels = case

    def oracle(positive, values):
        alarms, recall, _ = metrics.roc_curve(positive, values, drop_intermediate=False)
        return recall[alarms <= rate].max()

    found = ranks.recall_at_fpr(logits, labels, rate)
    np.testing.assert_allclose(found, mean_over_classes(oracle, logits, labels), rtol=1e-12)


def test_probabilities_are_those_of_scikit_learn(case):
    logits, labels = case
    chances = softmax(logits.astype(float), axis=2)
    every = list(range(logits.shape[2]))
    brier = [metrics.brier_score_loss(labels, c, scale_by_half=False, labels=every)
             if len(every) > 2 else 2 * metrics.brier_score_loss(labels, c[:, 1])
             for c in chances]  # fmt: skip
    np.testing.assert_allclose(scores.brier_score(logits, labels), brier, rtol=1e-12)
    losses = [metrics.log_loss(labels, c, labels=every) for c in chances]
    np.testing.assert_allclose(scores.log_loss(logits, labels), losses, rtol=1e-9)


def test_log_odds_are_those_of_the_probabilities(case):
    logits, _ = case
    p = softmax(logits.astype(float), axis=2)
    np.testing.assert_allclose(ranks.log_odds(logits), np.log(p / (1 - p)), rtol=1e-9, atol=1e-9)


def test_a_sure_network_has_no_ties_by_rounding():
    """Probabilities of 1 - 1e-20 and 1 - 1e-30 are both 1 in a computer; their odds differ."""
    logits = np.array([[[0.0, 46.0], [0.0, 69.0], [46.0, 0.0]]])
    odds = ranks.log_odds(logits)
    np.testing.assert_allclose(odds[0, :, 1], [46, 69, -46], rtol=1e-12)
    assert ranks.auroc(logits, np.array([0, 1, 0])) == 1.0


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
    np.testing.assert_allclose(calibration_error(logits, labels, bins), expected, rtol=1e-12)


def test_equal_confidences_are_in_one_bin():
    logits, labels = predictions(3, round_to=1.0)
    confidence, _ = calibration._predictions(logits, labels)
    places = calibration._bins(confidence, 10)
    for values, bins in zip(confidence, places, strict=True):
        for value in np.unique(values):
            assert len(set(bins[values == value])) == 1


def test_bins_hold_all_images_and_their_means_are_those_of_the_whole(case):
    logits, labels = case
    curve = reliability(logits, labels, 7)
    assert (curve.images.sum(axis=1) == len(labels)).all()
    for part, whole in (
        (curve.right, scores.accuracy(logits, labels)),
        (curve.confidence, softmax(logits.astype(float), axis=2).max(axis=2).mean(axis=1)),
    ):
        mean = np.nansum(part * curve.images, axis=1) / len(labels)
        np.testing.assert_allclose(mean, whole, rtol=1e-12)


def test_a_model_that_means_what_it_says_is_calibrated():
    draw = np.random.default_rng(0)
    logits = draw.normal(scale=2, size=(1, 100_000, 3))
    p = softmax(logits[0], axis=1)
    labels = (draw.random(len(p))[:, None] > p.cumsum(axis=1)).sum(axis=1)
    assert calibration_error(logits, labels)[0] < 0.006
    assert calibration_error(3 * logits, labels)[0] > 0.1


# ---- influence values


COPIES = 100


def slopes(score, logits, labels) -> np.ndarray:
    """Return how fast a score changes with the weight of every image, times their number.

    All images are copied, and one of them once more: its weight grows by a hundredth.
    """
    copies, classes = np.repeat(logits, COPIES, axis=1), np.repeat(labels, COPIES)
    whole, count = score(copies, classes), len(labels)
    more = [
        score(np.concatenate([copies, logits[:, [t]]], axis=1), np.append(classes, labels[t]))
        for t in range(count)
    ]
    return count * COPIES * (np.transpose(more) - whole[:, None])


@pytest.mark.parametrize("name", [n for n in NAMES if score_of(n).psi])
@pytest.mark.parametrize("classes", [2, 3])
def test_influence_values_are_what_the_weight_of_an_image_changes(name, classes):
    logits, labels = predictions(classes, images=40, models=2, round_to=0.5)
    score = score_of(name)
    values = score.psi(logits, labels)
    np.testing.assert_allclose(values.mean(axis=1), 0, atol=1e-12)
    expected = slopes(score.of, logits, labels)
    np.testing.assert_allclose(values, expected, atol=0.01 * np.abs(expected).max())


def test_auroc_s_influence_is_delong_s_variance():
    """var V10 / m + var V01 / n, of placements counted pair by pair."""
    logits, labels = predictions(2, images=120, models=1)
    value = logits[0, :, 1] - logits[0, :, 0]
    above = (value[labels == 1][:, None] > value[labels == 0]).astype(float)
    m, n = above.shape
    expected = above.mean(axis=1).var() / m + above.mean(axis=0).var() / n
    found = (ranks.auroc_psi(logits, labels) ** 2).mean() / len(labels)
    assert found == pytest.approx(expected, rel=1e-9)
    assert ranks.auroc(logits, labels)[0] == pytest.approx(above.mean())


# ---- what holds of all


seeds = st.integers(0, 10_000)


@given(seed=seeds, name=st.sampled_from(NAMES), classes=st.sampled_from([2, 3]))
def test_neither_the_order_of_images_nor_a_shift_of_logits_changes_a_score(seed, name, classes):
    logits, labels = predictions(classes, images=40, seed=seed, round_to=0.25)
    draw = np.random.default_rng(seed)
    order = draw.permutation(len(labels))
    shifted = logits[:, order] + draw.integers(-9, 9, size=(len(logits), len(labels), 1))
    score = score_of(name).of
    np.testing.assert_allclose(
        score(shifted, labels[order]), score(logits, labels), rtol=1e-9, atol=1e-12
    )


@given(seed=seeds, name=st.sampled_from(NAMES), classes=st.sampled_from([2, 3]))
def test_certainty_that_is_right_is_the_best_score(seed, name, classes):
    logits, labels = predictions(classes, images=40, seed=seed)
    score = score_of(name)
    perfect = 40.0 * np.eye(classes)[labels][None]
    best, found = score.of(perfect, labels)[0], score.of(logits, labels)
    expected = 1.0 if score.better == "higher" else 0.0
    assert best == pytest.approx(expected, abs=1e-9)
    assert (found <= best + 1e-9).all() if score.better == "higher" else (found >= best).all()


@given(seed=seeds, rates=st.tuples(st.floats(0.01, 0.9), st.floats(0.01, 0.9)))
def test_more_false_alarms_never_cost_recall(seed, rates):
    logits, labels = predictions(3, images=50, seed=seed, round_to=0.5)
    low, high = (ranks.recall_at_fpr(logits, labels, rate) for rate in sorted(rates))
    assert (low <= high).all()


def test_a_class_without_images_leaves_scores_of_classes_undefined():
    logits, labels = predictions(3)
    lacking = np.where(labels == 2, 1, labels)
    for name in ("auroc", "average_precision", "recall_at_fpr:0.1"):
        assert np.isnan(score_of(name).of(logits, lacking)).all()
        with pytest.raises(
            InputError, match="no test image of class 'c'; it takes images of every"
        ):
            check_classes(name, lacking, ("a", "b", "c"))
    assert np.isnan(ranks.auroc_psi(logits, lacking)).all()
    assert np.isfinite(scores.balanced_accuracy(logits, lacking)).all()
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
        ranks.recall_at_fpr(logits, labels, 0)


def test_names_of_scores_are_told_apart():
    assert not set(scoring.DECIDING) & set(scoring.PROBABILITY)
