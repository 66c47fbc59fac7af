"""Pictures of one's own, read and brought to one size, the damaged ones named."""

import hashlib
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np

from cam_augment.base.errors import InputError
from cam_augment.base.processor import cores
from cam_augment.base.stop import STOP
from cam_augment.datasets.remarks import broken_note, emptied_note
from cam_augment.reading.duplicates import describe
from cam_augment.reading.fitting import Fit, fit_mask, fit_picture
from cam_augment.reading.names import shown
from cam_augment.reading.pictures import Damaged, quiet, read_picture, to_grey
from cam_augment.records import Notice

Channels = Literal["auto", "grey", "colour"]
Policy = Literal["refuse", "skip"]
MOST_BYTES = 2**33  # of all images as numbers
_LONGEST = 100


@dataclass(frozen=True)
class Item:
    """One picture before it is read.

    Attributes:
        name: what messages call it. label: its class.
        load: returns its file or its bytes.
        mask: returns what is marked in it, bool [row, column], from its rows and columns;
            None: nothing is.
        group: pictures that belong together. split: where the data say so.
        product: as ``mask``, where the product lies.
    """

    name: str
    label: str
    load: Callable[[], Path | bytes]
    mask: Callable[[tuple[int, int]], np.ndarray] | None = None
    group: str | None = None
    split: str | None = None
    product: Callable[[tuple[int, int]], np.ndarray] | None = None


@dataclass(frozen=True)
class Collection:
    """Pictures that were read.

    Attributes:
        items: those that are used, in order. classes: their labels' names.
        images: float32 [image, row, column, channel] in 0..1.
        labels: int64 [image].
        masks, products: bool [image, row, column], or None.
        hashes, thumbs: what near duplicates are found by, see ``reading.duplicates``.
        notes: what a reader of the report should know.
    """

    items: tuple[Item, ...]
    classes: tuple[str, ...]
    images: np.ndarray
    labels: np.ndarray
    masks: np.ndarray | None
    hashes: np.ndarray
    thumbs: np.ndarray
    notes: tuple[Notice, ...]
    products: np.ndarray | None = None


@dataclass(frozen=True)
class _Read:
    image: np.ndarray
    mask: np.ndarray | None
    emptied: bool  # a mask that marked something, but not in the part that is shown
    hash: np.uint64
    thumb: np.ndarray
    content: bytes
    product: np.ndarray


def collect(
    name: str,
    items: Sequence[Item],
    target: tuple[int, int],
    fit: Fit,
    channels: Channels = "auto",
    damaged: Policy = "refuse",
) -> Collection:
    """Read all pictures and bring them to the size of ``target`` (rows, columns).

    ``auto`` keeps colours where any picture has some. Under ``skip`` the damaged ones are
    left out: those that cannot be read whole or are too large, and pictures that are there
    twice under two classes.

    Raises:
        InputError: a picture is damaged under ``refuse``, a mask has another size than its
            picture, the names of classes cannot be told apart, or all is too much to hold.
    """
    _check_bytes(name, len(items), target, channels)
    with quiet(), ThreadPoolExecutor(cores()) as pool:
        found = list(pool.map(lambda item: _read_one(item, target, fit, channels), items))
    _mark_contradictions(items, found)
    broken = [str(each) for each in found if isinstance(each, Damaged)]
    if broken and damaged == "refuse":
        more = f" ({len(broken)} are damaged in all)" if len(broken) > 1 else ""
        raise InputError(
            f'{name}: {broken[0]}{more}. dataset.damaged="skip" leaves such pictures out'
        )
    kept = [(item, each) for item, each in zip(items, found, strict=True)
            if isinstance(each, _Read)]  # fmt: skip
    lost = [item.name for item, each in kept if each.emptied]
    classes = class_names(name, [item.label for item in items if item.label])
    return _collection(name, classes, kept, [*broken_note(broken), *emptied_note(lost)])


def _collection(name: str, classes: Mapping[str, str], kept: list, notes: list) -> Collection:
    items = tuple(item for item, _ in kept)
    number = {label: place for place, label in enumerate(classes)}
    labels = np.array([number[item.label] for item in items], np.int64)
    gone = [label for label in classes if number[label] not in labels]
    if gone:
        raise InputError(f"{name}: class '{classes[gone[0]]}': all of its pictures are damaged")
    masked, outlined = any(item.mask for item in items), any(item.product for item in items)
    read = [each for _, each in kept]
    return Collection(
        items=items,
        classes=tuple(classes.values()),
        images=_stacked([each.image for each in read]),
        labels=labels,
        masks=np.stack([each.mask for each in read]) if masked else None,
        hashes=np.array([each.hash for each in read], np.uint64),
        thumbs=np.stack([each.thumb for each in read]),
        notes=tuple(notes),
        products=np.stack([each.product for each in read]) if outlined else None,
    )


def _stacked(images: list[np.ndarray]) -> np.ndarray:
    """Return images in one array; grey ones among coloured ones get three equal channels."""
    channels = max(image.shape[2] for image in images)
    whole = np.empty((len(images), *images[0].shape[:2], channels), np.float32)
    for place, image in enumerate(images):
        whole[place] = image
    return whole


def _read_one(item: Item, target: tuple[int, int], fit: Fit, channels: Channels):
    """Return what is needed of a picture, or how it is damaged."""
    STOP.check()
    try:
        values = read_picture(item.load(), item.name)
        shape = values.shape[:2]
        mask = item.mask(shape) if item.mask else None
        product = item.product(shape) if item.product else None
    except Damaged as error:
        return error
    grey = to_grey(values)
    shown_image = fit_picture(grey if channels == "grey" else values, target, fit)
    if channels == "colour":
        shown_image = np.repeat(shown_image, 3, 2) if shown_image.shape[2] == 1 else shown_image
    fitted, outline = (np.zeros(target, bool) if drawn is None else fit_mask(drawn, target, fit)
                       for drawn in (mask, product))  # fmt: skip
    emptied = mask is not None and bool(mask.any()) and not fitted.any()
    content = hashlib.blake2b(str(values.shape).encode() + values.tobytes(), digest_size=16)
    return _Read(shown_image, fitted, emptied, *describe(grey[:, :, 0]), content.digest(), outline)


def _mark_contradictions(items: Sequence[Item], found: list) -> None:
    """Replace pictures that are there under two classes by what is wrong with them."""
    first: dict[bytes, int] = {}
    wrong: dict[int, int] = {}
    for place, (item, each) in enumerate(zip(items, found, strict=True)):
        if isinstance(each, _Read):
            other = first.setdefault(each.content, place)
            if items[other].label != item.label:
                wrong |= {place: other, other: wrong.get(other, place)}
    for place, other in wrong.items():
        one, two = items[place], items[other]
        found[place] = Damaged(
            f"{shown(one.name)}: mislabelled: '{shown(one.label)}' here, and the same picture is "
            f"'{shown(two.label)}' as {shown(two.name)}"
        )


def class_names(name: str, labels: Sequence[str]) -> dict[str, str]:
    """Return the labels in order, each with its name as it is shown.

    Numbers come by their value, words by their letters. Control characters become "?".

    Raises:
        InputError: fewer than two classes, more than 1,000, or two with one name.
    """
    distinct = set(labels)
    numbers = all(label.isdecimal() and len(label) < 10 for label in distinct)
    order = sorted(distinct, key=(lambda text: (int(text), text)) if numbers else None)
    if not 2 <= len(order) <= 1000:
        there = f" ('{shown(order[0])}')" if order else ""
        plural = "" if len(order) == 1 else "es"
        raise InputError(f"{name}: {len(order)} class{plural}{there}; 2 to 1,000 are studied")
    names = {label: shown(label, _LONGEST) for label in order}
    seen: dict[str, str] = {}
    for label, text in names.items():
        if text in seen or not text.strip():
            raise InputError(f"{name}: two classes or an unnamed one read '{text}' when printed")
        seen[text] = label
    return names


def _check_bytes(name: str, count: int, target: tuple[int, int], channels: Channels) -> None:
    size = count * target[0] * target[1] * (1 if channels == "grey" else 3) * 4
    if size > MOST_BYTES:
        raise InputError(
            f"{name}: {count:,} images of {target[0]}x{target[1]} take up to {size / 2**30:.1f} "
            f"GiB as numbers; at most {MOST_BYTES / 2**30:.0f}: set dataset.size lower"
        )
