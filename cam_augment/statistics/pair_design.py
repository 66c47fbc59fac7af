"""Designs of pairs: every model carries two strategies, each strategy as often as the others.

Designs in which a model carries half of all strategies would tell more if effects added up, but
those of augmentations do not: what one gains, another gains too. With pairs the residual spread
is that of the seeds, and main effects are known nearly twice as well as by as many models with
one strategy each.

A design is made pair by pair and then mended by exchanges of single pairs, by three aims in this
order: strategies equally often, as many different pairs as there can be, and the least sum of
the variances of main effects (A-optimality; Fedorov 1972, "Theory of Optimal Experiments"). Before
all of them an exchange serves to tell what could not be told at all.
"""

import numpy as np

RIDGE = 1e-3  # information on a strategy before its first model, so that all pairs can be ranked
UNTOLD = 60.0  # variance of a pair's value, in models': more than of the longest chain of pairs
MOST_SWEEPS = 20
DIGITS = 9  # of variances that are compared


def pair_design(
    allowed: np.ndarray,
    models: int,
    seed: int = 0,
    before: np.ndarray | None = None,
    staying: np.ndarray | None = None,
) -> np.ndarray:
    """Return the pair of strategies of each further model, int [model, 2], the smaller first.

    Args:
        allowed: bool [strategy, strategy], symmetric: which two one model may carry.
        models: how many models are added. seed: of the order among equally good pairs.
        before: int [model, 2], the pairs of models that are there already.
        staying: bool [strategy], which strategies further models may carry; None: all.

    Raises:
        ValueError: no pair is allowed.

    >>> pair_design(~np.eye(3, dtype=bool), 3).tolist()
    [[0, 1], [0, 2], [1, 2]]
    """
    stays = np.ones(len(allowed), bool) if staying is None else np.asarray(staying, bool)
    pairs = np.argwhere(np.triu(np.asarray(allowed, bool), 1) & stays[:, None] & stays)
    if not len(pairs):
        raise ValueError("no pair of strategies is allowed")
    pairs = pairs[np.random.default_rng(seed).permutation(len(pairs))]
    design = _Growing(pairs, stays, np.empty((0, 2), int) if before is None else before)
    whole = 0 if before is not None else models // len(pairs)
    for place in [*range(len(pairs))] * whole:  # every pair as often, before any is chosen
        design.add(place)
    while len(design.chosen) < models:
        design.add(design.best())
    for _ in range(MOST_SWEEPS):
        if not design.exchange():
            break
    chosen = pairs[design.chosen]
    return chosen[np.lexsort(chosen.T[::-1])]


def carried(pairs: np.ndarray, strategies: int) -> np.ndarray:
    """Return which strategies each model carries, 0 or 1, float [model, strategy].

    Args:
        pairs: int [model, 2].
    """
    columns = np.eye(strategies)
    return columns[pairs[:, 0]] + columns[pairs[:, 1]]


class _Growing:
    """A design while it is made.

    Attributes:
        chosen: the place of each further model's pair among the pairs that are allowed.
    """

    def __init__(self, pairs: np.ndarray, stays: np.ndarray, before: np.ndarray):
        self.chosen: list[int] = []
        self._pairs, self._stays = pairs, stays
        self._columns = carried(pairs, len(stays))
        there = carried(before, len(stays))
        self._often = there.sum(axis=0)
        same = (np.sort(before, axis=1)[:, None] == pairs).all(axis=2)
        self._repeats = same.sum(axis=0).astype(float)
        self._inverse = np.linalg.inv(there.T @ there + RIDGE * np.eye(len(stays)))

    def best(self) -> int:
        """Return the place of the pair that serves the aims best as the next one."""
        return int(np.lexsort(self._faults(np.arange(len(self._pairs)))[:3])[0])

    def add(self, place: int) -> None:
        self.chosen.append(place)
        self._count(place, 1)

    def exchange(self) -> bool:
        """Exchange every pair for one that serves the aims better; return whether any was."""
        any_better = False
        for model, place in enumerate(self.chosen):
            self._count(place, -1)
            places = np.append(place, np.arange(len(self._pairs)))  # of equals the first one stays
            better = int(places[np.lexsort(self._faults(places))[0]])
            any_better |= better != place
            self.chosen[model] = better
            self._count(better, 1)
        return any_better

    def _faults(self, places: np.ndarray) -> tuple[np.ndarray, ...]:
        """Return what speaks against pairs as the next one, the gravest last.

        Of sums of squares that one more adds to, the smallest number grows least.
        """
        columns = self._columns[places]
        reach = columns @ self._inverse
        variance = (reach * columns).sum(axis=1)
        gain = (reach**2).sum(axis=1) / (1 + variance)
        balance = self._often[self._pairs[places]].sum(axis=1)
        is_told = (variance < UNTOLD) | (self._often[self._stays] < 1).any()
        return -gain.round(DIGITS), self._repeats[places], balance, is_told

    def _count(self, place: int, sign: int) -> None:
        """Count a pair in, or out again (Sherman and Morrison 1950)."""
        column = self._columns[place]
        self._often += sign * column
        self._repeats[place] += sign
        reach = self._inverse @ column
        self._inverse -= sign * np.outer(reach, reach) / (1 + sign * reach @ column)
