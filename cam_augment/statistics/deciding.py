"""Which differences are beyond noise, and the one interval that says the same.

Each contrast has a moderated t (``moderated``) and a p that is corrected over the family. The
*deciding interval* of a contrast is its interval at the level at which the correction judges
it, so it leaves out 0 exactly where the corrected p is at most alpha. It is not simultaneous:
it decides about one contrast, in its place among the others.

What is not beyond noise may still be known to be small. The *bounds* are one-sided limits of
level 1 - alpha, uncorrected: an upper bound below the margin says "no gain worth having", and
both bounds inside the margins say "equivalent" (Schuirmann 1987, the two one-sided tests).
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from cam_augment.statistics.moderated import Contrasts
from cam_augment.statistics.multiplicity import adjust, deciding_levels
from cam_augment.statistics.significance import are_significant


class Decision(NamedTuple):
    """What a family of contrasts shows, float [..., contrast]; NaN where V is 0.

    Attributes:
        p: two-sided. p_adjusted: corrected over the family.
        low, high: the deciding interval.
        side: 1 where the contrast is beyond noise and positive, -1 negative, 0 neither; int.
    """

    p: np.ndarray
    p_adjusted: np.ndarray
    low: np.ndarray
    high: np.ndarray
    side: np.ndarray


class Bounds(NamedTuple):
    """One-sided limits of level 1 - alpha each, float [..., contrast]; NaN where V is 0."""

    low: np.ndarray
    high: np.ndarray


def decide(
    contrasts: Contrasts,
    alpha: float,
    method: str = "holm",
    others: int | np.ndarray = 0,
    judged: np.ndarray | None = None,
) -> Decision:
    """Return what is beyond noise in a family of contrasts.

    Args:
        alpha: level of the family. method: ``holm`` or ``bh``.
        others: members of the family that stopped before and count as p = 1; an int, or
            [..., 1]. judged: bool [..., contrast], the family (``stage_family``); None: all.
            Of a contrast outside it nothing is said.
    """
    t = contrasts.estimate / contrasts.error
    p = two_sided(t, contrasts.df)
    outside = np.zeros(p.shape, bool) if judged is None else ~judged
    unknown = np.isnan(p) | outside
    family = np.where(outside, np.nan, np.where(unknown, 1.0, p))
    corrected = adjust(family, method, others)
    levels = deciding_levels(family, alpha, method, others)
    reach = quantiles(1 - levels / 2, contrasts.df) * contrasts.error
    beyond = are_significant(corrected, alpha) & ~unknown
    return Decision(
        p=np.where(outside, np.nan, p),
        p_adjusted=np.where(unknown, np.nan, corrected),
        low=contrasts.estimate - reach,
        high=contrasts.estimate + reach,
        side=np.where(beyond, np.sign(contrasts.estimate), 0).astype(int),
    )


def bounds(contrasts: Contrasts, alpha: float) -> Bounds:
    """Return the one-sided limits of each contrast by itself."""
    reach = quantiles(1 - alpha, contrasts.df) * contrasts.error
    return Bounds(contrasts.estimate - reach, contrasts.estimate + reach)


def no_gain_worth_having(limits: Bounds, margin: ArrayLike) -> np.ndarray:
    """Return where the upper bound lies below the margin, bool [..., contrast]."""
    return limits.high < margin


def equivalent(limits: Bounds, margin: ArrayLike) -> np.ndarray:
    """Return where both bounds lie inside -margin..margin, bool [..., contrast]."""
    return (limits.high < margin) & (limits.low > -np.asarray(margin))


def equivalence_p(contrasts: Contrasts, margin: ArrayLike) -> np.ndarray:
    """Return p of the two one-sided tests, the larger of both, float [..., contrast].

    Args:
        margin: how far from 0 a contrast may lie, 0 or more.
    """
    above = above_p(contrasts.estimate + margin, contrasts)
    below = above_p(margin - contrasts.estimate, contrasts)
    return np.maximum(above, below)


def above_p(excess: ArrayLike, contrasts: Contrasts) -> np.ndarray:
    """Return P(t > excess / standard error), one-sided, float [..., contrast]."""
    from scipy.special import stdtr

    return stdtr(contrasts.df, -np.asarray(excess) / contrasts.error)


def two_sided(t: np.ndarray, df: np.ndarray) -> np.ndarray:
    """Return 2 P(T > |t|) of Student's t.

    Args:
        t: float, of any shape. df: degrees of freedom, shaped alike or one for all.
    """
    from scipy.special import stdtr

    return 2 * stdtr(df, -np.abs(t))


def quantiles(probability: ArrayLike, df: ArrayLike) -> np.ndarray:
    """Return quantiles of Student's t for arrays of probabilities and degrees of freedom.

    Args:
        probability: 0..1, of any shape. df: degrees of freedom, shaped alike or one for all.
    """
    from scipy.special import stdtrit

    return stdtrit(df, probability)
