"""Stages of a training: a frozen base first, then all; and the weights of classes."""

import os
import shutil
from pathlib import Path
from typing import Annotated

import keras
import numpy as np
import pytest
import tensorflow as tf
from pydantic import Field
from sklearn.utils.class_weight import compute_class_weight

from cam_augment.architectures.layers import applications
from cam_augment.base.errors import InputError
from cam_augment.plan import Plan, Recipe
from cam_augment.records import Split
from cam_augment.registry import ARCHITECTURES
from cam_augment.training import trainer as training
from cam_augment.training.schedules import learning_rates
from cam_augment.training.stages import Stage, balanced
from tests.conftest import TINY
from tests.fits import complete
from tests.weights import assert_moved_alike

DATA = Path(os.environ.get("CAM_AUGMENT_DATA", Path(__file__).parents[2] / "shared" / "data"))
WEIGHTS = "mobilenet_v2_weights_tf_dim_ordering_tf_kernels_0.35_224_no_top.h5"


def based(shape, classes, *, drop: Annotated[float, Field(ge=0, le=0.9)] = 0.0):
    """A base with statistics of its own, and a head of two layers."""
    image = keras.Input(shape)
    x = keras.layers.Conv2D(6, 5, strides=4, use_bias=False)(image)
    x = keras.layers.BatchNormalization(momentum=0.8)(x)
    x = keras.layers.Dropout(drop)(x)
    x = keras.layers.ReLU(name="seen")(x)
    x = keras.layers.Flatten()(x)
    x = keras.layers.Dense(8, activation="relu", name="hidden")(x)
    return keras.Model(image, keras.layers.Dense(classes, name="logits")(x))


@pytest.fixture(autouse=True)
def entered(monkeypatch):
    len(ARCHITECTURES)
    monkeypatch.setattr(ARCHITECTURES, "_entries", dict(ARCHITECTURES._entries))
    ARCHITECTURES.add(version=1, layer="seen", base="seen")(based)


def plan_of(architecture="based", **recipe) -> Plan:
    fixed = {"batch_size": 25, "precision": "float32"}
    return Plan.make({**TINY, "architecture": architecture, "recipe": {**fixed, **recipe}})


def trainer_of(plan: Plan) -> training.Trainer:
    training.prepare_process()
    return training.Trainer(plan.architecture, plan.recipe, (28, 28, 1), 10)


def split_weights(model) -> tuple[list, list]:
    """Weights of the base, its statistics included, and of the head."""
    head = [w.numpy() for name in ("hidden", "logits") for w in model.get_layer(name).weights]
    base = [w.numpy() for w in model.weights[: len(model.weights) - len(head)]]
    return base, head


def test_two_stages_are_keras_transfer_learning(data):
    """Keras' own way: freeze, compile, fit; unfreeze, compile anew, fit. Same weights out."""
    plan = plan_of(epochs=3, frozen_epochs=2, fine_tune_rate=0.1, schedule="constant")
    trainer, run = trainer_of(plan), plan.runs()[0]
    trainer._restart(run.entropy)
    start = trainer.model.get_weights()
    twin = keras.models.clone_model(trainer.model)
    twin.set_weights(start)
    orders = [np.random.default_rng([run.entropy, e]).permutation(200) for e in range(3)]
    one_hot = np.eye(10, dtype=np.float32)[data.train.labels]
    for frozen, epochs, rate in ((True, (0, 1), 5e-3), (False, (2,), 5e-4)):
        for layer in twin.layers[:-3]:
            layer.trainable = not frozen
        loss = keras.losses.CategoricalCrossentropy(from_logits=True)
        twin.compile(keras.optimizers.Adam(rate), loss)
        for epoch in epochs:
            twin.fit(data.train.images[orders[epoch]], one_hot[orders[epoch]], batch_size=25,
                     epochs=1, shuffle=False, verbose=0)  # fmt: skip
    trainer.train(run, data.train, data.validation)
    assert_moved_alike(start, trainer.model.get_weights(), twin.get_weights())


@pytest.mark.parametrize("precision", ["float32", "bfloat16"])
def test_a_frozen_base_stays_to_the_last_bit_and_the_head_learns(data, precision):
    plan = plan_of(
        {"name": "based", "drop": 0.5}, epochs=2, frozen_epochs=2, precision=precision, l2=0.01
    )
    trainer, run = trainer_of(plan), plan.runs()[0]
    trainer._restart(run.entropy)
    base, head = split_weights(trainer.learner)
    trainer.train(run, data.train, data.validation)
    learned = split_weights(trainer.model)
    for before, after in zip(base, learned[0], strict=True):
        np.testing.assert_array_equal(before, after)
    assert all((before != after).any() for before, after in zip(head, learned[1], strict=True))


def test_both_stages_begin_anew_with_every_run(data):
    plan = plan_of(epochs=4, frozen_epochs=2)
    first, other = plan.runs()[0], plan.runs()[-1]
    one = complete(first, [], None, data).fit
    complete(other, [], None, data)
    two = complete(first, [], None, data).fit
    np.testing.assert_array_equal(one.test_logits, two.test_logits)
    never = complete(plan_of(epochs=4).runs()[0], [], None, data).fit
    assert (one.test_logits != never.test_logits).any()


def test_rates_behind_the_frozen_epochs_are_the_same_times_a_factor():
    fields = {"epochs": 10, "batch_size": 50, "frozen_epochs": 3}
    plain = learning_rates(Recipe(**fields), 480)
    tuned = learning_rates(Recipe(**fields, fine_tune_rate=0.1), 480)
    np.testing.assert_array_equal(tuned[:3], plain[:3])
    np.testing.assert_allclose(tuned[3:], 0.1 * plain[3:], rtol=1e-6)


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"recipe": {"frozen_epochs": 3}},
         r"recipe\.frozen_epochs: received 3; network 'small_cnn' names no base.*mobilenet_v2"),
        ({"recipe": {"frozen_epochs": 9, "epochs": 8}}, "received 9; the training has 8 epochs"),
        ({"recipe": {"fine_tune_rate": 0.1}}, r"received 0\.1; it follows frozen_epochs"),
    ],
)  # fmt: skip
def test_what_cannot_be_frozen_is_refused(fields, words):
    with pytest.raises(InputError, match=words) as caught:
        Plan.make(fields)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("base", "words"),
    [("sean", "no layer 'sean'. Did you mean 'seen'"), ("logits", "'logits' is not a cut")],
)
def test_a_base_that_is_none_is_refused(base, words):
    ARCHITECTURES.add("misled", version=1, layer="seen", base=base)(based)
    with pytest.raises(InputError, match=words):
        trainer_of(plan_of("misled", epochs=2, frozen_epochs=1))


def test_every_new_field_makes_new_runs_and_its_neutral_value_none():
    plain = plan_of()
    neutral = plan_of(frozen_epochs=0, fine_tune_rate=1.0, class_weights="none")
    assert neutral.runs()[0].key == plain.runs()[0].key
    changed = [
        {"frozen_epochs": 1}, {"frozen_epochs": 1, "fine_tune_rate": 0.1},
        {"class_weights": "balanced"},
    ]  # fmt: skip
    keys = {plan_of(**change).runs()[0].key for change in changed}
    assert len(keys | {plain.runs()[0].key}) == 4


@pytest.mark.slow
def test_a_pretrained_base_is_still_the_files_after_a_frozen_training(data, tmp_path, monkeypatch):
    if not (DATA / "weights" / WEIGHTS).is_file():
        pytest.skip("no file of weights")
    (tmp_path / "models").mkdir()
    shutil.copy(DATA / "weights" / WEIGHTS, tmp_path / "models")
    monkeypatch.setenv("KERAS_HOME", str(tmp_path))
    applications.weights_file.cache_clear()
    network = {"name": "mobilenet_v2", "weights": "imagenet", "input_size": 64}
    plan = plan_of(network, epochs=3, frozen_epochs=3, batch_size=50)
    trainer = trainer_of(plan)
    trainer.train(plan.runs()[0], data.train, data.validation)
    reference = keras.applications.MobileNetV2(
        alpha=0.35, include_top=False, weights=str(tmp_path / "models" / WEIGHTS),
        input_shape=(96, 96, 3),
    )  # fmt: skip
    applications.weights_file.cache_clear()
    for one, other in zip(trainer.model.weights[:-2], reference.get_weights(), strict=True):
        np.testing.assert_array_equal(one, other)


# ---- weights of classes


def uneven(data) -> Split:
    """A training split that lacks most images of some classes, and all of the last one."""
    labels = data.train.labels
    places = np.flatnonzero((labels < 4) | ((np.arange(200) // 10 % 4 == 0) & (labels < 9)))
    return Split(data.train.images[places], labels[places])


def test_balanced_weights_are_scikit_learns(data):
    labels = uneven(data).labels
    expected = compute_class_weight("balanced", classes=np.arange(9), y=labels)
    result = balanced(labels, 10)
    np.testing.assert_allclose(result[:9], expected, rtol=1e-6)
    assert result[9] == 0
    assert result[labels].mean() == pytest.approx(1)


def test_a_mixed_label_is_weighed_by_the_mean_over_it():
    weights = tf.constant([0.5, 2.0, 4.0])
    model = based((28, 28, 1), 3)
    stage = Stage(Recipe(), keras.optimizers.SGD(), model, model, class_weights=weights)
    result = stage._weighed(tf.constant([1.0, 3.0]), tf.constant([[0, 1, 0], [0.75, 0, 0.25]]))
    np.testing.assert_allclose(result, [1 * 2.0, 3 * (0.75 * 0.5 + 0.25 * 4.0)])


def test_weighed_losses_are_those_of_keras_sample_weights(data):
    train = uneven(data)
    plan = plan_of(epochs=1, class_weights="balanced", schedule="constant", optimizer="sgd")
    trainer, run = trainer_of(plan), plan.runs()[0]
    trainer._restart(run.entropy)
    start = trainer.model.get_weights()
    twin = keras.models.clone_model(trainer.model)
    twin.set_weights(start)
    twin.compile(keras.optimizers.SGD(5e-3), keras.losses.CategoricalCrossentropy(from_logits=True))
    order = np.random.default_rng([run.entropy, 0]).permutation(len(train))
    one_hot = np.eye(10, dtype=np.float32)[train.labels]
    twin.fit(train.images[order], one_hot[order], batch_size=25, epochs=1, shuffle=False, verbose=0,
             sample_weight=balanced(train.labels, 10)[train.labels][order])  # fmt: skip
    history = trainer.train(run, train, data.validation)
    assert_moved_alike(start, trainer.model.get_weights(), twin.get_weights())
    plain = trainer_of(plan_of(epochs=1, schedule="constant", optimizer="sgd"))
    assert history["loss"] != plain.train(run, train, data.validation)["loss"]


def test_equal_classes_are_trained_as_without_weights(data):
    """All weights are 1 then: nothing but the weights was changed."""
    run, trained = plan_of().runs()[0], []
    for name in ("none", "balanced"):
        trainer = trainer_of(plan_of(epochs=2, class_weights=name))
        trainer._restart(run.entropy)
        start = trainer.model.get_weights()
        trainer.train(run, data.train, data.validation)
        trained.append(trainer.model.get_weights())
    assert_moved_alike(start, *trained)


def test_another_training_set_brings_weights_of_its_own(data):
    """A worker keeps its trainer from run to run."""
    plan = plan_of(epochs=1, class_weights="balanced")
    trainer, run = trainer_of(plan), plan.runs()[0]
    first = trainer.train(run, data.train, data.validation)
    trainer.train(run, uneven(data), data.validation)
    np.testing.assert_allclose(trainer._class_weights, balanced(uneven(data).labels, 10))
    again = trainer.train(run, data.train, data.validation)
    np.testing.assert_array_equal(first["loss"], again["loss"])
