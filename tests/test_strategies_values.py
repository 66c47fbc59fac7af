"""Each strategy that mirrors images or changes values does what it says."""

import numpy as np
import pytest
import tensorflow as tf
from PIL import Image, ImageEnhance, ImageOps
from scipy import ndimage, stats

from cam_augment.registry import STRATEGIES
from cam_augment.strategies import tones
from cam_augment.strategies.draws import uniform
from tests.test_strategies import SEED, assert_uniform, pictures, run


@pytest.mark.parametrize("magnitude", [0.2, 0.5, 1.0])
def test_flip_mirrors_a_share_of_the_images(magnitude):
    images = tf.tile(pictures(images=1)[0], [2000, 1, 1, 1])
    changed, _ = STRATEGIES["horizontal_flip"](images, None, SEED, magnitude=magnitude)
    flipped = (changed.numpy() == images.numpy()[:, :, ::-1]).all((1, 2, 3))
    same = (changed.numpy() == images.numpy()).all((1, 2, 3))
    assert (flipped | same).all()
    assert stats.binomtest(int(flipped.sum()), 2000, magnitude).pvalue > 1e-3


def test_contrast_scales_about_the_mean():
    images = 0.5 + 0.2 * (pictures(images=2000, rows=8, columns=8)[0] - 0.5)  # nothing is cut
    changed, _ = STRATEGIES["contrast"](images, None, SEED, magnitude=0.5)
    images, changed = images.numpy().astype(np.float64), changed.numpy().astype(np.float64)
    np.testing.assert_allclose(changed.mean((1, 2, 3)), images.mean((1, 2, 3)), atol=1e-5)
    factor = changed.std((1, 2, 3)) / images.std((1, 2, 3))
    assert_uniform(factor, 0.5, 1.5)
    centred = [values - values.mean((1, 2, 3), keepdims=True) for values in (images, changed)]
    np.testing.assert_allclose(centred[1], factor[:, None, None, None] * centred[0], atol=1e-5)


def test_noise_is_normal_and_white():
    grey = tf.fill([51, 29, 31, 1], 0.5)
    changed, _ = STRATEGIES["gaussian_noise"](grey, None, SEED, magnitude=0.05)
    noise = changed.numpy() - 0.5
    assert stats.kstest(noise.ravel()[::9], stats.norm(0, 0.05).cdf).pvalue > 1e-3
    assert 4.0 < np.abs(noise).max() / 0.05 < 5.7
    neighbours = np.corrcoef(noise[:, :, 1:].ravel(), noise[:, :, :-1].ravel())[0, 1]
    assert abs(neighbours) < 0.02
    halves = noise.ravel()[:-1].reshape(2, -1)  # the cosines and the sines of the same draws
    assert abs(np.corrcoef(halves)[0, 1]) < 0.02
    assert abs(np.corrcoef(halves**2)[0, 1]) < 0.02


def test_vertical_flip_mirrors_top_to_bottom():
    images = tf.tile(pictures(images=1)[0], [2000, 1, 1, 1])
    changed, _ = STRATEGIES["vertical_flip"](images, None, SEED, magnitude=0.3)
    flipped = (changed.numpy() == images.numpy()[:, ::-1]).all((1, 2, 3))
    assert (flipped | (changed.numpy() == images.numpy()).all((1, 2, 3))).all()
    assert stats.binomtest(int(flipped.sum()), 2000, 0.3).pvalue > 1e-3


# ---- what strategies draw


def test_brightness_multiplies():
    images = 0.5 * pictures(images=2000, rows=8, columns=8)[0] + 0.1  # nothing is cut
    changed, _ = STRATEGIES["brightness"](images, None, SEED, magnitude=0.5)
    ratio = changed.numpy() / images.numpy()
    np.testing.assert_allclose(ratio, ratio[:, :1, :1] * np.ones_like(ratio), rtol=1e-5)
    assert_uniform(ratio[:, 0, 0, 0], 0.5, 1.5)


def test_saturation_and_sharpness_scale_what_they_name():
    images = 0.5 + 0.2 * (pictures(images=1500, rows=8, columns=8, channels=3)[0] - 0.5)
    for name, plain in (
        ("saturation", images.numpy() @ np.float32([[0.299], [0.587], [0.114]])),
        ("sharpness", smoothed(images.numpy())),
    ):
        changed, _ = STRATEGIES[name](images, None, SEED, magnitude=0.6)
        away, before = changed.numpy() - plain, images.numpy() - plain
        factor = (away * before).sum((1, 2, 3)) / (before**2).sum((1, 2, 3))
        assert_uniform(factor, 0.4, 1.6)
        np.testing.assert_allclose(away, factor[:, None, None, None] * before, atol=1e-5)


def smoothed(images):
    kernel = np.ones((3, 3)) + 4 * np.eye(3)[1][:, None] * np.eye(3)[1]
    return ndimage.convolve(images, kernel[None, :, :, None] / 13, mode="reflect")


def test_solarise_inverts_above_a_uniform_threshold():
    ramp = np.tile(np.linspace(0, 1, 1001, dtype=np.float32), (1500, 1, 1))[..., None]
    changed = STRATEGIES["solarise"](tf.constant(ramp), None, SEED, magnitude=0.4)[0].numpy()
    same = np.isclose(changed, ramp)
    same[:, :, 500] = True  # the middle is its own inverse
    np.testing.assert_allclose(changed[~same], 1 - ramp[~same], atol=1e-6)
    assert (np.diff(same[..., 0].astype(int)) <= 0).all()  # kept below, inverted above
    assert_uniform(same.mean((1, 2, 3)) + stats.uniform(-5e-4, 1e-3).rvs(1500, 1), 0.599, 1.001)


def test_posterise_drops_up_to_its_bits():
    ramp = np.tile(np.arange(256, dtype=np.float32) / 255, (2000, 1, 1))[..., None]
    changed = STRATEGIES["posterise"](tf.constant(ramp), None, SEED, magnitude=5)[0].numpy()
    dropped = 8 - np.log2([len(np.unique(image)) for image in changed])
    values, counts = np.unique(dropped, return_counts=True)
    np.testing.assert_array_equal(values, np.arange(6))
    np.testing.assert_allclose(counts / 2000, [0.1, 0.2, 0.2, 0.2, 0.2, 0.1], atol=0.04)


def test_posterise_without_a_bit_to_drop_rounds_nothing():
    images, labels = pictures(images=200)
    changed, _ = run("posterise:0.4", images, labels)  # less than half a bit
    np.testing.assert_array_equal(changed, images)


# ---- formulas against other programs


def photographs(count=4, channels=3):
    """Eight-bit images, uint8 [image, row, column, channel]."""
    images, _ = pictures(count, 48, 40, channels)
    return np.round(images.numpy() * 255).astype(np.uint8)


def pillow(change, images):
    images = images if images.shape[3] == 3 else images[..., 0]
    changed = np.stack([np.asarray(change(Image.fromarray(image))) for image in images])
    return changed.reshape(*changed.shape[:3], -1) / 255


@pytest.mark.parametrize(
    ("formula", "pillows"),
    [
        (lambda x: tones.posterised(x, tf.fill([4], 3.0)), lambda i: ImageOps.posterize(i, 5)),
        (lambda x: tones.solarised(x, tf.fill([4], 0.6)), lambda i: ImageOps.solarize(i, 154)),
        (tones.stretched, ImageOps.autocontrast),
        (lambda x: tones.brightened(x, tf.fill([4], 1.4)),
         lambda i: ImageEnhance.Brightness(i).enhance(1.4)),
        (lambda x: tones.saturated(x, tf.fill([4], 1.8)),
         lambda i: ImageEnhance.Color(i).enhance(1.8)),
        (lambda x: tones.sharpened(x, tf.fill([4], 3.0))[:, 1:-1, 1:-1],
         lambda i: ImageEnhance.Sharpness(i).enhance(3.0).crop((1, 1, 39, 47))),
    ],
    ids=["posterised", "solarised", "stretched", "brightened", "saturated", "sharpened"],
)  # fmt: skip
def test_formulas_are_pillows(formula, pillows):
    images = photographs()
    result = formula(tf.constant(images / np.float32(255))).numpy()
    np.testing.assert_allclose(result, pillow(pillows, images), atol=3.1 / 255)
    assert np.abs(result - pillow(pillows, images)).mean() < 0.8 / 255


@pytest.mark.parametrize("channels", [1, 3])
def test_equalised_is_pillows(channels):
    images = photographs(channels=channels)
    actual = tones.equalised(tf.constant(images / np.float32(255))).numpy()
    expected = pillow(ImageOps.equalize, images)
    # Pillow divides by a whole number: 1,920 pixels and 255 levels are 7 to a level, not 7.5.
    np.testing.assert_allclose(actual, np.minimum(expected, 1), atol=0.08)
    for image, result in zip(images, actual, strict=True):
        for channel in range(channels):
            levels = image[..., channel].ravel()
            below = stats.rankdata(levels, "min") - 1
            exact = below / below.max()
            np.testing.assert_allclose(result[..., channel].ravel(), exact, atol=1e-6)


def test_a_flat_channel_has_no_contrast_to_stretch():
    flat = tf.tile(tf.constant([0.1, 0.35, 0.8]), [48])
    flat = tf.reshape(flat, [1, 12, 4, 3])
    for change in (tones.stretched, tones.equalised):
        np.testing.assert_array_equal(change(flat), flat)


def test_saturation_leaves_grey_images_to_policies():
    images, _ = pictures()
    assert tones.saturated(images, None) is images


@pytest.mark.parametrize("channels", [1, 3])
def test_blur_is_scipys_gaussian(channels):
    images, labels = pictures(rows=12, columns=30, channels=channels)
    for magnitude in (0.8, 4.0):  # the latter reaches over several mirror images
        changed, _ = run(f"gaussian_blur:{magnitude}", images, labels)
        part = tf.random.experimental.stateless_fold_in(SEED, 0)
        sigmas = uniform(images, part, 0.0, magnitude).numpy()
        for image, sigma, result in zip(images.numpy(), sigmas, changed, strict=True):
            expected = ndimage.gaussian_filter(
                image.astype(float), (sigma, sigma, 0), radius=int(np.ceil(4 * magnitude))
            )
            np.testing.assert_allclose(result, expected, atol=1e-5)


def test_blur_draws_its_width():
    point = np.zeros((1500, 41, 41, 1), np.float32)
    point[:, 20, 20] = 1
    changed, _ = STRATEGIES["gaussian_blur"](tf.constant(point), None, SEED, magnitude=2.0)
    spread = (changed.numpy()[..., 0].sum(1) * (np.arange(41) - 20) ** 2).sum(1) ** 0.5
    wide = spread[spread > 1]  # a narrower Gaussian is not what pixels show of it
    assert_uniform(wide, 1.0, 2.0)
    assert stats.binomtest(len(wide), 1500, 0.5).pvalue > 1e-3


def test_hue_is_tensorflows():
    images, _ = pictures(channels=3)
    images = tf.concat([images[:10], tf.repeat(images[:2, :, :, :1], 3, 3)], 0)  # two are grey
    changed, _ = STRATEGIES["hue"](images, None, SEED, magnitude=0.5)
    turns = uniform(images, SEED, -0.5, 0.5).numpy()
    assert turns.min() < -0.25
    assert turns.max() > 0.25
    for image, turn, result in zip(images, turns, changed, strict=True):
        np.testing.assert_allclose(result, tf.image.adjust_hue(image, turn), atol=1e-5)
    np.testing.assert_allclose(changed[10:], images[10:], atol=1e-6)
