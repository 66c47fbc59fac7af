"""Which maps are compared with which.

For one metric and one strategy: its models with all baselines, and both among themselves.
Values are kept for every image, for intervals over images; pairs of baselines are compared
once for all strategies, and by an expensive metric no pair of an earlier stage again. Memory
is bounded by one strategy's block, and that of an expensive metric which other threads make
meanwhile.
"""

from collections.abc import Sequence
from concurrent.futures import CancelledError, ThreadPoolExecutor
from functools import partial
from threading import Event
from typing import NamedTuple

import numpy as np

from cam_augment.base.processor import cores
from cam_augment.base.stop import STOP
from cam_augment.metrics.compare import distance, prepare
from cam_augment.registry import METRICS

PAIRS = 8  # of models that a thread compares in one call
BYTES = 2**22  # of one side of such a call, unless a single pair has more
Prepared = np.ndarray  # what a metric prepares of one model's maps
NEVER = Event()


def prepare_all(metric: str, models: Sequence[np.ndarray]) -> list[Prepared]:
    """Prepare every model's maps [image, row, column] (or logits) for a metric, once."""
    return [prepare(metric, maps) for maps in models]


class Known(NamedTuple):
    """Distances among some of the models that are there already.

    Attributes:
        models: places of those models. values: float32 [model, model, image] among them.
    """

    models: Sequence[int]
    values: np.ndarray

    def since(self, first: int) -> "Known":
        """Return what is known among the models from a place on, which are counted from there."""
        kept = [row for row, model in enumerate(self.models) if model >= first]
        places = [self.models[row] - first for row in kept]
        return Known(places, self.values[np.ix_(kept, kept)])


def among(
    metric: str, models: Sequence[Prepared], known: Sequence[Known] = (), stop: Event = NEVER
) -> np.ndarray:
    """Return the metric's distance between all pairs of prepared models.

    Args:
        known: distances that need not be made again.
        stop: set by another thread to end this with ``CancelledError``;
            expensive metrics heed it.

    Returns:
        float32 [model, model, image], symmetric (directed metrics: the mean of both ways),
        zero on the diagonal, NaN where a map of the pair is degenerate.
    """
    count, images = len(models), len(models[0])
    values = np.zeros((count, count, images), np.float32)
    is_open = np.triu(np.ones((count, count), bool), 1)
    for part in known:
        place = np.ix_(part.models, part.models)
        values[place], is_open[place] = part.values, False
    places = np.argwhere(is_open).tolist()
    distances = _distances(metric, [(models[i], models[j]) for i, j in places], stop)
    for (i, j), distance_by_image in zip(places, distances, strict=True):
        values[i, j] = values[j, i] = distance_by_image
    return values


def against(metric: str, model: Prepared, models: Sequence[Prepared]) -> np.ndarray:
    """Return the distance of one prepared model to each of several, float [model, image]."""
    return np.array(_distances(metric, [(model, second) for second in models]))


def mean_distance(values: np.ndarray) -> np.ndarray:
    """Return the mean over images, float64 [model, model]; degenerate maps are left out.

    Args:
        values: float [model, model, image]; NaN where a map is degenerate.
    """
    finite = np.isfinite(values)
    total = np.where(finite, values, 0).sum(axis=-1, dtype=np.float64)
    with np.errstate(invalid="ignore"):
        return total / finite.sum(axis=-1)


def chance(
    metric: str,
    models: Sequence[np.ndarray],
    seed: int = 0,
    clusters: np.ndarray | None = None,
) -> float:
    """Return the metric's mean between maps of different images of the same model.

    Centre bias alone makes maps alike: this is what "alike" means by chance. NaN where no
    pair of maps has a value.

    Args:
        models: maps [image, row, column] of each model. seed: of the pairing of images.
        clusters: int [image], images that show one thing, which are no pair; None: each
            shows another.
    """
    images = len(models[0])
    partner, apart = _partners(np.arange(images) if clusters is None else clusters, seed)
    entry = METRICS[metric]
    values = np.array(
        [entry(prepare(metric, maps), prepare(metric, maps[partner])) for maps in models]
    )[:, apart]
    finite = values[np.isfinite(values)]
    return float(finite.mean()) if len(finite) else float("nan")


def _partners(clusters: np.ndarray, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Return another image for each, int [image], and whether it is of another cluster.

    Images are put in a circle at random, those of a cluster side by side, and turned by the
    size of the largest cluster: only in a cluster of more than half of them may two meet.
    """
    member = np.unique(clusters, return_inverse=True)[1]
    order = np.random.default_rng(seed).permutation(len(member))
    first = np.unique(member[order], return_index=True)[1]  # place of each cluster in the circle
    order = order[np.argsort(first[member[order]], kind="stable")]
    partner = np.empty_like(order)
    partner[order] = np.roll(order, np.bincount(member).max())
    return partner, member[partner] != member


def _distances(metric: str, pairs: Sequence[tuple], stop: Event = NEVER) -> list[np.ndarray]:
    """Compare pairs of prepared models; expensive metrics use all cores."""
    if not METRICS[metric].expensive or not pairs:
        return [between(metric, *pair) for pair in pairs]
    fitting = min(PAIRS, BYTES // max(1, pairs[0][0].nbytes), len(pairs) // (2 * cores()))
    size = max(1, fitting)
    groups = [pairs[start : start + size] for start in range(0, len(pairs), size)]
    with ThreadPoolExecutor(cores()) as threads:
        results = threads.map(partial(_group, metric, stop), groups)
        return [result for group in results for result in group]


def _group(metric: str, stop: Event, pairs: Sequence[tuple]) -> list[np.ndarray]:
    """Compare pairs in one call: threads that meet seldom wait for each other seldom."""
    STOP.check()
    if stop.is_set():
        raise CancelledError
    first, second = (np.concatenate(models) for models in zip(*pairs, strict=True))
    return np.split(between(metric, first, second), len(pairs))


def between(metric: str, first: Prepared, second: Prepared) -> np.ndarray:
    """Return the distance of two stacks of prepared maps, image by image: float [image]."""
    entry = METRICS[metric]
    values = distance(metric, entry(first, second))
    if entry.directed:
        values = (values + distance(metric, entry(second, first))) / 2
    return values
