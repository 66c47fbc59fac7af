"""Digits, maps on them, and what a person noted: the pictures of the example."""

import base64
import io
from collections.abc import Iterator, Sequence

import numpy as np
from PIL import Image

from cam_augment.records import (
    MeanMap,
    Probe,
    Turned,
)
from cam_augment.records.notes import Note
from tests.example.measured import (
    FLOOR,
    MEASURED,
)

SEGMENTS = ("abcdef", "bc", "abged", "abgcd", "fgbc", "afgcd", "afgedc", "abc", "abcdefg", "abcdfg")


STROKES = {
    "a": (5, 6, 9, 19), "b": (5, 14, 17, 19), "c": (14, 23, 17, 19), "d": (21, 23, 9, 19),
    "e": (14, 23, 9, 11), "f": (5, 14, 9, 11), "g": (13, 15, 9, 19),
}  # fmt: skip


def digit(label: int, rng: np.random.Generator) -> np.ndarray:
    image = np.zeros((28, 28))
    for stroke in SEGMENTS[label]:
        top, bottom, left, right = STROKES[stroke]
        image[top:bottom, left:right] = 1
    rows, columns = np.indices(image.shape)
    lean = np.round((14 - rows) * rng.uniform(-0.1, 0.25)).astype(int)
    image = image[rows, np.clip(columns - lean, 0, 27)]
    for axis in (0, 1):
        image = (np.roll(image, 1, axis) + 2 * image + np.roll(image, -1, axis)) / 4
    return image


def png(image: np.ndarray) -> str:
    buffer = io.BytesIO()
    Image.fromarray(np.uint8(image * 255)).save(buffer, "PNG")
    return base64.b64encode(buffer.getvalue()).decode()


def bump(image: np.ndarray, width: float, centre: tuple[float, float]) -> np.ndarray:
    rows, columns = np.indices((7, 7))
    bump = np.exp(-((rows - centre[0]) ** 2 + (columns - centre[1]) ** 2) / (2 * width**2))
    coarse = image.reshape(7, 4, 7, 4).mean((1, 3))
    values = bump * (0.15 + coarse)
    return values / values.sum()


def probe(index: int, arms, rng, masked: bool) -> Probe:
    label = index % 10
    image = digit(label, rng)
    centre = rng.uniform(2.2, 3.8, 2)
    maps, right = {}, {}
    for arm in arms:
        gain, between, _, spread = MEASURED.get(arm, (0, FLOOR, FLOOR, 0))
        moved = centre + rng.normal(0, 1, 2) * (between - FLOOR) * 12
        values = bump(image, 1.7 + 25 * spread, moved)
        maps[arm] = tuple(tuple(round(float(v), 6) for v in row) for row in values)
        right[arm] = float(np.clip(np.round(rng.normal(0.99 + 4 * gain, 0.1) * 4) / 4, 0, 1))
    mask = tuple(tuple(int(v > 0.5) for v in row) for row in image) if masked else None
    misread = index == 9
    return Probe(
        index=37 * index + 5,
        label=str(label),
        image=png(image),
        maps=maps,
        right=right | {"horizontal_flip": 0.25} if misread else right,
        mask=mask,
        why="misread" if misread else "typical",
    )


def mean_maps(arms: Sequence[str], classes: Sequence[str]) -> Iterator[MeanMap]:
    """A bump that lies elsewhere under each arm, and in each class."""
    for a, arm in enumerate(arms):
        for c, name in enumerate(("", *classes)):
            values = bump(np.ones((28, 28)), 1.7, (3 + 0.1 * a, 3 + 0.05 * c))
            cells = tuple(tuple(map(float, row)) for row in values.round(6))
            yield MeanMap(arm=arm, name=name, images=50 if name else 500, cells=cells)


def turned_images(arms: Sequence[str]) -> Iterator[Turned]:
    """One image that each strategy fixes, and one that it breaks."""
    rng = np.random.default_rng(5)
    before, after = (
        tuple(tuple(map(float, row)) for row in bump(np.ones((28, 28)), 1.7, place).round(6))
        for place in ((3, 3), (4, 2))
    )
    for strategy in arms[1:]:
        for index, shares in ((71, (0.25, 0.75)), (72, (1.0, 0.5))):
            yield Turned(
                strategy=strategy, index=index, label="7", image=png(digit(7, rng)),
                before=shares[0], after=shares[1], baseline_map=before, map=after,
            )  # fmt: skip


def notes_on_maps(arms: Sequence[str]) -> tuple[Note, ...]:
    return (
        Note(image=5, arm=arms[0], mark="wrong", text="0 9 5"),
        Note(image=5, arm=arms[1], mark="good"),
        Note(image=42, arm=arms[1], mark="unclear"),
    )
