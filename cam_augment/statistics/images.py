"""What the choice of test images adds to the variance of a difference of arms.

All models are measured on the same images, so another choice of images moves an arm's gain as
a whole: no further model averages that away. A score that is a mean over images has one value
per image; for others the influence values psi stand in for it, of which the score's deviation
is the mean to first order (von Mises 1947; for AUROC these are the components of DeLong,
DeLong and Clarke-Pearson 1988). With D_t the contrast of arms on image t,

    v = max(0, variance of D_t over images - cells) / T,

where cells is what the models' noise on single images adds to that variance, which the
variance over models counts already (as in two-way clustering: Cameron, Gelbach and Miller
2011, eq. 2.13). Where a score has no influence values, draws of a bootstrap over images take
the place of images.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike

from cam_augment.statistics.groups import ROUNDING, Groups
from cam_augment.statistics.moderated import moderate


def image_part(values: ArrayLike, groups: Groups, contrasts: np.ndarray) -> np.ndarray:
    """Return the image part v of each contrast's variance, float [contrast].

    Args:
        contrasts: float [contrast, arm].
        values: float [model, image], scores or influence values of single images, or of clusters
            of them. NaN below two: of what another choice of images would do nothing is known.
    """
    values = np.asarray(values, float)
    images = values.shape[1]
    if images < 2:
        return np.full(len(contrasts), np.nan)
    return np.maximum(0, _beyond_cells(values, groups, contrasts)) / images


def stratified_image_part(
    values: ArrayLike, groups: Groups, contrasts: np.ndarray, strata: ArrayLike
) -> tuple[np.ndarray, np.ndarray]:
    """Return v where the mix of strata is given, as that of classes, and the units behind it.

    The mean over T images is a sum of strata, so v = sum (T_c / T)^2 b_c / T_c, with b_c the
    variance of contrasts over the images of a stratum, beyond cells. That of few images may be
    small by luck. So its ratio to the cells' variance, which no scale of a stratum changes, counts
    at least as ``moderate`` has it, drawn towards what all strata share by PRIOR_DF degrees of
    freedom. The degrees of freedom are those of a sum of variances (Satterthwaite 1946): a class
    of three images among thousands knows as little as three do.

    Args:
        values, contrasts: as in ``image_part``. strata: int [image], or [cluster].

    Returns:
        v, float [contrast], NaN where a stratum has one image: of what another would do nothing is
        known; and the degrees of freedom plus one, float [contrast].
    """
    values, strata = np.asarray(values, float), np.asarray(strata)
    names, sizes = np.unique(strata, return_counts=True)
    if sizes.min(initial=2) < 2 or not len(values):
        return np.full(len(contrasts), np.nan), np.full(len(contrasts), np.inf)
    of_strata = [_variances(values[:, strata == name], groups, contrasts) for name in names]
    whole, cells = (np.array(part) for part in zip(*of_strata, strict=True))  # [stratum, contrast]
    alone = np.maximum(0, whole - cells)
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = np.where(cells > 0, alone / cells, np.nan)
    together = moderate(ratio.T, sizes - 1.0)
    is_raised = ratio < together.variance.T
    beyond = np.where(is_raised, together.variance.T * cells, alone)
    parts = beyond * sizes[:, None] / values.shape[1] ** 2
    df = np.where(is_raised, together.df.T, sizes[:, None] - 1.0)
    squares = (parts**2 / df).sum(axis=0)
    with np.errstate(invalid="ignore"):
        of_sum = np.where(squares > 0, parts.sum(axis=0) ** 2 / squares, (sizes - 1).sum())
    return parts.sum(axis=0), of_sum + 1


def of_clusters(values: ArrayLike, clusters: ArrayLike) -> np.ndarray:
    """Return the values of clusters of images that are chosen together, as tiles of pictures are.

    With T images in G clusters, each cluster's value is the mean of all and G / T times the sum of
    what its images differ from that: their mean is the mean over images, and their variance over G
    that of this mean when whole clusters are drawn (Cameron, Gelbach and Miller 2011, eq. 2.3).

    Args:
        values: float [model, image]. clusters: int [image].

    Returns:
        float [model, cluster].

    >>> of_clusters([[1.0, 1.0, 0.0, 2.0]], [5, 5, 2, 2]).tolist()
    [[1.0, 1.0]]
    """
    values = np.asarray(values, float)
    means = values.mean(axis=1, keepdims=True)
    sums = sums_of_clusters(values - means, clusters)
    return means + sums * (sums.shape[1] / values.shape[1])


def sums_of_clusters(values: np.ndarray, clusters: ArrayLike) -> np.ndarray:
    """Return the sums over the images of each cluster, float [model, cluster].

    Args:
        values: [model, image], without NaN. clusters: int [image].

    >>> sums_of_clusters(np.array([[1, 1, 0, 2]]), [5, 5, 2, 2]).tolist()
    [[2.0, 2.0]]
    """
    names, member = np.unique(clusters, return_inverse=True)
    sums = np.zeros((len(names), len(values)))
    np.add.at(sums, member, values.T)
    return sums.T


def bootstrap_image_part(draws: ArrayLike, groups: Groups, contrasts: np.ndarray) -> np.ndarray:
    """Return the image part v of each contrast's variance by a bootstrap, float [contrast].

    Args:
        contrasts: float [contrast, arm].
        draws: float [model, draw], every model's score on the same resampled images
            (see ``resampling``).
    """
    return np.maximum(0, _beyond_cells(np.asarray(draws, float), groups, contrasts))


def _beyond_cells(values: np.ndarray, groups: Groups, contrasts: np.ndarray) -> np.ndarray:
    """Return the variance of contrasts over columns, less that of single cells."""
    whole, cells = _variances(values, groups, contrasts)
    return whole - cells


def _variances(
    values: np.ndarray, groups: Groups, contrasts: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Return the variance of contrasts over columns, and that of it which is of single cells.

    What rounding leaves of a model's equal values is no variance of cells.
    """
    count = values.shape[1]
    whole = (groups.weights(contrasts) @ values).var(axis=1, ddof=1)
    single = values - values.mean(axis=1, keepdims=True)
    least = ROUNDING * np.abs(values).max(axis=1, keepdims=True, initial=0)
    single = np.where(np.abs(single) > least, single, 0)
    noise = groups.variances(single.T).sum(axis=0) / (count - 1)
    return whole, groups.shares(contrasts) @ np.nan_to_num(noise)


def balanced_influence(right: ArrayLike, labels: ArrayLike) -> np.ndarray:
    """Return the influence values of balanced accuracy, T / (K T_c) (right - recall_c).

    Args:
        right: [model, image], 0 or 1. labels: int [image], the class of each.

    Returns:
        float [model, image]; their mean is 0 for every model.
    """
    right, labels = np.asarray(right, float), np.asarray(labels)
    classes, members = np.unique(labels, return_inverse=True)
    member = np.eye(len(classes))[members]
    counts = member.sum(axis=0)
    recall = right @ member / counts
    return (right - recall @ member.T) * (len(labels) / (len(classes) * (member @ counts)))


def finite_test_variance(right: ArrayLike, clusters: ArrayLike | None = None) -> float:
    """Return the part of the seed variance of accuracy that is the finite test set's.

    The variance over models of how many images of a cluster are right, summed over clusters, by
    N^2 of the N images: what models would differ by if each cluster were its own toss. Of single
    images that is sum p (1 - p) R / (R - 1) / N^2, p the share of R models that are right.

    Args:
        right: [model, image], 0 or 1, two models or more of one arm.
        clusters: int [image], images that were chosen together; None: each by itself.
    """
    right = np.asarray(right, float)
    images = right.shape[1]
    if clusters is not None:
        right = sums_of_clusters(right, clusters)
    return float(right.var(axis=0, ddof=1).sum() / images**2)


def finite_test_share(arms: Sequence[np.ndarray], clusters: ArrayLike | None = None) -> float:
    """Return the share of the seed variance of accuracy that is the finite test set's, 0..1.

    That part (``finite_test_variance``) over the variance within arms, both pooled over them by
    their degrees of freedom. More test images take it away; more models average over it.

    Args:
        arms: [model, image] each, 0 or 1; those of one model tell nothing.
        clusters: int [image], images that were chosen together; None: each by itself.

    Returns:
        the share, 1 at most; NaN where no two models of an arm differ in accuracy.
    """
    several = [np.asarray(right, float) for right in arms if len(right) > 1]
    weights = [len(right) - 1 for right in several]
    parts = [finite_test_variance(right, clusters) for right in several]
    part = sum(w * of_arm for w, of_arm in zip(weights, parts, strict=True))
    whole = sum(
        w * right.mean(axis=1).var(ddof=1) for w, right in zip(weights, several, strict=True)
    )
    return float(min(1.0, part / whole)) if whole > 0 else float("nan")
