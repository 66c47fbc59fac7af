"""What is beyond noise: the one place where a p is compared with the level of a study.

A *finding* says in one code what the numbers of an effect show. It is decided here, once, and
kept with the numbers; whoever reads them reads the finding and compares nothing. ``None``
stands for an effect that was not tested.
"""

import math
from collections.abc import Mapping
from typing import Literal

import numpy as np

Gain = Literal["gains", "loses", "not settled", "within noise"]
Change = Literal["rises", "falls", "within noise"]
Shift = Literal["moves", "not settled", "within noise"]
Prediction = Literal["predicts", "within noise"]
Place = Literal["moved", "same place", "not known"]
Finding = Gain | Change | Shift | Prediction

MAJORITY = 0.5
SAME_PLACE = 0.05  # share of the noise floor below which attention stays where it is
_GAINS: Mapping[int, Gain] = {1: "gains", -1: "loses", 0: "not settled"}
BEYOND_NOISE = frozenset({"gains", "loses", "rises", "falls", "moves", "predicts"})


def is_significant(p: float | None, alpha: float) -> bool:
    """Return whether a p is at most the level; one that is missing (None, NaN) is not.

    >>> is_significant(0.05, 0.05), is_significant(0.051, 0.05), is_significant(None, 0.05)
    (True, False, False)
    """
    return p is not None and bool(are_significant(np.asarray(p), alpha))


def are_significant(p: np.ndarray, alpha: float | np.ndarray) -> np.ndarray:
    """Return where p is at most the level, or its own level, bool; NaN is not.

    >>> are_significant(np.array([0.05, 0.051, np.nan]), 0.05)
    array([ True, False, False])
    """
    return p <= alpha


def side(low: float | None, high: float | None) -> Literal[-1, 0, 1]:
    """Return the side of 0 on which a whole interval lies; 0: it holds 0, or there is none.

    >>> side(0.1, 0.3), side(-0.3, -0.1), side(-0.1, 0.1), side(None, None)
    (1, -1, 0, 0)
    """
    if low is not None and low > 0:
        return 1
    return -1 if high is not None and high < 0 else 0


def gain_finding(
    p: float | None, low: float | None, high: float | None, alpha: float
) -> Gain | None:
    """Return what a gain, or a saving, shows.

    It is beyond noise where its p is at most alpha and its interval leaves out 0: the test
    alone also answers to a strategy that makes models more unlike each other. A small p
    without such an interval settles nothing.

    Args:
        p: corrected, 0..1. low, high: the ends of its interval, None where there is none.

    >>> gain_finding(0.01, 0.2, 0.9, 0.05), gain_finding(0.01, -0.1, 0.9, 0.05)
    ('gains', 'not settled')
    >>> gain_finding(0.01, -0.9, -0.1, 0.05), gain_finding(0.2, 0.1, 0.9, 0.05)
    ('loses', 'within noise')
    """
    if not _tested(p):
        return None
    if not is_significant(p, alpha):
        return "within noise"
    return _GAINS[side(low, high)]


def change_finding(p: float | None, estimate: float | None, alpha: float) -> Change | None:
    """Return which way a two-sided effect, or a correlation, goes: beyond noise by its p alone.

    >>> change_finding(0.01, 0.4, 0.05), change_finding(0.01, -0.4, 0.05)
    ('rises', 'falls')
    """
    if not _tested(p):
        return None
    if not is_significant(p, alpha):
        return "within noise"
    return "falls" if estimate is not None and estimate < 0 else "rises"


def shift_finding(p: float | None, low: float | None, alpha: float) -> Shift | None:
    """Return whether something moves farther than seeds move it: a question of one side.

    It does where its p is at most alpha and its whole interval lies above 0, so that what is said
    and the interval that is shown never disagree.

    Args:
        p: corrected, 0..1. low: lower end of its interval, None where there is none.

    >>> [shift_finding(p, 0.2, 0.05) for p in (0.01, 0.2, None)]
    ['moves', 'within noise', None]
    >>> shift_finding(0.01, -0.001, 0.05)
    'not settled'
    """
    if not _tested(p):
        return None
    if not is_significant(p, alpha):
        return "within noise"
    return "moves" if low is not None and low > 0 else "not settled"


def place_finding(
    finding: Finding | None,
    excess: float | None,
    low: float | None,
    high: float | None,
    floor: float | None,
) -> Place | None:
    """Return whether attention is somewhere else: beyond noise, and by how much it must be.

    *Moved*: beyond noise, and E at least SAME_PLACE of the noise floor.
    *Same place*: the interval below that. None where there is no interval.

    Args:
        finding: of the excess shift E. low, high: its interval. floor: F, in the same unit.

    >>> place_finding("moves", 0.03, 0.01, 0.05, 0.2)
    'moved'
    >>> place_finding("not settled", 0.01, -0.01, 0.03, 0.2)
    'not known'
    >>> place_finding("moves", 0.005, 0.002, 0.008, 0.2)
    'same place'
    """
    if excess is None or low is None or high is None or floor is None:
        return None
    least = SAME_PLACE * floor
    if high < least:
        return "same place"
    return "moved" if is_beyond_noise(finding) and excess >= least else "not known"


def prediction_finding(p: float | None, q2: float | None, alpha: float) -> Prediction | None:
    """Return whether a score predicts better than the mean of the others does.

    It does where its Q squared, the share of the variance that it predicts, is above 0 and
    the p of it at most alpha.

    >>> prediction_finding(0.01, 0.4, 0.05), prediction_finding(0.01, -0.4, 0.05)
    ('predicts', 'within noise')
    """
    if not _tested(p):
        return None
    better = q2 is not None and q2 > 0
    return "predicts" if better and is_significant(p, alpha) else "within noise"


def is_missed(high: float | None, chance: float | None) -> bool:
    """Return whether attention does not follow what is marked in most images of a class.

    It misses them where the whole interval of the share of hits, corrected for chance, is below
    one half. Where chance alone hits half of the maps, as with one region marked in all images,
    always looking there cannot be told from following the marks, and no class counts as missed.

    Args:
        high: upper end of that interval, None where there is none.
        chance: share of maps that hit by chance, 0..1.

    >>> is_missed(0.3, 0.1), is_missed(0.6, 0.1), is_missed(0.3, 0.7), is_missed(None, 0.1)
    (True, False, False, False)
    """
    if high is None or chance is None:
        return False
    return high < MAJORITY and chance < MAJORITY


def is_beyond_noise(finding: Finding | None) -> bool:
    """Return whether a finding says that something is beyond noise.

    >>> is_beyond_noise("gains"), is_beyond_noise("not settled"), is_beyond_noise(None)
    (True, False, False)
    """
    return finding in BEYOND_NOISE


def _tested(p: float | None) -> bool:
    return p is not None and not math.isnan(p)
