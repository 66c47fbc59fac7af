"""Each strategy that hides parts, or mixes images, does what it says."""

import numpy as np
import pytest
import tensorflow as tf
from scipy import stats

from cam_augment.registry import STRATEGIES
from cam_augment.strategies.draws import beta
from tests.test_strategies import SEED, assert_uniform, pictures, run


def erased(fill="zero", magnitude=0.3, count=3000, **settings):
    white = tf.ones([count, 40, 40, 1])
    settings = STRATEGIES["random_erasing"].resolve(
        {"fill": fill, "magnitude": magnitude, **settings}
    )
    return STRATEGIES["random_erasing"](white, None, SEED, **settings)[0].numpy()[..., 0]


def test_erasing_touches_its_share_of_images_and_area():
    holes = erased() == 0
    touched = holes.any((1, 2))
    assert stats.binomtest(int(touched.sum()), len(touched), 0.5).pvalue > 1e-3
    area = holes[touched].mean((1, 2))
    assert area.min() > 0.01
    assert area.max() < 0.33
    np.testing.assert_allclose(area.mean(), (0.02 + 0.3) / 2, rtol=0.05)


def test_erased_parts_are_whole_rectangles_of_any_shape_and_place():
    holes = erased(probability=1.0) == 0
    rows, columns = holes.any(2), holes.any(1)
    np.testing.assert_array_equal(holes, rows[:, :, None] & columns[:, None, :])
    for edge in (rows, columns):
        assert (np.abs(np.diff(np.pad(edge, ((0, 0), (1, 1))).astype(int))).sum(1) == 2).all()
    ratio = np.log(rows.sum(1) / columns.sum(1))
    assert abs(ratio.mean()) < 0.05
    assert np.abs(ratio).max() > 1
    assert (holes.mean(0)[2:-2, 2:-2] > 0).all()
    np.testing.assert_allclose(holes.mean(0), holes.mean(0)[::-1, ::-1], atol=0.06)


def test_erasing_fills_with_noise_mean_or_zero():
    noise = erased("noise", probability=1.0)
    assert_uniform(noise[noise < 1][::50], 0, 1)
    images, labels = pictures(images=200)
    changed, _ = run("random_erasing:0.3,fill=mean", images, labels)
    differs = changed != images.numpy()
    means = np.broadcast_to(images.numpy().mean((1, 2, 3), keepdims=True), changed.shape)
    np.testing.assert_allclose(changed[differs], means[differs], atol=1e-6)


def test_mixup_is_a_convex_blend_of_two():
    images, labels = pictures(images=10)
    changed, after = run("mixup:1", images, labels)  # ten classes: a label names its image
    np.testing.assert_allclose(changed, np.tensordot(after, images, 1), atol=1e-6)
    assert ((after > 0).sum(1) <= 2).all()
    assert (after > 0).sum() > 10


@pytest.mark.parametrize("alpha", [0.02, 0.2, 1.0, 8.0])
def test_mixup_shares_follow_beta(alpha):
    share = beta(tf.zeros([4000, 1]), tf.constant(SEED), alpha).numpy().astype(np.float64)
    assert np.isfinite(share).all()
    middle = np.clip(share, 1e-6, 1 - 1e-6)  # a float32 cannot tell .9999999 from 1
    points = np.linspace(0.01, 0.99, 99)
    error = np.abs((middle[:, None] <= points).mean(0) - stats.beta(alpha, alpha).cdf(points))
    assert error.max() < 1.95 / np.sqrt(4000)  # the Kolmogorov bound at .001


def test_mixup_partners_are_a_permutation():
    images, labels = pictures(images=10)
    _, after = run("mixup:50", images, labels)
    np.testing.assert_allclose(after.sum(0).round(), 1)


def masked(magnitude=0.3, count=2000, sides=(30, 40), **settings):
    settings = STRATEGIES["grid_mask"].resolve({"magnitude": magnitude, **settings})
    white = tf.ones([count, *sides, 1])
    return STRATEGIES["grid_mask"](white, None, SEED, **settings)[0].numpy()[..., 0] == 0


def test_grid_mask_hides_its_share_of_images_and_area():
    hidden = masked()
    touched = hidden.any((1, 2))
    assert stats.binomtest(int(touched.sum()), len(touched), 0.8).pvalue > 1e-3
    np.testing.assert_allclose(hidden[touched].mean((1, 2)).mean(), 0.3, atol=0.02)
    np.testing.assert_allclose(hidden[touched].mean(0), 0.3, atol=0.06)  # everywhere alike


def test_grid_mask_is_a_grid_of_squares():
    hidden = masked(0.25, least=0.4, most=0.4, probability=1.0)  # a period of 12, 6 hidden
    rows, columns = hidden.any(2), hidden.any(1)
    np.testing.assert_array_equal(hidden, rows[:, :, None] & columns[:, None, :])
    for edge in (rows, columns):
        np.testing.assert_array_equal(edge[:, 12:], edge[:, :-12])
        np.testing.assert_array_equal(edge[:, :6], ~edge[:, 6:12])
    assert len(np.unique(rows, axis=0)) == len(np.unique(columns, axis=0)) == 12
    assert len(np.unique(masked(probability=1.0).any(2), axis=0)) > 200  # periods differ


def test_grid_mask_fills_with_zero_or_the_mean():
    images, labels = pictures(images=40)
    zero, _ = run("grid_mask,probability=1", images, labels)
    mean, _ = run("grid_mask,probability=1,fill=mean", images, labels)
    hidden = (zero == 0) & (images.numpy() > 0)
    np.testing.assert_array_equal(zero[~hidden], images.numpy()[~hidden])
    means = np.broadcast_to(images.numpy().mean((1, 2, 3), keepdims=True), mean.shape)
    np.testing.assert_allclose(mean[hidden], means[hidden], atol=1e-6)


def cut(alpha=1.0, count=10, rows=20, columns=16, seed=SEED):
    """Each image holds its own number only, and so does its label: both tell what came in."""
    weight = (np.arange(count, dtype=np.float32) + 1) / count
    images = np.broadcast_to(weight[:, None, None, None], (count, rows, columns, 1))
    labels = tf.eye(count)
    changed, after = STRATEGIES["cutmix"](tf.constant(images), labels, seed, magnitude=alpha)
    return changed.numpy()[..., 0] != images[..., 0], changed.numpy()[..., 0], after.numpy()


def test_cutmix_labels_are_the_pasted_area():
    pasted, changed, after = cut(count=200)
    for image, label in zip(changed, after, strict=True):
        values, pixels = np.unique(np.round(image * 200).astype(int) - 1, return_counts=True)
        expected = np.zeros(200)
        expected[values] = pixels / pixels.sum()
        np.testing.assert_allclose(label, expected, atol=1e-6)
    assert pasted.any((1, 2)).mean() > 0.9
    np.testing.assert_allclose(after.sum(1), 1, atol=1e-6)


def test_cutmix_pastes_one_rectangle_from_one_partner():
    pasted, changed, _ = cut(count=300)
    rows, columns = pasted.any(2), pasted.any(1)
    np.testing.assert_array_equal(pasted, rows[:, :, None] & columns[:, None, :])
    for edge in (rows, columns):
        assert (np.abs(np.diff(np.pad(edge, ((0, 0), (1, 1))).astype(int))).sum(1) <= 2).all()
    assert max(len(np.unique(image)) for image in changed) == 2
    partners = [image[hole][0] for image, hole in zip(changed, pasted, strict=True) if hole.any()]
    assert len(np.unique(partners)) == len(partners)  # a permutation: nobody is pasted twice


@pytest.mark.parametrize("alpha", [0.5, 1.0, 8.0])
def test_cutmix_areas_follow_beta(alpha):
    pasted, _, _ = cut(alpha, 1500, 64, 64)
    rows, columns = pasted.any(2), pasted.any(1)
    uncut = ~(rows[:, 0] | rows[:, -1] | columns[:, 0] | columns[:, -1]) & pasted.any((1, 2))
    np.testing.assert_allclose(rows[uncut].sum(1), columns[uncut].sum(1), atol=1)  # square here
    # A rectangle of side s lies inside with (1 - s)^2, and then its area is seen as drawn.
    area, share = pasted[uncut].mean((1, 2)), np.linspace(1e-4, 1 - 1e-4, 20001)
    density = stats.beta(alpha, alpha).pdf(share) * (1 - np.sqrt(share)) ** 2
    distribution = np.cumsum(density) / density.sum()
    expected = np.interp([0.02, 0.1, 0.2, 0.3], share, distribution)
    result = [(area <= limit).mean() for limit in (0.02, 0.1, 0.2, 0.3)]
    np.testing.assert_allclose(result, expected, atol=0.08)


def test_cutmix_centres_are_anywhere():
    pasted, _, _ = cut(1.0, 3000, 24, 24)
    often = pasted.mean(0)
    np.testing.assert_allclose(often, often[::-1, ::-1], atol=0.06)
    assert often.min() > 0.1
    assert often[12, 12] > often[0, 0]
