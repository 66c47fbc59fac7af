"""Similarity and distance of two stacks of maps, and of two models' predictions.

Each metric of maps comes in two steps. ``prepare(maps)`` does once per stack what is expensive;
the metric itself then compares two prepared stacks of the same images and is called for
every pair of models. Maps are float [image, row, column], not negative. The value of an
image is NaN where one of its two maps is degenerate (all zero) or where the metric is not
defined (a constant map has no correlation and no min-max); it never depends on the other
images of the stack.
"""

import numpy as np
from numpy.typing import ArrayLike

from cam_augment.metrics.grid import HALF, as_stack, centroids, diagonal, shares
from cam_augment.metrics.transport import least_work
from cam_augment.registry import METRICS

TOP = 0.2


def cells(maps: ArrayLike) -> np.ndarray:
    """Return the maps' values as float64 [image, cell]; NaN where a map is constant."""
    stack = as_stack(maps)
    values = stack.reshape(len(stack), -1)
    constant = values.min(axis=1, keepdims=True) == values.max(axis=1, keepdims=True)
    return np.where(constant, np.nan, values)


def standardise(values: np.ndarray) -> np.ndarray:
    """Return ``values`` [image, cell] centred and of length 1, image by image."""
    centred = values - values.mean(axis=1, keepdims=True)
    return centred / np.sqrt((centred**2).sum(axis=1, keepdims=True))


def average_ranks(values: np.ndarray) -> np.ndarray:
    """Return the ranks [image, cell], from 1; equal values share their average rank.

    >>> average_ranks(np.array([[7.0, 5.0, 7.0, 9.0]]))
    array([[2.5, 1. , 2.5, 4. ]])
    """
    order = np.argsort(values, axis=1)
    ascending = np.take_along_axis(values, order, axis=1)
    place = np.arange(1, values.shape[1] + 1)
    new = np.diff(ascending, axis=1, prepend=-np.inf) > 0
    last = np.diff(ascending, axis=1, append=np.inf) > 0
    first_place = np.maximum.accumulate(np.where(new, place, 1), axis=1)
    later = np.where(last, place, values.shape[1])[:, ::-1]
    last_place = np.minimum.accumulate(later, axis=1)[:, ::-1]
    ranks = np.empty(values.shape)
    np.put_along_axis(ranks, order, (first_place + last_place) / 2, axis=1)
    return ranks


def standard_values(maps: ArrayLike) -> np.ndarray:
    """Prepare ``pearson``: values centred and of length 1, [image, cell].

    Args:
        maps: float [image, row, column].
    """
    return standardise(cells(maps))


def standard_ranks(maps: ArrayLike) -> np.ndarray:
    """Prepare ``spearman``: average ranks centred and of length 1, [image, cell].

    Args:
        maps: float [image, row, column].
    """
    values = cells(maps)
    undefined = np.isnan(values)
    return standardise(np.where(undefined, np.nan, average_ranks(np.where(undefined, 0, values))))


def minmax(maps: ArrayLike) -> np.ndarray:
    """Prepare ``mad`` and ``msd``: values stretched to 0..1, [image, cell].

    Args:
        maps: float [image, row, column].
    """
    values = cells(maps)
    low = values.min(axis=1, keepdims=True)
    return (values - low) / (values.max(axis=1, keepdims=True) - low)


def top_cells(maps: ArrayLike) -> np.ndarray:
    """Prepare ``overlap``: 1 where a cell is among the top 20 %, else 0, [image, cell].

    With N cells, k = ceil(N / 5), and a cell belongs when its value is not below the k-th
    largest. Cells that tie with the k-th largest all belong, so the set may exceed k; a
    cell of value 0 never does, so it may fall short of k.

    Args:
        maps: float [image, row, column], not negative.
    """
    stack = as_stack(maps)
    values = stack.reshape(len(stack), -1)
    count = int(np.ceil(TOP * values.shape[1] - 1e-9))
    threshold = np.partition(values, -count, axis=1)[:, -count, None]
    member = (values >= threshold) & (values > 0)
    return np.where(np.isnan(values), np.nan, member)


def cells_above_half(maps: ArrayLike) -> np.ndarray:
    """Prepare ``overlap_half``: 1 where a cell reaches half the maximum, else 0, [image, cell].

    Args:
        maps: float [image, row, column], not negative.
    """
    stack = as_stack(maps)
    values = stack.reshape(len(stack), -1)
    return np.where(np.isnan(values), np.nan, values >= HALF)


def directions(maps: ArrayLike) -> np.ndarray:
    """Prepare ``cosine``: values of length 1, not centred, [image, cell].

    Args:
        maps: float [image, row, column], not negative.
    """
    stack = as_stack(maps)
    values = stack.reshape(len(stack), -1)
    return values / np.sqrt((values**2).sum(axis=1, keepdims=True))


def scaled_centroids(maps: ArrayLike) -> np.ndarray:
    """Prepare ``centroid_shift``: centroids over the frame's diagonal, [image, 2].

    Args:
        maps: float [image, row, column], not negative.
    """
    stack = shares(maps)
    return centroids(stack) / diagonal(*stack.shape[1:])


def products(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Return the sums over cells of a times b, image by image: float64 [image]."""
    return np.einsum("ic,ic->i", a, b)


def _intersection_over_union(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    common = products(a, b)
    return common / (a.sum(axis=1) + b.sum(axis=1) - common)


@METRICS.add(
    version=1,
    compares="maps",
    better="higher",
    optimum=1.0,
    title="Pearson",
    unit="1 − r",
    prepare=standard_values,
)
def pearson(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Pearson's correlation of the cells of two maps, -1..1.

    Args:
        a, b: as ``standard_values`` prepares them, [image, cell]. Returned: float64 [image].
    """
    return np.clip(products(a, b), -1, 1)


@METRICS.add(
    version=1, compares="maps", better="higher", optimum=1.0, unit="1 − cos", prepare=directions
)
def cosine(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Cosine of the angle between the cells of two maps, 0..1.

    The sum of a b over the root of (sum of a² times sum of b²): Pearson's correlation
    without centring, so it sees what is added to a map evenly.

    Args:
        a, b: as ``directions`` prepares them, [image, cell]. Returned: float64 [image].
    """
    return np.minimum(1, products(a, b))


@METRICS.add(
    version=1,
    compares="maps",
    better="higher",
    optimum=1.0,
    title="Spearman",
    unit="1 − ρ",
    prepare=standard_ranks,
)
def spearman(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Spearman's rank correlation of the cells of two maps (average ranks), -1..1.

    Pearson's correlation of the ranks of the cells; equal values share their average rank.

    Args:
        a, b: as ``standard_ranks`` prepares them, [image, cell]. Returned: float64 [image].
    """
    return np.clip(products(a, b), -1, 1)


@METRICS.add(
    version=1,
    compares="maps",
    better="lower",
    optimum=0.0,
    title="absolute\ndifference",
    unit="0 to 1",
    prepare=minmax,
)
def mad(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Mean absolute difference of two min-max scaled maps, 0..1.

    The mean over cells of |a' - b'|.

    Args:
        a, b: as ``minmax`` prepares them, [image, cell]. Returned: float64 [image].
    """
    return np.abs(a - b).mean(axis=1)


@METRICS.add(
    version=1,
    compares="maps",
    better="lower",
    optimum=0.0,
    title="squared\ndifference",
    unit="0 to 1",
    prepare=minmax,
)
def msd(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Mean squared difference of two min-max scaled maps, 0..1.

    The mean over cells of (a' - b')².

    Args:
        a, b: as ``minmax`` prepares them, [image, cell]. Returned: float64 [image].
    """
    difference = a - b
    return products(difference, difference) / a.shape[1]


@METRICS.add(
    version=1, compares="maps", better="higher", optimum=1.0, unit="1 − IoU", prepare=top_cells
)
def overlap(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Overlap (intersection over union) of the top 20 % of cells of two maps, 0..1.

    Intersection over union of the top fifth of the cells: at least N/5; ties belong, zeros
    do not.

    Args:
        a, b: as ``top_cells`` prepares them, [image, cell]. Returned: float64 [image].
    """
    return _intersection_over_union(a, b)


@METRICS.add(
    version=1,
    compares="maps",
    better="higher",
    optimum=1.0,
    title="overlap\nat half",
    unit="1 − IoU",
    prepare=cells_above_half,
)
def overlap_half(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Overlap (intersection over union) of the cells above half the maximum of two maps, 0..1.

    A cell belongs when it reaches half the maximum of its map; so, unlike in ``overlap``, a
    scattered map has more cells that belong.

    Args:
        a, b: as ``cells_above_half`` prepares them, [image, cell]. Returned: float64 [image].
    """
    return _intersection_over_union(a, b)


@METRICS.add(
    version=1,
    compares="maps",
    better="lower",
    optimum=0.0,
    title="Wasser-\nstein",
    unit="share of diagonal",
    prepare=shares,
    expensive=True,
)
def wasserstein(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Wasserstein-1 distance of two maps, Euclidean ground, in frame diagonals, 0..1.

    The least work that carries p into q, with the Euclidean distance between cells, over
    the diagonal; exact.

    Args:
        a, b: as ``shares`` prepares them, [image, row, column]. Returned: float64 [image].
    """
    return least_work(a, b) / diagonal(*a.shape[1:])


@METRICS.add(
    version=1,
    compares="maps",
    better="lower",
    optimum=0.0,
    title="centroid",
    unit="share of diagonal",
    prepare=scaled_centroids,
)
def centroid_shift(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Distance between the centroids of two maps, in frame diagonals, 0..1.

    Args:
        a, b: as ``scaled_centroids`` prepares them, [image, 2]. Returned: float64 [image].
    """
    return np.hypot(*(a - b).T)


def log_softmax(logits: ArrayLike) -> np.ndarray:
    """Prepare ``prediction_kl``: logarithms of the class probabilities, [image, class].

    Args:
        logits: float [image, class].
    """
    logits = np.asarray(logits, dtype=np.float64)
    below_peak = logits - logits.max(axis=1, keepdims=True)
    return below_peak - np.log(np.exp(below_peak).sum(axis=1, keepdims=True))


@METRICS.add(
    version=1,
    compares="predictions",
    better="lower",
    optimum=0.0,
    title="predictions\n(KL)",
    unit="nats",
    directed=True,
)
def prediction_kl(a: ArrayLike, b: ArrayLike) -> np.ndarray:
    """Kullback-Leibler divergence of two models' predictions, in nats; part of every study.

    KL(softmax(a) || softmax(b)), with ``a`` and ``b`` logits [image, class]; a study takes
    the mean of both directions, on the probe images. It asks how surprised a reader of
    ``b`` is by what ``a`` predicts: it is not symmetric.

    >>> prediction_kl([[0.0, 0.0]], [[np.log(3), 0.0]]).round(6)
    array([0.143841])
    """
    a, b = log_softmax(a), log_softmax(b)
    return np.maximum(0, (np.exp(a) * (a - b)).sum(axis=1))
