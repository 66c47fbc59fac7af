"""Differences of arms where each fold's models are judged on test images of that fold alone.

With a rotating test part what an arm gains is one number a fold. It holds the choice of test
images, that of training images, and the seeds together; folds share no test image. So the F
numbers d_f of a contrast of arms are its replicates, and

    V = s~^2 / F,     s~^2 = (d_0 s_0^2 + d s^2) / (d_0 + d),     d = F - 1,

with s^2 their variance, drawn towards s_0^2, what all contrasts share, as the variances of arms
are in ``moderated``; degrees of freedom min(d_0 + d, D). That models of a fold see the same
images, and that arms answer to them in ways of their own, is in d_f: models are no replicates
here, since more of them on the same images would not make it smaller.
"""

import numpy as np
from numpy.typing import ArrayLike

from cam_augment.statistics.groups import ROUNDING, Groups
from cam_augment.statistics.moderated import Contrasts, moderate


def rotating_contrast(
    values: ArrayLike, groups: Groups, contrasts: np.ndarray, pooled: ArrayLike | None = None
) -> Contrasts:
    """Return contrasts of arms, of one number per model, each judged on its own fold.

    Args:
        values: float [..., model], without NaN. groups: of models with folds.
        contrasts: float [contrast, arm].
        pooled: bool [arm], whose contrasts count in s_0^2; None: all.

    Returns:
        Contrasts, the whole variance in their image part: more models alone would not lessen it.
        NaN where arms meet in fewer than two folds.
    """
    values = np.asarray(values, float)
    means, fold_pairs = _by_fold(values, groups, contrasts)
    differences = np.where(fold_pairs, contrasts @ means, 0)  # [..., contrast, fold]
    folds = fold_pairs.sum(axis=1)
    few = folds < 2
    estimate = differences.sum(axis=-1) / np.where(few, np.nan, folds)
    residuals = np.where(fold_pairs, differences - estimate[..., None], 0)
    rounding = ROUNDING * np.abs(values).max(axis=-1, initial=0)[..., None, None]
    squares = (np.where(np.abs(residuals) > rounding, residuals, 0) ** 2).sum(axis=-1)
    variance = squares / np.where(few, np.nan, folds - 1)
    counted = None if pooled is None else _counted(contrasts, np.asarray(pooled))
    moderation = moderate(variance, np.where(few, 0, folds - 1), counted)
    whole = moderation.variance / np.where(few, np.nan, folds)
    return Contrasts(estimate, whole, moderation.df, whole)


def _counted(contrasts: np.ndarray, pooled: np.ndarray) -> np.ndarray:
    """Return which contrasts count in s_0^2, bool [contrast]: those without an arm left out.

    An arm that is in all of them, as the baselines are, leaves none out.
    """
    involved = np.abs(contrasts) > 0
    return ~(involved & ~pooled & ~involved.all(axis=0)).any(axis=1)


def _by_fold(
    values: np.ndarray, groups: Groups, contrasts: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Return arms' means in every fold [..., arm, fold], 0 where an arm has no model there, and
    in which folds all arms of a contrast have some, bool [contrast, fold]."""
    fold = np.unique(np.asarray(groups.fold), return_inverse=True)[1]
    member = np.eye(int(fold.max()) + 1)[fold]
    models = groups.member.T @ member
    sums = np.einsum("...m,ma,mf->...af", values, groups.member, member)
    fold_pairs = (np.abs(contrasts) > 0) @ (models == 0).astype(float) == 0
    return sums / np.maximum(models, 1), fold_pairs
