"""Differences of arms with moderated variances: few models of an arm, but all arms together.

Four models hardly know their own variance. Each arm's variance is drawn towards the one that
all arms share (Smyth 2004, Statistical Applications in Genetics and Molecular Biology 3(1),
eq. 6), as if that were known from PRIOR_DF further models:

    s_0^2 = sum d_h s_h^2 / D,     D = sum d_h,
    s~_h^2 = (d_0 s_0^2 + d_h s_h^2) / (d_0 + d_h),     f_h = min(d_0 + d_h, D).

d_0 is fixed, since ten or so arms cannot estimate it, and s_0^2 is pooled. The variance of a
contrast of arms with weights w is V = sum s~_h^2 (sum of w^2 over arm h) + v, with v what the
choice of test images adds (``images.image_part``), and its degrees of freedom are Satterthwaite's
(1946), no more than D.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from cam_augment.statistics.groups import ROUNDING, Groups

PRIOR_DF = 6.0


class Moderated(NamedTuple):
    """Variances of arms, each drawn towards what all share.

    Attributes:
        variance, df: float [..., arm], s~_h^2 and f_h.
        pooled, pooled_df: float [...], s_0^2 and D, the degrees of freedom behind it.
    """

    variance: np.ndarray
    df: np.ndarray
    pooled: np.ndarray
    pooled_df: np.ndarray


class Contrasts(NamedTuple):
    """Differences of arms, each with its variance.

    Attributes:
        estimate, variance, df: float [..., contrast]; the variance V with its image part.
        image: the image part v of V, float [..., contrast].
    """

    estimate: np.ndarray
    variance: np.ndarray
    df: np.ndarray
    image: np.ndarray

    @property
    def error(self) -> np.ndarray:
        """The standard error, NaN where V is 0 or NaN: nothing is known of the noise then."""
        return np.sqrt(np.where(self.variance > 0, self.variance, np.nan))


def moderate(
    variance: ArrayLike, df: ArrayLike, pooled: ArrayLike | None = None, prior_df: float = PRIOR_DF
) -> Moderated:
    """Return the variances of arms, moderated.

    Args:
        variance: float [..., arm], NaN where an arm has none. df: float [arm].
        pooled: bool [arm], whose variance counts in s_0^2; None: all. An arm that collapsed
            (far less accurate than the others) varies otherwise and is left out.

    >>> moderate([[1.0, 3.0]], np.array([3.0, 7.0])).variance.round(4)
    array([[1.9333, 2.7231]])
    """
    variance, df = np.asarray(variance, float), np.asarray(df, float)
    finite = np.isfinite(variance) & (df > 0)
    counted = finite if pooled is None else finite & pooled
    weight = np.where(counted, df, 0)
    total = weight.sum(axis=-1)
    squares = np.where(finite, variance, 0)
    shared = (weight * squares).sum(axis=-1) / np.where(total > 0, total, np.nan)
    within = np.where(finite, df, 0)
    posterior = (prior_df * shared[..., None] + within * squares) / (prior_df + within)
    return Moderated(posterior, np.minimum(prior_df + within, total[..., None]), shared, total)


def contrast(
    values: ArrayLike,
    groups: Groups,
    contrasts: np.ndarray,
    image: ArrayLike = 0.0,
    images: ArrayLike = np.inf,
    pooled: ArrayLike | None = None,
) -> Contrasts:
    """Return contrasts of arms, of one number per model, with moderated variances.

    Args:
        values: float [..., model], without NaN. contrasts: float [contrast, arm].
        image: the image part of each contrast's variance, [..., contrast]; images: T, the
            number of images behind it, of all contrasts or of each. pooled: as in ``moderate``.
    """
    values = np.asarray(values, float)
    arms = moderate(groups.variances(values), groups.df, pooled)
    parts = arms.variance[..., None, :] * groups.shares(contrasts)
    image = np.broadcast_to(np.asarray(image, float), parts.shape[:-1])
    variance = parts.sum(axis=-1) + image
    # What sums of equal numbers leave is rounding, and no noise.
    rounding = (ROUNDING * np.abs(values).max(axis=-1, initial=0)[..., None]) ** 2
    variance = np.where(variance <= rounding, 0, variance)
    squares = (parts**2 / arms.df[..., None, :]).sum(axis=-1) + image**2 / np.maximum(
        np.asarray(images, float) - 1, 1
    )
    df = variance**2 / np.where(squares > 0, squares, np.nan)
    estimate = values @ groups.weights(contrasts).T
    return Contrasts(estimate, variance, np.minimum(df, arms.pooled_df[..., None]), image)


def collapsed(means: ArrayLike, far: float = 0.10) -> np.ndarray:
    """Return which arms' mean accuracy is off that of most others by more than ``far``, bool [arm].

    Most others are those about the arm that has the most of them within ``far``; of several such
    arms, one near the first arm, the baselines, and then the one nearest to the median. So there
    is always one that has not collapsed.

    Args:
        means: float [arm], accuracy 0..1, the baselines' first.

    >>> collapsed([0.93, 0.94, 0.41])
    array([False, False,  True])
    >>> collapsed([0.93, 0.55])
    array([False,  True])
    """
    means = np.asarray(means, float)
    near = np.abs(means[:, None] - means) <= far
    off_median = np.abs(means - np.median(means))
    middle = np.lexsort((off_median, ~near[0], -near.sum(axis=0)))[0]
    return ~near[middle]
