"""What does a baseline, never trained with a strategy, say of it beforehand?

Affinity: how much of its accuracy it keeps on images that the strategy changed. Equivariance:
how far its map of a changed image is from the map of the image, changed likewise. Neither
takes a training, so they are what a strategy could be chosen by.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from cam_augment import strategies
from cam_augment.cams.grid import to_cells
from cam_augment.datasets.folds import parts_of
from cam_augment.metrics.compare import compare, distance
from cam_augment.metrics.grid import upsample
from cam_augment.plan import BASELINE, Plan, Run, Strategy, digest
from cam_augment.questions import question
from cam_augment.questions.keys import look_key
from cam_augment.questions.looks import LookQuestion, targets_of
from cam_augment.records import DataSet, Split
from cam_augment.registry import METRICS, STRATEGIES

DRAWS = 4  # of the strategy, for every image
BLOCK = 250  # images changed at once: mixing strategies take their partners from these
PROBES = BLOCK  # probe images whose maps are compared; classes are interleaved


@question
@dataclass(frozen=True)
class PredictorsQuestion(LookQuestion):
    """What a baseline says of one strategy, which ``about`` names, if the plan asks for it.

    Attributes:
        strategy: the one that is asked about. metric: compares the maps, as a distance.
    """

    kind = "foretelling"  # older than the word that is used now; stores have such folders
    version = 1
    sees = ("validation", "probe")

    strategy: Strategy = field(kw_only=True)
    metric: str = field(kw_only=True)

    @classmethod
    def asked(cls, run: Run, plan: Plan, data: DataSet) -> Iterator["PredictorsQuestion"]:
        if plan.predictors and run.strategy.label == BASELINE:
            for strategy in plan.strategies:
                if strategy.given is None:
                    yield cls.on(strategy, run, plan, data)

    @classmethod
    def on(cls, strategy: Strategy, run: Run, plan: Plan, data: DataSet) -> "PredictorsQuestion":
        """Return what a plan asks ``run``, a baseline, about ``strategy``."""
        steps = [[s.model_dump(mode="json"), STRATEGIES[s.name].version] for s in strategy.steps]
        metric = [plan.primary, METRICS[plan.primary].version]
        # Without folds a run's validation images are the data's: the answers of before hold.
        own = [] if run.fold is None else ["own"]
        key = cls.key_of(run, data, steps, metric, look_key(plan), *own)
        return cls.of(key, plan, strategy.label, strategy=strategy, metric=plan.primary)

    @classmethod
    def former_key_of(cls, run: Run, data: DataSet, *details: Any) -> str:
        """Return the key from before kinds were part of keys."""
        return digest([cls.version, run.key, *details, data.fingerprint])

    def check(self, trainer: Any) -> None:
        """Raise InputError where maps cannot be made, or the images not be changed."""
        super().check(trainer)
        trainer.augmenter(self.strategy).get_concrete_function()

    def answer(self, trainer: Any, run: Run, data: DataSet) -> dict[str, np.ndarray]:
        """Return ``affinity`` and ``equivariance``, float64 [draw]; NaN where not defined.

        The draws follow from the run, so each baseline has its own.
        """
        return {
            "affinity": self._affinity(trainer, run, parts_of(data, run).validation.learnable),
            "equivariance": self._equivariance(trainer, run, data.probe),
        }

    def _affinity(self, trainer: Any, run: Run, split: Split) -> np.ndarray:
        """Accuracy on the changed images over accuracy on the clean ones, none learned from.

        Gontijo-Lopes et al. (2021), "Tradeoffs in Data Augmentation", definition 1. Where the
        strategy mixes labels, the right class is the one with the largest share.
        """
        clean = (trainer.predict(split.images).argmax(axis=1) == split.labels).mean()
        changed = [_accuracy(trainer, self.strategy, split, run, draw) for draw in range(DRAWS)]
        return np.array(changed) / (clean if clean > 0 else np.nan)

    def _equivariance(self, trainer: Any, run: Run, split: Split) -> np.ndarray:
        """Mean distance of the changed image's map from the image's map, moved likewise.

        What moves pixels moves the map; a change of values leaves it. Both maps speak of the
        clean image's target. Both are enlarged to the image and averaged back into cells,
        whether moved or not, so that the blur of doing so is no difference.
        """
        steps = self.strategy.augmentations
        if not strategies.knows_its_moves(steps):
            return np.full(DRAWS, np.nan)
        probe = Split(split.images[:PROBES], split.labels[:PROBES])
        targets = targets_of(self.target, trainer, probe)
        view = trainer.view(self.layer)

        def maps(images: np.ndarray) -> np.ndarray:
            cells = view.maps(self.cam.name, images, targets, self.cam.settings)
            return _enlarged(cells, images.shape[1:3])

        images, distances = probe.images[:], []
        before = maps(images)
        for draw in range(DRAWS):
            seed = (run.entropy, draw)
            changed, _ = trainer.augmented(self.strategy, images, probe.labels, seed)
            moved = np.asarray(strategies.move(steps, before, np.array(seed, np.int32)))
            pair = (to_cells(image[..., 0], view.grid) for image in (maps(changed), moved))
            distances.append(_mean_distance(self.metric, *pair))
        return np.array(distances)


def _accuracy(trainer: Any, strategy: Strategy, split: Split, run: Run, draw: int) -> float:
    right = 0
    for start in range(0, len(split), BLOCK):
        block = slice(start, start + BLOCK)
        seed = (run.entropy, draw * len(split) + start)
        images, labels = trainer.augmented(strategy, split.images[block], split.labels[block], seed)
        right += (trainer.predict(images).argmax(axis=1) == labels.argmax(axis=1)).sum()
    return right / len(split)


def _enlarged(maps: np.ndarray, sides: tuple[int, int]) -> np.ndarray:
    """Return maps as images, float32 [image, row, column, 1], each with a maximum of 1."""
    peak = maps.max(axis=(1, 2), keepdims=True)
    scaled = maps / np.where(peak > 0, peak, 1)
    return upsample(scaled, *sides).astype(np.float32)[..., None]


def _mean_distance(metric: str, first: np.ndarray, second: np.ndarray) -> float:
    values = distance(metric, compare(metric, first, second))
    finite = values[np.isfinite(values)]
    return float(finite.mean()) if len(finite) else np.nan
