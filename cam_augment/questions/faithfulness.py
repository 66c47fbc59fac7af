"""Do a model's maps point at what it uses, and do they depend on what it has learnt?

Deletion and insertion against two orders that know nothing of the model, and the maps of
the same network with weights drawn anew (Adebayo et al. 2018).
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np

from cam_augment.base.stack import Stack
from cam_augment.cams import deletion
from cam_augment.datasets.splits import stratified
from cam_augment.metrics.compare import compare
from cam_augment.plan import BASELINE, Plan, Run, digest
from cam_augment.questions import Trained, question
from cam_augment.questions.keys import look_key
from cam_augment.questions.looks import LookQuestion, looks, targets_of
from cam_augment.records import DataSet, Split

IMAGES = 100
ORDERS = ("map", "centre", "random")


@question
@dataclass(frozen=True)
class FaithfulnessQuestion(LookQuestion):
    """Whether the maps under a look are faithful to the model, of every baseline.

    Strategies are not asked: training that erases regions teaches a network to do without
    them, so scores of deletion would tell trainings apart, and not how good their maps are.
    The trainer is asked for ``predict``, ``view``, ``model`` and ``untrained``.
    """

    kind = "faithfulness"
    version = 1
    sees = ("probe",)

    @classmethod
    def asked(cls, run: Run, plan: Plan, data: DataSet) -> Iterator["FaithfulnessQuestion"]:
        if run.strategy.label == BASELINE:
            for about, look in looks(plan):
                yield cls.of(cls.key_of(run, data, look_key(look)), look, about)

    def answer(self, trainer: Trained, run: Run, data: DataSet) -> dict[str, np.ndarray]:
        """Return curves, scores and correlations of at most ``IMAGES`` probe images.

        The images have the classes' shares. What a degenerate map would say is NaN, in all
        orders; what a map of fresh weights would say is NaN where that map is constant.

        Returns:
            ``deletion``, ``insertion``: float64 [order, image], the areas, 0..1; orders as
            in ``ORDERS``. ``deletion_curve``, ``insertion_curve``: float64 [order, image,
            step + 1], probabilities of the look's class. ``last``, ``all``: float64 [image],
            Pearson's r of the map with that under a fresh last layer, under fresh weights.
        """
        sample = sample_of(data.probe)
        images, targets = sample.images[:], targets_of(self.target, trainer, sample)
        maps = self._maps(trainer, images, targets)
        filling = mean_of(data.probe.images)
        answer = self._deletion(trainer, run, images, targets, maps, filling)
        seed = int(digest(["untrained", run.entropy])[:8], 16) >> 1  # no run starts from it
        untrained = trainer.untrained(seed)
        for part in ("last", "all"):
            with fresh_weights(trainer.model, untrained, part):
                blank = self._maps(trainer, images, targets)
            answer[part] = compare("pearson", maps, blank)
        return answer

    def _maps(self, trainer: Trained, images: np.ndarray, targets: np.ndarray) -> np.ndarray:
        return trainer.view(self.layer).maps(self.cam.name, images, targets, self.cam.settings)

    def _deletion(
        self,
        trainer: Trained,
        run: Run,
        images: np.ndarray,
        targets: np.ndarray,
        maps: np.ndarray,
        filling: np.ndarray,
    ) -> dict[str, np.ndarray]:
        grid, sides = maps.shape[1:], images.shape[1:3]
        noise = np.random.default_rng(run.entropy).random((len(ORDERS), len(maps), maps[0].size))
        centre = np.broadcast_to(deletion.centre_prior(grid, sides), maps.shape)
        scores = (maps, centre, np.zeros_like(maps))
        orders = np.array([deletion.places(*pair) for pair in zip(scores, noise, strict=True)])
        curves = deletion.curves(
            images, targets, orders, grid, filling, lambda x: softmax(trainer.predict(x))
        )
        answer: dict[str, np.ndarray] = {}
        for name, curve in zip(("deletion", "insertion"), curves, strict=True):
            curve[:, maps.max(axis=(1, 2)) <= 0] = np.nan
            answer |= {name: deletion.area(curve), f"{name}_curve": curve}
        return answer


def sample_of(split: Split) -> Split:
    """Return at most ``IMAGES`` images of a split, with its classes' shares."""
    chosen = chosen_of(split)
    return Split(split.images.pick(chosen), split.labels[chosen])


def chosen_of(split: Split) -> np.ndarray:
    """Return which images of a split these are, int [image]."""
    return stratified(split.labels, [min(IMAGES, len(split))], seed=0)[0]


def mean_of(images: Stack) -> np.ndarray:
    """Return the mean image, float32 [row, column, channel], of float64 sums in order.

    Args:
        images: float32 [image, row, column, channel].
    """
    total = np.zeros(images.shape[1:])
    for block in images.blocks():
        for image in block:
            total += image
    return (total / len(images)).astype(np.float32)


def softmax(logits: np.ndarray) -> np.ndarray:
    """Return the probabilities, float64 [image, class].

    Args:
        logits: float [image, class].

    >>> softmax(np.log([[1.0, 3.0]])).round(6)
    array([[0.25, 0.75]])
    """
    exponents = np.exp(logits.astype(np.float64) - logits.max(axis=1, keepdims=True))
    return exponents / exponents.sum(axis=1, keepdims=True)


@contextmanager
def fresh_weights(model: Any, fresh: Any, part: str) -> Iterator[None]:
    """Let a model have another's weights inside; then its own again, bit by bit.

    Args:
        model: a ``keras.Model``. fresh: one of the same layers.
        part: ``all`` variables, or those of the ``last`` layer that has weights.
    """
    before = [variable.numpy() for variable in model.variables]
    try:
        for variable, value in zip(_part(model, part), _part(fresh, part), strict=True):
            variable.assign(value)
        yield
    finally:
        for variable, value in zip(model.variables, before, strict=True):
            variable.assign(value)


def _part(model: Any, part: str) -> list:
    return model.variables if part == "all" else _last_weights(model)


def _last_weights(model: Any) -> list:
    """Return the weights of the last layer that has any, within a model inside a model too."""
    last = next(layer for layer in reversed(model.layers) if layer.weights)
    return _last_weights(last) if hasattr(last, "layers") else last.weights
