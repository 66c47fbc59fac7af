"""Rank correlation inside groups: what differs between the groups themselves is set aside."""

from itertools import pairwise

import numpy as np

from cam_augment.statistics.correlation import RankCorrelation, _fisher, _standard_ranks, _together

BLOCK = 1000  # permutations at a time: memory stays a few megabytes


def stratified_correlation(
    x, y, groups, permutations: int = 10_000, seed: int = 0, alpha: float = 0.05
) -> RankCorrelation:
    """Return the rank correlation of ``x`` and ``y`` within groups, with p and interval.

    Both are ranked over all points, each group's mean rank is taken off, and what is left
    is correlated: Spearman's rho for one group. p counts ``permutations`` random ones that
    keep every group together, as (1 + count) / (1 + permutations), two-sided. The interval
    is that of ``rank_correlation`` with one point less for each further group.

    Args:
        x, y: float [point]; points with a NaN are left out.
        groups: int or str [point].

    >>> found = stratified_correlation([1, 2, 11, 12], [1, 2, 0, 1], [0, 0, 1, 1])
    >>> round(found.rho, 2), found.n
    (1.0, 4)
    """
    x, y, groups = np.asarray(x, float), np.asarray(y, float), np.asarray(groups)
    if groups.shape != x.shape:
        raise ValueError(f"one group per point; received {groups.shape} for {x.shape}")
    known = ~(np.isnan(x) | np.isnan(y))
    order = np.argsort(groups[known], kind="stable")
    x, y = (side[order] for side in _together(x, y))
    blocks = _blocks(groups[known][order])
    first, second = _residual_ranks(x, blocks), _residual_ranks(y, blocks)
    rho = float(np.clip(round(first @ second, 12), -1, 1))
    free = len(x) - len(blocks) + 1
    if np.isnan(rho) or free < 3:
        nothing = _fisher(np.nan, 0, alpha)
        return RankCorrelation(np.nan, np.nan, nothing, len(x), False)
    beyond = _count_beyond(first, second, blocks, abs(rho), permutations, seed)
    p = (1 + beyond) / (1 + permutations)
    return RankCorrelation(rho, p, _fisher(rho, free, alpha), len(x), False)


def _blocks(sorted_groups: np.ndarray) -> list[slice]:
    edges = np.flatnonzero(sorted_groups[1:] != sorted_groups[:-1]) + 1
    ends = [0, *edges.tolist(), len(sorted_groups)]
    return [slice(a, b) for a, b in pairwise(ends) if b > a]


def _residual_ranks(values: np.ndarray, blocks: list[slice]) -> np.ndarray:
    """Return average ranks less their group's mean, of length 1; NaN where nothing is left."""
    ranks = _standard_ranks(values)
    if np.isnan(ranks).any():
        return ranks
    for block in blocks:
        ranks[block] -= ranks[block].mean()
    length = np.sqrt(ranks @ ranks)
    return ranks / length if length > 1e-9 else np.full(len(values), np.nan)


def _count_beyond(first, second, blocks, observed: float, permutations: int, seed: int) -> int:
    rng = np.random.default_rng(seed)
    beyond = 0
    for start in range(0, permutations, BLOCK):
        shuffled = np.tile(second, (min(BLOCK, permutations - start), 1))
        for block in blocks:
            shuffled[:, block] = rng.permuted(shuffled[:, block], axis=1)
        beyond += int((np.abs(shuffled @ first) >= observed - 1e-9).sum())
    return beyond
