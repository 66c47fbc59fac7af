"""The driver and the methods: identities, an oracle, slow twins, and contracts by existing."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from scipy.ndimage import zoom
from scipy.special import softmax

from cam_augment.cams.driver import Look, choose_layer
from cam_augment.errors import InputError
from cam_augment.registry import ARCHITECTURES, CAMS

LAYER = "features"


@pytest.fixture(scope="module")
def model():
    keras.utils.set_random_seed(1)
    model = ARCHITECTURES["small_cnn"]((16, 20, 1), 4, width=4)
    rng = np.random.default_rng(0)
    images = tf.constant(rng.uniform(size=(64, 16, 20, 1)).astype(np.float32))
    model(images, training=True)
    return model


@pytest.fixture(scope="module")
def probe():
    rng = np.random.default_rng(3)
    return rng.uniform(size=(7, 16, 20, 1)).astype(np.float32), rng.integers(4, size=7)


@pytest.fixture(scope="module")
def look(model):
    return Look(model, LAYER)


def test_cam_gradcam_and_hirescam_are_one_for_a_pooled_head(look, probe):
    """SCIENCE: at the last convolution of a pooled linear head, all three agree but for Z."""
    cam, gradcam, hirescam = (look.maps(name, *probe) for name in ("cam", "gradcam", "hirescam"))
    cells = cam[0].size
    np.testing.assert_allclose(gradcam, cam / cells, atol=1e-6)
    np.testing.assert_allclose(hirescam, gradcam, atol=1e-6)


@pytest.mark.filterwarnings("ignore:.*structure of `inputs`:UserWarning")
def test_gradcam_agrees_with_tf_keras_vis(model, look, probe):
    from tf_keras_vis.gradcam import Gradcam
    from tf_keras_vis.utils.scores import CategoricalScore

    images, targets = probe
    theirs = Gradcam(model, clone=False)(
        CategoricalScore(targets.tolist()),
        images,
        penultimate_layer=LAYER,
        seek_penultimate_conv_layer=False,
        expand_cam=False,
        normalize_cam=False,
    )
    np.testing.assert_allclose(look.maps("gradcam", *probe), theirs, atol=1e-6)


def twin_pass(model, images, targets):
    """Activations and gradients of the target's logit, one image at a time, through all."""
    both = keras.Model(model.inputs[0], [model.get_layer(LAYER).output, model.outputs[0]])
    for image, target in zip(images, targets, strict=True):
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


TWINS = {
    "gradcam": twin_gradcam,
    "hirescam": twin_hirescam,
    "gradcam++": twin_gradcam_plus_plus,
}


@pytest.mark.parametrize("name", TWINS)
def test_methods_agree_with_their_slow_twins(name, model, look, probe):
    twins = [np.maximum(TWINS[name](a, g), 0) for a, g in twin_pass(model, *probe)]
    np.testing.assert_allclose(look.maps(name, *probe), twins, atol=1e-6, rtol=1e-4)


def test_scorecam_weighs_channels_by_the_masked_images_scores(model, look, probe):
    """Wang et al. 2020: the softmax score of the image under each upsampled channel."""
    images, targets = probe
    stacks = look.features(images).numpy()
    twins = [
        twin_scorecam(model, image, activations, target)
        for image, activations, target in zip(images, stacks, targets, strict=True)
    ]
    np.testing.assert_allclose(look.maps("scorecam", *probe), twins, atol=1e-4)


def twin_scorecam(model, image, activations, target):
    total = np.zeros(activations.shape[:2])
    factors = np.array(image.shape[:2]) / activations.shape[:2]
    for k in range(activations.shape[-1]):
        mask = zoom(activations[..., k], factors, order=1, mode="nearest")
        mask = (mask - mask.min()) / (np.ptp(mask) + 1e-7)
        logits = model(image[None] * mask[None, ..., None]).numpy()[0]
        total += softmax(logits)[target] * activations[..., k]
    return (total - total.min()) / (np.ptp(total) + 1e-7)


@pytest.mark.parametrize("name", CAMS)
class TestContract:
    """Every method enters by existing."""

    def test_form_shape_and_range(self, name, look, probe):
        maps = look.maps(name, *probe)
        assert maps.shape == (7, 4, 5)
        assert maps.dtype == np.float32
        assert np.isfinite(maps).all()
        assert maps.min() >= 0

    def test_independent_of_the_other_images(self, name, look, probe):
        images, targets = probe
        alone = np.concatenate(
            [look.maps(name, images[i : i + 1], targets[i : i + 1]) for i in range(3)]
        )
        np.testing.assert_allclose(look.maps(name, *probe)[:3], alone, atol=1e-5)

    def test_the_model_and_the_images_stay_as_they_are(self, name, model, look, probe):
        before = [np.array(w) for w in model.get_weights()]
        images = probe[0].copy()
        look.maps(name, *probe)
        for old, new in zip(before, model.get_weights(), strict=True):
            np.testing.assert_array_equal(old, new)
        np.testing.assert_array_equal(images, probe[0])

    def test_the_target_matters(self, name, look, probe):
        images, targets = probe
        assert not np.allclose(
            look.maps(name, images, targets), look.maps(name, images, (targets + 1) % 4)
        )

    def test_it_says_what_it_is(self, name):
        assert CAMS[name].summary
        assert CAMS[name].traits["form"] in ("weigh", "kernel", "model")


def test_blocks_make_no_difference(look, probe, monkeypatch):
    from cam_augment.cams import driver

    whole = look.maps("gradcam", *probe)
    monkeypatch.setattr(driver, "BLOCK", 3)
    np.testing.assert_allclose(look.maps("gradcam", *probe), whole, atol=1e-6)


def test_a_grid_of_one_cell_is_refused():
    image = keras.Input((4, 4, 1))
    x = keras.layers.Conv2D(2, 3, padding="same", name="wide")(image)
    x = keras.layers.Conv2D(2, 4, name="point")(x)
    net = keras.Model(image, keras.layers.Dense(2)(keras.layers.Flatten()(x)))
    with pytest.raises(InputError, match=r"'point' has a grid of 1x1.*wide"):
        choose_layer(net, None)
    assert choose_layer(net, "wide") == "wide"
    with pytest.raises(InputError, match="Did you mean 'wide'"):
        choose_layer(net, "wids")


def test_cam_needs_a_pooled_linear_head():
    image = keras.Input((8, 8, 1))
    x = keras.layers.Conv2D(2, 3, padding="same", name="features")(image)
    net = keras.Model(image, keras.layers.Dense(2)(keras.layers.Flatten()(x)))
    images, targets = np.zeros((1, 8, 8, 1), np.float32), np.zeros(1, int)
    with pytest.raises(InputError, match="global average pooling"):
        Look(net, "features").maps("cam", images, targets)
