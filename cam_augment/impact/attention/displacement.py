"""How far the centre of attention moved, the seeds' own scatter taken off.

The excess shift by the squared distance of two maps' centroids is, image by image, twice the
squared distance of the arms' mean centroids, free of bias (Szekely and Rizzo 2013): 2C - F - W
of squared Euclidean distances. So the root of half of its mean over images is how far centres
moved. The excess shift by the distance itself understates that: about a given displacement it
grows with the square, as long as that is small beside the scatter.
"""

import numpy as np

from cam_augment.impact.arms import Arms
from cam_augment.impact.scalars import LEAST_RUNS
from cam_augment.metrics.similarity import scaled_centroids
from cam_augment.plan import BASELINE
from cam_augment.statistics import design


def displacements(arms: Arms) -> dict[str, float]:
    """Return how far each strategy's mean centroids lie from the baselines', in diagonals.

    The root of the unbiased mean over images of the squared displacement, 0 where that is
    negative. With folds of pairs of different folds only.
    """
    before = _centroids(arms, BASELINE)
    return {
        label: _displacement(arms, label, before)
        for label in arms.strategies
        if min(len(arms.fits(label)), len(arms.baselines)) >= LEAST_RUNS
    }


def _centroids(arms: Arms, label: str) -> np.ndarray:
    """Return the centroids of an arm's maps, float [model, image, 2], in diagonals."""
    return np.stack([scaled_centroids(maps) for maps in arms.stacks(label)])


def _displacement(arms: Arms, label: str, before: np.ndarray) -> float:
    places = np.concatenate([_centroids(arms, label), before])
    layout = design(len(arms.fits(label)), len(before), arms.blocks(label))
    squares = ((places[:, None] - places[None]) ** 2).sum(axis=-1)  # [model, model, image]
    members, baselines = layout.group, ~layout.group
    kinds = (
        members[:, None] & baselines,
        baselines[:, None] & baselines,
        members[:, None] & members,
    )
    between, floor, within = (_mean(squares[layout.pairs & kind]) for kind in kinds)
    excess = 2 * between - floor - within
    return float(np.sqrt(max(0.0, excess / 2))) if np.isfinite(excess) else np.nan


def _mean(values: np.ndarray) -> float:
    """Return the mean over pairs and images; a map without a centre takes no part."""
    finite = values[np.isfinite(values)]
    return float(finite.mean()) if finite.size else np.nan
