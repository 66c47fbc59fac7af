"""Corruptions: what each promises, against what is known of it by another way."""

import numpy as np
import pytest
from PIL import Image
from scipy import ndimage

from cam_augment.corruptions import corrupt, variants
from cam_augment.registry import CORRUPTIONS, STRATEGIES

NAMES = list(CORRUPTIONS)
SHAPES = [(28, 28, 1), (20, 33, 3), (16, 12, 5)]


def pictures(shape=(28, 28, 1), count=6, seed=0):
    """Smooth images with some structure, float32 [image, row, column, channel] in 0..1."""
    noise = np.random.default_rng(seed).random((count, *shape), np.float32)
    return ndimage.gaussian_filter(noise, (0, 2, 2, 0), mode="wrap") * 3 % 1


def corrupted(name, images, place=-1, numbers=None):
    entry = CORRUPTIONS[name]
    return corrupt(entry, images, entry.strengths[place], numbers or range(len(images)))


# ---- what is asked of every corruption


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("name", NAMES)
def test_images_keep_shape_type_and_range_and_are_changed(name, shape):
    images = pictures(shape)
    before = images.copy()
    changed = corrupted(name, images)
    assert changed.shape == images.shape
    assert changed.dtype == np.float32
    assert changed.min() >= 0
    assert changed.max() <= 1
    np.testing.assert_array_equal(images, before)
    assert (np.abs(changed - images).reshape(len(images), -1).mean(axis=1) > 0.005).all()


@pytest.mark.parametrize("name", NAMES)
def test_an_image_is_corrupted_alike_whatever_stands_beside_it(name):
    images = pictures()
    whole = corrupted(name, images)
    alone = [corrupted(name, images[n : n + 1], numbers=[n])[0] for n in range(len(images))]
    np.testing.assert_allclose(whole, alone, atol=2e-6)


@pytest.mark.parametrize("name", NAMES)
def test_stronger_is_further_from_the_image(name):
    images, entry = pictures(count=30), CORRUPTIONS[name]
    assert len(entry.strengths) == 3
    assert list(entry.strengths) == sorted(entry.strengths)
    away = [np.abs(corrupted(name, images, place) - images).mean() for place in range(3)]
    assert away == sorted(away)
    assert away[0] < 0.9 * away[2]


@pytest.mark.parametrize("name", NAMES)
def test_what_an_entry_says_of_itself_is_true(name):
    entry = CORRUPTIONS[name]
    assert set(entry.strategies) <= set(STRATEGIES)
    assert entry.unit
    assert entry.definition
    assert entry.note


def test_there_are_ten_in_five_families_and_thirty_variants():
    assert len(NAMES) == 10
    assert {entry.family for entry in CORRUPTIONS.values()} == {
        "noise", "blur", "light", "digital", "place",
    }  # fmt: skip
    assert len(list(variants())) == 30


# ---- what each does, known by another way


def grey(value=0.5, shape=(40, 40, 1), count=50):
    return np.full((count, *shape), value, np.float32)


def test_sensor_noise_has_its_standard_deviation():
    noise = corrupted("sensor_noise", grey(), 0) - 0.5
    assert noise.std() == pytest.approx(0.08, rel=0.02)
    assert noise.mean() == pytest.approx(0, abs=0.002)


@pytest.mark.parametrize("name", ["defocus", "motion_blur", "pixelation", "misplacement", "jpeg"])
def test_what_blurs_or_moves_leaves_an_even_image_alone(name):
    np.testing.assert_allclose(corrupted(name, grey()), 0.5, atol=1 / 255)


def test_defocus_spreads_a_point_by_a_gaussian():
    images = np.zeros((1, 81, 81, 1), np.float32)
    images[0, 40, 40] = 1
    width = CORRUPTIONS["defocus"].strengths[1] * 81
    spread = corrupted("defocus", images, 1)[0, :, :, 0]
    rows = np.arange(81) - 40
    assert (spread.sum(axis=1) * rows**2).sum() == pytest.approx(width**2, rel=0.02)


def test_motion_spreads_a_point_along_a_line_of_its_length():
    images = np.zeros((12, 101, 101, 1), np.float32)
    images[:, 50, 50] = 1
    length = CORRUPTIONS["motion_blur"].strengths[2] * 101
    places = np.stack(np.mgrid[:101, :101] - 50).reshape(2, -1)
    for blurred in corrupted("motion_blur", images)[..., 0]:
        moments = np.cov(places, aweights=blurred.ravel(), ddof=0)
        across, along = np.linalg.eigvalsh(moments)
        assert along == pytest.approx(length**2 / 12, rel=0.05)  # of an even line
        assert across < 0.5


def test_low_contrast_keeps_the_mean_and_scales_deviations():
    images = pictures()
    changed = corrupted("low_contrast", images, 1)
    axes = (1, 2, 3)
    np.testing.assert_allclose(changed.mean(axis=axes), images.mean(axis=axes), atol=1e-5)
    np.testing.assert_allclose(changed.std(axis=axes), 0.35 * images.std(axis=axes), rtol=1e-4)


def test_exposure_goes_both_ways_by_its_strength():
    shift = (corrupted("exposure", grey(), 1) - 0.5).mean(axis=(1, 2, 3))
    np.testing.assert_allclose(np.abs(shift), 0.3, atol=1e-5)
    assert 10 < (shift > 0).sum() < 40


def test_haze_veils_black_between_half_and_all_of_its_strength_and_leaves_white():
    veil = corrupted("haze", grey(0), 2)
    assert veil.min() >= 0.35 - 1e-6
    assert veil.max() <= 0.7 + 1e-6
    assert veil.std(axis=(1, 2, 3)).min() > 0.01  # it is no even grey
    np.testing.assert_allclose(corrupted("haze", grey(1)), 1, atol=1e-6)


@pytest.mark.parametrize("side", [40, 36])
def test_pixelation_is_a_box_average_enlarged_by_the_nearest(side):
    images = pictures((side, side, 1), count=2)
    cells = round(0.25 * side)
    for image, changed in zip(images, corrupted("pixelation", images, 2), strict=True):
        small = Image.fromarray(image[..., 0]).resize((cells, cells), Image.Resampling.BOX)
        large = small.resize((side, side), Image.Resampling.NEAREST)
        np.testing.assert_allclose(changed[..., 0], np.asarray(large), atol=0.02)


def test_jpeg_is_what_pillow_stores(tmp_path):
    images = pictures((24, 24, 3), count=2)
    for place, quality in enumerate((40, 20, 8)):
        for image, changed in zip(images, corrupted("jpeg", images, place), strict=True):
            pixels = (image * 255).round().astype(np.uint8)
            Image.fromarray(pixels).save(tmp_path / "image.jpg", quality=quality)
            read = np.asarray(Image.open(tmp_path / "image.jpg"))
            np.testing.assert_array_equal((changed * 255).round(), read)


def test_misplacement_moves_all_images_as_far_in_all_directions():
    images = np.zeros((40, 81, 81, 1), np.float32)
    images[:, 36:45, 36:45] = 1
    places = np.arange(81) - 40
    moved = corrupted("misplacement", images)[..., 0]
    centre = [
        (moved.sum(axis=axis) * places).sum(axis=1) / moved.sum(axis=(1, 2)) for axis in (2, 1)
    ]
    np.testing.assert_allclose(np.hypot(*centre), 0.15 * 81, rtol=0.01)
    assert np.hypot(*np.mean(centre, axis=1)) < 5  # no direction is preferred


def test_occlusion_hides_a_rectangle_of_its_share_under_one_grey():
    images = pictures((50, 40, 3), count=20)
    for image, covered in zip(images, corrupted("occlusion", images, 1), strict=True):
        hidden = (covered != image).any(axis=-1)
        rows, columns = np.flatnonzero(hidden.any(axis=1)), np.flatnonzero(hidden.any(axis=0))
        assert (np.ptp(rows) + 1, np.ptp(columns) + 1) == (15, 12)
        assert len(np.unique(covered[hidden])) == 1
