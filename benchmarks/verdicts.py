"""What verdicts rest on, of made predictions: all scores with their image parts, and classes."""

from collections.abc import Callable

import numpy as np

from benchmarks.rows import Row, number
from benchmarks.timing import alternate
from cam_augment.impact.arms import Arms
from cam_augment.impact.claims import gain_tests
from cam_augment.impact.predictions.gains import gain_effects
from cam_augment.impact.predictions.league import league_of
from cam_augment.impact.scored import all_scored, reported
from cam_augment.plan import Plan, Run
from cam_augment.records import DataSet, Fit, Split

BASELINES, STRATEGIES, MODELS, IMAGES, CLASSES = 20, 10, 4, 3_750, 10


def measured(part: str, quick: bool) -> list[Row]:
    """Return the seconds that the statistics of one study take."""
    images = 300 if quick else IMAGES
    seconds = alternate({"ours": statistics_of(made(images))}, 3)["ours"]
    models = BASELINES + STRATEGIES * MODELS
    title = f"statistics of {models} models and {images:,} test images"
    note = "all scores, deciding intervals, 10 classes, league table; image parts included"
    return [number(part, title, seconds, "s", aim="<= 2", note=note)]


def made(images: int) -> Arms:
    """Return the arms of a study whose models' logits are drawn."""
    plan = Plan.make({
        "strategies": [f"rotation:{degrees}" for degrees in range(1, STRATEGIES + 1)],
        "baselines": BASELINES,
        "seeds": MODELS,
    })  # fmt: skip
    rng = np.random.default_rng(0)
    # One class has fewer images: balanced accuracy is not accuracy.
    labels = np.minimum(np.arange(images) % (CLASSES + 1), CLASSES - 1)
    skill = rng.normal(3, 1.5, (images, 1)).astype(np.float32)
    truth = skill * np.eye(CLASSES, dtype=np.float32)[labels]

    def fit(run: Run) -> Fit:
        logits = truth + rng.normal(0, 1, truth.shape).astype(np.float32)
        return Fit(run, logits, logits[:1], {}, 0.0, {})

    split = Split(np.zeros((images, 1, 1, 1), np.float32), labels)
    data = DataSet("made", tuple("0123456789"), split, split, split, split)
    return Arms(plan, data, [fit(run) for run in plan.runs()], {})


def statistics_of(arms: Arms) -> Callable[[], tuple[object, ...]]:
    """Return the work: all that a profile asks of the predictions of one study."""

    def work() -> tuple[object, ...]:
        scores = all_scored(arms, reported(arms))
        deciding = scores[arms.plan.gain]
        effects = gain_effects(arms, deciding, scores)
        return effects, gain_tests(arms, deciding=deciding), league_of(arms, deciding)

    return work
