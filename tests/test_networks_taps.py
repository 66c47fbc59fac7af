"""Maps by listening are those by cutting; and they are one map, however a network was written."""

from functools import cache

import keras
import numpy as np
import pytest
import tensorflow as tf
from keras import layers as L

from cam_augment.base.errors import InputError
from cam_augment.cams.driver import Look
from cam_augment.networks.network import Network
from cam_augment.networks.taps import layers_by_path
from cam_augment.registry import ARCHITECTURES, CAMS
from tests import looks
from tests.cut_look import CutLook

SHAPE, CLASSES = (16, 16, 3), 3
IMAGES = np.random.default_rng(0).random((6, *SHAPE), np.float32)
TARGETS = np.arange(6) % CLASSES
ONE_PASS = [name for name in CAMS if CAMS[name].form != "model"]


@pytest.mark.parametrize("network", looks.NETWORKS)
@pytest.mark.parametrize("method", ONE_PASS)
def test_maps_are_those_of_the_cut_network_to_the_last_bit(network, method):
    if CAMS[method].form == "kernel" and network != "pooled":
        pytest.skip("another head")
    images, targets = looks.probe(network)
    expected = cut(network).maps(method, images, targets)
    np.testing.assert_array_equal(looks.look(network).maps(method, images, targets), expected)


@cache
def cut(network):
    return CutLook(looks.NETWORKS[network](), looks.LAYER)


@pytest.mark.parametrize("name", ["small_cnn", "resnet"])
def test_maps_of_packaged_networks_are_as_they_were_to_the_last_bit(name):
    model = ARCHITECTURES[name](SHAPE, CLASSES, dropout=0.2)
    layer = ARCHITECTURES[name].layer
    for method in ("gradcam", "gradcam++", "cam"):
        expected = CutLook(model, layer).maps(method, IMAGES, TARGETS)
        result = Look(Network(model), layer).maps(method, IMAGES, TARGETS)
        np.testing.assert_array_equal(result, expected)


def body(x):
    x = L.Conv2D(4, 3, strides=2, padding="same", activation="relu")(x)
    return L.Conv2D(6, 3, padding="same", activation="relu")(x)


def head(x):
    return L.Dense(CLASSES)(L.Dropout(0.2)(L.GlobalAveragePooling2D()(x)))


def functional(image=None):
    image = keras.Input(SHAPE) if image is None else image
    return keras.Model(image, head(body(image)))


def nested():
    inner, outer = keras.Input(SHAPE), keras.Input(SHAPE)
    return keras.Model(outer, head(keras.Model(inner, body(inner))(outer)))


def nested_twice():
    inner, middle, outer = (keras.Input(SHAPE) for _ in range(3))
    base = keras.Model(middle, keras.Model(inner, body(inner))(middle))
    return keras.Model(outer, head(base(outer)))


def nested_and_pooled():
    inner = keras.Input(SHAPE)
    base = keras.Model(inner, L.GlobalAveragePooling2D()(body(inner)))
    return keras.Sequential([keras.Input(SHAPE), base, L.Dense(CLASSES)])


def sequential():
    return keras.Sequential([keras.Input(SHAPE), *layers()])


def layers():
    return [
        L.Conv2D(4, 3, strides=2, padding="same", activation="relu"),
        L.Conv2D(6, 3, padding="same", activation="relu"),
        L.GlobalAveragePooling2D(),
        L.Dense(CLASSES),
    ]


def added():
    model = keras.Sequential()
    model.add(keras.Input(SHAPE))
    for layer in layers():
        model.add(layer)
    return model


def built_late():
    model = keras.Sequential(layers())
    model.build((None, *SHAPE))
    return model


def popped():
    model = sequential()
    model.pop()
    model.add(L.Dense(CLASSES))
    return model


class Subclassed(keras.Model):
    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.steps = layers()

    def call(self, images):
        for step in self.steps:
            images = step(images)
        return images


class Decorated(Subclassed):
    @tf.function
    def call(self, images):
        return super().call(images)


class Block(L.Layer):
    """A layer that holds layers, and computes its last step itself."""

    def __init__(self):
        super().__init__()
        self.convolutions = layers()[:2]

    def call(self, x):
        for convolution in self.convolutions:
            x = convolution(x)
        return tf.identity(x)


def called(model):
    model(np.zeros((1, *SHAPE), np.float32))
    return model


def of_blocks():
    return called(keras.Sequential([Block(), *layers()[2:]]))


def any_size():
    return functional(keras.Input((None, None, 3)))


def one_batch():
    return functional(keras.Input(batch_shape=(4, *SHAPE)))


def by_name():
    image = keras.Input(SHAPE, name="picture")
    return keras.Model({"picture": image}, head(body(image)))


def in_a_list():
    image = keras.Input(SHAPE)
    return keras.Model([image], [head(body(image))])


def called_elsewhere_before():
    image, steps = keras.Input(SHAPE), layers()
    for first in (keras.Input(SHAPE), image):
        x = first
        for step in steps:
            x = step(x)
    return keras.Model(image, x)


FORMS = {
    "nested": nested,
    "nested twice": nested_twice,
    "nested and pooled": nested_and_pooled,
    "sequential": sequential,
    "added": added,
    "built late": built_late,
    "popped": popped,
    "subclassed": lambda: called(Subclassed()),
    "decorated": lambda: called(Decorated()),
    "of blocks": of_blocks,
    "any size": any_size,
    "one batch": one_batch,
    "by name": by_name,
    "in a list": in_a_list,
    "called elsewhere before": called_elsewhere_before,
}


@cache
def flat():
    keras.utils.set_random_seed(4)
    return functional()


@cache
def flat_maps(method):
    return maps_of(flat(), method)


def maps_of(model, method="gradcam", wish=None):
    network = Network(model, SHAPE)
    return Look(network, network.place(wish).layer).maps(method, IMAGES, TARGETS)


@pytest.mark.parametrize("form", FORMS)
def test_a_network_has_one_map_however_it_was_written(form):
    model = FORMS[form]()
    model.set_weights(flat().get_weights())
    for method in ("gradcam", "scorecam"):
        np.testing.assert_array_equal(maps_of(model, method), flat_maps(method))


@pytest.mark.parametrize("end", ["keras", "h5"])
@pytest.mark.parametrize("form", ["sequential", "added", "nested", "nested and pooled", "any size"])
def test_a_network_that_was_loaded_has_the_maps_that_it_had(form, end, tmp_path):
    model = FORMS[form]()
    model.save(path := tmp_path / f"model.{end}")
    loaded = keras.models.load_model(path)
    np.testing.assert_array_equal(maps_of(loaded), maps_of(model))


@pytest.mark.parametrize("policy", ["mixed_float16", "mixed_bfloat16"])
@pytest.mark.parametrize("method", CAMS)
def test_half_precision_gives_nearly_the_maps_of_its_weights(policy, method):
    keras.config.set_dtype_policy(policy)
    try:
        model = functional()
    finally:
        keras.config.set_dtype_policy("float32")
    model.set_weights(flat().get_weights())
    maps = maps_of(model, method)
    assert maps.dtype == np.float32
    assert np.isfinite(maps).all()
    assert np.corrcoef(maps.ravel(), flat_maps(method).ravel())[0, 1] > 0.97


@pytest.mark.parametrize("form", ["nested", "decorated", "of blocks"])
def test_layers_are_afterwards_what_they_were(form):
    model = FORMS[form]()
    before = {path: dict(layer.__dict__) for path, layer in layers_by_path(model).items()}
    maps_of(model)
    for path, layer in layers_by_path(model).items():
        assert layer.__dict__.keys() == before[path].keys()
        assert layer.__dict__.get("call") is before[path].get("call")


class Failing(L.Layer):
    """Raises when its grid is known to be eight columns wide, as in no pass of a symbol."""

    def call(self, _x):
        raise ArithmeticError("no such thing\nand more of it")


def test_what_cannot_be_run_is_said_in_one_line_and_layers_stay():
    model = keras.Sequential([L.Conv2D(2, 3), Failing(), *layers()[2:]])
    model.built = True
    with pytest.raises(InputError, match=r"cannot be run on images of \(16, 16, 3\)") as caught:
        Network(model, SHAPE).place()
    assert "\n" not in str(caught.value)
    assert all("call" not in layer.__dict__ for layer in layers_by_path(model).values())


def two_inputs():
    one, two = keras.Input(SHAPE), keras.Input(SHAPE)
    return keras.Model([one, two], head(L.Add()([body(one), body(two)])))


def two_outputs():
    image = keras.Input(SHAPE)
    x = body(image)
    return keras.Model(image, [head(x), head(x)])


def a_mask():
    image = keras.Input(SHAPE)
    return keras.Model(image, L.Conv2D(2, 1)(body(image)))


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (two_inputs, "has 2 inputs; one input of images expected"),
        (two_outputs, "has 2 outputs; one output of classes expected"),
        (a_mask, r"gives \(8, 8, 2\) for an image; one number a class expected"),
        (lambda: Subclassed(), "was never built"),
        (lambda: functional(keras.Input((20, 20, 3))), r"takes images of \(20, 20, 3\); received"),
        (lambda: functional(keras.Input((16, 16, 1))), r"takes images of \(16, 16, 1\); received"),
    ],
)
def test_what_is_no_classifier_of_these_images_is_refused(make, words):
    with pytest.raises(InputError, match=f"plain #0 {words}"):
        _ = Network(make(), SHAPE, subject="plain #0").ending


def test_grey_images_need_no_axis_of_channels():
    image = keras.Input((16, 16))
    x = L.Conv2D(4, 3, activation="relu")(L.Reshape((16, 16, 1))(image))
    network = Network(keras.Model(image, head(x)))
    assert network.shape == (16, 16, 1)
    assert Look(network, network.place().layer).maps("gradcam", IMAGES[..., :1], TARGETS).any()


def test_channels_first_are_refused():
    """Rows would be taken for channels, and maps be of something else."""
    image = keras.Input((3, 8, 8))
    inner = keras.Sequential([keras.Input((3, 8, 8)), L.Conv2D(3, 3, data_format="channels_first")])
    model = keras.Model(image, L.Dense(3)(L.Flatten()(inner(image))))
    with pytest.raises(InputError, match=r"layer '.*/conv2d.*' has its channels first"):
        Network(model)
