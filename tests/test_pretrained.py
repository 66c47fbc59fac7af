"""Networks of keras.applications: their bases are Keras' own, given weights stay what they were."""

import shutil
from pathlib import Path

import keras
import numpy as np
import pytest
import tensorflow as tf

from cam_augment.architectures.layers import applications
from cam_augment.base.errors import InputError
from cam_augment.plan import Plan, Recipe
from cam_augment.registry import ARCHITECTURES
from cam_augment.training.trainer import Trainer
from tests.networks import CLASSES, DATA, SHAPE, WEIGHTS, built, chosen, fresh, network
from tests.test_architectures import images, layer_of

REFERENCES = {
    "mobilenet_v2": (
        lambda **given: keras.applications.MobileNetV2(alpha=0.35, include_top=False, **given),
        keras.applications.mobilenet_v2.preprocess_input,
    ),
    "efficientnet_b0": (
        lambda **given: keras.applications.EfficientNetB0(include_top=False, **given),
        keras.applications.efficientnet.preprocess_input,
    ),
}


def base_of(name: str, model: keras.Model) -> keras.Model:
    return keras.Model(model.inputs[0], model.get_layer(layer_of(name)).output)


@pytest.mark.parametrize("name", REFERENCES)
def test_a_base_sees_what_keras_own_network_sees(name):
    """Range, colours, size and layers, against Keras' own path from an image of 0..255."""
    make, prepare = REFERENCES[name]
    model = base_of(name, network(name))
    reference = make(weights=None, input_shape=(128, 128, 3))
    reference.set_weights(model.get_weights())
    pixels = tf.image.resize(255 * np.repeat(images(2), 3, axis=-1), (128, 128)).numpy()
    expected = reference(prepare(pixels), training=False).numpy()
    result = model(images(2), training=False).numpy()
    assert result.shape == (2, 4, 4, expected.shape[-1])
    np.testing.assert_allclose(result, expected, atol=1e-4 * np.abs(expected).max())


@pytest.fixture
def imagenet(tmp_path, monkeypatch):
    """A folder of Keras' in which the weights of the smallest MobileNetV2 lie."""
    if not (DATA / "weights" / WEIGHTS).is_file():
        pytest.skip("no file of weights")
    (tmp_path / "models").mkdir()
    shutil.copy(DATA / "weights" / WEIGHTS, tmp_path / "models")
    monkeypatch.setenv("KERAS_HOME", str(tmp_path))
    monkeypatch.setattr(keras.utils, "get_file", lambda *_, **__: pytest.fail("it downloads"))
    applications.weights_file.cache_clear()
    yield tmp_path / "models" / WEIGHTS
    applications.weights_file.cache_clear()


def test_pretrained_weights_are_the_files_and_the_head_is_the_seeds(imagenet):
    one, other = (built("mobilenet_v2", seed, weights="imagenet") for seed in (1, 2))
    reference = keras.applications.MobileNetV2(
        alpha=0.35, include_top=False, weights=str(imagenet), input_shape=(128, 128, 3)
    )
    for model in (one, other):
        for a, b in zip(base_of("mobilenet_v2", model).get_weights(), reference.get_weights(),
                        strict=True):  # fmt: skip
            np.testing.assert_array_equal(a, b)
    heads = [model.get_layer("logits").get_weights()[0] for model in (one, other)]
    assert (heads[0] != heads[1]).any()
    np.testing.assert_array_equal(heads[0], fresh("mobilenet_v2", 1).get_layer("logits").kernel)


@pytest.mark.usefixtures("imagenet")
def test_what_was_normalised_before_stays_so_in_training():
    """Statistics of small batches would replace those that the trained weights are used to."""
    model = built("mobilenet_v2", weights="imagenet")
    training, inference = (model(images(), training=mode) for mode in (True, False))
    np.testing.assert_array_equal(training, inference)
    kinds = {type(layer).__name__ for layer in model.layers if layer.trainable and layer.weights}
    assert kinds == {"Conv2D", "DepthwiseConv2D", "Dense"}
    drawn = built("mobilenet_v2")
    assert (drawn(images(), training=True) != drawn(images(), training=False)).numpy().any()


def based_on_given_weights(shape, classes):
    """A network whose convolution starts with weights that no seed draws."""
    image = keras.Input(shape)
    convolution = keras.layers.Conv2D(4, 3, activation="relu", name="base")
    x = keras.layers.GlobalAveragePooling2D()(convolution(image))
    model = keras.Model(image, keras.layers.Dense(classes)(x))
    convolution.set_weights([np.full((3, 3, shape[-1], 4), 0.5), np.zeros(4)])
    return model


def test_an_untrained_network_knows_nothing_of_given_weights(monkeypatch):
    len(ARCHITECTURES)
    monkeypatch.setattr(ARCHITECTURES, "_entries", dict(ARCHITECTURES._entries))
    ARCHITECTURES.add(version=1, layer="base")(based_on_given_weights)
    trainer = Trainer(chosen("based_on_given_weights"), Recipe(precision="float32"), SHAPE, CLASSES)
    pretrained, fresh, untrained = (
        model.get_layer("base").kernel.numpy()
        for model in (trainer.model, trainer.fresh(3), trainer.untrained(3))
    )
    np.testing.assert_array_equal(fresh, pretrained)
    assert (untrained != pretrained).any()


@pytest.mark.slow
def test_efficientnet_keeps_what_its_weights_say_of_the_images(tmp_path, monkeypatch):
    """A file of Keras' own format, made up: its mean and variance must be computed with."""
    import h5py
    from keras.src.applications import efficientnet
    from keras.src.backend import config
    from keras.src.legacy.saving.legacy_h5_format import save_weights_to_hdf5_group
    from keras.src.utils.file_utils import hash_file

    network = REFERENCES["efficientnet_b0"][0](weights=None, input_shape=(64, 64, 3))
    normal = next(x for x in network.layers if isinstance(x, keras.layers.Normalization))
    normal.set_weights([np.float32([0.4, 0.5, 0.6]), np.float32([0.2, 0.3, 0.4]), np.int32(3)])
    path = tmp_path / "models" / "efficientnetb0_notop.h5"
    path.parent.mkdir()
    with h5py.File(path, "w") as file:
        save_weights_to_hdf5_group(file, network)
    monkeypatch.setenv("KERAS_HOME", str(tmp_path))
    monkeypatch.setattr(config, "_KERAS_DIR", str(tmp_path))
    fingerprint = hash_file(path, algorithm="md5")
    monkeypatch.setitem(efficientnet.WEIGHTS_HASHES, "b0", ("", fingerprint))
    applications.weights_file.cache_clear()
    model = built("efficientnet_b0", weights="imagenet", input_size=64)
    reference = REFERENCES["efficientnet_b0"][0](weights="imagenet", input_shape=(64, 64, 3))
    applications.weights_file.cache_clear()
    pixels = tf.image.resize(255 * np.repeat(images(2), 3, axis=-1), (64, 64)).numpy()
    result, expected = (net(x, training=False).numpy() for net, x in (
        (base_of("efficientnet_b0", model), images(2)), (reference, pixels)))  # fmt: skip
    np.testing.assert_allclose(result, expected, atol=1e-4 * np.abs(expected).max())


def test_weights_are_fetched_aside_once_or_refused_in_one_line(tmp_path, monkeypatch):
    monkeypatch.setenv("KERAS_HOME", str(tmp_path))
    requests = []

    def fetch(name, address, cache_dir, cache_subdir):
        requests.append(address)
        if len(requests) == 1:
            raise Exception("URL fetch failure on it: None -- no route\nand more")
        path = Path(cache_dir) / cache_subdir / name
        path.parent.mkdir()
        path.write_text("weights")
        return str(path)

    monkeypatch.setattr(keras.utils, "get_file", fetch)
    applications.weights_file.cache_clear()
    with pytest.raises(InputError, match=r"net\.h5 is not there and cannot be fetched") as caught:
        applications.weights_file("net.h5", "https://there/")
    assert "\n" not in str(caught.value)
    for _ in range(2):
        assert applications.weights_file("net.h5", "https://there/").read_text() == "weights"
        applications.weights_file.cache_clear()
    assert requests == ["https://there/net.h5"] * 2
    assert [path.name for path in (tmp_path / "models").iterdir()] == ["net.h5"]


def test_the_shorter_side_is_the_size_and_the_grid_is_whole():
    inputs = keras.Input((30, 50, 3))
    assert applications.enlarged(inputs, 128, 2.0, -1.0).shape == (None, 128, 224, 3)
    assert applications.enlarged(keras.Input((64, 64, 1)), 64, 1.0, 0.0).shape == (None, 64, 64, 3)
    shrunk = applications.enlarged(keras.Input((256, 256, 3)), 128, 1.0, 0.0)
    assert shrunk._keras_history.operation.antialias
    with pytest.raises(InputError, match="images with 2 channels; this network takes 1"):
        applications.enlarged(keras.Input((8, 8, 2)), 64, 1.0, 0.0)


def test_a_width_that_was_never_trained_is_refused():
    with pytest.raises(InputError, match=r"'alpha': received 0\.4; allowed: 0\.35, 0\.5"):
        Plan.make({"architecture": {"name": "mobilenet_v2", "alpha": 0.4}})
    assert Plan.make({}, {"architecture": "mobilenet_v2", "architecture.alpha": "0.5"})


def test_half_precision_reaches_the_base_and_nothing_that_is_kept():
    recipe = Recipe(epochs=1, batch_size=5, precision="bfloat16")
    trainer = Trainer(chosen("mobilenet_v2", input_size=32), recipe, SHAPE, CLASSES)
    assert trainer.learner.get_layer("block_1_expand").compute_dtype == "bfloat16"
    assert trainer.model.get_layer("block_1_expand").compute_dtype == "float32"
    assert trainer.learner(images(), training=True).shape == (5, CLASSES)
