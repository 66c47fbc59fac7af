"""Pictures of one's own, read and brought to one size, the damaged ones named."""

import hashlib
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

import numpy as np

from cam_augment.base.errors import InputError
from cam_augment.base.processor import cores
from cam_augment.base.stop import STOP
from cam_augment.datasets.depth import Bits, depth_of
from cam_augment.datasets.markings import (
    Marking,
    check_markings,
    marking_notes,
    marking_summary,
)
from cam_augment.datasets.remarks import broken_note
from cam_augment.reading.duplicates import describe
from cam_augment.reading.fitting import Fit, fit_mask, fit_picture
from cam_augment.reading.frames import Frame
from cam_augment.reading.masks import Marked
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
        mask: returns what is marked in it, from its rows and columns as it is shown; None:
            nothing is.
        group: pictures that belong together. split: where the data say so.
        product: as ``mask``, where the product lies.
    """

    name: str
    label: str
    load: Callable[[], Path | bytes]
    mask: Callable[[Frame], Marked] | None = None
    group: str | None = None
    split: str | None = None
    product: Callable[[Frame], Marked] | None = None


@dataclass(frozen=True)
class Collection:
    """Pictures that were read.

    Attributes:
        items: those that are used, in order. classes: their labels' names.
        images: float32 [image, row, column, channel] in 0..1.
        labels: int64 [image].
        masks, products: bool [image, row, column], or None.
        hashes, thumbs: what near duplicates are found by, see ``reading.duplicates``.
        notes: what a reader of the report should know. reading: how it was read.
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
    reading: tuple[Notice, ...] = ()


@dataclass(frozen=True)
class _Read:
    image: np.ndarray
    mask: np.ndarray
    marking: Marking | None
    hash: np.uint64
    thumb: np.ndarray
    content: bytes
    product: np.ndarray
    peak: int | None


def collect(
    name: str,
    items: Sequence[Item],
    target: tuple[int, int],
    fit: Fit,
    channels: Channels = "auto",
    damaged: Policy = "refuse",
    bits: Bits = "auto",
    flawed: Policy = "refuse",
) -> Collection:
    """Read all pictures and bring them to the size of ``target`` (rows, columns).

    ``auto`` keeps colours where any picture has some, and takes white from the greatest value of
    all pictures of 16 bits a value. Under ``skip`` the damaged pictures are left out: those that
    cannot be read whole or are too large, and those that are there twice under two classes. Under
    ``skip``
    for ``flawed`` pictures are left out of which it is not known what is marked, since the mask
    cannot be read or has another size.

    Raises:
        InputError: a picture is damaged or a mask flawed under ``refuse``, no mask can be used,
            the names of classes cannot be told apart, or all is too much to hold.
    """
    _check_bytes(name, len(items), target, channels)
    with quiet(), ThreadPoolExecutor(cores()) as pool:
        results = list(pool.map(lambda item: _read_one(item, target, fit, channels), items))
    _mark_contradictions(items, results)
    broken = [str(result) for result in results if isinstance(result, Damaged)]
    if broken and damaged == "refuse":
        more = f" ({len(broken)} are damaged in all)" if len(broken) > 1 else ""
        raise InputError(
            f'{name}: {broken[0]}{more}. dataset.damaged="skip" leaves such pictures out'
        )
    pictures = [(item, result) for item, result in zip(items, results, strict=True)
                if isinstance(result, _Read)]  # fmt: skip
    markings = {item.name: p.marking for item, p in pictures if p.marking is not None}
    check_markings(markings, flawed == "skip")
    sound = [pair for pair in pictures if pair[1].marking is None or not pair[1].marking.flaw]
    classes = class_names(name, [item.label for item in items if item.label])
    notes = [*broken_note(broken), *marking_notes(markings)]
    collection = _collection(name, classes, sound, notes, bits)
    return replace(collection, reading=tuple(marking_summary(markings)))


def _collection(
    name: str,
    classes: Mapping[str, str],
    sound: Sequence[tuple[Item, _Read]],
    notes: list[Notice],
    bits: Bits,
) -> Collection:
    items, pictures = [item for item, _ in sound], [picture for _, picture in sound]
    number = {label: place for place, label in enumerate(classes)}
    labels = np.array([number[item.label] for item in items], np.int64)
    gone = [label for label in classes if number[label] not in labels]
    if gone:
        raise InputError(
            f"{name}: class '{classes[gone[0]]}': all of its pictures are damaged, or their masks"
        )
    depth = depth_of(name, [picture.peak for picture in pictures], labels, bits)
    images = _stacked([picture.image for picture in pictures])
    thumbs = np.stack([picture.thumb for picture in pictures])
    depth.whiten(images, thumbs)
    masked, outlined = any(item.mask for item in items), any(item.product for item in items)
    return Collection(
        items=tuple(items),
        classes=tuple(classes.values()),
        images=images,
        labels=labels,
        masks=np.stack([picture.mask for picture in pictures]) if masked else None,
        hashes=np.array([picture.hash for picture in pictures], np.uint64),
        thumbs=thumbs,
        notes=(*notes, *depth.notes(tuple(classes.values()), images)),
        products=np.stack([picture.product for picture in pictures]) if outlined else None,
    )


def _stacked(images: list[np.ndarray]) -> np.ndarray:
    """Return images in one array; grey ones among coloured ones get three equal channels."""
    channels = max(image.shape[2] for image in images)
    whole = np.empty((len(images), *images[0].shape[:2], channels), np.float32)
    for place, image in enumerate(images):
        whole[place] = image
    return whole


def _read_one(item: Item, target: tuple[int, int], fit: Fit, channels: Channels) -> _Read | Damaged:
    """Return what is needed of a picture, or how it is damaged."""
    STOP.check()
    try:
        picture = read_picture(item.load(), item.name)
    except Damaged as error:
        return error
    values = picture.values
    mask, flaw = _drawn(item.mask, picture.frame)
    product, _ = _drawn(item.product, picture.frame)
    grey = to_grey(values)
    shown_image = fit_picture(grey if channels == "grey" else values, target, fit)
    if channels == "colour":
        shown_image = np.repeat(shown_image, 3, 2) if shown_image.shape[2] == 1 else shown_image
    fitted, outline = (np.zeros(target, bool) if drawn is None else
                       fit_mask(drawn.mask, target, fit) for drawn in (mask, product))  # fmt: skip
    marking = Marking.of(mask, fitted, picture.frame, flaw) if item.mask else None
    content = hashlib.blake2b(str(values.shape).encode() + values.tobytes(), digest_size=16)
    code, thumb = describe(grey[:, :, 0])
    return _Read(shown_image, fitted, marking, code, thumb, content.digest(), outline, picture.peak)


def _drawn(
    draw: Callable[[Frame], Marked] | None, frame: Frame
) -> tuple[Marked | None, str | None]:
    """Return what is marked, or else why that cannot be told."""
    try:
        return (draw(frame) if draw else None), None
    except InputError as flaw:
        return None, str(flaw)


def _mark_contradictions(items: Sequence[Item], results: list[_Read | Damaged]) -> None:
    """Replace pictures that are there under two classes by what is wrong with them."""
    first: dict[bytes, int] = {}
    wrong: dict[int, int] = {}
    for place, (item, result) in enumerate(zip(items, results, strict=True)):
        if isinstance(result, _Read):
            other = first.setdefault(result.content, place)
            if items[other].label != item.label:
                wrong |= {place: other, other: wrong.get(other, place)}
    for place, other in wrong.items():
        one, two = items[place], items[other]
        results[place] = Damaged(
            f"{shown(one.name)}: mislabelled: '{shown(one.label)}' here, and the same picture is "
            f"'{shown(two.label)}' as {shown(two.name)}"
        )


def class_names(name: str, labels: Sequence[str]) -> dict[str, str]:
    """Return the labels in order, each with its name as it is shown.

    Numbers come by their value, words by their letters. Control characters become "?".

    Raises:
        InputError: no class, more than 1,000, or two with one name.
    """
    distinct = set(labels)
    numbers = all(label.isdecimal() and len(label) < 10 for label in distinct)
    order = sorted(distinct, key=(lambda text: (int(text), text)) if numbers else None)
    if not 1 <= len(order) <= 1000:
        raise InputError(f"{name}: {len(order):,} classes; 2 to 1,000 are studied")
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
