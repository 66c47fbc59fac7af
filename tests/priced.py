"""A study whose mistakes have costs, its answers made up; for the tests of costs."""

import numpy as np

from cam_augment import impact
from cam_augment.impact.predictions.costs import model_decisions
from cam_augment.plan import Plan
from cam_augment.questions import OWN
from cam_augment.records import (
    DataSet,
    Fit,
    ImpactProfile,
    Maps,
    Split,
)
from tests.answered import answered

SHORT = {"miss": 50, "false_alarm": 1, "good": "clean"}
FULL = {"scratch": {"clean": 50, "pit": 1}, "clean": {"scratch": 1}}
CLASSES = ("clean", "scratch", "pit")


def study(seed=0, careful=0.0, parts=None, costs=None, folds=None):
    """Simulated models; ``careful``: what "rotation" adds to the logits of the true classes."""
    plan = Plan.make(
        {
            "strategies": ["identity", "rotation", "zoom", "shear", "contrast"],
            "metrics": ["pearson"], "bootstrap": 200, "permutations": 1000, "folds": folds,
            "costs": costs or {"miss": 20, "false_alarm": 1, "good": "a"}, "parts": parts,
        }
    )  # fmt: skip
    rng = np.random.default_rng(seed)
    labels = np.concatenate([np.zeros(60, int), np.arange(60) % 3])
    images = rng.uniform(size=(len(labels), 6, 6, 1)).astype(np.float32)
    split = Split(images, labels)
    data = DataSet("simulated", tuple("abc"), split, split, split, split)

    def logits(run):
        helped = careful * (run.strategy.label == "rotation")
        values = 1.2 * rng.normal(size=(len(labels), 3))
        return (values + (2 + helped) * np.eye(3)[labels]).astype(np.float32)

    fits, maps, answers = [], {}, {}
    for run in plan.runs():
        fits.append(Fit(run, logits(run), logits(run), {}, 1.0, {"numpy": "2"}))
        maps_of_run = Maps(run.key, "gradcam", "features", rng.uniform(size=(len(labels), 6, 6)))
        maps[run.key] = lambda maps_of_run=maps_of_run: maps_of_run
        answer = {"logits": logits(run), "labels": labels, "learned": np.bincount(labels)}
        answers[run.key] = lambda answer=answer: answer
    return plan, data, fits, maps, answers


def profile_of(plan, data, fits, maps, answers) -> ImpactProfile:
    return impact.profile(plan, data, fits, answered(maps, validation={OWN: answers}), [], {})


def decisions_of(arms, answers):
    return model_decisions(arms, {"validation": {OWN: answers}})
