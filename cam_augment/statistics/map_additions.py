"""What strategies add to the maps of models that carry two of them, or one alone.

By the same least squares as the scores, every image has a *coefficient map* of each strategy: the
weighted sum T = sum over models of w_m z_m of their standardised maps z, with the weights w that
make values into additions (``pair_effects``). Its squared length says how far the strategy moves
attention, but noise adds to it whatever the strategy does: of models that vary by V_h in arm h,

    E |T|^2 = |true T|^2 + sum over arms h of V_h * (sum of w_m^2 over its models).

So the residual variances, times these shares, are taken off. What is left has no bias, and is less
than 0 about as often as above where there is nothing; pairs that do not add up make it too small,
never too large. Of two arms it is the excess shift E = 2C - F - W to the last digit, with 1 - r as
the distance, since standardised maps have |z - z'|^2 = 2 (1 - r): the energy distance of Szekely
and Rizzo (2013) for squared lengths.

All of this, averaged over images, depends on the inner products of models' maps alone.
"""

from collections.abc import Iterable
from typing import NamedTuple

import numpy as np

from cam_augment.statistics.groups import Groups
from cam_augment.statistics.pair_effects import PairGroups

LIMIT = 1_000  # orders, the observed one included
BLOCK = 2**20  # numbers that are refitted at a time
ROUNDING = 1e-9


class Products(NamedTuple):
    """Inner products of models' standardised maps, of each image, averaged over images.

    Attributes:
        values: float [model, model]. images: how many count: those of which every model has a map.
    """

    values: np.ndarray
    images: int


class MapAdditions(NamedTuple):
    """How far each strategy moves attention, [strategy but nothing].

    Attributes:
        shift: unbiased squared length of the coefficient map, averaged over images.
        p: one-sided, uncorrected; NaN where maps do not vary.
    """

    shift: np.ndarray
    p: np.ndarray


def products(blocks: Iterable[np.ndarray]) -> Products | None:
    """Return the inner products of maps; None where no image has a map of every model.

    Args:
        blocks: of images, each float [model, image, cell], standardised; NaN: no map.
    """
    total, images = np.zeros(()), 0
    for maps in blocks:
        usable = maps[:, np.isfinite(maps).all(axis=(0, 2))]
        rows = usable.reshape(len(maps), -1)
        total, images = total + rows @ rows.T, images + usable.shape[1]
    return Products(total / images, images) if images else None


def map_additions(
    inner: np.ndarray, groups: PairGroups, limit: int = LIMIT, seed: int = 0
) -> MapAdditions:
    """Return how far strategies move attention, with a p by permutation of residuals.

    After Freedman and Lane (1983): a smaller model takes the strategy for nothing, what it leaves
    of the maps is permuted over models and added to what it fits, and the whole model is fitted
    anew. Here the smaller model has a mean for each pair: whoever carries the strategy alone is a
    baseline, and whoever carries it beside a partner carries that partner alone. Residuals
    are permuted among models of one pair, so the test is exact if the strategy does nothing,
    whatever its partners do: add up or not, make models vary or not. Residuals of the model
    that adds up, over all models, would claim half as much as the level allows, since a pair that
    does not add up is noise to it.

    Whole models are permuted, all images and cells together. The statistic is |T|^2 over what
    noise adds to it.

    Args:
        inner: float [model, model], inner products of the models' standardised maps.
        limit, seed: orders that are drawn, the observed one included.
    """
    maps = _coordinates(inner)
    strategies = range(len(groups.effects))
    size, noise = _lengths(maps, groups, np.eye(len(strategies)))
    p = [_p(maps, groups, place, limit, seed) for place in strategies]
    return MapAdditions(size - noise, np.array(p))


def squared_lengths(inner: np.ndarray, groups: Groups, contrasts: np.ndarray) -> np.ndarray:
    """Return the unbiased squared length of contrasts of arms' mean maps, float [contrast].

    Args:
        inner: as in ``map_additions``. contrasts: float [contrast, effect].

    >>> apart = np.array([[2.0, 0, 0, 0], [0, 2, 0, 0], [0, 0, 2, 0], [0, 0, 0, 2]])
    >>> squared_lengths(apart, Groups(np.array([0, 0, 1, 1])), np.array([[-1.0, 1]])).round(9) + 0
    array([0.])
    """
    size, noise = _lengths(_coordinates(inner), groups, contrasts)
    return size - noise


def _coordinates(inner: np.ndarray) -> np.ndarray:
    """Return maps with these inner products, float [coordinate, model]."""
    lengths, axes = np.linalg.eigh(inner)
    large = lengths > ROUNDING * lengths.max(initial=0)
    return np.sqrt(lengths[large])[:, None] * axes[:, large].T


def _lengths(
    maps: np.ndarray, groups: Groups, contrasts: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Return |T|^2 of contrasts, and what noise adds to it: both [..., contrast].

    Args:
        maps: float [..., coordinate, model].
    """
    sums = maps @ groups.weights(contrasts).T
    variances = groups.variances(maps).sum(axis=-2)
    return (sums**2).sum(axis=-2), variances @ groups.shares(contrasts).T


def _p(maps: np.ndarray, groups: PairGroups, place: int, limit: int, seed: int) -> float:
    """Return the share of orders whose statistic is at least the observed one's."""
    contrast = np.eye(len(groups.effects))[[place]]
    orders, rows = orders_within(_cells(groups, place), limit, seed), max(1, BLOCK // maps.size)

    def refit(orders: np.ndarray) -> np.ndarray:
        size, noise = _lengths(np.moveaxis(maps[:, orders], 0, 1), groups, contrast)
        return (size / np.where(noise > 0, noise, np.nan))[:, 0]

    ratios = np.concatenate([refit(orders[at : at + rows]) for at in range(0, limit, rows)])
    if np.isnan(ratios[0]):
        return np.nan
    return float(np.mean(ratios >= ratios[0] * (1 - ROUNDING)))


def _cells(groups: PairGroups, place: int) -> np.ndarray:
    """Return which models would be alike if a strategy were nothing, int [model]."""
    nothing = groups.strategies - 1
    first, second = np.sort(np.where(groups.pairs == place, nothing, groups.pairs), axis=1).T
    baselines = np.full(int(groups.sizes[0]), nothing * groups.strategies + nothing)
    return np.concatenate([baselines, first * groups.strategies + second])


def orders_within(cells: np.ndarray, limit: int, seed: int) -> np.ndarray:
    """Return orders of models within their cells, int [order, model], the observed one first.

    Args:
        cells: int [model].

    >>> orders_within(np.array([0, 1, 1]), 50, seed=0)[:, 0].tolist() == [0] * 50
    True
    """
    draw = np.random.default_rng(seed)
    orders = np.tile(np.arange(len(cells)), (limit, 1))
    for cell in np.unique(cells):
        members = np.flatnonzero(cells == cell)
        orders[1:, members] = draw.permuted(orders[1:, members], axis=1)
    return orders
