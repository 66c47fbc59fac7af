"""How much of models' differences is their split and how much their seed: variance components.

Value = arm + fold + noise, arms fixed, folds and noise random. Fitting constants (Henderson
1953, method 3): the residuals of the whole model give the noise; the sum of squares by which
folds lessen the residuals of the arms alone gives the folds. Both are unbiased, whatever is
missing, and in a balanced table they are those of the analysis of variance.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from cam_augment.statistics.student import Interval

ROUNDING = 1e-9


@dataclass(frozen=True)
class Components:
    """Variances of folds and of noise, in squared units of the values.

    Attributes:
        fold, noise: estimates; that of folds may be negative. NaN where there is not enough.
        share: folds' part of both, 0..1, a negative estimate counted as 0.
        interval: of the share, from the F distribution of the ratio of mean squares (Searle,
            Casella and McCulloch 1992, 3.6); exact for normal values in a balanced table.
    """

    fold: float
    noise: float
    share: float
    interval: Interval


def variance_components(
    values: ArrayLike, arms: ArrayLike, folds: ArrayLike, alpha: float = 0.05
) -> Components:
    """Return the variance components of ``values``, float [model].

    Args:
        arms, folds: int [model], the arm and the fold of each; alpha: 1 less the level.

    >>> found = variance_components([1, 3, 2, 6], arms=[0, 0, 1, 1], folds=[0, 1, 0, 1])
    >>> round(found.fold, 6), round(found.noise, 6)
    (4.0, 1.0)
    """
    values = np.asarray(values, float)
    arm, fold = (np.eye(i.max() + 1)[i] for i in (_numbered(arms), _numbered(folds)))
    both = np.hstack([arm, fold])
    least = ROUNDING * np.abs(values).max(initial=0)  # residuals below it are no variance
    rest, residuals = (_rest(effects) @ values for effects in (arm, both))
    rest, residuals = (np.where(np.abs(r) > least, r, 0) for r in (rest, residuals))
    rank = np.linalg.matrix_rank(both)
    of_folds, of_noise = rank - arm.shape[1], len(values) - rank
    if not of_folds or not of_noise:
        return Components(np.nan, np.nan, np.nan, Interval(np.nan, np.nan))
    noise = float(residuals @ residuals / of_noise)
    mean_square = float(rest @ rest - residuals @ residuals) / of_folds
    models = np.trace(fold.T @ _rest(arm) @ fold) / of_folds  # of a fold, as they count
    fold_variance = (mean_square - noise) / models
    ratio = mean_square / noise if noise > 0 else np.inf
    return Components(
        fold=float(fold_variance),
        noise=noise,
        share=_share(fold_variance, noise),
        interval=_interval(ratio, models, of_folds, of_noise, alpha),
    )


def _numbered(names: ArrayLike) -> np.ndarray:
    return np.unique(np.asarray(names), return_inverse=True)[1]


def _rest(effects: np.ndarray) -> np.ndarray:
    """Return what takes values to their residuals from these effects [model, model]."""
    return np.eye(len(effects)) - effects @ np.linalg.pinv(effects)


def _share(fold: float, noise: float) -> float:
    fold = max(0.0, fold)
    return float(fold / (fold + noise)) if fold + noise > 0 else np.nan


def _interval(ratio: float, models: float, of_folds: int, of_noise: int, alpha: float) -> Interval:
    from scipy.special import fdtri

    if not np.isfinite(ratio):
        return Interval(np.nan, np.nan)
    quantiles = (fdtri(of_folds, of_noise, level) for level in (1 - alpha / 2, alpha / 2))
    return Interval(*(_share((ratio / float(q) - 1) / models, 1.0) for q in quantiles))
