"""The driver, and the methods that weigh activations: identities, oracles, slow twins."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from cam_augment.base.errors import InputError
from cam_augment.cams import driver
from cam_augment.cams.driver import Look
from cam_augment.networks.network import Network
from cam_augment.registry import CAMS
from tests.looks import LAYER, NETWORKS, deep, look, pooled, probe

# tf-keras-vis hands a list to a model with one input, and Keras says so.
pytestmark = pytest.mark.filterwarnings("ignore:.*structure of `inputs`:UserWarning")


def test_cam_gradcam_and_hirescam_are_one_for_a_pooled_head():
    """SCIENCE: at the last convolution of a pooled linear head, all three agree but for Z."""
    names = ("cam", "gradcam", "hirescam", "xgradcam")
    cam, gradcam, hirescam, xgradcam = (look("pooled").maps(n, *probe("pooled")) for n in names)
    cells = cam[0].size
    np.testing.assert_allclose(gradcam, cam / cells, atol=1e-6)
    np.testing.assert_allclose(hirescam, gradcam, atol=1e-6)
    np.testing.assert_allclose(xgradcam, gradcam, atol=1e-6)


@pytest.mark.parametrize("network", NETWORKS)
@pytest.mark.parametrize("name", ["gradcam", "layercam"])
def test_methods_agree_with_tf_keras_vis(name, network):
    from tf_keras_vis.gradcam import Gradcam
    from tf_keras_vis.layercam import Layercam
    from tf_keras_vis.utils.scores import CategoricalScore

    images, targets = probe(network)
    method = {"gradcam": Gradcam, "layercam": Layercam}[name]
    reference = method(NETWORKS[network](), clone=False)(
        CategoricalScore(targets.tolist()),
        images,
        penultimate_layer=LAYER,
        seek_penultimate_conv_layer=False,
        expand_cam=False,
        normalize_cam=False,
    )
    np.testing.assert_allclose(look(network).maps(name, images, targets), reference, atol=1e-6)


def twin_pass(network):
    """Activations and gradients of the target's logit, one image at a time, through all."""
    model = NETWORKS[network]()
    both = keras.Model(model.inputs[0], [model.get_layer(LAYER).output, model.outputs[0]])
    for image, target in zip(*probe(network), strict=True):
        with tf.GradientTape() as tape:
            activations, logits = both(image[None])
            score = logits[0, int(target)]
        yield activations[0].numpy(), tape.gradient(score, activations)[0].numpy()


def twin_gradcam(a, g):
    return sum(a[..., k] * g[..., k].mean() for k in range(a.shape[-1]))


def twin_hirescam(a, g):
    return (a * g).sum(axis=-1)


def twin_gradcam_plus_plus(a, g):
    total = np.zeros(a.shape[:2])
    for k in range(a.shape[-1]):
        weight = 0.0
        for i in range(a.shape[0]):
            for j in range(a.shape[1]):
                g2, g3 = g[i, j, k] ** 2, g[i, j, k] ** 3
                below = 2 * g2 + a[..., k].sum() * g3
                weight += (g2 / below if below else 0.0) * max(g[i, j, k], 0)
        total += weight * a[..., k]
    return total


def twin_layercam(a, g):
    total = np.zeros(a.shape[:2])
    for i, j, k in np.ndindex(a.shape):
        total[i, j] += max(g[i, j, k], 0) * a[i, j, k]
    return total


def twin_xgradcam(a, g):
    total = np.zeros(a.shape[:2])
    for k in range(a.shape[-1]):
        mass = a[..., k].sum()
        weight = sum(a[i, j, k] / mass * g[i, j, k] for i, j in np.ndindex(total.shape) if mass)
        total += weight * a[..., k]
    return total


TWINS = {
    "gradcam": twin_gradcam,
    "hirescam": twin_hirescam,
    "gradcam++": twin_gradcam_plus_plus,
    "layercam": twin_layercam,
    "xgradcam": twin_xgradcam,
}


@pytest.mark.parametrize("network", NETWORKS)
@pytest.mark.parametrize("name", TWINS)
def test_methods_agree_with_their_slow_twins(name, network):
    twins = [np.maximum(TWINS[name](a, g), 0) for a, g in twin_pass(network)]
    result = look(network).maps(name, *probe(network))
    np.testing.assert_allclose(result, twins, atol=1e-6, rtol=1e-4)


def test_one_pass_gives_the_maps_of_all_methods_cut_at_zero():
    """Also where nobody asks through ``Look.maps``, which cuts the maps of every method."""
    entries = [CAMS[name] for name in ("gradcam", "hirescam", "layercam")]
    images, targets = probe("deep")
    logits, maps = look("deep").compiled(entries)(images, targets)
    np.testing.assert_allclose(logits, NETWORKS["deep"]()(images, training=False), atol=1e-5)
    for entry in entries:
        assert maps[entry.name].numpy().min() >= 0
        expected = look("deep").maps(entry.name, images, targets)
        np.testing.assert_allclose(maps[entry.name], expected, atol=1e-6)


def test_a_silent_channel_has_no_weight():
    from cam_augment.cams.weigh import xgradcam

    silent, gradients = tf.zeros((1, 2, 2, 1)), tf.ones((1, 2, 2, 1))
    assert not xgradcam(silent, gradients).numpy().any()


def test_a_block_is_bounded_by_what_the_layers_put_out(monkeypatch):
    """Of deep: 17x22x3 and 9x11x5 and 5x6x6, flattened once more, and four logits."""
    numbers = 17 * 22 * 3 + 9 * 11 * 5 + 2 * 5 * 6 * 6 + 4
    assert Look(Network(deep()), LAYER).block == driver.BLOCK
    monkeypatch.setattr(driver, "LAYER_BYTES", 4 * numbers * 5)
    assert Look(Network(deep()), LAYER).block == 5
    nested = keras.Input((17, 22, 3))
    model = keras.Model(nested, deep()(nested))
    monkeypatch.setattr(driver, "LAYER_BYTES", 4 * (numbers + 4) * 6)
    assert Look(Network(model), f"{deep().name}/{LAYER}").block == 6
    monkeypatch.setattr(driver, "LAYER_BYTES", 1)
    assert Look(Network(pooled()), LAYER).block == 1


def test_cam_needs_a_pooled_linear_head():
    image = keras.Input((8, 8, 1))
    x = keras.layers.Conv2D(2, 3, padding="same", name="features")(image)
    net = keras.Model(image, keras.layers.Dense(2)(keras.layers.Flatten()(x)))
    images, targets = np.zeros((1, 8, 8, 1), np.float32), np.zeros(1, int)
    with pytest.raises(InputError, match="global average pooling"):
        Look(Network(net), "features").maps("cam", images, targets)
