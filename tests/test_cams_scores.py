"""Methods that ask the network about changed images, and Eigen-CAM: naive loops and an oracle."""

import numpy as np
import pytest
from scipy.special import softmax

from cam_augment.cams.eigencam import projection
from cam_augment.cams.kpcacam import _component
from cam_augment.cams.occlusion import windows
from cam_augment.cams.scorecam import _confidence, confidence
from cam_augment.cams.variants import each_variant
from cam_augment.registry import CAMS
from tests.looks import LAYER, NETWORKS, activations, logit, look, probe, twin_to_cells

# ---- variants


@pytest.mark.parametrize("size", [1, 4, 5, 6, 100])
def test_pieces_are_of_one_size_and_what_fills_them_up_is_thrown_away(size):
    sizes = []

    def work(image, variant):
        sizes.append((len(image), len(variant)))
        assert image.max() < 3
        assert variant.max() < 5
        return 10 * image + variant

    result = each_variant(3, 5, size, work)
    np.testing.assert_array_equal(result, [[0, 1, 2, 3, 4], [10, 11, 12, 13, 14], range(20, 25)])
    assert sizes == [(size, size)] * -(-15 // size)


# ---- Score-CAM


def twin_enlarged(channel, rows, columns):
    """Bilinear enlargement of one channel, sample by sample, between the middles of cells."""
    out = np.zeros((rows, columns))
    for i, j in np.ndindex(rows, columns):
        y = np.clip((i + 0.5) * channel.shape[0] / rows - 0.5, 0, channel.shape[0] - 1)
        x = np.clip((j + 0.5) * channel.shape[1] / columns - 0.5, 0, channel.shape[1] - 1)
        top, left = int(y), int(x)
        below, right = min(top + 1, channel.shape[0] - 1), min(left + 1, channel.shape[1] - 1)
        upper = channel[top, left] * (1 - x + left) + channel[top, right] * (x - left)
        lower = channel[below, left] * (1 - x + left) + channel[below, right] * (x - left)
        out[i, j] = upper * (1 - y + top) + lower * (y - top)
    return out


def twin_scorecam(network, image, channels, target, baseline):
    model = NETWORKS[network]()

    def confidence(image):
        return softmax(model(image[None].astype(np.float32)).numpy()[0])[target]

    total = np.zeros(channels.shape[:2])
    for k in range(channels.shape[-1]):
        mask = twin_enlarged(channels[..., k], *image.shape[:2])
        if np.ptp(mask) > 0:
            mask = (mask - mask.min()) / np.ptp(mask)
            weight = confidence(image * mask[..., None])
            if baseline == "black":
                weight -= confidence(np.zeros_like(image))
            total += weight * channels[..., k]
    return np.maximum(total, 0)


@pytest.mark.parametrize("baseline", ["none", "black"])
@pytest.mark.parametrize("network", NETWORKS)
def test_scorecam_agrees_with_a_naive_loop(network, baseline):
    images, targets = probe(network, 3)
    stacks = activations(network, images)
    twins = [
        twin_scorecam(network, *sample, baseline)
        for sample in zip(images, stacks, targets, strict=True)
    ]
    result = look(network).maps("scorecam", images, targets, {"baseline": baseline})
    np.testing.assert_allclose(result, twins, atol=1e-6)


@pytest.mark.filterwarnings("ignore:.*structure of `inputs`:UserWarning")
def test_scorecam_agrees_with_tf_keras_vis():
    """Where nothing is enlarged: the two enlarge differently. Theirs are stretched to 0..1."""
    from tf_keras_vis.scorecam import Scorecam
    from tf_keras_vis.utils.scores import CategoricalScore

    images, targets = probe("signed")
    reference = Scorecam(NETWORKS["signed"](), clone=False)(
        CategoricalScore(targets.tolist()),
        images,
        penultimate_layer=LAYER,
        seek_penultimate_conv_layer=False,
        expand_cam=False,
    )
    maps = look("signed").maps("scorecam", images, targets)
    low, high = maps.min((1, 2), keepdims=True), maps.max((1, 2), keepdims=True)
    np.testing.assert_allclose((maps - low) / (high - low), reference, atol=1e-5)


@pytest.mark.filterwarnings("ignore:.*structure of `inputs`:UserWarning")
@pytest.mark.parametrize("channels", [1, 3])
def test_faster_scorecam_agrees_with_tf_keras_vis(channels):
    """Theirs gets one image at a time: it takes the channels of all images of a call together."""
    from tf_keras_vis.scorecam import Scorecam
    from tf_keras_vis.utils.scores import CategoricalScore

    images, targets = probe("signed")
    method = Scorecam(NETWORKS["signed"](), clone=False)
    reference = [
        method(
            CategoricalScore(int(target)),
            image[None],
            penultimate_layer=LAYER,
            seek_penultimate_conv_layer=False,
            max_N=channels,
            expand_cam=False,
            normalize_cam=False,
        )[0]
        for image, target in zip(images, targets, strict=True)
    ]
    maps = look("signed").maps("faster_scorecam", images, targets, {"channels": channels})
    np.testing.assert_allclose(maps, reference, atol=1e-5)


def test_faster_scorecam_of_all_channels_is_scorecam():
    images, targets = probe("deep")
    maps = look("deep").maps("faster_scorecam", images, targets, {"channels": 1000})
    np.testing.assert_allclose(maps, look("deep").maps("scorecam", images, targets), rtol=1e-5)


@pytest.mark.parametrize("start", [0.0, 0.25])
def test_a_channel_without_contrast_has_no_weight(start):
    images, targets = probe("deep", 2)
    channels = np.ones((2, 9, 11), np.float32)
    channels[1, 3, 4] = 2
    weights = _confidence(look("deep"), images, channels, targets, np.full(2, start))
    assert weights[0] == 0
    assert weights[1] != 0


def test_confidences_of_a_layer_lie_between_zero_and_one():
    images, targets = probe("pooled")
    stacks = activations("pooled", images)
    result = confidence(look("pooled"), images, stacks, targets, np.zeros(7, np.float32))
    assert result.shape == (7, stacks.shape[-1])
    assert 0 <= result.min() < result.max() <= 1


# ---- Eigen-CAM


@pytest.mark.parametrize("network", NETWORKS)
def test_eigencam_agrees_with_the_singular_value_decomposition(network):
    images, targets = probe(network)
    for image, result in zip(
        activations(network, images), look(network).maps("eigencam", images, targets), strict=True
    ):
        flat = image.reshape(-1, image.shape[-1]).astype(np.float64)
        twin = (flat @ np.linalg.svd(flat)[2][0]).reshape(image.shape[:2])
        twin = np.maximum(twin * np.sign(twin.sum()), 0)
        np.testing.assert_allclose(result, twin, atol=1e-5 * twin.max())


@pytest.mark.parametrize("channels", [3, 40], ids=["fewer than cells", "more than cells"])
def test_eigencam_of_one_pattern_is_that_pattern_the_right_way_up(channels):
    """Rank one, so there is nothing else to find; its weights on the channels sum below zero."""
    pattern = np.array([[3.0, 1.0, 0.0, 2.0], [-1.0, 5.0, 0.5, 0.0]], np.float32)
    weights = np.full(channels, -0.5, np.float32)
    result = projection((pattern[..., None] * weights)[None]).numpy()[0]
    np.testing.assert_allclose(result, pattern * np.linalg.norm(weights), atol=1e-5)


def test_eigencam_of_a_silent_layer_is_zero():
    np.testing.assert_array_equal(projection(np.zeros((1, 3, 4, 5), np.float32)), 0)


# ---- occlusion


def twin_occlusion(network, image, target, grid, window, stride, fill):
    """Window by window and pixel by pixel."""
    rows, columns, _ = image.shape
    colour = image.mean(axis=(0, 1)) if fill == "mean" else np.zeros(image.shape[-1])
    whole = logit(network, image, target)
    falls, hidden = np.zeros((rows, columns)), np.zeros((rows, columns))
    tall, wide = rows / grid[0], columns / grid[1]
    for a in np.arange(stride / 2, grid[0], stride) * tall:
        for b in np.arange(stride / 2, grid[1], stride) * wide:
            share = np.zeros((rows, columns))
            for i, j in np.ndindex(rows, columns):
                height = min(i + 1, a + window / 2 * tall) - max(i, a - window / 2 * tall)
                width = min(j + 1, b + window / 2 * wide) - max(j, b - window / 2 * wide)
                share[i, j] = max(height, 0) * max(width, 0)
            covered = (1 - share[..., None]) * image + share[..., None] * colour
            falls += share * (whole - logit(network, covered.astype(np.float32), target))
            hidden += share
    return np.maximum(twin_to_cells(falls / hidden, *grid) / (tall * wide), 0)


@pytest.mark.parametrize(
    ("network", "settings"),
    [
        ("pooled", {}),
        ("deep", {"fill": "mean"}),
        ("deep", {"window": 1.0, "stride": 1.0}),
        ("signed", {"window": 2.5, "stride": 0.5}),
    ],
)
def test_occlusion_agrees_with_a_naive_loop(network, settings):
    images, targets = probe(network, 2)
    chosen = CAMS["occlusion"].resolve(settings)
    twins = [
        twin_occlusion(network, image, target, look(network).grid, **chosen)
        for image, target in zip(images, targets, strict=True)
    ]
    result = look(network).maps("occlusion", images, targets, chosen)
    np.testing.assert_allclose(result, twins, atol=2e-6)


def test_by_default_there_is_one_window_about_each_cell():
    hidden = [np.flatnonzero(line) for line in windows(4, 16, 2.0, 1.0)]
    assert [(line[0], line[-1] + 1) for line in hidden] == [(0, 6), (2, 10), (6, 14), (10, 16)]


@pytest.mark.parametrize("cells", [2, 3, 7, 9])
@pytest.mark.parametrize("pixels", [9, 16, 17])
@pytest.mark.parametrize(("window", "stride"), [(1, 1), (1, 0.125), (1.3, 0.7), (16, 1)])
def test_windows_leave_no_pixel_out_and_both_sides_are_alike(cells, pixels, window, stride):
    lines = windows(cells, pixels, window, stride)
    assert len(lines) == np.ceil(cells / stride)
    assert (lines.sum(axis=0) > 1 - 1e-6).all()
    assert lines.max() <= 1
    np.testing.assert_allclose(lines, lines[::-1, ::-1], atol=1e-5)


# ---- KPCA-CAM


@pytest.mark.parametrize("network", NETWORKS)
def test_kpcacam_agrees_with_the_eigenvectors_of_the_centred_kernel(network):
    images, targets = probe(network)
    for image, result in zip(
        activations(network, images), look(network).maps("kpcacam", images, targets), strict=True
    ):
        cells = image.reshape(-1, image.shape[-1]).astype(np.float64)
        cells -= cells.mean(axis=0)
        kernel = np.tanh(cells @ cells.T / cells.shape[1] + 1)
        centre = np.eye(len(cells)) - 1 / len(cells)
        values, vectors = np.linalg.eigh(centre @ kernel @ centre)
        twin = vectors[:, -1] * np.sqrt(values[-1])
        twin = np.maximum(twin * np.sign(twin @ cells.sum(axis=1)), 0).reshape(image.shape[:2])
        np.testing.assert_allclose(result, twin, atol=1e-5 * twin.max())


def test_kpcacam_of_cells_that_are_alike_is_empty():
    np.testing.assert_array_equal(_component(np.ones((6, 3))), np.zeros(6))
