"""Synthetic metal parts that pass a camera while the light changes: sequences with exact masks."""

from typing import Annotated

import numpy as np
from pydantic import Field

from cam_augment.datasets.splits import SPLITS, Count, SplitSeed, check_classes
from cam_augment.datasets.surface_blemishes import KINDS, blemish
from cam_augment.datasets.surface_texture import draw, grid, render
from cam_augment.records import DataSet, Split
from cam_augment.records.sequences import Sequences
from cam_augment.registry import DATASETS

CLASSES = ("clean", *KINDS)
_GRAIN = 0.01  # standard deviation of what the camera adds to each frame
_AT_ONCE = 2**20  # pixels rendered at a time: bounds the memory


@DATASETS.add(version=1, masks=True)
def moving_surfaces(
    *,
    size: Annotated[int, Field(ge=16, le=1024)] = 64,
    frames: Annotated[int, Field(ge=2, le=1000)] = 8,
    motion: Annotated[float, Field(ge=0, le=1)] = 0.3,
    light: Annotated[float, Field(ge=0, le=0.5)] = 0.15,
    train: Count = 120,
    validation: Count = 40,
    probe: Count = 40,
    test: Count = 120,
    split_seed: SplitSeed = 0,
) -> DataSet:
    """Synthetic metal parts in motion: sequences of ``surfaces`` in changing light, exact masks.

    Grey images, float32 [image, size, size, 1] in 0..1. Each part is a surface as of ``surfaces``,
    larger than the image by ``motion`` of its side, and passes the camera in a straight line of a
    drawn direction, ``frames`` images to a sequence. Meanwhile the light swells and turns:
    brightness changes by up to the share ``light``, and noise is drawn anew for every frame.

    The splits' counts are of parts, so of sequences, which are groups. Parts come in turn (clean,
    scratch, pit, stain), and images so that the first ones have all classes: frame by frame of one
    part of each class, then of the next. Masks, bool [image, row, column], are the blemish's pixels
    in that frame; one near the part's edge may be out of sight in some. Each split has its own
    streams of random numbers: its first parts are the same whatever its size or another's.

    Raises:
        InputError: a split is too small to hold each class.
    """
    sizes = dict(zip(SPLITS, (train, validation, probe, test), strict=True))
    seeds = np.random.SeedSequence(split_seed).spawn(len(SPLITS))
    splits: list[Split] = []
    first = 0  # part of a split, among those of all
    for split, seed in zip(SPLITS, seeds, strict=True):
        labels = np.arange(sizes[split]) % len(CLASSES)
        check_classes("moving_surfaces", CLASSES, split, labels)
        images, masks = _render(seed, labels, size, frames, motion, light)
        part, frame = _order(len(labels), frames)
        splits.append(Split(images[part, frame, ..., None], labels[part], masks[part, frame],
                            first + part))  # fmt: skip
        first += len(labels)
    learnt, chosen, probes, judged = splits
    part, frame = _order(probe, frames)
    names = [f"{CLASSES[number % len(CLASSES)]} {number}" for number in range(probe)]
    sequences = Sequences(part, frame.astype(float), frame, tuple(names))
    return DataSet("moving_surfaces", CLASSES, learnt, chosen, probes, judged, sequences=sequences)


def _order(parts: int, frames: int) -> tuple[np.ndarray, np.ndarray]:
    """Return part and frame of each image of a split, int64 [image].

    >>> [part.tolist() for part in _order(5, 2)]
    [[0, 1, 2, 3, 0, 1, 2, 3, 4, 4], [0, 0, 0, 0, 1, 1, 1, 1, 0, 1]]
    """
    part, frame = np.divmod(np.arange(parts * frames), frames)
    order = np.lexsort((part, frame, part // len(CLASSES)))
    return part[order], frame[order]


def _render(
    seed: np.random.SeedSequence,
    labels: np.ndarray,
    size: int,
    frames: int,
    motion: float,
    light: float,
) -> tuple[np.ndarray, np.ndarray]:
    """Return images, float32 [part, frame, row, column], and masks, bool alike."""
    *surface, blemishes, ways, lights, noise = map(np.random.default_rng, seed.spawn(7))
    images = np.empty((len(labels), frames, size, size), np.float32)
    masks = np.empty(images.shape, bool)
    whole = size + round(motion * size)
    step = max(1, _AT_ONCE // whole**2)
    for start in range(0, len(labels), step):
        chunk = slice(start, start + step)
        kinds = labels[chunk] - 1
        factor, marked = blemish(blemishes, kinds, whole)
        parts = render(surface, len(kinds), whole) * factor
        corners = _corners(ways, len(kinds), frames, whole - size)
        images[chunk], masks[chunk] = _cut(parts, corners, size), _cut(marked, corners, size)
        images[chunk] *= _light(lights, len(kinds), frames, size, light)
        images[chunk] += _GRAIN * noise.standard_normal(images[chunk].shape, np.float32)
    np.clip(images, 0, 1, out=images)
    return images, masks


def _corners(rng: np.random.Generator, parts: int, frames: int, room: int) -> np.ndarray:
    """Return the top left corner of every frame in its part, int [part, frame, 2]."""
    angle = rng.uniform(0, 2 * np.pi, (parts, 1))
    along = np.linspace(-0.5, 0.5, frames)
    way = np.stack([np.sin(angle) * along, np.cos(angle) * along], axis=-1)
    return np.round(room * (0.5 + way)).astype(int)


def _cut(parts: np.ndarray, corners: np.ndarray, size: int) -> np.ndarray:
    """Return the frames of parts [part, row, column]: [part, frame, row, column]."""
    windows = np.lib.stride_tricks.sliding_window_view(parts, (size, size), axis=(1, 2))
    return windows[np.arange(len(parts))[:, None], corners[..., 0], corners[..., 1]]


def _light(
    rng: np.random.Generator, parts: int, frames: int, size: int, light: float
) -> np.ndarray:
    """Return by what light multiplies each frame, float32 [part, frame, row, column]."""
    one = draw(rng, parts, angle=(0, 2 * np.pi), turn=(-np.pi, np.pi), swell=(0, 2 * np.pi))
    time = np.linspace(0, 1, frames, dtype=np.float32)[None, :, None, None]
    angle, turn, swell = (getattr(one, name)[..., None] for name in ("angle", "turn", "swell"))
    row, column = (2 * place[:, None] / size - 1 for place in grid(size))
    slope = np.cos(angle + turn * time) * column + np.sin(angle + turn * time) * row
    level = np.sin(swell + 2 * np.pi * time)
    return 1 + np.float32(light / 2) * (level + slope / np.float32(np.sqrt(2)))
