"""Strategies against each other, all pairs at once."""

from cam_augment.plan import Frozen
from cam_augment.records.values import Number


class Pair(Frozen):
    """The difference of two strategies' mean accuracy, first less second (fractions).

    Attributes:
        low, high: simultaneous interval over all pairs, level 1 - alpha.
    """

    first: str
    second: str
    difference: Number
    low: Number
    high: Number


class Rank(Frozen):
    """A strategy's place by the score that decides, 1 the best.

    Attributes:
        gain: mean score less the baselines' (a fraction). best, worst: the ranks that it may
            have, for all strategies at once. ahead_of: strategies that it is surely better than.
    """

    strategy: str
    gain: Number
    best: int
    worst: int
    ahead_of: tuple[str, ...]


class League(Frozen):
    """All pairs of strategies, controls left out, and their ranks, the largest gain first."""

    ranks: tuple[Rank, ...]
    pairs: tuple[Pair, ...]
