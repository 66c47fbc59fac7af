"""Probe images to show: of every class the one whose attention moves typically, and errors."""

from collections.abc import Iterable, Iterator, Mapping
from itertools import islice
from typing import Literal

import numpy as np

from cam_augment.impact.arms import Arms
from cam_augment.impact.mean_maps import cells
from cam_augment.records import Probe
from cam_augment.records.pictures import png


def probes(
    arms: Arms, shift_by_image: dict[str, np.ndarray], by_image: Mapping[str, np.ndarray]
) -> tuple[Probe, ...]:
    """Return, for each of the first classes, the image with the class's median shift; then errors.

    The errors are the images that most models misread, arms counting alike, of two alike the
    first, and of images that were chosen together the worst one. The rules leave nothing to taste:
    neither the prettiest nor the most dramatic image.
    The plan's ``gallery`` is how many there are of each kind at most.

    Args:
        shift_by_image: strategy to its excess shift, float64 [image].
        by_image: arm to its mean map of every image [image, row, column].
    """
    most = arms.plan.gallery
    right = {label: arms.probe_right(label).mean(axis=0) for label in by_image}
    typical = _typical(arms.data.probe.labels, shift_by_image, most)
    misread = _misread(right, set(typical), most, arms.probe_clusters)
    return (
        *(_probe(arms, index, by_image, right, "typical") for index in typical),
        *(_probe(arms, index, by_image, right, "misread") for index in misread),
    )


def _typical(labels: np.ndarray, shift_by_image: dict[str, np.ndarray], most: int) -> list[int]:
    shift = np.zeros(len(labels))
    if shift_by_image:
        shift = np.mean([np.nan_to_num(values) for values in shift_by_image.values()], axis=0)
    chosen = []
    for label in np.unique(labels)[:most]:
        members = np.flatnonzero(labels == label)
        by_shift = members[np.argsort(shift[members], kind="stable")]
        chosen.append(int(by_shift[len(by_shift) // 2]))
    return chosen


def _misread(
    right: dict[str, np.ndarray], typical: set[int], most: int, clusters: np.ndarray | None = None
) -> list[int]:
    """Return the images that most models misread, worst first; none that all read rightly."""
    wrong = 1 - np.mean(list(right.values()), axis=0)
    order = np.argsort(-wrong, kind="stable")
    images = (int(i) for i in order if wrong[i] > 0 and int(i) not in typical)
    return list(islice(firsts(images, clusters), most))


def firsts(images: Iterable[int], clusters: np.ndarray | None) -> Iterator[int]:
    """Yield the first image of each cluster: frames of one sequence are misread alike.

    Args:
        clusters: int [image], images that were chosen together; None: each by itself.
    """
    known: set[int] = set()
    for image in images:
        cluster = image if clusters is None else int(clusters[image])
        if cluster not in known:
            known.add(cluster)
            yield image


def _probe(
    arms: Arms,
    index: int,
    mean: Mapping[str, np.ndarray],
    right: Mapping[str, np.ndarray],
    why: Literal["typical", "misread"],
) -> Probe:
    data = arms.data.probe
    mask = None if data.masks is None or not data.masks[index].any() else data.masks[index]
    return Probe(
        index=index,
        label=arms.data.classes[data.labels[index]],
        image=png(data.images[index]),
        maps={label: cells(maps[index]) for label, maps in mean.items()},
        right={label: float(shares[index]) for label, shares in right.items()},
        mask=None if mask is None else tuple(tuple(int(v) for v in row) for row in mask),
        why=why,
        picture=None if data.tiles is None else data.tiles.caption(index),
    )
