"""Group-sequential tests: several stages of models that come in rounds.

Whoever tests after every round and stops at the first p below alpha is wrong more often than
alpha says. Here the level is spent bit by bit (Lan and DeMets 1983): when the fraction t of
all information is in, at most alpha t^RHO is gone (the family of Kim and DeMets 1987). The
boundaries follow from the joint distribution of the stages' statistics, which is that of a
Brownian motion seen at those fractions (Jennison and Turnbull 2000, chapters 7 and 19). They
are kept as nominal p, which are compared with those of a t test: the significance levels'
approach (Pocock 1977).
"""

from collections.abc import Sequence
from functools import lru_cache

import numpy as np

RHO = 1.0
_NODES, _WEIGHTS = np.polynomial.legendre.leggauss(160)
_FAR = 9.0  # standard deviations; what lies beyond has no weight
_LEAST = 1e-12
_HALVINGS = 46


def boundaries(fractions: Sequence[float], alpha: float, rho: float = RHO) -> np.ndarray:
    """Return the boundary of each stage's standard normal statistic, one-sided, float64 [stage].

    Under the null the chance that the statistic reaches its boundary at the k-th stage or
    before is alpha t_k^rho.

    Args:
        fractions: of the whole information, rising, above 0, to 1. alpha: level, one-sided.

    Raises:
        ValueError: the fractions do not rise within 0..1.

    >>> boundaries([0.5, 1.0], 0.025).round(4)
    array([2.2414, 2.1251])
    """
    times = tuple(float(t) for t in fractions)
    rises = bool(times) and (np.diff([0.0, *times]) > 0).all()
    if not rises or times[-1] > 1 + 1e-9:
        raise ValueError(f"fractions rise within 0..1; received {times}")
    return np.array(_boundaries(times, float(alpha), float(rho)))


@lru_cache(maxsize=100_000)
def _boundaries(fractions: tuple[float, ...], alpha: float, rho: float) -> tuple[float, ...]:
    """Integrate the motion's density from stage to stage over what has not crossed."""
    from scipy.special import ndtri

    spent = [alpha * t**rho for t in fractions]
    bounds = [float(-ndtri(spent[0]))]
    points, weights = _continuing(bounds[0], fractions[0])
    mass = weights * _normal(points, fractions[0])
    for stage in range(1, len(fractions)):
        step = fractions[stage] - fractions[stage - 1]
        value = _crossed_at(points, mass, step, spent[stage] - spent[stage - 1])
        bounds.append(float(value / np.sqrt(fractions[stage])))
        nodes, weights = _continuing(bounds[-1], fractions[stage])
        mass = weights * (_normal(nodes[:, None] - points, step) @ mass)
        points = nodes
    return tuple(bounds)


def _continuing(bound: float, fraction: float) -> tuple[np.ndarray, np.ndarray]:
    """Return nodes and weights over the values of the motion that have not crossed."""
    low, high = -_FAR * np.sqrt(fraction), min(bound, _FAR) * np.sqrt(fraction)
    return (high + low) / 2 + (high - low) / 2 * _NODES, (high - low) / 2 * _WEIGHTS


def _normal(values: np.ndarray, variance: float) -> np.ndarray:
    return np.exp(-(values**2) / (2 * variance)) / np.sqrt(2 * np.pi * variance)


def _crossed_at(points: np.ndarray, mass: np.ndarray, step: float, chance: float) -> float:
    """Return the value above which the motion comes in this step with this chance."""
    from scipy.special import ndtr

    low, high = -_FAR, _FAR
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        value = mass @ ndtr((points - middle) / np.sqrt(step))
        low, high = (middle, high) if value > chance else (low, middle)
    return high


def sequential_p(ps: Sequence[float], fractions: Sequence[float], rho: float = RHO) -> float:
    """Return the least level at which one of the stages so far would have crossed, 0..1.

    It is a p value at whatever stage one stops, for whatever reason, and never rises with
    further stages; so it may be corrected over strategies as any other p (the repeated p value
    of Jennison and Turnbull 2000, chapter 9, on these boundaries).

    Args:
        ps: one-sided p of each stage by itself. NaN: that stage could not be tested.
        fractions: of the whole information at each, rising, above 0, to 1.

    Returns:
        p; NaN where no stage was tested.

    >>> round(sequential_p([0.01], [0.5]), 6), round(sequential_p([0.2, 0.01], [0.5, 1.0]), 4)
    (0.02, 0.0154)
    """
    from scipy.special import ndtri

    observed = np.asarray(ps, float)
    if np.isnan(observed).all():
        return float("nan")
    reached = -ndtri(np.clip(np.where(np.isnan(observed), 1, observed), 1e-300, 1))
    levels, table = _table(tuple(float(t) for t in fractions), float(rho))
    crossed = [np.interp(-z, -bounds, levels) for z, bounds in zip(reached, table, strict=True)]
    first = observed[0] / fractions[0] ** rho
    return float(np.nanmin([1.0, first, *np.exp(crossed[1:])]))


@lru_cache(maxsize=64)
def _table(fractions: tuple[float, ...], rho: float) -> tuple[np.ndarray, np.ndarray]:
    """Return logarithms of levels [level], and each stage's boundary at them [stage, level].

    Between them p is interpolated, which is off by less than a thousandth of it.
    """
    levels = np.linspace(np.log(_LEAST), np.log(0.9999), 240)
    bounds = [boundaries(fractions, np.exp(level), rho) for level in levels]
    return levels, np.array(bounds).T


def chance_to_cross(z: float, fraction: float, bound: float) -> float:
    """Return the chance that the last stage's statistic will reach ``bound``, 0..1.

    The predictive power under a flat prior of the drift (Spiegelhalter, Freedman and
    Blackburn 1986): by the Brownian motion at ``fraction``, the last value is normal about
    z / sqrt(fraction) with variance (1 - fraction) / fraction. Stopping where it is small
    spends nothing of the level: it can only lose power.

    Args:
        z: the statistic now, positive towards the bound. fraction: of the information now.

    >>> round(chance_to_cross(2.0, 0.5, 2.0), 3), chance_to_cross(2.1, 1.0, 2.0)
    (0.796, 1.0)
    """
    from scipy.special import ndtr

    if fraction >= 1 - 1e-9:
        return float(z >= bound)
    return float(ndtr((z / np.sqrt(fraction) - bound) / np.sqrt((1 - fraction) / fraction)))
