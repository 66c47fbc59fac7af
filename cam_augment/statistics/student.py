"""Student's t: intervals from a variance and its degrees of freedom, and what a design can see."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np


class Interval(NamedTuple):
    """A confidence interval; both ends NaN where it is not defined."""

    low: float
    high: float


def quantile(probability: float, df: float = np.inf) -> float:
    """Return the quantile of Student's t with ``df`` degrees of freedom (normal at inf).

    >>> round(quantile(0.975), 3), round(quantile(0.975, 3), 3)
    (1.96, 3.182)
    """
    from scipy.special import ndtri, stdtrit

    return float(ndtri(probability) if np.isinf(df) else stdtrit(df, probability))


def around(estimate: float, variance: float, df: float, alpha: float) -> Interval:
    """Return estimate +- t times the root of its variance."""
    if not np.isfinite(estimate) or not np.isfinite(variance):
        return Interval(np.nan, np.nan)
    reach = quantile(1 - alpha / 2, df) * np.sqrt(variance) if variance > 0 else 0.0
    return Interval(float(estimate - reach), float(estimate + reach))


def satterthwaite(variance: float, parts: Sequence[tuple[float, float]]) -> float:
    """Return the degrees of freedom of a sum of independent (variance, its own df) parts."""
    rest = sum(part**2 / df for part, df in parts)
    return variance**2 / rest if rest > 0 else np.inf


def smallest_estimate(variance: float, df: float, alpha: float = 0.05, power: float = 0.8) -> float:
    """Return the least estimate found two-sided with ``power``, by its variance and df.

    (t[1 - alpha/2] + t[power]) times the standard error: the shifted-t approximation of the
    noncentral t.

    >>> round(smallest_estimate(0.3, 4), 2)
    2.04
    """
    return float((quantile(1 - alpha / 2, df) + quantile(power, df)) * np.sqrt(variance))
