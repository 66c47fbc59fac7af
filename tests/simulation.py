"""A study of simulated models, whose attention and accuracy are known."""

from dataclasses import replace

import numpy as np

from cam_augment import impact
from cam_augment.plan import Plan
from cam_augment.records import DataSet, Fit, Maps, Split
from tests.answered import answered

IMAGES, GRID, CLASSES = 40, 6, 4


def simulated(seed=0, moved=0.0, better=0.0, masks=False):
    """A study of simulated models: ``moved`` shifts attention, ``better`` adds accuracy."""
    plan = Plan.make(
        {
            "strategies": ["identity", "rotation", "zoom", "shear", "contrast"],
            "metrics": ["pearson", "mad"],
            "bootstrap": 100,
            "permutations": 1000,
        }
    )
    rng = np.random.default_rng(seed)
    labels = np.arange(IMAGES) % CLASSES
    images = rng.uniform(size=(IMAGES, GRID, GRID, 1)).astype(np.float32)
    marks = np.zeros((IMAGES, GRID, GRID), bool)
    marks[:, :3, :3] = True
    split = Split(images, labels, marks if masks else None)
    data = DataSet("simulated", tuple("abcd"), split, split, split, split)
    common = rng.uniform(size=(IMAGES, GRID, GRID))
    shift = rng.uniform(size=(IMAGES, GRID, GRID))
    fits, maps = [], {}
    for run in plan.runs():
        changed = run.strategy.label == "rotation"
        values = common + rng.uniform(size=common.shape) + (moved * shift if changed else 0)
        wrong = rng.uniform(size=IMAGES) < 0.4 - (better if changed else 0)
        logits = np.eye(CLASSES)[np.where(wrong, (labels + 1) % CLASSES, labels)]
        fits.append(Fit(run, logits, logits, {}, 1.0, {"numpy": "2"}))
        maps[run.key] = Maps(run.key, "gradcam", "features", values.astype(np.float32))
    loaders = {key: (lambda answer=answer: answer) for key, answer in maps.items()}
    return plan, data, fits, loaders


def profile_of(plan, data, fits, maps, missing=(), store=None):
    return impact.profile(plan, data, fits, answered(maps), missing, {}, store)


def uneven(study, keep: int):
    """Return a study whose test set has only the first images of its last class."""
    plan, data, fits, loaders = study
    last = np.cumsum(data.test.labels == CLASSES - 1) * (data.test.labels == CLASSES - 1)
    places = np.flatnonzero(last <= keep)
    test = Split(data.test.images[places], data.test.labels[places])
    fits = [replace(fit, test_logits=fit.test_logits[places]) for fit in fits]
    return plan, replace(data, test=test), fits, loaders
