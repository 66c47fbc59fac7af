"""The excess shift of single models: what a strategy's E is the mean of."""

import numpy as np

from cam_augment.plan import BASELINE
from cam_augment.records import ImpactProfile


def shifts_of_models(profile: ImpactProfile, arm: str) -> list[float]:
    """Return 2 c - F - w of every model of an arm; their mean is the arm's E.

    c is the mean distance of the model's maps from those of the baselines, w from those of the
    other models of its arm, F that of two baselines. Of a study in stages, the baselines are those
    of the arm's last stage. A baseline stands for a strategy of its own: 2 (c - F).

    Empty where distances are missing, an arm has one model, or folds are not to be compared.
    """
    models = np.array(profile.models)
    members, baselines = np.flatnonzero(models == arm), np.flatnonzero(models == BASELINE)
    stop = next((stop for stop in profile.stages if stop.strategy == arm), None)
    baselines = baselines[: stop.baselines if stop else None]
    if min(len(members), len(baselines)) < 2 or profile.plan.folds is not None:
        return []
    distance = np.array(profile.distance, float)
    floor = _among(distance, baselines)
    if arm == BASELINE:
        return (2 * (floor - floor.mean())).tolist()
    between = distance[np.ix_(members, baselines)].mean(axis=1)
    shifts = 2 * between - floor.mean() - _among(distance, members)
    return shifts.tolist() if np.isfinite(shifts).all() else []


def _among(distance: np.ndarray, models: np.ndarray) -> np.ndarray:
    """Return each model's mean distance from the others of a group."""
    block = distance[np.ix_(models, models)].copy()
    np.fill_diagonal(block, 0)
    return block.sum(axis=1) / (len(models) - 1)
