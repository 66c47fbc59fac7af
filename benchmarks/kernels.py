"""Training with the kernels that this package chooses, against TensorFlow's other ones.

TensorFlow takes its kernels when it is loaded, so each training has a process of its own:
``python -m benchmarks.kernels [quick]`` prints the seconds of one, and a digest of the model's
answers. All are in float32, which every kind of kernels computes.
"""

import hashlib
import json
import sys
from collections.abc import Mapping, Sequence

from benchmarks.part import apart
from benchmarks.rows import Row, faster
from cam_augment.base import kernels
from cam_augment.plan import Plan
from cam_augment.questions.predictions import PredictionsQuestion
from cam_augment.registry import DATASETS

PART = "kernels"
REPEATS = 5
QUICK = {"dataset.train": 100, "dataset.validation": 50, "dataset.probe": 30,
         "dataset.test": 100, "recipe.epochs": 2}  # fmt: skip
(SWITCH,) = kernels.SETTING
# What stands in the environment beside ours; None: nothing.
OURS: Mapping[str, str | None] = {}
OTHERS: Mapping[str, Mapping[str, str | None]] = {
    "oneDNN as it comes": {SWITCH: None},
    "oneDNN off": {SWITCH: "0"},
    "oneDNN, at most AVX2": {kernels.LIMIT: "AVX2"},
}


def measure(quick: bool) -> list[Row]:
    """Return how many times faster a training with our kernels is than with each other one."""
    sides = {"ours": OURS, **OTHERS}
    trainings: dict[str, list] = {side: [] for side in sides}
    for _ in range(1 if quick else REPEATS):
        for side, variables in sides.items():
            trainings[side].append(apart("benchmarks.kernels", *["quick"] * quick, **variables))
    ours = trainings.pop("ours")
    return [_row(against, ours, theirs) for against, theirs in trainings.items()]


def _row(against: str, ours: Sequence[Mapping], theirs: Sequence[Mapping]) -> Row:
    digests = ours[0]["digest"], theirs[0]["digest"]
    models = "equal models" if len(set(digests)) == 1 else "other models"
    return faster(
        PART, "training, oneDNN on", against,
        [run["seconds"] for run in ours], [run["seconds"] for run in theirs],
        note=f"{ours[0]['kernels']} against {theirs[0]['kernels']}: {models}, whose answers have "
        f"the digests {' and '.join(digests)}; the default study's baseline in float32, one thread",
    )  # fmt: skip


def training(quick: bool) -> dict[str, float | str]:
    """Train the default study's baseline, traced before; return seconds, digest and kernels."""
    from cam_augment.training import trainer

    plan = Plan.read("quickstart", **(QUICK if quick else {}), **{"recipe.precision": "float32"})
    data = DATASETS[plan.dataset.name](**plan.dataset.settings)
    first, second, *_ = plan.runs()
    trainer.complete(first, [], None, data)
    question = PredictionsQuestion.on("test", second, data)
    completed = trainer.complete(second, [question], None, data)
    made, answer = completed.training, completed.answers[question.key]
    assert made is not None
    assert isinstance(answer, Mapping)
    digest = hashlib.sha256(answer["logits"].tobytes()).hexdigest()[:8]
    return {"seconds": made.seconds, "digest": digest, "kernels": made.environment["kernels"]}


if __name__ == "__main__":
    print(json.dumps(training(sys.argv[1:] == ["quick"])))
