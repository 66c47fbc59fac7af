"""How far the centre of attention moved, against the unbiased squared distance of mean places."""

import numpy as np
import pytest

from cam_augment.impact.arms import Arms
from cam_augment.impact.attention.displacement import displacements
from cam_augment.metrics.similarity import centroid_shift, scaled_centroids
from cam_augment.plan import BASELINE
from cam_augment.statistics import energy_test
from tests.arms import arms_of

GRID, IMAGES = 8, 300


def blobs(rng, centre, models: int, scatter: float) -> list[np.ndarray]:
    """Return maps [image, row, column] of models: blobs about a place, off by each model's whim."""
    rows, columns = np.indices((GRID, GRID))
    places = centre + rng.normal(0, scatter, (models, IMAGES, 2))
    return [
        np.exp(-((rows - y[:, None, None]) ** 2 + (columns - x[:, None, None]) ** 2) / 3)
        for y, x in np.moveaxis(places, 2, 1)
    ]


def study(shift: float, scatter: float = 0.3, folds: int | None = None, models: int = 4) -> Arms:
    """Models with blobs for maps, of a strategy to the right of the baselines'."""
    rng = np.random.default_rng(0)
    maps = {
        BASELINE: np.float32(blobs(rng, np.array([3.5, 3.5]), 8, scatter)),
        "zoom": np.float32(blobs(rng, np.array([3.5, 3.5 + shift]), models, scatter)),
    }
    logits = {label: np.zeros((len(of_arm), IMAGES, 2)) for label, of_arm in maps.items()}
    return arms_of(logits, np.zeros(IMAGES, int), folds, maps)


def test_it_is_the_root_of_the_unbiased_squared_displacement():
    arms = study(1.0)
    places = {
        k: np.stack([scaled_centroids(m) for m in arms.stacks(k)]) for k in ("zoom", BASELINE)
    }
    squared = ((places["zoom"].mean(axis=0) - places[BASELINE].mean(axis=0)) ** 2).sum(axis=1)
    for arm in places.values():  # what the arms' own scatter adds to it
        squared -= arm.var(axis=0, ddof=1).sum(axis=1) / len(arm)
    assert displacements(arms)["zoom"] == pytest.approx(np.sqrt(squared.mean()))


@pytest.mark.parametrize("folds", [None, 2])
def test_a_planted_displacement_comes_out_and_centroid_shift_understates_it(folds):
    arms = study(0.3, scatter=0.5, folds=folds)
    result = displacements(arms)["zoom"] * np.hypot(GRID, GRID)
    assert result == pytest.approx(0.3, rel=0.25)
    stacks = (*arms.stacks("zoom"), *arms.stacks(BASELINE))
    centres = [scaled_centroids(maps) for maps in stacks]
    distance = np.array([[centroid_shift(a, b).mean() for a in centres] for b in centres])
    assert energy_test(distance, 4).excess * np.hypot(GRID, GRID) < result / 2


def test_nothing_is_none_and_one_model_has_none():
    assert displacements(study(0.0))["zoom"] < 0.02
    assert displacements(study(1.0, models=1)) == {}
