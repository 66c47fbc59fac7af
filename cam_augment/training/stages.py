"""A stage of a training: what learns, by an optimiser of its own, in traced steps."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import numpy as np

from cam_augment.base.errors import InputError, nearest
from cam_augment.base.lazy import keras, tf
from cam_augment.networks.endings import Ending
from cam_augment.networks.network import Network
from cam_augment.plan import Recipe


class Stage:
    """Some epochs over which one part of a network learns.

    Each stage has an optimiser of its own, new at its start: moments that were never moved
    beside a step count that went on would make the first steps of what learns later too large.

    Args:
        recipe: how it is trained.
        optimizer: a fresh one, not shared with another stage.
        model: what learns, a ``keras.Model``.
        logits: what the model is given to its logits in training, tensors of one trace.
        before: what images go through before, as it is in use: nothing of it changes, its
            statistics included, and nothing in it is random.
        class_weights: a variable, float32 [class], by which losses are weighed, if any.
    """

    def __init__(
        self,
        recipe: Recipe,
        optimizer: keras.optimizers.Optimizer,
        model: keras.Model,
        logits: Callable,
        before: keras.Model | None = None,
        class_weights: tf.Variable | None = None,
    ):
        self.recipe = recipe
        self.optimizer = optimizer
        self.model = model
        self.logits = logits
        self.before = before
        self.class_weights = class_weights
        optimizer.build(model.trainable_variables)
        self._fresh = [v.numpy() for v in optimizer.variables]
        self.epoch = tf.function(self._train_chunk, reduce_retracing=True, autograph=False)

    def restart(self) -> None:
        """Set the optimiser back to its beginning."""
        for variable, value in zip(self.optimizer.variables, self._fresh, strict=True):
            variable.assign(value)

    def penalties(self) -> list:
        """The recipe's penalties on all kernels that learn (biases and scales are left free)."""
        kernels = [v for v in self.model.trainable_variables if len(v.shape) > 1]
        weighed = (
            (self.recipe.l1, lambda w: tf.reduce_sum(tf.abs(w))),
            (self.recipe.l2, lambda w: tf.reduce_sum(tf.square(w))),
        )
        return [rate * tf.add_n([norm(w) for w in kernels]) for rate, norm in weighed if rate]

    def _train_chunk(self, images, labels, rates):
        """Train over the chunk's batches; return summed loss and number of right answers."""
        batch = self.recipe.batch_size

        def train(step, loss_sum, right_sum):
            part = slice(step * batch, (step + 1) * batch)
            loss, right = self._step(images[part], labels[part], rates[step])
            return step + 1, loss_sum + loss, right_sum + right

        steps = tf.size(rates)
        _, loss_sum, right_sum = tf.while_loop(
            lambda step, *_: step < steps, train, (0, 0.0, 0.0), maximum_iterations=steps
        )
        return loss_sum, right_sum

    def _step(self, images, labels, rate):
        self.optimizer.learning_rate = rate
        features = images if self.before is None else self.before(images, training=False)
        with tf.GradientTape() as tape:
            logits = self.logits(features)
            losses = tf.nn.softmax_cross_entropy_with_logits(labels, logits)
            mean = tf.reduce_mean(self._weighed(losses, labels))
            loss = tf.add_n([mean, *self.model.losses, *self.penalties()])
        gradients = tape.gradient(loss, self.model.trainable_variables)
        self.optimizer.apply(gradients, self.model.trainable_variables)
        return tf.reduce_sum(losses), right(tf.argmax(labels, axis=1), logits)

    def _weighed(self, losses, labels):
        """Weigh each image's loss by its class's weight, of a mixed label by the mean of them."""
        if self.class_weights is None:
            return losses
        return losses * tf.linalg.matvec(labels, self.class_weights)


def right(labels, logits):
    """Return how many logits [image, class] have their largest at the label [image]."""
    return tf.reduce_sum(tf.cast(tf.equal(labels, tf.argmax(logits, axis=1)), tf.float32))


def stages(
    recipe: Recipe,
    make_optimizer: Callable[[Recipe], keras.optimizers.Optimizer],
    network: Network,
    base: str | None,
    class_weights: tf.Variable | None,
) -> list[Stage]:
    """Return the stage of every epoch of a training.

    Args:
        recipe: how it is trained.
        make_optimizer: recipe to a new optimiser.
        network: what is trained, whole; a functional model where the recipe has
            ``frozen_epochs``.
        base: name of the last layer of what stays frozen at first; needed where the recipe
            has ``frozen_epochs``.
        class_weights: see ``Stage``.

    Raises:
        InputError: there is no such layer, or it is not a cut between a base and a head.
    """
    frozen = recipe.frozen_epochs
    by_epoch: list[Stage] = []
    if frozen:
        before, head = _cut(network.model, base)
        logits = partial(_logits_of_head, head, network.ending)
        optimizer = make_optimizer(recipe)
        by_epoch += frozen * [Stage(recipe, optimizer, head, logits, before, class_weights)]
    if recipe.epochs > frozen:
        logits = partial(network.logits, training=True)
        optimizer = make_optimizer(recipe)
        whole = Stage(recipe, optimizer, network.model, logits, class_weights=class_weights)
        by_epoch += (recipe.epochs - frozen) * [whole]
    return by_epoch


def _logits_of_head(head: keras.Model, ending: Ending, features: tf.Tensor) -> tf.Tensor:
    return ending.logits(head(features, training=True))


def _cut(model: keras.Model, base: str | None) -> tuple[keras.Model, keras.Model]:
    """Return a model up to a layer, and behind it."""
    names = [layer.name for layer in model.layers]
    if base not in names:
        raise InputError(f"base: the network has no layer '{base}'.{nearest(base or '', names)}")
    parts = _parts(model, base)
    if parts is None or not parts[1].trainable_variables:
        raise InputError(
            f"base: '{base}' is not a cut between a base and a head that learns: all must go "
            "through it, and weights must follow"
        )
    return parts


def _parts(model: keras.Model, base: str | None) -> tuple[keras.Model, keras.Model] | None:
    try:
        features = model.get_layer(base).output
        return keras.Model(model.inputs[0], features), keras.Model(features, model.outputs[0])
    except (AttributeError, ValueError):  # a layer called several times, or a subclassed model
        return None


def balanced(labels: np.ndarray, classes: int) -> np.ndarray:
    """Return the weight of each class under which all classes weigh the same, float32 [class].

    n / (classes with an image x images of the class), so that the mean weight of the images
    is 1; 0 for a class without an image.

    Args:
        labels: int [image]. classes: how many there are.

    >>> balanced(np.array([0, 0, 0, 1]), 2)
    array([0.6666667, 2.       ], dtype=float32)
    """
    counts = np.bincount(labels, minlength=classes)
    weights = len(labels) / (np.count_nonzero(counts) * np.maximum(counts, 1))
    return np.where(counts > 0, weights, 0).astype(np.float32)
