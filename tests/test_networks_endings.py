"""How outputs are made is seen through, whatever wrote it; what cannot be known is asked."""

from functools import cache
from typing import get_args

import keras
import numpy as np
import pytest
import tensorflow as tf
from keras import layers as L

from cam_augment.base.errors import InputError
from cam_augment.cams.driver import Look
from cam_augment.networks.endings import Ending, Kind
from cam_augment.networks.network import Network
from cam_augment.report.phrases import OUTPUTS

SHAPE = (12, 12, 1)
IMAGES = np.random.default_rng(0).random((9, *SHAPE), np.float32)
TARGETS = np.arange(9) % 3


def features(image, policy="float32"):
    return L.Conv2D(5, 3, activation="relu", name="seen", dtype=policy)(image)


def pooled(x):
    return L.GlobalAveragePooling2D()(x)


class SoftmaxOfIts(L.Layer):
    def call(self, x):
        return tf.nn.softmax(x)


def nested_head(x):
    return keras.Sequential([keras.Input(x.shape[1:]), L.Dense(3, activation="softmax")])(x)


def half_precision(x):
    x = L.Dense(3, dtype="mixed_float16")(x)
    return L.Activation("softmax", dtype="float32")(x)


def convolutional(x):
    x = L.Conv2D(3, 1)(L.Reshape((1, 1, -1))(x))
    return L.Reshape((3,))(L.Softmax()(x))


SOFTMAX = {
    "activation": lambda x: L.Dense(3, activation="softmax")(x),
    "tf.nn": lambda x: L.Dense(3, activation=tf.nn.softmax)(x),
    "lambda of an activation": lambda x: L.Dense(3, activation=lambda z: keras.ops.softmax(z))(x),
    "layer as an activation": lambda x: L.Dense(3, activation=L.Softmax())(x),
    "layer": lambda x: L.Softmax()(L.Dense(3)(x)),
    "activation layer": lambda x: L.Activation("softmax")(L.Dense(3)(x)),
    "ops": lambda x: keras.ops.softmax(L.Dense(3)(x)),
    "activations": lambda x: keras.activations.softmax(L.Dense(3)(x)),
    "Lambda": lambda x: L.Lambda(tf.nn.softmax)(L.Dense(3)(x)),
    "a layer class": lambda x: SoftmaxOfIts()(L.Dense(3)(x)),
    "nested": nested_head,
    "then a cast": lambda x: L.Activation("linear", dtype="float64")(L.Softmax()(L.Dense(3)(x))),
    "then dropout": lambda x: L.Dropout(0.3)(L.Softmax()(L.Dense(3)(x))),
    "logarithm": lambda x: keras.ops.log_softmax(L.Dense(3)(x)),
}


def network(head, pool=L.Flatten):
    image = keras.Input(SHAPE)
    return keras.Model(image, head(pool()(features(image))))


def like(model):
    """The same weights, ending in logits."""
    plain = network(lambda x: L.Dense(3)(x))
    plain.set_weights(
        [w.reshape(v.shape) for w, v in zip(model.get_weights(), plain.get_weights(), strict=True)]
    )
    return plain


def look(model, **arguments):
    net = Network(model, probes=IMAGES, **arguments)
    return Look(net, net.place("seen").layer)


def logits(model, **arguments):
    return look(model, **arguments).compiled([])(IMAGES, TARGETS)[0].numpy()


@pytest.mark.parametrize("form", SOFTMAX)
def test_a_softmax_is_seen_through_in_whatever_form_it_is_written(form):
    model, plain = network(SOFTMAX[form]), plain_look().network.model
    model.set_weights(plain.get_weights())
    before = model(IMAGES).numpy()
    view = look(model)
    passed = view.compiled([])(IMAGES, TARGETS)[0]
    np.testing.assert_allclose(passed, plain(IMAGES), atol=1e-6)
    for method in ("gradcam++", "scorecam"):
        expected = plain_look().maps(method, IMAGES, TARGETS)
        np.testing.assert_allclose(view.maps(method, IMAGES, TARGETS), expected, atol=1e-7)
    np.testing.assert_array_equal(model(IMAGES), before)


@cache
def plain_look():
    """A look at a network that ends in logits; other forms take its weights."""
    return look(network(lambda x: L.Dense(3)(x)))


@pytest.mark.parametrize("form", [form for form in SOFTMAX if form != "logarithm"])
def test_who_says_probabilities_of_a_softmax_gets_the_logits_before_it(form):
    model = network(SOFTMAX[form])
    said = logits(model, ends_in="probabilities")
    np.testing.assert_allclose(said, logits(like(model)), atol=1e-6)


@pytest.mark.parametrize("activation", ["softmax", "sigmoid"])
def test_who_says_logits_of_a_softmax_or_sigmoid_is_contradicted(activation):
    model = network(lambda x: L.Dense(3, activation=activation)(x))
    with pytest.raises(InputError, match=f'ends_in="logits", but its graph ends in a {activation}'):
        logits(model, ends_in="logits")
    shifted = network(SOFTMAX["logarithm"])  # a softmax of these is that of the logits
    np.testing.assert_allclose(logits(shifted, ends_in="logits"), logits(like(shifted)), atol=1e-6)


def test_shares_of_finer_classes_that_a_dense_layer_adds_up_are_no_logits():
    add = np.repeat(np.eye(3, dtype=np.float32), 2, axis=0)
    coarse = L.Dense(3, use_bias=False, kernel_initializer=keras.initializers.Constant(add))
    model = network(lambda x: coarse(L.Dense(6, activation="softmax")(x)))
    with pytest.raises(InputError, match=r"add up to 1.*ends_in"):
        logits(model)
    said = logits(model, ends_in="probabilities")
    np.testing.assert_allclose(np.exp(said), model(IMAGES), atol=1e-6)
    attending = network(
        lambda x: L.Dense(3)(L.Multiply()([x, L.Softmax()(L.Dense(x.shape[1])(x))]))
    )
    assert look(attending).network.ending.is_plain


def test_a_softmax_of_convolutions_and_one_in_half_precision():
    for head in (convolutional, half_precision):
        model = network(head)
        assert look(model).network.ending.kind == "softmax"
        np.testing.assert_allclose(logits(model), logits(like(model)), atol=2e-3)


def test_one_sigmoid_a_class_is_read_before_the_sigmoid():
    for activation in ("sigmoid", tf.nn.sigmoid, tf.sigmoid):
        model = network(lambda x, a=activation: L.Dense(3, activation=a)(x))
        assert look(model).network.ending.code == "sigmoid"
        np.testing.assert_allclose(logits(model), logits(like(model)), atol=1e-6)


@pytest.mark.parametrize("activation", [None, "sigmoid", tf.nn.sigmoid])
def test_one_unit_tells_two_classes_apart(activation):
    """As the logits (0, z): the map of class 1 is that of z, the one of class 0 that of -z."""
    model = network(lambda x: L.Dense(1, activation=activation)(x), L.GlobalAveragePooling2D)
    view = look(model)
    assert view.network.ending.classes == 2
    images = tf.constant(IMAGES)
    with tf.GradientTape() as tape:
        cells = model.get_layer("seen")(images)
        tape.watch(cells)
        z = model.layers[-1].kernel, model.layers[-1].bias
        z = tf.reduce_mean(cells, (1, 2)) @ z[0] + z[1]
        total = tf.reduce_sum(z)
    weights = tf.reduce_mean(tape.gradient(total, cells), (1, 2), keepdims=True)
    signed = tf.reduce_sum(weights * cells, -1).numpy()
    np.testing.assert_allclose(logits(model), np.hstack([np.zeros_like(z), z]), atol=1e-6)
    for target, sign in ((1, 1), (0, -1)):
        expected = np.maximum(sign * signed, 0)
        for method in ("gradcam", "hirescam"):
            result = view.maps(method, IMAGES, np.full(9, target))
            np.testing.assert_allclose(result, expected, atol=1e-6)
        result = view.maps("cam", IMAGES, np.full(9, target))
        np.testing.assert_allclose(result / expected[0].size, expected, atol=1e-6)
    assert signed.any()


@pytest.mark.parametrize("units", [1, 3])
def test_logits_that_happen_to_lie_between_0_and_1_are_logits(units):
    model = network(lambda x: L.Dense(units, kernel_initializer="zeros")(x))
    assert look(model).network.ending.kind == "logits"


def by_hand(x):
    exponents = keras.ops.exp(x)
    return exponents / keras.ops.sum(exponents, axis=-1, keepdims=True)


def mean_of_two(x):
    return L.Average()([L.Dense(3, activation="softmax")(x) for _ in range(2)])


OPEN = {
    "written out": lambda x: by_hand(L.Dense(3)(x)),
    "a mean of two": mean_of_two,
    "hard sigmoids": lambda x: L.Dense(3, activation="hard_sigmoid")(x),
    "one unit written out": lambda x: 1 / (1 + keras.ops.exp(-L.Dense(1)(x))),
    "over another axis": lambda x: L.Reshape((4,))(L.Softmax()(L.Reshape((2, 2))(L.Dense(4)(x)))),
}


@pytest.mark.parametrize("form", OPEN)
def test_what_cannot_be_known_is_asked(form):
    model = network(OPEN[form], L.GlobalAveragePooling2D)
    with pytest.raises(InputError, match=r"0 to 1.*ends_in") as caught:
        logits(model)
    assert "\n" not in str(caught.value)
    outputs = model.predict(IMAGES, verbose=0)
    said = logits(model, ends_in="probabilities")
    shares = np.exp(said) / np.exp(said).sum(axis=1, keepdims=True)
    expected = outputs if outputs.shape[1] > 1 else np.hstack([1 - outputs, outputs])
    np.testing.assert_allclose(shares, expected / expected.sum(axis=1, keepdims=True), atol=1e-5)
    np.testing.assert_allclose(logits(model, ends_in="logits")[:, -1], outputs[:, -1], atol=1e-6)


@pytest.mark.parametrize("word", ["logit", "probability", "softmax", "", 1])
def test_another_word_of_outputs_is_refused(word):
    with pytest.raises(InputError, match=f"no ends_in '{word}'.* Allowed: logits, probabilities"):
        logits(network(OPEN["written out"]), ends_in=word)


def test_what_is_said_of_outputs_must_hold():
    model = network(lambda x: L.Dense(3, bias_initializer=keras.initializers.Constant(9))(x))
    with pytest.raises(InputError, match=r"which are within 0\.\.1; received .* to [1-9]"):
        logits(model, ends_in="probabilities")


@pytest.mark.parametrize("end", [
    lambda x: L.Rescaling(3.0)(L.Dense(3)(x)),
    lambda x: L.ReLU()(L.Dense(3)(x)),
    lambda x: L.Dense(3, activation="tanh")(x),
    lambda x: L.BatchNormalization()(L.Dense(3)(x)),
    lambda x: L.Add()([L.Dense(3)(x), L.Dense(3)(x)]),
    lambda x: L.Dense(3)(L.Dense(4, activation="softmax")(x)),
    lambda x: L.Dense(3, use_bias=False)(x),
])  # fmt: skip
def test_other_ends_are_taken_for_logits(end):
    model = network(end)
    assert look(model).network.ending.kind == "logits"
    np.testing.assert_allclose(logits(model), model.predict(IMAGES, verbose=0), atol=1e-6)


def test_the_report_has_words_for_every_end_but_plain_logits():
    endings = [Ending(kind, units) for kind in get_args(Kind) for units in (1, 3)]
    codes = {ending.code for ending in endings if not ending.is_plain}
    assert codes - {"unit.softmax", "unit.log_softmax"} == set(OUTPUTS)


@pytest.mark.parametrize("activation", [tf.nn.softmax, tf.nn.log_softmax])
def test_a_softmax_of_one_unit_says_nothing_and_is_refused(activation):
    model = network(lambda x: L.Dense(1, activation=activation)(x))
    with pytest.raises(InputError, match="ends in a softmax of one unit"):
        logits(model)
