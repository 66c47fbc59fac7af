"""What every network keeps to, and what a residual one adds."""

from functools import cache

import keras
import numpy as np
import pytest
import tensorflow as tf

from cam_augment.cams.driver import Look
from cam_augment.networks.network import Network
from cam_augment.registry import ARCHITECTURES
from tests.networks import CASES, CLASSES, SHAPE, built, chosen, fresh, network


@cache
def images(count: int = 5) -> np.ndarray:
    return np.random.default_rng(0).random((count, *SHAPE), np.float32)


def layer_of(name: str) -> str:
    return ARCHITECTURES[name].place("layer", chosen(name).settings)


@cache
def traced(name: str):
    model = network(name)  # made before the function is traced, whichever test comes first
    return tf.function(lambda x: model(x, training=False), reduce_retracing=True)


def logits_of(name: str, images: np.ndarray) -> np.ndarray:
    return traced(name)(tf.constant(images)).numpy()


def pooled(name: str) -> bool:
    kinds = [type(x) for x in network(name).layers[-2:]]
    return kinds == [keras.layers.GlobalAveragePooling2D, keras.layers.Dense]


def stable(model: keras.Model) -> list[str]:
    """Names of the layers that cut values and have a grid: those that people look at."""
    return [
        layer.name for layer in model.layers
        if type(layer).__name__ in ("ReLU", "Activation") and len(layer.output.shape) == 4
    ]  # fmt: skip


@pytest.mark.parametrize("name", CASES)
class TestContract:
    def test_it_is_functional_and_ends_in_finite_logits(self, name):
        model = network(name)
        assert len(model.inputs) == len(model.outputs) == 1
        assert model.input_shape == (None, *SHAPE)
        assert not any(isinstance(layer, keras.Model) for layer in model.layers)
        logits = logits_of(name, images())
        assert logits.shape == (5, CLASSES)
        assert logits.dtype == np.float32
        assert np.isfinite(logits).all()
        assert np.abs(logits.sum(axis=1) - 1).max() > 1e-3  # no softmax

    def test_its_own_layer_has_a_grid_that_says_something(self, name):
        assert min(Look(Network(network(name)), layer_of(name)).grid) >= 4

    def test_neither_the_other_images_nor_their_order_matter(self, name):
        together = logits_of(name, images())
        alone = np.concatenate([logits_of(name, images()[i : i + 1]) for i in range(2)])
        np.testing.assert_allclose(alone, together[:2], rtol=1e-3, atol=1e-5)
        np.testing.assert_allclose(
            logits_of(name, images()[::-1]), together[::-1], rtol=1e-3, atol=1e-5
        )

    def test_the_same_seed_gives_the_same_weights_and_another_one_others(self, name):
        one, same = (fresh(name, 1, time).get_weights() for time in (1, 2))
        for a, b in zip(one, same, strict=True):
            np.testing.assert_array_equal(a, b)
        other = fresh(name, 2).get_weights()
        kernels = [(a, b) for a, b in zip(one, other, strict=True) if a.ndim > 1]
        assert kernels
        assert all((a != b).any() for a, b in kernels)

    def test_layers_have_names_that_stay(self, name):
        """A check names a layer; Keras' automatic names differ from build to build."""
        assert stable(fresh(name, 1)) == stable(fresh(name, 2))
        assert layer_of(name) in stable(fresh(name, 1))

    def test_a_saved_model_is_the_same_model(self, name, tmp_path):
        network(name).save(tmp_path / "model.keras")
        loaded = keras.models.load_model(tmp_path / "model.keras", compile=False, safe_mode=True)
        again = keras.models.clone_model(fresh(name, 2))
        again.set_weights(loaded.get_weights())
        expected = network(name)(images(2), training=False).numpy()
        for model in (loaded, again):
            np.testing.assert_array_equal(model(images(2), training=False).numpy(), expected)

    def test_the_mean_of_a_cam_is_the_logit_without_its_bias(self, name):
        """CAM's identity (Zhou et al. 2016) for heads of pooling and one dense layer."""
        if not pooled(name):
            pytest.skip("another head")
        view = Look(Network(network(name)), layer_of(name))
        kernel, bias = (np.asarray(w) for w in network(name).layers[-1].weights)
        signed = np.einsum("nrck,km->nrcm", view.activations(images()), kernel)
        logits = logits_of(name, images())
        np.testing.assert_allclose(signed.mean(axis=(1, 2)) + bias, logits, rtol=1e-3, atol=1e-5)
        targets = np.arange(5) % CLASSES
        expected = np.maximum(signed[np.arange(5), :, :, targets], 0)
        result = view.maps("cam", images(), targets)
        np.testing.assert_allclose(result, expected, atol=1e-4 * max(expected.max(), 1e-3))

    def test_gradients_reach_every_weight(self, name):
        """Also through its base: nothing is cut off, as a nested or frozen network would be."""
        model = network(name)
        with tf.GradientTape() as tape:
            loss = tf.reduce_sum(tf.square(model(images(2), training=False)))
        gradients = tape.gradient(loss, model.trainable_variables)
        assert all(gradient is not None for gradient in gradients)


@pytest.mark.parametrize(("blocks", "layers"), [(1, 8), (3, 20)])
def test_a_residual_network_has_six_n_and_two_layers(blocks, layers):
    """He et al. (2016): ResNet-20 for n = 3. Shortcuts are not counted."""
    model = built("resnet", blocks=blocks, width=4)
    weighed = [x for x in model.layers if isinstance(x, (keras.layers.Conv2D, keras.layers.Dense))]
    shortcuts = [x for x in weighed if getattr(x, "kernel_size", None) == (1, 1)]
    assert len(weighed) - len(shortcuts) == layers
    assert [model.get_layer(n).output.shape[1:] for n in ("stage_1", "stage_2", "features")] == [
        (28, 28, 4), (14, 14, 8), (7, 7, 16)
    ]  # fmt: skip


def test_a_block_adds_what_it_got_to_what_it_made():
    """With its last scale at zero a block of one shape is the identity on what is positive."""
    model = built("resnet", blocks=2, width=4)
    features = keras.Model(
        model.inputs[0], [model.get_layer(n).output for n in ("stage_1_block_1", "stage_1")]
    )
    add = next(
        x for x in model.layers if isinstance(x, keras.layers.Add)
        and x.output is model.get_layer("stage_1").input
    )  # fmt: skip
    add.input[1]._keras_history.operation.gamma.assign(np.zeros(4))
    before, after = features(images())
    np.testing.assert_array_equal(before, after)
