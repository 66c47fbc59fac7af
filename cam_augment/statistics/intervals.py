"""Intervals of effects over models and images.

Models and images are crossed: every model sees every image. Both are samples, so both are
resampled. With n models, n - 1 are drawn with replacement, which makes the bootstrap
variance unbiased (Rao and Wu 1988); a plain bootstrap of 4 models is a quarter too small.
Images are drawn once for all models (Owen 2007, "The pigeonhole bootstrap"). Resampling
both at once counts the models' noise on single images three times, so the variance is put
together from its parts,

    V = V(models) + V(images) - [V(both) - V(models) - V(images)],

as in two-way clustered standard errors (Cameron, Gelbach and Miller 2011, eq. 2.13), and
never less than V(models), which is itself unbiased where images carry nothing of their
own. The interval is estimate +- t times the root of V, with the Welch-Satterthwaite degrees
of freedom of its parts; percentiles of so few models would be too narrow.

With blocks, such as folds, differences of means have the interval of ``blocked``, from which
what the blocks share is taken off. The excess shift and W - F are no sums over models: they
count pairs of different blocks only, and their models are resampled as if there were no
blocks. What blocks add to both groups is then counted as noise, which is the safe side.
"""

from collections.abc import Callable
from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from cam_augment.statistics.blocked import blocked_interval
from cam_augment.statistics.design import Blocks, Design, design
from cam_augment.statistics.images import of_clusters, sums_of_clusters
from cam_augment.statistics.relabelling import without_nan
from cam_augment.statistics.student import (
    Interval,
    around,
    satterthwaite,
)

Clusters = ArrayLike | None
BLOCK = 250


def scalar_interval(
    a: ArrayLike, b: ArrayLike, alpha: float = 0.05, blocks: Blocks = None
) -> Interval:
    """Return the interval of mean(a) - mean(b), one number per model: Welch's t (1947).

    ``a`` and ``b`` are float [model]; NaN values are left out; NaN where a group has fewer
    than two. ``blocks`` are int [model], A's models first, or None.

    >>> [round(end, 3) for end in scalar_interval([3, 4, 5, 6], [1, 2, 3, 2])]
    [0.545, 4.455]
    """
    a, b, blocks = without_nan(a, b, blocks)
    if min(len(a), len(b)) < 2:
        return Interval(np.nan, np.nan)
    if blocks is not None:
        values = np.concatenate([a, b])[:, None]
        return blocked_interval(values, design(len(a), len(b), blocks), alpha)
    parts = [(group.var(ddof=1) / len(group), len(group) - 1) for group in (a, b)]
    variance = sum(part for part, _ in parts)
    return around(a.mean() - b.mean(), variance, satterthwaite(variance, parts), alpha)


def difference_interval(
    a: ArrayLike,
    b: ArrayLike,
    alpha: float = 0.05,
    draws: int = 2000,
    seed: int = 0,
    blocks: Blocks = None,
    clusters: Clusters = None,
) -> Interval:
    """Return the interval of mean(a) - mean(b) over models and images, both resampled.

    Each model's value is its mean over images; NaN images are left out of it. On simulated
    values with 4 + 8 models and 300 images, 95 % intervals held the true difference in
    93.5 % to 96 % of 400 studies, for five mixes of model, image and residual noise.

    Args:
        a, b: float [model, image], the same images in both; two models or more each.
        alpha: 1 less the confidence level. draws, seed: of the bootstrap.
        blocks: int [model], A's models first, or None; with blocks no bootstrap is needed,
            and images that some model lacks are left out.
        clusters: int [image], which images are drawn together, as the frames of a sequence are;
            None: each by itself.

    Returns:
        Interval, NaN where a group has one model, a model has no image, or there is but one
        image or cluster: what others would do is not known.

    Raises:
        ValueError: the groups differ in images.
    """
    a, b = np.asarray(a), np.asarray(b)
    if a.ndim != 2 or b.ndim != 2 or a.shape[1] != b.shape[1]:
        raise ValueError(f"groups are [model, image]; received shapes {a.shape} and {b.shape}")
    if blocks is not None:
        values = np.concatenate([a, b]).astype(np.float64)
        kept = np.isfinite(values).all(axis=0)
        complete = values[:, kept]
        if clusters is not None:
            complete = of_clusters(complete, np.asarray(clusters)[kept])
        if complete.shape[1] < 2:
            return Interval(np.nan, np.nan)
        return blocked_interval(complete, design(len(a), len(b), blocks), alpha)

    if min(len(a), len(b)) < 2:
        return Interval(np.nan, np.nan)
    signed = _unit_weights(
        lambda a, b: np.concatenate([a, -b], axis=1),
        _resample_models(len(a), len(b), draws, seed),
    )
    units = np.concatenate([a, b])
    return _two_level(units, len(a), len(b), signed, alpha, draws, seed, clusters)


def mean_interval(
    values: ArrayLike,
    alpha: float = 0.05,
    draws: int = 2000,
    seed: int = 0,
    clusters: Clusters = None,
) -> Interval:
    """Return the interval of one group's mean over models and images, both resampled.

    A paired difference is one number for each model and image, and so one group. It is the
    difference from models that are zero everywhere, which vary in nothing. On simulated
    values with 8 models and 100 images, 95 % intervals held the true mean in 93 % to 97 % of 400
    studies, for three mixes of model, image and residual noise.

    Args:
        values: float [model, image]; NaN images are left out of their model's mean.
        alpha, draws, seed, clusters: as in ``difference_interval``.

    Returns:
        Interval, NaN with fewer than two models, where a model has no image, and with fewer than
        two images or clusters.
    """
    values = np.asarray(values)
    zeros = np.zeros((2, values.shape[1]))
    return difference_interval(values, zeros, alpha, draws, seed, clusters=clusters)


def energy_interval(
    values: ArrayLike,
    n_a: int,
    alpha: float = 0.05,
    draws: int = 2000,
    seed: int = 0,
    blocks: Blocks = None,
    clusters: Clusters = None,
) -> Interval:
    """Return the interval of the excess shift E = 2C - F - W over models and images.

    On simulated maps with 4 + 8 models and 300 images, 95 % intervals held the true E in
    97 % to 99 % of 400 studies where A is shifted, and in all of them where it is not: near
    E = 0 the interval is about twice as wide as need be, so it never claims too much.

    Args:
        values: float [model, model, image], distances, symmetric; the first ``n_a`` models
            are group A; NaN images are left out of a pair's mean.
        alpha, draws, seed, clusters: as in ``difference_interval``.
        blocks: int [model] or None; with blocks only pairs of different blocks count.

    Returns:
        Interval, NaN where a group has fewer than three models or no pair that counts, a pair has
        no image, or there is but one image or cluster.
    """
    return _pair_interval(values, n_a, (2, -1, -1), alpha, draws, seed, blocks, clusters)


def agreement_interval(
    values: ArrayLike,
    n_a: int,
    alpha: float = 0.05,
    draws: int = 2000,
    seed: int = 0,
    blocks: Blocks = None,
    clusters: Clusters = None,
) -> Interval:
    """Return the interval of W - F over models and images; arguments as ``energy_interval``."""
    return _pair_interval(values, n_a, (0, -1, 1), alpha, draws, seed, blocks, clusters)


def _pair_interval(
    values: ArrayLike,
    n_a: int,
    factors: tuple[int, int, int],
    alpha: float,
    draws: int,
    seed: int,
    blocks: Blocks,
    clusters: Clusters,
) -> Interval:
    """Return the interval of the sum of (between, floor, within) times their ``factors``."""
    values = np.asarray(values)
    n_b = len(values) - n_a
    if min(n_a, n_b) < 3:
        return Interval(np.nan, np.nan)
    layout = design(n_a, n_b, blocks)
    first, second = np.nonzero(np.triu(layout.pairs))
    kind = np.where(second < n_a, 2, np.where(first >= n_a, 1, 0))
    if len(np.unique(kind)) < 3:
        return Interval(np.nan, np.nan)
    factor = np.array(factors, values.dtype)[kind][:, None]
    weights = _weights_of_pairs(n_a, n_b, draws, seed, None if blocks is None else tuple(blocks))
    units = factor * values[first, second]
    return _two_level(units, n_a, n_b, weights, alpha, draws, seed, clusters)


@lru_cache(maxsize=2)
def _weights_of_pairs(
    n_a: int, n_b: int, draws: int, seed: int, blocks: tuple | None
) -> "Resampled":
    """Return the pairs' weights; kept, since all metrics and strategies have the same."""
    layout = design(n_a, n_b, blocks)
    first, second = np.nonzero(np.triu(layout.pairs))
    return _unit_weights(
        lambda a, b: _pair_weights(a, b, first, second, layout),
        _resample_models(n_a, n_b, draws, seed),
    )


def _pair_weights(
    weights_a: np.ndarray,
    weights_b: np.ndarray,
    first: np.ndarray,
    second: np.ndarray,
    layout: Design,
) -> np.ndarray:
    """Return the weight [draw, pair] of each pair in its mean, F, C or W.

    A model's weights sum to 1. A model drawn twice makes no pair with itself, nor with
    others of its block, so the pairs of a kind are divided by the weight that they have; NaN
    where they have none, such as of one model drawn again and again.
    """
    n_a = weights_a.shape[1]
    weights = np.concatenate([weights_a, weights_b], axis=1)
    a, b, share = weights_a, weights_b, np.ones(len(weights))
    if layout.blocked:
        member = np.eye(len(layout.sizes))[layout.block]
        a, b = a @ member[:n_a], b @ member[n_a:]
        share = 1 - (a * b).sum(axis=1)
    shares = (1 - (a**2).sum(axis=1)) / 2, (1 - (b**2).sum(axis=1)) / 2, share
    share_a, share_b, share = (np.where(s > 1e-9, s, np.nan)[:, None] for s in shares)
    share = np.where(second < n_a, share_a, np.where(first >= n_a, share_b, share))
    return weights[:, first] * weights[:, second] / share


class Resampled(NamedTuple):
    """What models of both groups, resampled or not, weigh: [draw, unit], or two such arrays.

    ``observed`` has one row: nothing is resampled.
    """

    observed: Any
    both: Any
    only_a: Any
    only_b: Any


def _resample_models(n_a: int, n_b: int, draws: int, seed: int) -> Resampled:
    """Return the weights of the models of each group, ([draw, model], [draw, model])."""
    rng = np.random.default_rng(seed)
    all_a, all_b = (np.full((draws, n), 1 / n) for n in (n_a, n_b))
    some_a, some_b = (_model_weights(rng, n, draws) for n in (n_a, n_b))
    return Resampled((all_a[:1], all_b[:1]), (some_a, some_b), (some_a, all_b), (all_a, some_b))


def _unit_weights(
    of: Callable[[np.ndarray, np.ndarray], np.ndarray], models: Resampled
) -> Resampled:
    """Return the weights of units, which ``of`` makes of those of both groups' models."""
    return Resampled(*(of(*weights) for weights in models))


def _model_weights(rng: np.random.Generator, n: int, draws: int) -> np.ndarray:
    """Return the weights [draw, model] of n - 1 models drawn out of n, of sum 1."""
    return rng.multinomial(n - 1, np.full(n, 1 / n), size=draws) / (n - 1)


@lru_cache(maxsize=16)
def _image_counts(images: int, draws: int, seed: int, block: int) -> np.ndarray:
    """Return how often each image is drawn [draw, image], as many as there are.

    Kept, since all questions of a study resample the same images; read-only.
    """
    rng = np.random.default_rng([seed, block])
    drawn = rng.integers(images, size=(draws, images), dtype=np.int32)
    drawn += np.arange(draws, dtype=np.int32)[:, None] * images
    counts = np.bincount(drawn.ravel(), minlength=draws * images)
    counts = counts.reshape(draws, images).astype(np.float32)
    counts.setflags(write=False)
    return counts


def _image_means(totals: np.ndarray, present: np.ndarray, draws: int, seed: int) -> np.ndarray:
    """Return the means [draw, unit] over resampled images, or clusters of them.

    Args:
        totals, present: float [unit, image or cluster], the sums there, and of how many images.
    """
    totals, present = totals.astype(np.float32).T, present.astype(np.float32).T
    whole = bool((present == 1).all())
    blocks = []
    for block, start in enumerate(range(0, draws, BLOCK)):
        counts = _image_counts(len(totals), min(BLOCK, draws - start), seed, block)
        number = counts.sum(axis=1, keepdims=True) if whole else counts @ present
        blocks.append((counts @ totals) / np.where(number > 0, number, np.nan))
    return np.concatenate(blocks).astype(np.float64)


def _sums(values: np.ndarray, clusters: Clusters) -> np.ndarray:
    """Return ``values`` [unit, image] as they are, or their sums over clusters [unit, cluster]."""
    return values if clusters is None else sums_of_clusters(values, clusters)


def _variance(draws: np.ndarray) -> float:
    return float(draws[np.isfinite(draws)].var())


def _two_level(
    units: np.ndarray,
    n_a: int,
    n_b: int,
    weights: Resampled,
    alpha: float,
    draws: int,
    seed: int,
    clusters: Clusters,
) -> Interval:
    """Return the interval of the sum of weight times mean over images, over units.

    ``units`` is float [unit, image] (a unit is a model or a pair of models).
    """
    defined = ~np.isnan(units)
    present = _sums(defined, clusters)
    if not defined.any(axis=1).all() or present.shape[1] < 2:
        return Interval(np.nan, np.nan)
    means = np.where(defined, units, 0).sum(axis=1, dtype=np.float64) / defined.sum(axis=1)
    differences = np.where(defined, units - means[:, None], 0)
    resampled = means + _image_means(_sums(differences, clusters), present, draws, seed)
    observed, drawn = weights.observed[0], weights.both
    models, images = _variance(drawn @ means), _variance(resampled @ observed)
    both = _variance((drawn * resampled).sum(axis=1))
    image_part = max(0.0, images - (both - models - images))
    parts = [
        (_variance(weights.only_a @ means), n_a - 1),
        (_variance(weights.only_b @ means), n_b - 1),
        (image_part, present.shape[1] - 1),
    ]
    variance = models + image_part
    return around(observed @ means, variance, satterthwaite(variance, parts), alpha)
