"""How well do two halves of the models agree on a score? What no correlation can exceed."""

import numpy as np
from numpy.typing import ArrayLike

from cam_augment.statistics.correlation import standard_ranks

LEAST_STRATEGIES = 3


def halves(count: int, splits: int, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Return two halves of ``count`` models, at random, as shares that sum to 1.

    Halves are equal: of an odd number, one model is left out of both.

    Returns:
        Two float64 [split, model]; all NaN below 2 models.
    """
    half = count // 2
    if not half:
        return (np.full((splits, count), np.nan),) * 2
    order = rng.permuted(np.tile(np.arange(count), (splits, 1)), axis=1)
    return (order < half) / half, ((order >= half) & (order < 2 * half)) / half


def split_half_reliability(first: ArrayLike, second: ArrayLike) -> float:
    """Return how reliable a score is over strategies, 0..1, from its two halves.

    The mean over the splits of the halves' rank correlation, stepped up to all models by
    Spearman (1910) and Brown (1910), 2r / (1 + r); 0 where the halves do not agree.

    Args:
        first, second: float [split, strategy], the score by either half of the models.

    Returns:
        NaN below 3 strategies or where a score is constant or has a NaN.

    >>> round(split_half_reliability([[1, 2, 3, 4]], [[1, 2, 4, 3]]), 3)
    0.889
    """
    pairs = np.stack([first, second], axis=1).astype(float)
    if pairs.shape[2] < LEAST_STRATEGIES or not np.isfinite(pairs).all():
        return np.nan
    r = float(np.mean([standard_ranks(one) @ standard_ranks(other) for one, other in pairs]))
    return 0.0 if r <= 0 else 2 * r / (1 + r)


def ceiling(first: float, second: float) -> float:
    """Return the largest correlation that two scores of such reliabilities can show.

    The root of their product (Spearman 1904), where the errors of the two go each their own
    way. NaN where either is not known.
    """
    return float(np.sqrt(first * second))
