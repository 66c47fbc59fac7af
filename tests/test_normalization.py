"""The fused layer is Keras' own layer, only faster."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from cam_augment.architectures.layers.normalization import FusedBatchNormalization

SHAPE = (16, 7, 5, 3)


@pytest.fixture
def images():
    return tf.constant(np.random.default_rng(0).normal(3, 2, SHAPE).astype(np.float32))


def pair(**settings):
    ours, keras_own = (
        FusedBatchNormalization(**settings),
        keras.layers.BatchNormalization(**settings),
    )
    for layer in (ours, keras_own):
        layer.build(SHAPE)
    values = [v + np.random.default_rng(1).uniform(0, 1, v.shape) for v in keras_own.get_weights()]
    ours.set_weights(values)
    keras_own.set_weights(values)
    return ours, keras_own


@pytest.mark.parametrize("settings", [{}, {"momentum": 0.9}, {"epsilon": 0.1}])
def test_training_moves_the_same_statistics(images, settings):
    ours, keras_own = pair(**settings)
    for _ in range(3):
        np.testing.assert_allclose(
            ours(images, training=True), keras_own(images, training=True), atol=2e-5
        )
    for one, other in zip(ours.get_weights(), keras_own.get_weights(), strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-5)


def test_inference_is_equal(images):
    ours, keras_own = pair()
    np.testing.assert_allclose(ours(images), keras_own(images), atol=1e-5)


def test_a_frozen_layer_keeps_its_statistics(images):
    ours, keras_own = pair()
    ours.trainable = keras_own.trainable = False
    before = ours.get_weights()
    np.testing.assert_allclose(
        ours(images, training=True), keras_own(images, training=True), atol=1e-5
    )
    for old, new in zip(before, ours.get_weights(), strict=True):
        np.testing.assert_array_equal(old, new)


@pytest.mark.parametrize("training", [True, False])
def test_gradients_are_equal(images, training):
    weights = tf.constant(np.random.default_rng(2).normal(size=SHAPE).astype(np.float32))
    result = []
    for layer in pair():
        with tf.GradientTape() as tape:
            tape.watch(images)
            loss = tf.reduce_sum(layer(images, training=training) * weights)
        result.append(tape.gradient(loss, [images, layer.gamma.value, layer.beta.value]))
    for one, other in zip(*result, strict=True):
        np.testing.assert_allclose(one, other, atol=2e-4)


def test_what_cannot_be_fused_goes_keras_way():
    rows = tf.constant(np.random.default_rng(0).normal(size=(8, 4)).astype(np.float32))
    ours, keras_own = FusedBatchNormalization(), keras.layers.BatchNormalization()
    np.testing.assert_allclose(ours(rows, training=True), keras_own(rows, training=True), atol=1e-6)
    plain = FusedBatchNormalization(center=False)
    assert plain(tf.zeros(SHAPE), training=True).shape == SHAPE


def test_a_model_with_it_saves_and_loads_safely(images, tmp_path):
    model = keras.Sequential([keras.Input(SHAPE[1:]), FusedBatchNormalization(momentum=0.9)])
    model(images, training=True)
    model.save(tmp_path / "model.keras")
    loaded = keras.models.load_model(tmp_path / "model.keras", safe_mode=True)
    assert isinstance(loaded.layers[-1], FusedBatchNormalization)
    np.testing.assert_array_equal(loaded(images).numpy(), model(images).numpy())
