"""Tests by relabelling whole models: exact under the null, whatever the distribution.

If a strategy does nothing, its models and the baselines are exchangeable, and every way to
call n_A of all n models "strategy A" was equally likely. p is the share of relabellings
whose statistic is at least as extreme as the observed one, itself included; this is valid
for a random sample of relabellings too (Phipson and Smyth 2010). Models that are alike only
within blocks, such as folds, are relabelled within them (see ``design``).
"""

from dataclasses import dataclass
from typing import TypedDict

import numpy as np
from numpy.typing import ArrayLike

from cam_augment.statistics.design import LIMIT, Blocks, Design, design, relabellings

ROUNDING = 1e-9


@dataclass(frozen=True)
class Difference:
    """A difference between two groups of models and its two-sided test.

    Attributes:
        estimate: group A less group B.
        p: 0..1. standard_error: of p, 0 where all relabellings were counted.
        smallest_p: the least p that this design can reach.
        exact: whether all relabellings were counted.
    """

    estimate: float
    p: float
    standard_error: float
    smallest_p: float
    exact: bool


@dataclass(frozen=True)
class Energy:
    """The excess shift of group A from group B and its one-sided test.

    Attributes:
        floor: F, mean distance of two baselines. between: C, of a model of A and a
            baseline. within: W, of two models of A. excess: E = 2C - F - W.
        p, standard_error, smallest_p, exact: as in ``Difference``.
    """

    floor: float
    between: float
    within: float
    excess: float
    p: float
    standard_error: float
    smallest_p: float
    exact: bool


class _Test(TypedDict):
    """The part that ``Difference`` and ``Energy`` share."""

    p: float
    standard_error: float
    smallest_p: float
    exact: bool


def _p(statistic: np.ndarray, labels: np.ndarray, scale: float, layout: Design) -> _Test:
    """Return the share of relabellings at or above the observed, which is the first."""
    total = len(labels)
    exact = total == layout.count
    p = float(np.mean(statistic >= statistic[0] - ROUNDING * scale))
    least = max(layout.smallest_p(), 1 / total)
    error = 0.0 if exact else float(np.sqrt(p * (1 - p) / total))
    return {"p": p, "standard_error": error, "smallest_p": least, "exact": exact}


_NO_TEST: _Test = {
    "p": np.nan,
    "standard_error": np.nan,
    "smallest_p": np.nan,
    "exact": False,
}


def _pair_means(distance: np.ndarray, labels: np.ndarray, layout: Design) -> tuple:
    """Return floor, between and within [relabelling]; ``distance`` is 0 where no pair counts.

    Within blocks every relabelling has as many pairs of each kind as the observed one.
    """
    chosen = labels.astype(np.float64)
    within = ((chosen @ distance) * chosen).sum(axis=1)
    between = chosen @ distance.sum(axis=1) - within
    floor = distance.sum() - 2 * between - within
    a = layout.group
    kinds = layout.pairs[~a][:, ~a], layout.pairs[a][:, ~a], layout.pairs[a][:, a]
    # A kind without a pair, such as of one model with itself, has no mean.
    pairs = [int(kind.sum()) or np.nan for kind in kinds]
    return floor / pairs[0], between / pairs[1], within / pairs[2]


def _counting_distances(distance: ArrayLike, n_a: int, blocks: Blocks) -> tuple[np.ndarray, Design]:
    """Return the distances of the pairs that count, all others 0, and the design."""
    distance = np.asarray(distance, dtype=np.float64)
    n = len(distance)
    if distance.shape != (n, n) or not 0 < n_a < n:
        raise ValueError(
            f"distances are [model, model], the first n_a of group A; received shape "
            f"{distance.shape} and n_a = {n_a}"
        )
    layout = design(n_a, n - n_a, blocks)
    return np.where(layout.pairs, distance, 0), layout


def energy_test(
    distance: ArrayLike,
    n_a: int,
    limit: int = LIMIT,
    seed: int = 0,
    blocks: Blocks = None,
) -> Energy:
    """Test whether group A's maps lie apart from group B's, beyond the models' own noise.

    E = 2C - F - W is the energy distance of two samples (Szekely and Rizzo 2013, eq. 2.5,
    here with pairs of different models only, so that E is unbiased and may be negative).
    One-sided: p = P(E* >= E) over relabellings.

    Args:
        distance: float [model, model], symmetric with a zero diagonal; the first ``n_a``
            models are group A.
        limit, seed: see ``relabellings``.
        blocks: int [model], such as the fold that each was trained on, or None. With blocks
            only pairs of different blocks count, and models are relabelled within blocks.

    Returns:
        Energy; E and p are NaN where a group has no pair or a distance is not finite.

    Raises:
        ValueError: the distances are not square or ``n_a`` leaves a group empty.

    >>> apart = energy_test([[0, 1, 3, 3], [1, 0, 3, 3], [3, 3, 0, 1], [3, 3, 1, 0]], n_a=2)
    >>> apart.excess, round(apart.p, 4)
    (4.0, 0.3333)
    """
    distance, layout = _counting_distances(distance, n_a, blocks)
    labels = relabellings(n_a, len(distance) - n_a, limit, seed, blocks)
    floor, between, within = _pair_means(distance, labels, layout)
    excess = 2 * between - floor - within
    scale = np.abs(distance).max()
    test = _p(excess, labels, scale, layout) if np.isfinite(excess[0]) else _NO_TEST
    return Energy(
        floor=float(floor[0]),
        between=float(between[0]),
        within=float(within[0]),
        excess=float(excess[0]),
        **test,
    )


def agreement_test(
    distance: ArrayLike,
    n_a: int,
    limit: int = LIMIT,
    seed: int = 0,
    blocks: Blocks = None,
) -> Difference:
    """Test W - F: do models of A differ less (or more) among themselves than baselines do?

    Two-sided, by the same relabelling and with the same arguments as ``energy_test``;
    negative where models agree more under A.

    Args:
        distance: float [model, model] or [model, model, image], those of A first.

    >>> agreement_test([[0, 1, 3, 3], [1, 0, 3, 3], [3, 3, 0, 2], [3, 3, 2, 0]], 2).estimate
    -1.0
    """
    distance, layout = _counting_distances(distance, n_a, blocks)
    labels = relabellings(n_a, len(distance) - n_a, limit, seed, blocks)
    floor, _, within = _pair_means(distance, labels, layout)
    change = within - floor
    scale = np.abs(distance).max()
    test = _p(np.abs(change), labels, scale, layout) if np.isfinite(change[0]) else _NO_TEST
    return Difference(estimate=float(change[0]), **test)


def difference_test(
    a: ArrayLike, b: ArrayLike, limit: int = LIMIT, seed: int = 0, blocks: Blocks = None
) -> Difference:
    """Test the difference of two groups' means, one number per model, two-sided.

    ``a`` and ``b`` are float [model]; NaN values are left out. ``blocks``, int [model], A's
    models first, or None: with blocks the estimate is that of the additive model value ~
    group + block, which is the difference of means where both groups have each block
    equally often, and models are relabelled within blocks.

    Returns:
        Difference; NaN where a group is empty, or no block has models of both.

    >>> difference_test([3.0, 5.0], [1.0, 2.0, 0.0]).p
    0.1
    """
    a, b, blocks = without_nan(a, b, blocks)
    if not len(a) or not len(b):
        return Difference(estimate=np.nan, **_NO_TEST)
    layout = design(len(a), len(b), blocks)
    values = np.concatenate([a, b])
    centred = values - values.mean()
    labels = relabellings(len(a), len(b), limit, seed, blocks)
    change = layout.differences(centred, labels)
    if np.isnan(change[0]):
        return Difference(estimate=np.nan, **_NO_TEST)
    test = _p(np.abs(change), labels, np.abs(centred).max(), layout)
    estimate = change[0] if layout.blocked else a.mean() - b.mean()
    return Difference(estimate=float(estimate), **test)


def without_nan(
    a: ArrayLike, b: ArrayLike, blocks: Blocks
) -> tuple[np.ndarray, np.ndarray, np.ndarray | None]:
    """Return two groups' values float [model] without NaN, and the blocks of what is left."""
    a, b = np.asarray(a, float), np.asarray(b, float)
    present = ~np.isnan(np.concatenate([a, b]))
    present_blocks = None if blocks is None else np.asarray(blocks)[present]
    return a[present[: len(a)]], b[present[len(a) :]], present_blocks


def differences_test(
    a: ArrayLike, b: ArrayLike, limit: int = LIMIT, seed: int = 0, blocks: Blocks = None
) -> np.ndarray:
    """Return p of several differences of means, corrected over them by the maximum: [group].

    Each group is divided by its standard deviation over all models pooled, which a relabelling
    leaves as it is. Two-sided: p is the share of relabellings under which the largest
    standardised difference of any group reaches this group's (Westfall and Young 1993, single
    step). NaN for groups in which all models are alike. With ``blocks``, as in
    ``difference_test``, differences and deviations are within blocks.

    Args:
        a: float [model, group]; b: float [model, group]. Models with a NaN are left out.
        blocks: int [model], A's models first, or None.

    >>> differences_test([[5, 1], [6, 2]], [[1, 2], [2, 1], [1, 2]]).round(1)
    array([0.2, 1. ])
    """
    values = [np.asarray(a, float), np.asarray(b, float)]
    complete = [np.isfinite(group).all(axis=1) for group in values]
    blocks = None if blocks is None else np.asarray(blocks)[np.concatenate(complete)]
    a, b = (np.asarray(group[rows]) for group, rows in zip(values, complete, strict=True))
    ps = np.full(a.shape[1], np.nan)
    if not len(a) or not len(b):
        return ps
    layout, labels = (
        design(len(a), len(b), blocks),
        relabellings(len(a), len(b), limit, seed, blocks),
    )
    sizes = np.abs(_standardised_losses(np.concatenate([a, b]), labels, layout))
    varying = np.isfinite(sizes[0])
    if varying.any():
        largest = sizes[:, varying].max(axis=1)
        ps[varying] = (largest[:, None] >= sizes[0, varying] - ROUNDING).mean(axis=0)
    return ps


def _standardised_losses(values: np.ndarray, labels: np.ndarray, layout: Design) -> np.ndarray:
    """Return each class's loss over its spread [relabelling, class]; NaN takes no part."""
    centred = layout.within_blocks(values) if layout.blocked else values - values.mean(axis=0)
    spread = np.sqrt((centred**2).mean(axis=0))
    # NaN fails the comparison too; a spread of rounding errors is none.
    varies = spread > ROUNDING * np.abs(np.nan_to_num(values)).max(initial=0)
    losses = np.full((len(labels), values.shape[1]), np.nan)
    if varies.any():
        losses[:, varies] = -layout.differences(centred[:, varies] / spread[varies], labels)
    return losses
