"""One run, completed: trained, and asked for its predictions and all else. Safe to repeat.

A worker process keeps one traced trainer per network and recipe. A run resets its
weights and optimiser instead of building and tracing anew, so tracing is paid once per
process. All randomness follows from ``Run.entropy``; all draws are stateless.
"""

from __future__ import annotations

import json
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache, cached_property, lru_cache
from pathlib import Path
from typing import Any

import numpy as np

from cam_augment import strategies
from cam_augment.architectures.layers.copies import copied
from cam_augment.base.compat import load_lean, private_seeds
from cam_augment.base.errors import InputError, cause
from cam_augment.base.lazy import keras, tf
from cam_augment.base.recent import Recent
from cam_augment.base.stack import Stack
from cam_augment.cams.driver import Look
from cam_augment.datasets.folds import parts_of
from cam_augment.networks.network import Network
from cam_augment.plan import Choice, Recipe, Run, Strategy
from cam_augment.questions import Answer, Question, answer_of
from cam_augment.records import DataSet, Split, Training
from cam_augment.records.provenance import environment
from cam_augment.registry import ARCHITECTURES
from cam_augment.training.schedules import learning_rates, optimizer
from cam_augment.training.stages import balanced, right, stages

CHUNK_BYTES = 2**26
AUGMENTERS = 64  # traced at a time: a search asks for hundreds of pipelines
PREDICT_BLOCK = 500  # images at once, and fewer where these are more than so many bytes
PREDICT_BYTES = 2**26


@dataclass(frozen=True, eq=False)
class Completed:
    """What ``complete`` returns: a training where one was missing, and answers by key."""

    training: Training | None
    answers: Mapping[str, Answer]


class Diverged(RuntimeError):
    """The training loss is no longer a number."""


class Unusable(RuntimeError):
    """A stored model cannot be read, or must not."""


def complete(
    run: Run, questions: Sequence[Question], model: bytes | None, data: DataSet
) -> Completed:
    """Train ``run`` (or take its ``model``, where it was trained before) and ask it.

    Args:
        run: what to train. questions: what to ask of it (see ``cam_augment.questions``).
        model: bytes of the run's ``.keras`` file where it was trained before, else None.
        data: the splits.

    Raises:
        Diverged: the loss became NaN or infinite. Unusable: ``model`` cannot be taken.
        InputError: a question cannot be asked of this network, such as one about a layer
            that it does not have; found before anything is trained.
    """
    prepare_process()
    trainer = trainer_of(run, data)
    for question in questions:
        question.check(trainer)
    if model is not None:
        trainer.take(model)
        return Completed(None, _ask(trainer, questions, run, data))
    start = time.perf_counter()
    parts = parts_of(data, run)
    history = trainer.train(run, parts.train.learnable, parts.validation.learnable)
    seconds = time.perf_counter() - start
    answers = _ask(trainer, questions, run, data)
    return Completed(
        Training(run, history, seconds, environment(data), model=trainer.saved()), answers
    )


def _ask(
    trainer: Trainer, questions: Sequence[Question], run: Run, data: DataSet
) -> dict[str, Answer]:
    return {question.key: answer_of(question, trainer, run, data) for question in questions}


@cache
def prepare_process() -> None:
    """Make operations deterministic; leave room for others on a GPU; be quiet.

    What a person's ``keras.json`` says of types and axes is not for the networks made here.
    """
    load_lean()
    keras.config.set_dtype_policy("float32")
    keras.config.set_floatx("float32")
    keras.config.set_image_data_format("channels_last")
    tf.get_logger().setLevel("ERROR")
    tf.config.experimental.enable_op_determinism()
    for gpu in tf.config.list_physical_devices("GPU"):
        tf.config.experimental.set_memory_growth(gpu, True)


def trainer_of(run: Run, data: DataSet) -> Trainer:
    """Return this process's trainer of a run's network and recipe, for images like these."""
    shape, classes = data.train.images.shape[1:], len(data.classes)
    return _trainer(run.architecture.model_dump_json(), run.recipe, shape, classes)


@lru_cache(maxsize=4)
def _trainer(architecture: str, recipe: Recipe, shape: tuple, classes: int) -> Trainer:
    return Trainer(Choice(**json.loads(architecture)), recipe, shape, classes)


class Trainer:
    """A network, its optimisers and its traced functions, reused from run to run.

    Args:
        architecture: the network. recipe: how it is trained.
        shape: row, column and channel of the images. classes: number of logits.
    """

    def __init__(self, architecture: Choice, recipe: Recipe, shape: tuple, classes: int):
        entry = ARCHITECTURES[architecture.name]
        self._build = lambda: entry(shape, classes, **architecture.settings)
        self._own_layer = entry.place("layer", architecture.settings)
        self.recipe = recipe
        self.classes = classes
        self.model = self._build()
        self.network = Network(
            self.model,
            shape,
            subject=_subject(architecture),
            ends_in=architecture.settings.get("ends_in") or None,
        )
        entry.check(self.network, architecture.settings)
        self._check()
        # What learns may compute in half precision; what is kept and looked at never does.
        self.learner, self._learning = self.model, self.network
        if recipe.precision != "float32":
            with _policy(f"mixed_{recipe.precision}"):
                self.learner = self._build()
            self._learning = self.network.like(self.learner)
        self._class_weights = tf.Variable(tf.ones(classes)) if recipe.weighs_classes else None
        base = entry.place("base", architecture.settings)
        self._stages = stages(recipe, optimizer, self._learning, base, self._class_weights)
        self._looks: dict[str | None, Look] = {}
        self._augmenters = Recent[Any](AUGMENTERS, lambda _: 1)
        self._predict = tf.function(self.network.logits, reduce_retracing=True, autograph=False)
        self._evaluate = tf.function(self._measure, reduce_retracing=True, autograph=False)

    def _check(self) -> None:
        """Raise InputError for what would fail after the training only."""
        classes, network = self.network.ending.classes, self.network
        if classes != self.classes:
            raise InputError(
                f"{network.subject} tells {classes} classes apart; the data set has {self.classes}"
            )
        if getattr(self.model, "inputs", None) is None:  # subclassed: Keras may not keep it
            try:
                self.take(self.saved())
                self.untrained(0)
            except Exception as error:
                raise InputError(
                    f"{network.subject} cannot be kept or made anew, as models of its class: "
                    f"{cause(error)}"
                ) from None

    def train(self, run: Run, train: Split, validation: Split) -> dict[str, np.ndarray]:
        """Train from fresh weights; return the history, float64 [epoch] by name.

        Raises:
            Diverged: the loss became NaN or infinite.
        """
        self._restart(run.entropy)
        if self._class_weights is not None:
            self._class_weights.assign(balanced(train.labels, self.classes))
        labels = tf.one_hot(train.labels, self.classes)
        rates = learning_rates(self.recipe, len(train))
        history = []
        for epoch in range(self.recipe.epochs):
            order = np.random.default_rng([run.entropy, epoch]).permutation(len(train))
            loss, accuracy = self._pass(run, epoch, train.images, labels, order, rates[epoch])
            if not np.isfinite(loss):
                raise Diverged(f"{run.label}: the loss is {loss} after epoch {epoch + 1}")
            history.append([loss, accuracy, *self._validate(validation)])
        if self.learner is not self.model:
            self.model.set_weights(self.learner.get_weights())
        names = ("loss", "accuracy", "validation_loss", "validation_accuracy")
        return dict(zip(names, np.array(history).T.copy(), strict=True))

    def _validate(self, validation: Split) -> list[float]:
        """Return loss and accuracy over all images, of one block at a time."""
        values, sizes = [], []
        for part in blocks(validation.images):
            x, y = tf.constant(validation.images[part]), tf.constant(validation.labels[part])
            values.append([float(value) for value in self._evaluate(x, y)])
            sizes.append(len(y))
        return np.average(values, axis=0, weights=sizes).tolist()

    def predict(self, images: np.ndarray | Stack) -> np.ndarray:
        """Return the logits, float32 [image, class], of one block of bounded memory at a time.

        Args:
            images: float32 [image, row, column, channel] in 0..1, or a stack.
        """
        logits = [self._predict(tf.constant(images[part])).numpy() for part in blocks(images)]
        return np.concatenate(logits)

    def augmented(
        self, strategy: Strategy, images: np.ndarray, labels: np.ndarray, seed: tuple[int, int]
    ) -> tuple[np.ndarray, np.ndarray]:
        """Return images and one-hot labels as training by a strategy would see them.

        Args:
            images: float32 [image, row, column, channel] in 0..1. labels: int [image].
            seed: two integers below 2**31.
        """
        one_hot = np.eye(self.classes, dtype=np.float32)[labels]
        x, y = self.augmenter(strategy)(images, one_hot, np.array(seed, np.int32))
        return x.numpy(), y.numpy()

    def view(self, layer: str | None = None) -> Look:
        """Return the network looked at from a layer (default: the network's own).

        Raises:
            InputError: there is no such layer, or a map of it would say nothing.
        """
        wish = layer or self._own_layer
        if wish not in self._looks:
            self._looks[wish] = Look.at(self.network, wish)
        return self._looks[wish]

    def saved(self) -> bytes:
        """Return the model as the bytes of a ``.keras`` file."""
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "model.keras"
            self.model.save(path)
            return path.read_bytes()

    def take(self, model: bytes) -> None:
        """Take over the weights of a saved model (nothing in the file is executed).

        Raises:
            Unusable: it is no model, or not this network.
        """
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "model.keras"
            path.write_bytes(model)
            try:
                self.model.load_weights(path)  # numbers alone: nothing of it is built
            except Exception as error:  # Keras raises what it likes on files of strangers
                why = " ".join(str(error).split()).split(". ")[0]
                raise Unusable(
                    "the stored model.keras is refused (code in it is never run); without its "
                    f"folder in the store it is trained anew: {why}"
                ) from None

    def fresh(self, seed: int) -> keras.Model:
        """Return a new network of the same layers, its weights drawn from the seed."""
        with private_seeds(seed):
            return self._build()

    def untrained(self, seed: int) -> keras.Model:
        """Return a network as ``fresh`` does, without what the base was trained on before."""
        with private_seeds(seed):
            model = self._build()
            return copied(model, fresh=True) if self._starts_trained else model

    @cached_property
    def _starts_trained(self) -> bool:
        """Whether some weights do not depend on the seed: what is drawn is never the same."""
        first, second = (self.fresh(seed).trainable_variables for seed in (0, 1))
        pairs = zip(first, second, strict=True)
        return any(np.array_equal(a, b) for a, b in pairs if len(a.shape) > 1)

    def _restart(self, seed: int) -> None:
        for old, new in zip(self.learner.variables, self.fresh(seed).variables, strict=True):
            old.assign(new)
        for stage in set(self._stages):
            stage.restart()

    def _pass(
        self,
        run: Run,
        epoch: int,
        images: Stack,
        labels: tf.Tensor,
        order: np.ndarray,
        rates: np.ndarray,
    ) -> tuple[float, float]:
        """Train one epoch, a bounded chunk of augmented images at a time."""
        batch = self.recipe.batch_size
        per_chunk = max(1, CHUNK_BYTES // (images[:1].nbytes * batch)) * batch
        augment = self.augmenter(run.strategy)
        sums = np.zeros(2)
        for start in range(0, len(order), per_chunk):
            index = order[start : start + per_chunk]
            seed = tf.constant([run.entropy, epoch * len(order) + start], tf.int32)
            x, y = augment(tf.constant(images[index]), tf.gather(labels, index), seed)
            rate = tf.constant(rates[start // batch : -(-(start + len(index)) // batch)])
            sums += [float(v) for v in self._stages[epoch].epoch(x, y, rate)]
        loss, accuracy = (sums / len(order)).tolist()
        return loss, accuracy

    def augmenter(self, strategy: Strategy) -> Any:
        """Return the strategy as a compiled function of a batch, its labels and a seed."""

        def compiled() -> Any:
            return tf.function(
                lambda x, y, seed: strategies.apply(strategy.augmentations, x, y, seed),
                input_signature=[
                    tf.TensorSpec([None, *self.network.shape], tf.float32),
                    tf.TensorSpec([None, self.classes], tf.float32),
                    tf.TensorSpec([2], tf.int32),
                ],
                autograph=False,
            )

        return self._augmenters.get(strategy.label, compiled)

    def _measure(self, images, labels):
        logits = self._learning.logits(images)
        losses = tf.nn.sparse_softmax_cross_entropy_with_logits(labels, logits)
        count = tf.cast(tf.size(labels), tf.float32)
        return tf.reduce_mean(losses), right(labels, logits) / count


def _subject(architecture: Choice) -> str:
    """Return a network's name in messages."""
    source = architecture.settings.get("source")
    return f"architecture '{architecture.name}'{f': {source}' if source else ''}"


def blocks(images: np.ndarray | Stack) -> list[slice]:
    """Return the parts of a stack of images that are predicted at once.

    >>> blocks(np.zeros((1200, 28, 28, 1), np.float32))
    [slice(0, 500, None), slice(500, 1000, None), slice(1000, 1500, None)]
    """
    size = max(1, min(PREDICT_BLOCK, PREDICT_BYTES // max(1, images[:1].nbytes)))
    return [slice(start, start + size) for start in range(0, len(images), size)]


@contextmanager
def _policy(name: str) -> Iterator[None]:
    """Let layers built inside compute in another precision; their weights stay float32."""
    before = keras.config.dtype_policy()
    keras.config.set_dtype_policy(name)
    try:
        yield
    finally:
        keras.config.set_dtype_policy(before)
