"""The runs that have answers, arm by arm: baselines and strategies."""

from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from typing import Any

import numpy as np

from cam_augment.base.recent import Recent
from cam_augment.impact.sequential.standing import Standing
from cam_augment.plan import BASELINE, Plan
from cam_augment.questions import Loaders
from cam_augment.records import DataSet, Fit, Maps

CACHE_BYTES = 2**29  # bytes of maps in memory


class MapCache:
    """Maps by run key, read when they are asked for; those used longest ago are dropped.

    Several threads may ask.

    Args:
        read: run key to a function that returns its maps. limit: bytes in memory; the
            maps asked for last stay in any case.
    """

    def __init__(self, read: Mapping[str, Callable[[], Maps]], limit: int = CACHE_BYTES):
        self._read = read
        self._recent = Recent[Maps](limit, lambda maps: maps.values.nbytes)

    def __getitem__(self, key: str) -> Maps:
        return self._recent.get(key, self._read[key])


class Arms:
    """Fits and maps by arm. Arms without any answer keep their place and are empty.

    Args:
        plan: what was asked. data: the splits. fits: answers, in the plan's order.
        maps: run key to a function that returns its maps.
        standing: of the stage that judges them; None: the plan's first.
    """

    def __init__(
        self,
        plan: Plan,
        data: DataSet,
        fits: Sequence[Fit],
        maps: Mapping[str, Callable[[], Maps]],
        standing: Standing | None = None,
    ):
        self.plan = plan
        self.data = data
        self.standing = standing or Standing.first(plan)
        self.strategies = [strategy.label for strategy in plan.strategies]
        self.labels = [BASELINE, *self.strategies]
        self._fits: dict[str, list[Fit]] = {label: [] for label in self.labels}
        for fit in fits:
            self._fits[fit.run.strategy.label].append(fit)
        self._maps = MapCache(maps)

    def under(self, plan: Plan, maps: Mapping[str, Callable[[], Maps]]) -> "Arms":
        """Return the same fits at the same stage with other maps, made as another plan says."""
        fits = [fit for arm in self._fits.values() for fit in arm]
        return Arms(plan, self.data, fits, maps, self.standing)

    def maps(self, fit: Fit) -> Maps:
        """Return the maps of a run, read again where they are no longer in memory."""
        return self._maps[fit.run.key]

    @property
    def baselines(self) -> list[Fit]:
        """The baselines' fits."""
        return self._fits[BASELINE]

    def fits(self, label: str) -> list[Fit]:
        """The fits of an arm's runs, in the plan's order."""
        return self._fits[label]

    def by_arm(self, rows: np.ndarray) -> dict[str, np.ndarray]:
        """Cut one row for each run, in the order of arms and their fits, into those of each arm."""
        ends = np.cumsum([len(self.fits(label)) for label in self.labels])[:-1]
        return dict(zip(self.labels, np.split(rows, ends), strict=True))

    def answers(self, label: str, loaders: Loaders) -> list:
        """Return the answers of those runs of an arm that have one."""
        return [loaders[fit.run.key]() for fit in self.fits(label) if fit.run.key in loaders]

    def measured(self, loaders: Loaders, measure: Callable[[Any], float]) -> dict[str, np.ndarray]:
        """Return a number of every run's answer, float64 [run] by arm; NaN where it has none."""
        return {
            label: np.array([
                measure(loaders[fit.run.key]()) if fit.run.key in loaders else np.nan
                for fit in self.fits(label)
            ], float)
            for label in self.labels
        }  # fmt: skip

    def folds(self, label: str) -> np.ndarray | None:
        """Return the fold that each run of an arm held out [run]; None without folds."""
        if self.plan.folds is None:
            return None
        folds = [fit.run.fold for fit in self.fits(label)]
        return np.array([fold[0] for fold in folds if fold is not None], dtype=int)

    def blocks(self, label: str) -> np.ndarray | None:
        """Return the folds of an arm's runs, then of the baselines'; None without folds.

        Returns:
            int [run], of the arm and then of the baselines.
        """
        arm, baselines = self.folds(label), self.folds(BASELINE)
        if arm is None or baselines is None:
            return None
        return np.concatenate([arm, baselines])

    def stacks(self, label: str) -> list[np.ndarray]:
        """Return the maps [image, row, column] of every run of an arm."""
        return [self.maps(fit).values for fit in self.fits(label)]

    @property
    def rotates(self) -> bool:
        """Whether each fold's runs are judged on test images of their own."""
        return self.plan.rotates

    def labels_of(self, fit: Fit) -> np.ndarray:
        """Return the classes of the test images that a run is judged on, int [image]."""
        return self.data.test.judged_labels if fit.test_labels is None else fit.test_labels

    @property
    def test_clusters(self) -> np.ndarray | None:
        """Which of what models are judged by was chosen together (``Split.judged_clusters``)."""
        return self.data.test.judged_clusters

    @property
    def probe_clusters(self) -> np.ndarray | None:
        """Which probe images were chosen together (``Split.clusters``)."""
        return self.data.probe.clusters

    @cached_property
    def judged_labels(self) -> np.ndarray:
        """The classes of all test images, those of every fold where the test part rotates.

        Returned: int [image].
        """
        if not self.rotates:
            return self.data.test.judged_labels
        by_fold = {fit.run.fold: self.labels_of(fit) for arm in self._fits.values() for fit in arm}
        return np.concatenate(list(by_fold.values()))

    def right(self, label: str) -> np.ndarray:
        """Return which test images each run classifies rightly: float64 [run, image].

        Only where all runs are judged on the same images.
        """
        return self._right(label, "test_logits", self.data.test.judged_labels)

    def probe_right(self, label: str) -> np.ndarray:
        """Return which probe images each run classifies rightly: float64 [run, image]."""
        return self._right(label, "probe_logits", self.data.probe.labels)

    def _right(self, label: str, logits: str, labels: np.ndarray) -> np.ndarray:
        rows = [getattr(fit, logits).argmax(axis=1) == labels for fit in self.fits(label)]
        return np.array(rows, float).reshape(len(rows), len(labels))

    def confusion(self, label: str) -> np.ndarray:
        """Return the mean confusion [true class, predicted class] of an arm, in images."""
        tables = self._tables(label)
        return tables.mean(axis=0) if len(tables) else np.zeros((0, 0))

    @cached_property
    def _confusion(self) -> dict[str, np.ndarray]:
        classes = len(self.data.classes)

        def count(fit: Fit) -> np.ndarray:
            pairs = self.labels_of(fit) * classes + fit.test_logits.argmax(axis=1)
            return np.bincount(pairs, minlength=classes**2).reshape(classes, classes)

        return {fit.run.key: count(fit) for fits in self._fits.values() for fit in fits}

    def _tables(self, label: str) -> np.ndarray:
        """Return every run's confusion, float64 [run, true class, predicted class]."""
        tables = [self._confusion[fit.run.key] for fit in self.fits(label)]
        classes = len(self.data.classes)
        return np.array(tables, float).reshape(-1, classes, classes)

    def recall(self, label: str) -> np.ndarray:
        """Return the recall of every class, float64 [run, class]; NaN for an absent class."""
        tables = self._tables(label)
        with np.errstate(invalid="ignore"):
            return np.diagonal(tables, axis1=1, axis2=2) / tables.sum(axis=2)

    def accuracy(self, label: str) -> np.ndarray:
        """Return the test accuracy of every run, 0..1.

        Returns:
            float64 [run].
        """
        tables = self._tables(label)
        return np.trace(tables, axis1=1, axis2=2) / tables.sum(axis=(1, 2))

    @cached_property
    def uneven(self) -> bool:
        """Whether classes differ in test images: balanced accuracy is not accuracy then."""
        counts = np.bincount(self.judged_labels)
        return len(set(counts[counts > 0])) > 1
