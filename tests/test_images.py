"""The image part of a variance, influence values and the bootstrap: twins and oracles."""

import numpy as np
import pytest
from sklearn.metrics import balanced_accuracy_score, roc_auc_score

from cam_augment.statistics import contrast, decide, ranks
from cam_augment.statistics.groups import against, groups
from cam_augment.statistics.images import (
    balanced_influence,
    bootstrap_image_part,
    finite_test_share,
    finite_test_variance,
    image_part,
    of_clusters,
    stratified_image_part,
)
from cam_augment.statistics.other_images import OtherImages
from cam_augment.statistics.predictions import Predictions
from cam_augment.statistics.resampling import rarest_class, resample

IMAGES = 60
STEP = 1e-6


def right_and_labels(models: int = 3) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(0)
    labels = rng.permutation(np.repeat([0, 1, 2], [10, 20, 30]))
    return (rng.random((models, IMAGES)) < 0.7).astype(float), labels


def sensitivities(score) -> np.ndarray:
    """T times the derivative of a weighted score by each image's weight, which psi is."""
    weights = np.ones((IMAGES, IMAGES)) + STEP * np.eye(IMAGES)
    return IMAGES * (np.array([score(w) for w in weights]) - score(np.ones(IMAGES))) / STEP


def test_the_influence_on_balanced_accuracy_is_its_derivative():
    right, labels = right_and_labels()
    predicted = np.where(right[0] == 1, labels, (labels + 1) % 3)
    slow = sensitivities(lambda w: balanced_accuracy_score(labels, predicted, sample_weight=w))
    np.testing.assert_allclose(balanced_influence(right, labels)[0], slow, atol=1e-5)


def auroc_influence(scores: np.ndarray, positive: np.ndarray) -> np.ndarray:
    logits = np.stack([np.zeros(scores.shape), scores], axis=2)
    return ranks.auroc(Predictions(logits, positive.astype(int))).images


def test_the_influence_on_the_area_is_its_derivative_ties_included():
    rng = np.random.default_rng(1)
    scores, positive = rng.normal(size=(2, IMAGES)).round(1), rng.random(IMAGES) < 0.3
    slow = sensitivities(lambda w: roc_auc_score(positive, scores[0], sample_weight=w))
    np.testing.assert_allclose(auroc_influence(scores, positive)[0], slow, atol=1e-5)


def test_delongs_variance_is_that_of_the_influence_values():
    """Placements one by one, and their variances over positives and over the others."""
    rng = np.random.default_rng(2)
    positive = np.arange(IMAGES) < 20
    scores = rng.normal(size=(1, IMAGES)) + positive
    wins = np.array([[float(a > b) for b in scores[0, 20:]] for a in scores[0, :20]])
    expected = wins.mean(axis=1).var() / 20 + wins.mean(axis=0).var() / 40
    influence = auroc_influence(scores, positive)
    assert (influence**2).mean() / IMAGES == pytest.approx(expected)


def test_the_image_part_is_its_definition():
    values = np.random.default_rng(3).normal(size=(7, 12))
    values[:3] += np.arange(12)  # what single images do to one arm
    a, b = values[:3], values[3:]
    cells = 0.0
    for arm in (a, b):
        residuals = arm - arm.mean(axis=1, keepdims=True)
        noise = sum(
            ((residuals[:, t] - residuals[:, t].mean()) ** 2).sum() / (len(arm) - 1)
            for t in range(12)
        )
        cells += noise / 11 / len(arm)
    expected = ((b.mean(axis=0) - a.mean(axis=0)).var(ddof=1) - cells) / 12
    result = image_part(values, groups([3, 4]), against(2))
    assert result == pytest.approx([expected])


def test_the_image_part_of_models_that_agree_by_chance_alone_is_about_nothing():
    """Images that are tosses move no arm as a whole: the mean of the raw difference is 0."""
    rng = np.random.default_rng(4)
    layout, contrasts = groups([8, 4]), against(2)
    result = [image_part(rng.normal(size=(12, 400)), layout, contrasts)[0] for _ in range(40)]
    assert np.mean(result) < 0.1 * (1 / 8 + 1 / 4) / 400


def test_the_bootstrap_is_the_influence_values_where_there_are_both():
    right, labels = right_and_labels(8)
    right[:4, :15] = 0  # images that one arm gets wrong as a whole
    layout, contrasts = groups([4, 4]), against(2)
    member = np.eye(3)[labels]

    counts = resample(labels, draws=2000).astype(float)
    recalls = np.einsum("di,mi,ic->mdc", counts, right, member) / member.sum(axis=0)
    draws = recalls.mean(axis=2)
    exact = image_part(balanced_influence(right, labels), layout, contrasts)
    assert bootstrap_image_part(draws, layout, contrasts) == pytest.approx(exact, rel=0.15)


def test_one_image_has_no_part():
    assert np.isnan(image_part(np.ones((4, 1)), groups([2, 2]), against(2))).all()


def test_tosses_make_the_seed_variance_of_accuracy_and_shared_images_none():
    rng = np.random.default_rng(5)
    p = rng.uniform(0.2, 0.9, 300)
    tosses = (rng.random((400, 300)) < p).astype(float)
    assert finite_test_variance(tosses) == pytest.approx(tosses.mean(axis=1).var(ddof=1), rel=0.2)
    assert finite_test_variance(tosses[[0, 0]]) == 0


def test_the_share_of_a_finite_test_set_is_all_of_it_where_images_are_tosses():
    rng = np.random.default_rng(6)
    p = rng.uniform(0.2, 0.9, 300)
    arms = [(rng.random((size, 300)) < p).astype(float) for size in (100, 150, 1)]
    assert finite_test_share(arms) == pytest.approx(1, abs=0.1)
    # Whole models that are worse by a fifth of all images: hardly any of that is tosses.
    lower = [arm * (rng.random((len(arm), 1)) < 0.5) for arm in arms]
    assert finite_test_share(lower) < 0.05
    expected = np.mean([finite_test_variance(arm) for arm in arms[:1] * 2])
    assert finite_test_share(arms[:1] * 2) == pytest.approx(
        min(1, expected / arms[0].mean(axis=1).var(ddof=1))
    )
    assert np.isnan(finite_test_share([arms[0][:1], np.ones((3, 5))]))


def test_the_stratified_part_is_its_definition():
    rng = np.random.default_rng(0)
    sizes, layout, contrasts = np.array([30, 10, 4]), groups([5, 4]), against(2)
    strata, scale = np.repeat([0, 1, 2], sizes), np.repeat([1.0, 30.0, 0.1], sizes)
    luck = rng.normal(size=(2, 44)) * np.repeat([1.0, 2.0, 0.2], sizes)
    noise = rng.normal(0, 0.3, size=(9, 44))
    values = scale * (noise + 5 + luck[np.repeat([0, 1], [5, 4])])
    difference = values[5:].mean(axis=0) - values[:5].mean(axis=0)
    beyond, cells = np.zeros(3), np.zeros(3)
    for stratum, size in enumerate(sizes):
        inside = strata == stratum
        # A model's own mean over images is no noise of single images.
        off = values[:, inside] - values[:, inside].mean(axis=1, keepdims=True)
        single = (off[:5].var(axis=0, ddof=1) / 5 + off[5:].var(axis=0, ddof=1) / 4).sum()
        cells[stratum] = single / (size - 1)
        beyond[stratum] = max(0, difference[inside].var(ddof=1) - cells[stratum])
    ratio, df = beyond / cells, sizes - 1
    together = (6 * (df * ratio).sum() / df.sum() + df * ratio) / (6 + df)
    parts = np.maximum(ratio, together) * cells * sizes / 44**2
    freedom = np.where(together > ratio, np.minimum(6 + df, df.sum()), df)
    result, units = stratified_image_part(values, layout, contrasts, strata)
    assert result[0] == pytest.approx(parts.sum())
    assert units[0] - 1 == pytest.approx(parts.sum() ** 2 / (parts**2 / freedom).sum())
    assert (together > ratio).any()
    assert not (together > ratio).all()


def test_a_class_on_which_no_model_differs_says_nothing_of_the_others():
    """How noise on single images compares to luck is not known there, whatever rounding leaves."""
    rng, sizes = np.random.default_rng(0), [60, 4, 37]
    values = rng.random((12, sum(sizes)))
    values[8:, 0:60:2] += 1.0
    values[:, 64:] = 0.0
    strata, layout, contrasts = np.repeat([0, 1, 2], sizes), groups([8, 4]), against(2)
    expected, units = stratified_image_part(values, layout, contrasts, strata)
    moved = values + rng.random((12, 1))
    result, others = stratified_image_part(moved, layout, contrasts, strata)
    np.testing.assert_allclose((result, others), (expected, units), rtol=1e-9)


@pytest.mark.parametrize(("rare", "price"), [(400, 1), (20, 1), (20, 5), (3, 50)])
def test_the_part_of_classes_is_the_variance_over_other_images_of_them(rare, price):
    """Mistakes on a rare class weigh more, as costs do: neither too wide nor too narrow."""
    layout, contrasts = groups([8, 4]), against(2)
    classes = np.repeat([0, 1], [400, rare])
    threshold, weight = np.array([-1.5, -0.5])[classes], np.array([1.0, price])[classes]
    estimates, parts = [], []
    for seed in range(300):
        rng = np.random.default_rng(seed)
        luck = rng.normal(0, 0.5, (2, len(classes)))[np.repeat([0, 1], [8, 4])]
        values = weight * (rng.normal(size=luck.shape) + luck < threshold)
        known = OtherImages(values.astype(float), classes=classes)
        parts.append(known.part(layout, contrasts)[0][0])
        estimates.append((layout.weights(contrasts) @ values).mean())
    models = np.mean([  # what models do, which other images do not
        v for seed in range(60) for v in [_models_part(seed, classes, threshold, weight, layout)]
    ])  # fmt: skip
    truth = np.var(estimates) - models
    assert 0.7 * truth <= np.mean(parts) <= 2.5 * truth


def _models_part(seed, classes, threshold, weight, layout) -> float:
    rng = np.random.default_rng(1000 + seed)
    luck = rng.normal(0, 0.5, (2, len(classes)))[np.repeat([0, 1], [8, 4])]
    values = weight * (rng.normal(size=luck.shape) + luck < threshold)
    one = contrast(values.mean(axis=1), layout, against(2))
    return float(one.variance[0])


def test_what_differs_between_classes_is_no_choice_of_images():
    sizes = np.random.default_rng(0).integers(1, 20, 60)
    clusters, classes = np.repeat(np.arange(60), sizes), np.repeat(np.arange(60) % 2, sizes)
    values = np.repeat([[0.0], [1.0]], [4, 4], axis=0) * classes
    part, _ = OtherImages(values, clusters=clusters, classes=classes).part(
        groups([4, 4]), against(2)
    )
    assert part == pytest.approx([0.0])


def test_draws_that_lack_a_class_are_left_out():
    draws = np.random.default_rng(0).normal(size=(8, 50))
    known = OtherImages(draws=np.where(np.arange(50) % 10, draws, np.nan), total=30)
    part, units = known.part(groups([4, 4]), against(2))
    alone = OtherImages(draws=draws[:, np.arange(50) % 10 > 0], total=30)
    assert part == pytest.approx(alone.part(groups([4, 4]), against(2))[0])
    assert units == 30
    nothing = OtherImages(draws=np.full((8, 50), np.nan)).part(groups([4, 4]), against(2))
    assert np.isnan(nothing[0]).all()


def test_of_one_image_of_a_class_nothing_is_known():
    values = np.random.default_rng(0).normal(size=(9, 11))
    result, _ = stratified_image_part(values, groups([5, 4]), against(2), [0] * 10 + [1])
    assert np.isnan(result).all()


@pytest.mark.parametrize("rare", [40, 4, 2])
def test_claims_on_few_groups_of_a_class_are_as_rare_as_they_should_be(rare):
    """No strategy does anything, but each is lucky on some parts and not on others."""
    labels = np.repeat([0, 1], [240, 6 * rare])
    part = np.arange(len(labels)) // 6
    of_part = rarest_class(labels, part)
    layout, contrasts = groups([8, 4, 4, 4]), against(4)
    arm = np.repeat(np.arange(4), [8, 4, 4, 4])
    claims = 0
    for seed in range(200):
        rng = np.random.default_rng(seed)
        luck = rng.normal(0, 0.6, (4, part.max() + 1))[arm][:, part]
        right = (rng.normal(size=luck.shape) + luck > -1.0).astype(float)
        recall = np.stack([right[:, labels == c].mean(axis=1) for c in (0, 1)])
        psi = of_clusters(balanced_influence(right, labels), part)
        image, units = stratified_image_part(psi, layout, contrasts, of_part)
        result = decide(contrast(recall.mean(axis=0), layout, contrasts, image, units), 0.05)
        claims += (result.side != 0).any()
    assert claims / 200 <= 0.08
