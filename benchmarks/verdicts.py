"""What verdicts rest on, of made predictions: gains, classes, images, and the league table."""

from collections.abc import Callable

import numpy as np

from benchmarks.rows import Row, number
from benchmarks.timing import alternate
from cam_augment.statistics.class_losses import class_losses
from cam_augment.statistics.deciding import bounds, decide
from cam_augment.statistics.groups import Groups, against, groups, pairs
from cam_augment.statistics.images import image_part
from cam_augment.statistics.league import Standings, league
from cam_augment.statistics.moderated import Contrasts, contrast

BASELINES, STRATEGIES, MODELS, IMAGES, CLASSES = 20, 10, 4, 3_750, 10
ALPHA, MARGIN = 0.05, 0.02


def measured(part: str, quick: bool) -> list[Row]:
    """Return the seconds that the statistics of one study take."""
    images = 300 if quick else IMAGES
    work = statistics_of(*made(images))
    seconds = alternate({"ours": work}, 3)["ours"]
    models = BASELINES + STRATEGIES * MODELS
    what = f"statistics of {models} models and {images:,} test images"
    note = "gains, deciding intervals, bounds, 10 classes, league table; image parts included"
    return [number(part, what, seconds, "s", aim="<= 2", note=note)]


def made(images: int) -> tuple[np.ndarray, np.ndarray, Groups]:
    """Return right predictions [model, image], the images' classes, and the models' arms."""
    sizes = [BASELINES, *[MODELS] * STRATEGIES]
    rng = np.random.default_rng(0)
    chance = np.clip(rng.beta(8, 1, images) + rng.normal(0, 0.02, (sum(sizes), images)), 0, 1)
    right = (rng.random(chance.shape) < chance).astype(float)
    return right, np.arange(images) % CLASSES, groups(sizes)


def statistics_of(
    right: np.ndarray, labels: np.ndarray, models: Groups
) -> Callable[[], tuple[object, ...]]:
    """Return the work: all that the verdicts of one study rest on, from right predictions."""
    arms = STRATEGIES + 1
    whole, between = against(arms), pairs(arms)[STRATEGIES:]

    def gains(contrasts: np.ndarray) -> Contrasts:
        image = image_part(right, models, contrasts)
        return contrast(right.mean(axis=1), models, contrasts, image, right.shape[1])

    def classes() -> Contrasts:
        parts = [right[:, labels == label] for label in range(CLASSES)]
        image = np.stack([image_part(part, models, whole) for part in parts])
        recall = np.stack([part.mean(axis=1) for part in parts])
        return contrast(recall, models, whole, image, parts[0].shape[1])

    def ranks() -> Standings:
        return league(gains(between), STRATEGIES, ALPHA)

    def work() -> tuple[object, ...]:
        found = gains(whole)
        losses = class_losses(classes(), MARGIN, ALPHA)
        return decide(found, ALPHA), bounds(found, ALPHA), losses, ranks()

    return work
