"""Constructed models that look at patches through factors, and studies of them."""

import numpy as np

from cam_augment import impact
from cam_augment.plan import Plan
from cam_augment.questions import OWN
from cam_augment.questions.concepts import patches_of
from cam_augment.records import DataSet, Fit, Maps, Split
from tests.answered import answered

GRID, IMAGES, CLASSES, FACTORS, CHANNELS = (4, 5), 30, 3, 4, 24


def data_of(count=IMAGES):
    images = np.random.default_rng(0).random((count, 8, 10, 1), np.float32)
    split = Split(images, np.arange(count) % CLASSES)
    return DataSet("made", tuple("abc"), split, split, split, split)


def plan_of(**fields):
    return Plan.make(
        {
            "concepts": FACTORS,
            "strategies": ["identity", "rotation", "zoom", "shear"],
            "baselines": 6,
            "seeds": 3,
            "metrics": ["pearson"],
            "bootstrap": 100,
            "permutations": 1000,
            **fields,
        }
    )


def random_model(rng, patches, own=2, loud=0.6, change=1.0):
    """Return activations of a model that has factors in channels of its own, with factors beside.

    patches: of the common factors [patch, factor]. loud: of its own factors. change: of the
    strength of the common ones.
    """
    count = patches.shape[1]
    strengths = np.exp(0.1 * rng.normal(size=count)) * change
    common = (patches * strengths) @ rng.gamma(1, 1, (count, CHANNELS))
    alone = random_patches(rng, len(patches), own) @ rng.gamma(1, 1, (own, CHANNELS))
    return common + loud * alone + 0.05 * rng.random((len(patches), CHANNELS))


def random_patches(rng, patches=150, count=FACTORS):
    return rng.gamma(0.4, 1, (patches, count)) * (rng.random((patches, count)) < 0.4)


def study_of(plan, seed, changed=(), patches=None):
    """Return simulated models, those of ``changed`` strategies with a first factor less used.

    The factors of patches are the data's; strategies without an effect are like baselines. Models
    of one fold share a loud factor of their own.
    """
    rng, data = np.random.default_rng(seed), data_of()
    patches = random_patches(rng, len(patches_of(IMAGES, GRID))) if patches is None else patches
    change = np.array([0.25, *np.ones(FACTORS - 1)])
    fits, maps, answers = [], {}, {}
    logits = np.eye(CLASSES)[data.test.labels]
    for run in plan.runs():
        strength = change if run.strategy.label in changed else 1.0
        values = random_model(rng, patches, change=strength)
        if run.fold is not None:
            of_fold = random_patches(np.random.default_rng([97, run.fold[0]]), len(patches), 1)
            values += 3 * of_fold * rng.gamma(1, 1, CHANNELS)
        answers[run.key] = {"activations": (values / values.max()).astype(np.float16)}
        shown = rng.random((IMAGES, *GRID)).astype(np.float32)
        maps[run.key] = Maps(run.key, "gradcam", "made", shown)
        fits.append(Fit(run, logits, logits, {}, 1.0, {"numpy": "2"}))
    return plan, data, fits, loaders_of(maps), loaders_of(answers)


def loaders_of(answers):
    return {key: (lambda answer=answer: answer) for key, answer in answers.items()}


def profile_of(study):
    plan, data, fits, maps, answers = study
    return impact.profile(plan, data, fits, answered(maps, concepts={OWN: answers}), (), {})
