"""Methods on the pixels' gradient: oracle, naive loops, an axiom, and the way to the grid."""

import numpy as np
import pytest

from cam_augment.cams.grid import overlap, to_cells
from cam_augment.cams.input_gradients import noise_of
from cam_augment.registry import CAMS
from tests.looks import LAYER, NETWORKS, logit, look, pixel_gradient, probe, twin_to_cells


def cells_of(network, pixels):
    grid = NETWORKS[network]().get_layer(LAYER).output.shape[1:3]
    return [twin_to_cells(image, *grid) for image in pixels]


# ---- the grid


@pytest.mark.parametrize("grid", [(1, 1), (2, 3), (3, 5), (6, 7), (9, 8)])
def test_cells_are_sums_of_their_pixels(grid):
    pixels = np.random.default_rng(0).normal(size=(2, 6, 7))
    result = to_cells(pixels, grid)
    np.testing.assert_allclose(result, [twin_to_cells(image, *grid) for image in pixels], atol=1e-6)
    np.testing.assert_allclose(result.sum((1, 2)), pixels.sum((1, 2)), atol=1e-5)
    assert result.dtype == np.float32


@pytest.mark.parametrize("cells", range(1, 12))
def test_every_pixel_is_shared_out_in_full_and_all_cells_are_equal(cells):
    shares = overlap(cells, 8)
    np.testing.assert_allclose(shares.sum(axis=0), 1)
    np.testing.assert_allclose(shares.sum(axis=1), 8 / cells)


# ---- saliency and SmoothGrad


@pytest.mark.filterwarnings("ignore:.*structure of `inputs`:UserWarning")
@pytest.mark.parametrize("network", NETWORKS)
def test_saliency_agrees_with_tf_keras_vis(network):
    from tf_keras_vis.saliency import Saliency
    from tf_keras_vis.utils.scores import CategoricalScore

    images, targets = probe(network)
    score = CategoricalScore(targets.tolist())
    reference = Saliency(NETWORKS[network](), clone=False)(score, images, normalize_map=False)
    result = look(network).maps("saliency", images, targets)
    np.testing.assert_allclose(result, cells_of(network, reference), rtol=1e-4, atol=1e-6)


def test_saliency_takes_the_largest_color():
    images, targets = probe("deep", 2)
    steep = [
        np.abs(pixel_gradient("deep", *pair)).max(-1) for pair in zip(images, targets, strict=True)
    ]
    result = look("deep").maps("saliency", images, targets)
    np.testing.assert_allclose(result, cells_of("deep", steep), rtol=1e-4)


@pytest.mark.parametrize("network", ["deep", "signed"])
def test_smoothgrad_agrees_with_a_naive_loop(network):
    images, targets = probe(network, 2)
    images[1] *= 0.3  # the noise goes with the range of each image
    steep = []
    for image, target in zip(images, targets, strict=True):
        total = np.zeros_like(image)
        for sample in range(4):
            noise = noise_of(sample, image.shape).numpy()
            noisy = image + np.float32(0.2 * np.ptp(image)) * noise
            total += pixel_gradient(network, noisy, target) / 4
        steep.append(np.abs(total).max(axis=-1))
    result = look(network).maps("smoothgrad", images, targets, {"samples": 4, "noise": 0.2})
    np.testing.assert_allclose(result, cells_of(network, steep), rtol=1e-3, atol=1e-6)


def test_noise_is_standard_and_differs_from_sample_to_sample():
    noise = np.stack([noise_of(sample, (30, 30, 3)).numpy() for sample in range(4)])
    assert abs(noise.mean()) < 0.05
    assert abs(noise.std() - 1) < 0.05
    assert np.abs(np.corrcoef(noise.reshape(4, -1)) - np.eye(4)).max() < 0.1


def test_smoothgrad_without_noise_is_saliency():
    settings = {"samples": 2, "noise": 0.0}
    result = look("deep").maps("smoothgrad", *probe("deep"), settings)
    np.testing.assert_allclose(result, look("deep").maps("saliency", *probe("deep")), rtol=1e-4)


# ---- integrated gradients


@pytest.mark.parametrize("network", NETWORKS)
def test_attributions_sum_to_the_change_of_the_logit(network):
    """Completeness (Sundararajan et al. 2017, proposition 1), on the layer's grid, uncut."""
    images, targets = probe(network)
    signed = CAMS["integrated_gradients"](look(network), images, targets, steps=300)
    change = [
        logit(network, image, target) - logit(network, 0 * image, target)
        for image, target in zip(images, targets, strict=True)
    ]
    np.testing.assert_allclose(signed.sum(axis=(1, 2)), change, atol=5e-3 * np.ptp(change))
    assert (signed < 0).any()
    cut = look(network).maps("integrated_gradients", images, targets, {"steps": 300})
    np.testing.assert_array_equal(cut, np.maximum(signed, 0))


def test_integrated_gradients_agree_with_a_naive_loop():
    images, targets = probe("deep", 2)
    pixels = []
    for image, target in zip(images, targets, strict=True):
        steps = [pixel_gradient("deep", image * np.float32((s + 0.5) / 5), target)
                 for s in range(5)]  # fmt: skip
        pixels.append((image * np.mean(steps, axis=0)).sum(axis=-1))
    result = CAMS["integrated_gradients"](look("deep"), images, targets, steps=5)
    np.testing.assert_allclose(result, cells_of("deep", pixels), atol=1e-5)
