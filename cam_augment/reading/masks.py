"""Read masks: pictures in which what is marked differs from a background.

What mask files hold in practice: black and white, 0 and 1, numbers of classes, greys that JPEG
left about black and white, colours on black or white, palettes, opacity alone, and all of it
inverted. What a mask marks is judged by its histogram, and its background by what most masks of
the set show along their borders.
"""

from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

import numpy as np
from PIL import Image

from cam_augment.reading.frames import Frame
from cam_augment.reading.names import shown
from cam_augment.reading.pictures import FULL_16, Damaged, opened

_FEW = 8  # levels at most of which each means something
_NUMBERS = 32  # greatest level of a mask that holds numbers of objects
_CROWD = 8  # levels within which JPEG keeps a black or a white
_EMPTY = 0.25  # share of what is above black that may lie between, where JPEG made the greys
_LOSSY = ("JPEG", "MPO")
_BIN = 32  # greys of one kind, of 256
_COLOURS = 64  # that a mask has at most, for each class its own
_ENOUGH = 2**16  # pixels to tell a photograph by
_GROUND = 0.2  # share of a drawing that its most frequent colour fills
_ALIKE = 0.75  # share of its pixels that are exactly like their neighbours
_FARTHEST = 2.0**31  # of what a mask of fractions holds
_FULL = 0.9  # share of a border that is bright where bright is the background


class Colour(NamedTuple):
    """A background, as stored: 0..255, or 0..65535 of greys of 16 bits."""

    red: int
    green: int
    blue: int


BLACK = Colour(0, 0, 0)


class Marked(NamedTuple):
    """What is marked in a picture, and how that was judged.

    Attributes:
        mask: bool [row, column].
        rule: ``levels`` (each but the background's), ``halfway`` (greys that JPEG left: beyond
            half), ``greys`` (many greys between: beyond half, to be looked at), ``faint`` (a JPEG
            file of nearly black numbers, which it keeps badly), ``opacity``, or ``drawn`` (by
            shapes).
    """

    mask: np.ndarray
    rule: str


def read_mask(
    source: Path | bytes, name: str, frame: Frame | None, background: Colour | None = None
) -> Marked:
    """Return what is marked in a picture.

    Args:
        frame: of the picture; None: the mask's own.
        background: what most masks of the set have as their background, see ``background_of``;
            None: what this one has.

    Raises:
        Damaged: the mask cannot be read whole, is too large, or has NaN or infinite values.
        InputError: it has another size than its picture.
    """
    picture = opened(source, name)
    shape = picture.image.size[::-1]
    frame = frame or Frame(*shape)
    frame.canvas(shape, f"{name}: a mask")
    plane = _plane(picture.image, background, name)
    mask, rule = _cut(plane.levels, plane.rule)
    is_faint = picture.format in _LOSSY and 0 < plane.levels.max() < _NUMBERS
    return Marked(frame.upright(mask), "faint" if is_faint else rule)


def is_photograph(source: Path | bytes, name: str) -> bool:
    """Return whether a picture is none that could mark anything: of many colours, all between.

    One that cannot be read is none: whatever it is, it is named where it is read. Some rows of a
    large one decide.
    """
    try:
        image = _some_rows(opened(source, name).image)
        values = _values(image, name)
        if values.ndim == 2 or len(np.unique(_packed(values))) <= _COLOURS:
            return False
        return _cut(*_plane(image, None, name)).rule == "greys"
    except Damaged:
        return False


def is_drawn(source: Path | bytes, name: str) -> bool:
    """Return whether a picture is of regions of exactly one colour, or on a ground of one.

    A map of objects in colours by chance is, however many they are; so is the photograph of a
    product on pure white. One that cannot be read is not.
    """
    try:
        colours = _packed(_values(_some_rows(opened(source, name).image), name))
    except Damaged:
        return False
    most = np.unique(colours, return_counts=True)[1].max()
    alike = colours[:, 1:] == colours[:, :-1]
    return bool(most >= _GROUND * colours.size or alike.sum() > _ALIKE * alike.size)


def _some_rows(image: Image.Image) -> Image.Image:
    """Return a picture of enough of the rows of another, as they are."""
    columns, rows = image.size
    step = -(-columns * rows // _ENOUGH)
    return image.resize((columns, max(1, rows // step)), Image.Resampling.NEAREST)


def _packed(values: np.ndarray) -> np.ndarray:
    """Return one number for each colour, int [row, column]."""
    return values if values.ndim == 2 else values @ np.array([1 << 16, 1 << 8, 1])


class _Plane(NamedTuple):
    """How far each pixel is from the background, int [row, column]; a rule where one is sure."""

    levels: np.ndarray
    rule: str | None


def _plane(image: Image.Image, background: Colour | None, name: str) -> _Plane:
    opacity = _opacity(image)
    values = _values(image, name)
    if opacity is not None:
        shades = values[opacity].reshape(opacity.sum(), -1)
        several = len(shades) and (shades != shades[0]).any()
        inked = values.reshape(*opacity.shape, -1).any(2) if several else True
        return _Plane((opacity & inked).astype(int), "opacity")
    ground = background or _ground(values) or BLACK
    if values.ndim == 2:
        grey = ground.red if len(set(ground)) == 1 else 0
        return _Plane(np.abs(values - grey), None)
    far = np.abs(values - np.array(ground)).max(2)
    if far.min() >= _BIN:  # it has another background than the set
        far = np.abs(values - np.array(_border_colour(values))).max(2)
    return _Plane(far, None)


def _opacity(image: Image.Image) -> np.ndarray | None:
    """Return which pixels are opaque, bool [row, column]; None where all are alike."""
    if not image.has_transparency_data:
        return None
    opacity = np.asarray(image.convert("RGBA"))[:, :, 3]
    opaque = opacity > int(opacity.max()) / 2  # a mark may let its picture through
    return None if opaque.all() or not opaque.any() else opaque


def _values(image: Image.Image, name: str) -> np.ndarray:
    """Return int [row, column], or [row, column, 3] in 0..255 where there are colours."""
    if image.mode == "F":
        values = np.asarray(image)
        if not np.isfinite(values).all():
            raise Damaged(f"{shown(name)}: a mask with NaN or infinite values")
        scale = 255 if values.max(initial=0) <= 1 else 1
        return np.clip(values * scale, -_FARTHEST, _FARTHEST).astype(int)
    if image.mode in ("1", "L", "I") or image.mode.startswith("I;16"):
        return np.maximum(np.asarray(image).astype(int), 0)
    if image.mode == "P" and _palette_says_nothing(image):
        return np.asarray(image).astype(int)
    values = np.asarray(image.convert("RGB")).astype(int)
    grey = (values[:, :, :1] == values).all()
    return values[:, :, 0] if grey else values


def _palette_says_nothing(image: Image.Image) -> bool:
    """Return whether two numbers of a palette that are used have one colour."""
    numbers = np.unique(np.asarray(image))
    palette = np.zeros((256, 3), int)
    table = np.array(image.getpalette("RGB") or [0], int)
    table = table[: len(table) // 3 * 3].reshape(-1, 3)
    palette[: len(table)] = table
    return len(np.unique(palette[numbers], axis=0)) < len(numbers)


def _cut(levels: np.ndarray, rule: str | None) -> Marked:
    """Return what is marked, by the histogram of the distances to the background."""
    present = _present(levels)
    lowest, highest = int(present[0]), int(present[-1])
    ground = lowest if 0 < lowest < _BIN < highest else 0  # a background that is not quite black
    is_noisy = _has_noise(present, ground)
    if highest < _NUMBERS or _is_run(present) or (len(present) <= _FEW and not is_noisy):
        return Marked(levels > ground, rule or "levels")
    half = (ground + highest) / 2
    above = levels[levels > ground + (highest - ground) / 8]
    between = (above < ground + (highest - ground) * 7 / 8).mean()
    return Marked(levels > half, "halfway" if between < _EMPTY else "greys")


def _present(levels: np.ndarray) -> np.ndarray:
    """Return the levels that there are, in order: by counting, much the faster way, if few may."""
    if levels.max() > FULL_16:
        return np.unique(levels)
    return np.flatnonzero(np.bincount(levels.reshape(-1)))


def _has_noise(present: np.ndarray, ground: int) -> bool:
    """Return whether levels crowd about two values, as those of a good JPEG file do."""
    low = (present > ground) & (present < ground + _CROWD)
    high = (present < present[-1]) & (present > present[-1] - _CROWD)
    return bool(low.any() and high.any())


def _is_run(present: np.ndarray) -> bool:
    """Return whether levels are the numbers 0, 1, 2, ... of objects."""
    return bool(len(present) <= 128 and (present == np.arange(len(present))).all())


def background_of(sources: Iterable[Path | bytes]) -> Colour:
    """Return what most of some masks have as their background.

    Masks of one value, by opacity, or that cannot be read have no vote.
    """
    votes = Counter(vote for source in sources if (vote := _vote(source)) is not None)
    return votes.most_common(1)[0][0] if votes else BLACK


def _vote(source: Path | bytes) -> Colour | None:
    try:
        image = opened(source, "a mask").image
        return None if _opacity(image) is not None else _ground(_values(image, "a mask"))
    except Damaged:  # it is named where it is read for its picture
        return None


def _ground(values: np.ndarray) -> Colour | None:
    """Return the background of a mask, [row, column] or [row, column, 3]; None of one value.

    Of colours it is the most frequent one along the border. Of greys it is the dark one, unless
    the bright one has most of the border and more than half of the mask: a white object may
    reach the border, too.
    """
    if values.min() == values.max():
        return None
    if values.ndim == 3:
        return _border_colour(values)
    bright = values > (int(values.min()) + int(values.max())) / 2
    inverted = _border(bright).mean() > _FULL and bright.mean() > 0.5
    grey = int(np.median(values[bright == inverted]))
    return Colour(grey, grey, grey)


def _border(values: np.ndarray) -> np.ndarray:
    """Return the pixels along the border, [pixel] or [pixel, channel]."""
    return np.concatenate([values[0], values[-1], values[:, 0], values[:, -1]])


def _border_colour(values: np.ndarray) -> Colour:
    """Return the most frequent colour along the border of [row, column, 3]."""
    border = _border(values)
    kinds, place = np.unique(border // _BIN, axis=0, return_inverse=True)
    most = np.bincount(place.reshape(-1), minlength=len(kinds)).argmax()
    return Colour(*np.median(border[place.reshape(-1) == most], axis=0).astype(int).tolist())
