"""The arms of a study whose models' logits are given: ``Arms`` itself, nothing trained."""

from collections.abc import Mapping

import numpy as np

from cam_augment.impact.arms import Arms
from cam_augment.plan import BASELINE, Plan, Strategy
from cam_augment.records import DataSet, Fit, Maps, Split


def arms_of(
    logits: Mapping[str, np.ndarray],
    labels: np.ndarray,
    folds: int | None = None,
    maps: Mapping[str, np.ndarray] | None = None,
    groups: np.ndarray | None = None,
    **fields,
) -> Arms:
    """Return arms of any sizes, each with its own number of models, 0 too.

    Args:
        logits: of each arm, the baselines first, float [model, test image, class].
        labels: of the test images, int [test image].
        folds: of the models, which take them in turn.
        maps: of each arm, float32 [model, probe image, row, column].
        groups: int [test image], which of them belong together.
        fields: of the plan.
    """
    plan = Plan.make({"strategies": [label for label in logits if label != BASELINE], **fields})
    plan = plan.model_copy(update={"folds": folds})
    strategies = {BASELINE: Strategy(), **{each.label: each for each in plan.strategies}}
    fits, loaders = [], {}
    for label, of_arm in logits.items():
        for seed, answer in enumerate(of_arm):
            run = plan.run(strategies[label], seed)
            fits.append(Fit(run, answer, answer, {}, 1.0, {}))
            if maps:
                seen = Maps(run.key, "gradcam", "features", maps[label][seed])
                loaders[run.key] = lambda seen=seen: seen
    images, classes_of = np.zeros((len(labels), 4, 4, 1), np.float32), np.array(labels, np.int64)
    split = Split(images, classes_of, groups=groups)
    classes = tuple("abcdefghij"[: logits[BASELINE].shape[2]])
    return Arms(plan, DataSet("drawn", classes, *[split] * 4), fits, loaders)
