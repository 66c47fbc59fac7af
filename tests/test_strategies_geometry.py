"""Each strategy that moves pixels does what it says."""

import numpy as np
import pytest
import tensorflow as tf
from scipy import ndimage, stats
from skimage import transform

from cam_augment.registry import STRATEGIES
from cam_augment.strategies import elastic, geometry, perspective
from cam_augment.strategies.crop import crops
from tests.test_strategies import SEED, assert_uniform, pictures, run
from tests.test_warp import twin_warp

AFFINE = [name for name, entry in STRATEGIES.items() if entry.matrices and not entry.projective]


def angles(seed=SEED, count=4000, magnitude=20.0):
    cosine_and_sine = geometry.rotations(tf.zeros([count, 1, 1, 1]), seed, magnitude).numpy()
    return np.degrees(np.arctan2(cosine_and_sine[:, 1, 0], cosine_and_sine[:, 0, 0]))


def test_draws_are_uniform_and_symmetric():
    blank = tf.zeros([4000, 30, 20, 1])
    assert_uniform(angles(), -20, 20)
    assert_uniform(1 / geometry.zooms(blank, SEED, 0.3).numpy()[:, 0, 0], 0.7, 1.3)
    assert_uniform(geometry.shears(blank, SEED, 0.4).numpy()[:, 0, 1], -0.4, 0.4)
    shifts = geometry.translations(blank, SEED, 0.25).numpy()[:, :2, 2]
    assert_uniform(shifts[:, 0], -5, 5)
    assert_uniform(shifts[:, 1], -7.5, 7.5)
    assert abs(np.corrcoef(shifts.T)[0, 1]) < 0.06


def test_other_seeds_and_batches_draw_apart():
    pairs = [angles((1, 1)), angles((1, 2)), angles((2, 1))]
    assert np.abs(np.corrcoef(pairs) - np.eye(3)).max() < 0.06


@pytest.mark.parametrize("name", AFFINE)
def test_geometry_is_its_matrix_warped(name):
    images, labels = pictures()
    changed, _ = run(f"{name},fill=zero", images, labels)
    part = tf.random.experimental.stateless_fold_in(SEED, 0)
    settings = STRATEGIES[name].resolve({})
    matrices = STRATEGIES[name].matrices(images, part, settings["magnitude"]).numpy()
    for image, matrix, result in zip(images.numpy(), matrices, changed, strict=True):
        expected = twin_warp(image[..., 0].astype(np.float64), matrix, "grid-constant")
        np.testing.assert_allclose(result[..., 0], expected, atol=1e-4)


def test_rotation_turns_by_its_angle():
    images, labels = pictures(rows=21, columns=21)
    changed, _ = geometry.rotation(images, labels, SEED, magnitude=90.0, fill="zero")
    turned = angles(SEED, len(images), 90.0)
    for image, angle, result in zip(images.numpy(), turned, changed.numpy(), strict=True):
        expected = ndimage.rotate(
            image[..., 0], angle, reshape=False, order=1, mode="grid-constant"
        )
        np.testing.assert_allclose(result[..., 0], expected, atol=1e-4)


def test_zoom_above_one_magnifies():
    blob = np.zeros((64, 61, 61, 1), np.float32)
    blob[:, 30, 30] = 200
    blob = tf.constant(ndimage.gaussian_filter(blob, (0, 6, 6, 0)))
    changed, _ = geometry.zoom(blob, None, SEED, magnitude=0.4, fill="zero")
    factor = 1 / geometry.zooms(blob, SEED, 0.4).numpy()[:, 0, 0]
    mass = tf.reduce_sum(changed, [1, 2, 3]) / tf.reduce_sum(blob[0])
    np.testing.assert_allclose(mass, factor**2, rtol=0.01)


def test_translation_shifts_the_centre_of_mass():
    blob = np.zeros((64, 40, 40, 1), np.float32)
    blob[:, 18:22, 18:22] = 1
    changed, _ = geometry.translation(tf.constant(blob), None, SEED, magnitude=0.2)
    shift = -geometry.translations(tf.constant(blob), SEED, 0.2).numpy()[:, :2, 2]
    for image, (x, y) in zip(changed.numpy()[..., 0], shift, strict=True):
        np.testing.assert_allclose(ndimage.center_of_mass(image), (19.5 + y, 19.5 + x), atol=1e-3)


def test_shear_slides_rows_and_keeps_the_centre():
    lines = np.zeros((32, 41, 41, 1), np.float32)
    lines[:, :, 20] = 1
    changed, _ = geometry.shear(tf.constant(lines), None, SEED, magnitude=0.4)
    slope = geometry.shears(tf.constant(lines), SEED, 0.4).numpy()[:, 0, 1]
    columns = (changed.numpy()[..., 0] * np.arange(41)).sum(2) / changed.numpy()[..., 0].sum(2)
    expected = 20 - slope[:, None] * (np.arange(41) - 20)
    np.testing.assert_allclose(columns, expected, atol=1e-3)


def test_crops_are_whole_pixels_each_offset_as_likely():
    offsets = crops(tf.zeros([6000, 32, 16, 1]), SEED, 0.125).numpy()[:, :2, 2]
    for drawn, most in zip(offsets.T, (2, 4), strict=True):
        values, counts = np.unique(drawn, return_counts=True)
        np.testing.assert_array_equal(values, np.arange(-most, most + 1))
        assert stats.chisquare(counts).pvalue > 1e-3
    assert abs(np.corrcoef(offsets.T)[0, 1]) < 0.05


def test_a_crop_is_a_part_of_the_padded_image():
    images, labels = pictures(images=30)
    changed, _ = run("random_crop:0.2", images, labels)  # 4 of 20 rows, 3 of 16 columns
    padded = np.pad(images.numpy(), ((0, 0), (4, 4), (3, 3), (0, 0)))
    for image, result in zip(padded, changed, strict=True):
        parts = [image[r : r + 20, c : c + 16] for r in range(9) for c in range(7)]
        assert any(np.array_equal(part, result) for part in parts)


def test_perspective_moves_the_corners():
    images, _ = pictures(images=500, rows=10, columns=30)
    matrices = perspective.perspectives(images, SEED, 0.2).numpy().astype(float)
    corners = np.array([[-15, -5, 1], [15, -5, 1], [15, 5, 1], [-15, 5, 1]])
    read = np.einsum("nij,cj->nci", matrices, corners)
    read = read[..., :2] / read[..., 2:]
    moved = (read - corners[:, :2]) / (30, 10)
    for column in moved.reshape(500, 8).T:
        assert_uniform(column, -0.2, 0.2)
    assert np.abs(np.corrcoef(moved.reshape(500, 8).T) - np.eye(8)).max() < 0.2


def test_perspective_is_scikit_images_homography():
    images, labels = pictures(images=8)
    matrices = perspective.perspectives(images, SEED, 0.2).numpy().astype(float)
    changed, _ = perspective.perspective(images, labels, SEED, magnitude=0.2, fill="zero")
    corners = np.array([[-8.0, -10], [8, -10], [8, 10], [-8, 10]])
    pixels = np.stack(np.meshgrid(np.arange(16), np.arange(20)), -1).reshape(-1, 2)
    for image, matrix, actual in zip(images.numpy(), matrices, changed.numpy(), strict=True):
        read = np.c_[corners, np.ones(4)] @ matrix.T
        result = transform.ProjectiveTransform.from_estimate(corners, read[:, :2] / read[:, 2:])
        places = np.add(result(pixels - (7.5, 9.5)), (7.5, 9.5))
        expected = ndimage.map_coordinates(
            image[..., 0], places.T[::-1], order=1, mode="grid-constant"
        )
        np.testing.assert_allclose(actual[..., 0].ravel(), expected, atol=1e-3)


def test_perspective_joins_other_geometry():
    images, labels = pictures()
    joined, _ = run("rotation:30+perspective:0.2", images, labels)
    seeds = [tf.random.experimental.stateless_fold_in(SEED, index) for index in (0, 1)]
    product = geometry.rotations(images, seeds[0], 30.0).numpy().astype(float)
    product = product @ perspective.perspectives(images, seeds[1], 0.2).numpy()
    pixels = np.stack(np.meshgrid(np.arange(16) - 7.5, np.arange(20) - 9.5), -1).reshape(-1, 2)
    for image, matrix, result in zip(images.numpy(), product, joined, strict=True):
        read = np.c_[pixels, np.ones(320)] @ matrix.T
        places = (read[:, :2] / read[:, 2:] + (7.5, 9.5)).T[::-1]
        expected = ndimage.map_coordinates(image[..., 0], places, order=1, mode="reflect")
        np.testing.assert_allclose(result[..., 0].ravel(), expected, atol=1e-3)


def test_elastic_fields_are_normal_smooth_and_apart():
    blank = tf.zeros([800, 36, 24, 1])
    across, down = elastic.fields(blank, SEED, 0.05, 0.14).numpy()
    for field, side in ((across, 24), (down, 36)):
        np.testing.assert_allclose(field.std(0), 0.05 * side, rtol=0.15)  # at every pixel
        assert stats.kstest(field[:, 17, 11], stats.norm(0, 0.05 * side).cdf).pvalue > 1e-3
    assert abs(np.corrcoef(across[:, 17, 11], down[:, 17, 11])[0, 1]) < 0.12
    # Noise smoothed by a Gaussian of s is correlated by exp(-d^2 / 4 s^2) at a distance d.
    for step in (2, 5, 9):
        result = np.corrcoef(down[:, 10, 11], down[:, 10 + step, 11])[0, 1]
        assert abs(result - np.exp(-((step / 36 / 0.14) ** 2) / 4)) < 0.1


def test_elastic_reads_where_its_field_says():
    images, labels = pictures()
    changed, _ = elastic.elastic(images, labels, SEED, magnitude=0.1)
    across, down = elastic.fields(images, SEED, 0.1, 0.14).numpy()
    rows, columns = np.mgrid[:20, :16]
    for image, x, y, result in zip(images.numpy(), across, down, changed.numpy(), strict=True):
        places = [rows + y, columns + x]
        expected = ndimage.map_coordinates(image[..., 0], places, order=1, mode="reflect")
        np.testing.assert_allclose(result[..., 0], expected, atol=1e-4)
