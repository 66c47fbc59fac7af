"""Pictures are read by all cores: brought to one size or cut, the damaged ones named."""

import hashlib
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Literal

import numpy as np

from cam_augment.base.errors import InputError
from cam_augment.base.mapped import Writer
from cam_augment.base.processor import cores
from cam_augment.base.stack import Stack
from cam_augment.base.steps import STEPS
from cam_augment.base.stop import STOP
from cam_augment.datasets.markings import (
    Marking,
)
from cam_augment.reading.duplicates import describe
from cam_augment.reading.fitting import Fit, Fitting, rows_and_columns
from cam_augment.reading.frames import Frame
from cam_augment.reading.masks import Marked
from cam_augment.reading.pictures import Damaged, Picture, quiet, read_picture, to_grey
from cam_augment.reading.tiling import Tiling, pixels

Channels = Literal["auto", "grey", "colour"]

Form = Fitting | Tiling  # what becomes of a picture: one image, or several

_AHEAD = 64  # pictures that are decoded before they are written; of large ones one a core


def form_of(size: str, fit: Fit, tiles: str | None) -> Form:
    """Return what becomes of each picture; tiles are cut from it as it is, whatever its size."""
    return Fitting(rows_and_columns(size), fit) if tiles is None else Tiling.parse(tiles)


@dataclass(frozen=True)
class Item:
    """One picture before it is read.

    Attributes:
        name: what messages call it. label: its class.
        load: returns its file or its bytes, or it as it was read elsewhere.
        mask: returns what is marked in it, from its rows and columns as it is shown; None:
            nothing is.
        group: pictures that belong together. split: where the data say so.
        product: as ``mask``, where the product lies.
        frame: the sequence that it is a frame of, with its number or time in it.
    """

    name: str
    label: str
    load: Callable[[], Path | bytes | Picture]
    mask: Callable[[Frame], Marked] | None = None
    group: str | None = None
    split: str | None = None
    product: Callable[[Frame], Marked] | None = None
    frame: tuple[str, float] | None = None


@dataclass(frozen=True)
class Raster:
    """A picture as it was read.

    Attributes:
        shape: its rows and columns. marked: pixels that are marked in each of its images.
        pixels: its images, thumb, masks and products, until they are written.
    """

    marking: Marking | None
    hash: np.uint64
    content: bytes
    peak: int | None
    shape: tuple[int, int]
    marked: tuple[int, ...]
    pixels: Mapping[str, Sequence[np.ndarray]]


def read_all(
    items: Sequence[Item], form: Form, channels: Channels, folder: Path
) -> tuple[list[Raster | Damaged], dict[str, Stack]]:
    """Return what is known of each picture, and the files of what is shown of the sound ones.

    Pictures are decoded by all cores, and few of them are in memory at a time.

    Raises:
        InputError: a picture is smaller than a tile. OSError: a file cannot be written.
    """
    read = partial(_read_one, form, channels)
    ahead = cores() if isinstance(form, Tiling) else _AHEAD
    names = ["image", "thumb", *["mask"] * any(item.mask for item in items),
             *["product"] * any(item.product for item in items)]  # fmt: skip
    results: list[Raster | Damaged] = []
    with quiet(), ThreadPoolExecutor(cores()) as pool, ExitStack() as files:
        writers = {name: files.enter_context(Writer(folder / f"{name}.bin")) for name in names}
        for result in STEPS.over("pictures", _in_order(pool, read, items, ahead), len(items)):
            if isinstance(result, Raster):
                for name, writer in writers.items():
                    for image in result.pixels[name]:
                        writer.add(image)
                result = replace(result, pixels={})
            results.append(result)
        return results, {name: Stack(writer.close()) for name, writer in writers.items()}


def _in_order(
    pool: ThreadPoolExecutor,
    read: Callable[[Item], Raster | Damaged],
    items: Sequence[Item],
    ahead: int,
) -> Iterator[Raster | Damaged]:
    """Yield what is read of each picture; when nobody goes on, nothing more is read."""
    waiting: deque[Future] = deque()
    try:
        for item in items:
            waiting.append(pool.submit(read, item))
            if len(waiting) == ahead:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()
    finally:
        for future in waiting:
            future.cancel()


def _read_one(form: Form, channels: Channels, item: Item) -> Raster | Damaged:
    """Return what is needed of a picture, or how it is damaged.

    Raises:
        InputError: it is smaller than a tile.
    """
    STOP.check()
    try:
        source = item.load()
        picture = source if isinstance(source, Picture) else read_picture(source, item.name)
    except Damaged as error:
        return error
    values, frame = picture.values, picture.frame
    form.check(frame.shape, item.name)
    mask, flaw = _drawn(item.mask, frame)
    product, _ = _drawn(item.product, frame)
    grey = to_grey(values)
    shown_images = form.images(grey if channels == "grey" else values)
    if channels == "colour" and shown_images[0].shape[2] == 1:
        shown_images = [np.repeat(image, 3, 2) for image in shown_images]
    masks, outlines = (
        form.masks(None if drawn is None else drawn.mask, frame.shape) for drawn in (mask, product)
    )
    marked = pixels(masks)
    marking = Marking.of(mask, any(marked), frame, flaw) if item.mask else None
    content = hashlib.blake2b(str(values.shape).encode() + values.tobytes(), digest_size=16)
    code, thumb = describe(grey[:, :, 0])
    parts = {"image": shown_images, "thumb": [thumb], "mask": masks, "product": outlines}
    return Raster(marking, code, content.digest(), picture.peak, frame.shape, marked, parts)


def _drawn(
    draw: Callable[[Frame], Marked] | None, frame: Frame
) -> tuple[Marked | None, str | None]:
    """Return what is marked, or else why that cannot be told."""
    try:
        return (draw(frame) if draw else None), None
    except InputError as flaw:
        return None, str(flaw)
