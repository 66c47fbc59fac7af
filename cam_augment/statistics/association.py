"""Do two changes go together over images, when whole models are the replicate?

Images share their models: a permutation of images would take one model's whim, which shows
on many images at once, for many independent findings. So whole models are relabelled.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from cam_augment.statistics.design import Blocks, Design, design, relabellings

LIMIT = 2_000
LEAST = 3  # points
ROUNDING = 1e-9


@dataclass(frozen=True)
class Association:
    """How closely two changes go together, with the two-sided relabelling p.

    Attributes:
        rho, p: over images, within groups. rho_groups, p_groups: over the groups' means.
        images, groups: how many count. All NaN where there are too few.
    """

    rho: float
    p: float
    rho_groups: float
    p_groups: float
    images: int
    groups: int


def association_test(
    distance: ArrayLike,
    values: ArrayLike,
    groups: ArrayLike,
    n_a: int,
    limit: int = LIMIT,
    seed: int = 0,
    blocks: Blocks = None,
) -> Association:
    """Test whether the images on which A's models moved most are those whose values changed most.

    Each image has the excess 2C - F - W of its own distances, and the difference of its
    values' means, A less the others. Over images, each group's mean is taken off both, so
    that what differs between groups counts nothing. p is the share of relabellings of whole
    models, the observed one included, whose covariance is as large: with both sides
    relabelled, with either alone, and of the three the largest (an intersection-union test,
    Berger 1982). So neither a shift alone nor a change of values alone is an association. A
    correlation would not do: a labelling that mixes a few models keeps it while the changes
    shrink. rho is the correlation of the ranks, as a measure of how close the two are.

    Args:
        distance: float [model, model, image], A's models first.
        values: float [model, image]. groups: int [image]. n_a: models of A, 2 or more.
        blocks: int [model] or None: relabelled within blocks, differences within blocks, and
            distances of different blocks only.
    """
    distance, values, groups = np.asarray(distance), np.asarray(values), np.asarray(groups)
    layout = design(n_a, len(values) - n_a, blocks)
    first, second = np.nonzero(np.triu(layout.pairs))
    pairs = distance[first, second].astype(np.float64)
    usable = np.isfinite(pairs).all(axis=0) & np.isfinite(values).all(axis=0)
    names, groups = np.unique(groups[usable], return_inverse=True)
    if usable.sum() < LEAST or not _measurable(layout, first, second):
        return Association(*(np.nan,) * 4, int(usable.sum()), len(names))
    labels = relabellings(n_a, len(values) - n_a, limit, seed, blocks)
    shifts = _weights(labels, first, second) @ pairs[:, usable]
    changes = layout.differences(values[:, usable], labels)
    member = np.eye(len(names))[groups]
    one = np.ones((len(names), 1))
    sizes = member.sum(axis=0)
    inside = _rank_correlation(shifts, changes, member)
    between = _rank_correlation(shifts @ member / sizes, changes @ member / sizes, one)
    return Association(*inside, *between, int(usable.sum()), len(names))


def _measurable(layout: Design, first: np.ndarray, second: np.ndarray) -> bool:
    """Return whether there are pairs of each kind, and a block with models of both groups."""
    kinds = layout.group[first].astype(int) + layout.group[second]
    return len(np.unique(kinds)) == 3 and layout.weight > 0


def _rank_correlation(
    shifts: np.ndarray, changes: np.ndarray, member: np.ndarray
) -> tuple[float, float]:
    """Return rho of the observed labelling, row 0, and p by the covariance of all rows.

    Args:
        moved, changed: float [relabelling, point]. member: float [point, group], 0 or 1.
    """
    a, b = _within(shifts, member), _within(changes, member)
    # Both sides relabelled; and either alone, the other as observed.
    covariances = np.abs([(a * b).sum(axis=1), b @ a[0], a @ b[0]])
    x, y = (_within(_ranks(side[:1]), member)[0] for side in (shifts, changes))
    power = np.sqrt((x @ x) * (y @ y))
    if len(x) < LEAST or power < ROUNDING:
        return np.nan, np.nan
    larger = covariances >= covariances[:, :1] * (1 - ROUNDING)
    return float(x @ y / power), float(larger.mean(axis=1).max())


def _weights(labels: np.ndarray, first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """Return what turns pairs into 2C - F - W, float [relabelling, pair]."""
    a, b = labels[:, first], labels[:, second]
    kinds = (2, a != b), (-1, a & b), (-1, ~a & ~b)
    return sum(sign * kind / np.maximum(1, kind.sum(axis=1, keepdims=True)) for sign, kind in kinds)


def _ranks(rows: np.ndarray) -> np.ndarray:
    """Return the ranks of every row; ties, which rounding alone makes here, by place."""
    return rows.round(12).argsort(axis=1, kind="stable").argsort(axis=1).astype(np.float64)


def _within(rows: np.ndarray, member: np.ndarray) -> np.ndarray:
    """Return rows less their groups' means."""
    return rows - (rows @ member / member.sum(axis=0)) @ member.T
