"""Images that a strategy turns: misread by the baselines and read rightly by it, or the reverse."""

from collections.abc import Iterator, Mapping
from itertools import islice

import numpy as np

from cam_augment.impact.arms import Arms
from cam_augment.impact.gallery import firsts
from cam_augment.impact.mean_maps import cells
from cam_augment.plan import BASELINE
from cam_augment.records import Turned
from cam_augment.records.pictures import png

MOST = 3  # images that a strategy fixes, and that it breaks
LEAST = 0.25  # change of the share of models that read an image rightly
SIDE = 96  # pixels of a picture's longer side, at most


def turned(arms: Arms, by_image: Mapping[str, np.ndarray]) -> tuple[Turned, ...]:
    """Return the images that strategies fix and break most, those fixed first, one of a cluster.

    Args:
        by_image: arm to its mean map of every image [image, row, column].
    """
    if BASELINE not in by_image or not arms.plan.gallery:
        return ()
    right = {arm: arms.probe_right(arm).mean(axis=0) for arm in by_image}
    return tuple(
        _turned(arms, strategy, index, right, by_image)
        for strategy in arms.strategies
        if strategy in by_image
        for index in _most_changed(right[strategy] - right[BASELINE], arms.probe_clusters)
    )


def _most_changed(change: np.ndarray, clusters: np.ndarray | None) -> Iterator[int]:
    for sign in (1, -1):
        order = np.argsort(-sign * change, kind="stable")
        images = (int(i) for i in order if sign * change[i] >= LEAST)
        yield from islice(firsts(images, clusters), MOST)


def _turned(
    arms: Arms,
    strategy: str,
    index: int,
    right: Mapping[str, np.ndarray],
    by_image: Mapping[str, np.ndarray],
) -> Turned:
    probe = arms.data.probe
    return Turned(
        strategy=strategy,
        index=index,
        label=arms.data.classes[probe.labels[index]],
        image=png(probe.images[index], SIDE),
        before=float(right[BASELINE][index]),
        after=float(right[strategy][index]),
        baseline_map=cells(by_image[BASELINE][index]),
        map=cells(by_image[strategy][index]),
    )
