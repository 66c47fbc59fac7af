"""Does attention find what is marked, class by class; and if not, where does it go?

A network may decide by something that goes with a class and is not the thing itself: a
mark in a corner, a holder, the light. Its accuracy does not show that on images like those
it learned from. Its attention does, where masks say what matters.
"""

import numpy as np

from cam_augment.impact.arms import Arms
from cam_augment.impact.scalars import LEAST_RUNS, finite_or_none
from cam_augment.metrics.regional import region_shares
from cam_augment.metrics.strongest import hits, strongest
from cam_augment.plan import BASELINE
from cam_augment.records import Notice, Pointing
from cam_augment.records.attention import missed_classes
from cam_augment.statistics import mean_interval

LEAST_IMAGES = 5  # of a class with marks; of images that were chosen together one counts


def pointing(arms: Arms) -> tuple[Pointing, ...]:
    """Return, for every arm and class with masks, how often attention finds them."""
    masks, labels = arms.data.probe.masks, arms.data.probe.labels
    if masks is None:
        return ()
    has_mask = masks.areas() > 0
    pointings = []
    for index, name in enumerate(arms.data.classes):
        images = np.flatnonzero(has_mask & (labels == index))
        if not are_enough(images, arms.probe_clusters):
            continue
        clusters = None if arms.probe_clusters is None else arms.probe_clusters[images]
        for label in arms.labels:
            stacks = [maps[images] for maps in arms.stacks(label)]
            if len(stacks) >= LEAST_RUNS:
                pointings.append(_pointing(arms, label, name, stacks, masks[images], clusters))
    return tuple(pointings)


def are_enough(images: np.ndarray, clusters: np.ndarray | None) -> bool:
    """Return whether there are enough images to say something of others like them.

    Args:
        images: int [image], their indices. clusters: int [every image], which of all images were
            chosen together; of these one counts.
    """
    return len(images if clusters is None else np.unique(clusters[images])) >= LEAST_IMAGES


def _pointing(
    arms: Arms,
    label: str,
    name: str,
    stacks: list,
    masks: np.ndarray,
    clusters: np.ndarray | None,
) -> Pointing:
    hit, chance = (
        np.array(side) for side in zip(*(hits(m, masks, clusters) for m in stacks), strict=True)
    )
    chance_mean = np.nanmean(chance) if np.isfinite(chance).any() else np.nan
    # Beyond chance, as a part of what is left above it: 0 at chance, 1 where every map hits.
    beyond = (hit - chance) / (1 - chance_mean) if chance_mean < 1 else np.full(hit.shape, np.nan)
    low, high = mean_interval(beyond, arms.plan.alpha, arms.plan.bootstrap, 0, clusters)
    place, share = _place(stacks)
    return Pointing(
        arm=label,
        name=name,
        images=len(masks),
        hit=_mean(hit),
        chance=finite_or_none(chance_mean),
        beyond=_mean(beyond),
        low=finite_or_none(low),
        high=finite_or_none(min(high, 1.0)),
        place=place,
        there=finite_or_none(share),
    )


def _mean(values: np.ndarray) -> float | None:
    return finite_or_none(np.nanmean(values)) if np.isfinite(values).any() else None


def _place(stacks: list) -> tuple[int, float]:
    """Return the ninth of the image, row by row, that holds most strongest cells, and its share."""
    peaks = np.concatenate([strongest(maps) for maps in stacks])
    sound = peaks[np.isfinite(peaks[:, 0, 0])]
    if not len(sound):
        return 0, np.nan
    shares = region_shares(sound).mean(axis=0)
    return int(shares.argmax()), float(shares.max())


def missed_by_baselines(pointings: tuple[Pointing, ...]) -> list[Notice]:
    """Return a notice of each class that the baselines already miss."""
    misses = missed_classes(pointings, BASELINE)
    return [miss.notice("baselines.miss_class") for miss in misses]
