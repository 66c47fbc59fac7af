"""The warp reads pixels from where it is told, as SciPy and scikit-image do."""

import numpy as np
import pytest
import tensorflow as tf
from scipy import ndimage
from skimage import transform

from cam_augment.strategies.warp import displace, warp
from tests.test_strategies import pictures


def twin_warp(image, matrix, mode):
    """Affine map by scipy; ``matrix`` (x, y, 1), from the centre, output to input."""
    swap = np.array([[0, 1, 0], [1, 0, 0], [0, 0, 1]])
    matrix = swap @ matrix @ swap
    centre = (np.array(image.shape) - 1) / 2
    offset = centre + matrix[:2, 2] - matrix[:2, :2] @ centre
    return ndimage.affine_transform(image, matrix[:2, :2], offset, order=1, mode=mode)


@pytest.mark.parametrize(
    ("fill", "mode"), [("reflect", "reflect"), ("nearest", "nearest"), ("zero", "grid-constant")]
)
def test_warp_is_scipys_affine_transform(fill, mode):
    images, _ = pictures(images=20)
    rng = np.random.default_rng(3)
    matrices = np.tile(np.eye(3, dtype=np.float32), (20, 1, 1))
    matrices[:, :2] += rng.normal(0, 0.5, (20, 2, 3))
    matrices[:, :2, 2] *= 12  # far outside, too: several reflections
    warped = warp(images, tf.constant(matrices), fill).numpy()
    for image, matrix, result in zip(images.numpy(), matrices, warped, strict=True):
        expected = twin_warp(image[..., 0].astype(np.float64), matrix.astype(np.float64), mode)
        np.testing.assert_allclose(result[..., 0], expected, atol=2e-4)


@pytest.mark.parametrize("fill", ["reflect", "nearest", "zero"])
def test_warp_by_whole_pixels_is_exact(fill):
    images, _ = pictures(images=1, rows=9, columns=7)
    matrix = np.eye(3, dtype=np.float32)[None]
    matrix[0, :2, 2] = 2, 3  # read two columns to the right, three rows below
    warped = warp(images, tf.constant(matrix), fill).numpy()
    np.testing.assert_array_equal(warped[:, :6, :5], images.numpy()[:, 3:, 2:])
    outside = {"zero": 0 * images, "nearest": images[:, 8:9], "reflect": images[:, ::-1]}[fill]
    np.testing.assert_array_equal(warped[0, 6, :5], outside.numpy()[0, 0, 2:])


def test_warp_of_one_pixel():
    image = tf.fill([1, 1, 1, 1], 0.5)
    for fill in ("reflect", "nearest"):
        assert warp(image, tf.eye(3)[None] * 0.7, fill).numpy() == 0.5


@pytest.mark.parametrize(
    ("fill", "mode"), [("reflect", "reflect"), ("nearest", "nearest"), ("zero", "grid-constant")]
)
def test_displace_is_scipys_map_coordinates(fill, mode):
    images, _ = pictures(images=6)
    shifts = np.random.default_rng(4).normal(0, 12, (2, 6, 20, 16)).astype(np.float32)
    read = displace(images, tf.constant(shifts), fill).numpy()
    rows, columns = np.mgrid[:20, :16]
    for image, right, down, result in zip(images.numpy(), *shifts, read, strict=True):
        places = [rows + down, columns + right]
        expected = ndimage.map_coordinates(image[..., 0], places, order=1, mode=mode)
        np.testing.assert_allclose(result[..., 0], expected, atol=1e-4)


def test_a_projective_warp_is_scikit_images():
    images, _ = pictures(images=20)
    rng = np.random.default_rng(5)
    matrices = np.tile(np.eye(3), (20, 1, 1)) + rng.normal(0, 0.1, (20, 3, 3))
    matrices[:, 2, :2] *= 0.1
    warped = warp(images, tf.constant(matrices, tf.float32), "zero", projective=True).numpy()
    to_centre = np.array([[1, 0, -7.5], [0, 1, -9.5], [0, 0, 1]])
    for image, matrix, result in zip(images.numpy(), matrices, warped, strict=True):
        inverse = transform.ProjectiveTransform(np.linalg.inv(to_centre) @ matrix @ to_centre)
        expected = transform.warp(image[..., 0].astype(float), inverse, order=1, mode="constant")
        inside = inverse(np.stack(np.meshgrid(np.arange(16), np.arange(20)), -1).reshape(-1, 2))
        inside = ((inside > 0) & (inside < [15, 19])).all(1).reshape(20, 16)
        assert inside.mean() > 0.3
        np.testing.assert_allclose(result[inside, 0], expected[inside], atol=1e-3)


def test_a_projective_warp_with_affine_matrices_is_the_affine_one():
    images, _ = pictures(images=4)
    matrices = tf.tile(tf.constant([[[0.8, 0.3, 2], [-0.2, 1.1, 1], [0, 0, 1]]]), [4, 1, 1])
    expected = warp(images, matrices)
    np.testing.assert_allclose(warp(images, matrices, projective=True), expected, atol=1e-5)


def test_what_lies_beyond_the_horizon_is_read_from_far_outside():
    images, _ = pictures(images=1)
    matrix = np.eye(3, dtype=np.float32)[None]
    matrix[0, 2, 0] = -0.5  # the divisor is 0 at x = 2
    warped = warp(images, tf.constant(matrix), "zero", projective=True).numpy()
    assert np.isfinite(warped).all()
    assert (warped[:, :, -5:] == 0).all()
