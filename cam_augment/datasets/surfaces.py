"""Synthetic machined-metal surfaces with blemishes, exact masks and an optional shortcut."""

from typing import Annotated, Literal

import numpy as np
from pydantic import Field

from cam_augment.datasets.splits import SPLITS, Count, SplitSeed, check_classes
from cam_augment.datasets.surface_blemishes import KINDS, blemish
from cam_augment.datasets.surface_mark import Carried, Corner, carriers, mark_region, opposite
from cam_augment.datasets.surface_texture import render
from cam_augment.records import DataSet, Split
from cam_augment.registry import DATASETS

CLASSES = ("clean", *KINDS)
_AT_ONCE = 2**20  # pixels rendered at a time: bounds the memory


@DATASETS.add(version=1, masks=True)
def surfaces(
    *,
    size: Annotated[int, Field(ge=16, le=1024)] = 64,
    train: Count = 600,
    validation: Count = 300,
    probe: Count = 300,
    test: Count = 1200,
    shortcut: Annotated[float, Field(ge=0, le=1)] = 0.0,
    shortcut_class: Literal["clean", "scratch", "pit", "stain"] = "scratch",
    shortcut_size: Annotated[float, Field(gt=0, le=0.25)] = 0.08,
    shortcut_strength: Annotated[float, Field(gt=0, le=1)] = 0.5,
    shortcut_corner: Corner = "top-left",
    shortcut_probe: Carried = "same",
    shortcut_test: Carried = "same",
    split_seed: SplitSeed = 0,
) -> DataSet:
    """Synthetic metal surfaces: clean, scratch, pit and stain, with exact masks.

    Grey images, float32 [image, size, size, 1] in 0..1, of brushed or turned metal in
    uneven light. Classes come in turn (clean, scratch, pit, stain), so every split is
    balanced. Masks, bool [image, row, column], hold exactly the pixels that the blemish
    changed; a clean image's is empty. Each split has its own streams of random numbers: its
    first images are the same whatever its size or another's.

    A shortcut may be planted. An image of ``shortcut_class`` carries a mark, a bright
    square in ``shortcut_corner``, with probability ``shortcut``; other images never do. The
    mark's side is ``shortcut_size`` of the image's, and its pixels are moved towards white
    by ``shortcut_strength``. It is painted last and changes nothing else; it is in no mask.
    ``shortcut_probe`` and ``shortcut_test`` say how those splits carry it: the ``same`` way
    as in training; ``none``: nowhere; ``moved``: to the opposite corner; ``swapped``: by
    the images of the other classes instead, with the same probability.

    Raises:
        InputError: a split is too small to hold each class.
    """
    sizes = dict(zip(SPLITS, (train, validation, probe, test), strict=True))
    carried = dict(zip(SPLITS, ("same", "same", shortcut_probe, shortcut_test), strict=True))
    seeds = np.random.SeedSequence(split_seed).spawn(len(SPLITS))
    splits: list[Split] = []
    for split, seed in zip(SPLITS, seeds, strict=True):
        labels = np.arange(sizes[split]) % len(CLASSES)
        check_classes("surfaces", CLASSES, split, labels)
        *streams, marking = (np.random.default_rng(stream) for stream in seed.spawn(5))
        images, masks = _render(streams, labels, size)
        of_class = labels == CLASSES.index(shortcut_class)
        marked = carriers(marking, of_class, shortcut, carried[split])
        corner = opposite(shortcut_corner) if carried[split] == "moved" else shortcut_corner
        _mark(images, marked, mark_region(size, shortcut_size, corner), shortcut_strength)
        splits.append(Split(images[..., None], labels, masks))
    first, second, third, fourth = splits
    return DataSet("surfaces", CLASSES, first, second, third, fourth)


def _render(streams: list, labels: np.ndarray, size: int) -> tuple[np.ndarray, np.ndarray]:
    """Return images, float32 [image, row, column], and masks, a chunk at a time."""
    *clean, blemishes = streams
    images = np.empty((len(labels), size, size), np.float32)
    masks = np.empty(images.shape, bool)
    step = max(1, _AT_ONCE // size**2)
    for start in range(0, len(labels), step):
        chunk = slice(start, start + step)
        kinds = labels[chunk] - 1
        factor, masks[chunk] = blemish(blemishes, kinds, size)
        images[chunk] = np.clip(render(clean, len(kinds), size) * factor, 0, 1)
    return images, masks


def _mark(images: np.ndarray, marked: np.ndarray, region: np.ndarray, strength: float) -> None:
    """Move the region's pixels of the marked images towards white, in place."""
    where = marked[:, None, None] & region
    images[where] += np.float32(strength) * (1 - images[where])
