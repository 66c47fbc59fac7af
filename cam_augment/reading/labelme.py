"""labelme's JSON of one picture, and that of its kin: each type of shape as it is drawn there."""

import base64
import binascii
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from cam_augment.base.errors import InputError
from cam_augment.reading.names import shown
from cam_augment.reading.pictures import opened
from cam_augment.reading.shapes import (
    POINT_RADIUS,
    Draw,
    box,
    circle,
    disc,
    line,
    paste,
    points_of,
    polygon,
)

_LONGEST = 2**26  # characters of an embedded mask


def shape_of(shape: Any, where: str) -> Draw:
    """Return what draws a shape.

    Raises:
        InputError: its type is unknown, or its points are none.
    """
    if not isinstance(shape, dict):
        raise InputError(f"{where}: expected a table; received {shown(repr(shape), 40)}")
    kind = shape.get("shape_type") or "polygon"  # old files have none
    if not isinstance(kind, str) or kind not in SHAPES:
        raise InputError(
            f"{where}: shape_type {shown(repr(kind), 40)}; {', '.join(SHAPES)} are read"
        )
    return SHAPES[kind](shape, where)


def _polygon(shape: dict, where: str) -> Draw:
    return polygon(points_of(shape.get("points"), where))


def _rectangle(shape: dict, where: str) -> Draw:
    points = points_of(shape.get("points"), where, 2)
    xs, ys = points[::2], points[1::2]
    return polygon(box(min(xs), min(ys), max(xs), max(ys)))


def _circle(shape: dict, where: str) -> Draw:
    return circle(points_of(shape.get("points"), where, 2))


def _line(shape: dict, where: str) -> Draw:
    return line(points_of(shape.get("points"), where, 2))


def _points(shape: dict, where: str) -> Draw:
    """Return what draws a disc about each point."""
    places = points_of(shape.get("points"), where, 1)
    discs = [disc(places[start : start + 2], POINT_RADIUS) for start in range(0, len(places), 2)]

    def draw(mask: np.ndarray) -> None:
        for one in discs:
            one(mask)

    return draw


def _mask(shape: dict, where: str) -> Draw:
    """Return what draws a small mask, a picture in base64, from the first of two corners."""
    corner = points_of(shape.get("points"), where, 1)
    text = shape.get("mask")
    if not isinstance(text, str) or len(text) > _LONGEST:
        raise InputError(f"{where}: 'mask' is not a picture in base64")
    try:
        content = base64.b64decode(text, validate=False)
    except (binascii.Error, ValueError):
        raise InputError(f"{where}: 'mask' is not a picture in base64") from None
    patch = np.asarray(opened(content, f"{where}: 'mask'").image.convert("L")) > 0
    return paste(corner, patch)


SHAPES: Mapping[str, Callable[[dict, str], Draw]] = {
    "polygon": _polygon,
    "rectangle": _rectangle,
    "circle": _circle,
    "line": _line,
    "linestrip": _line,
    "point": _points,
    "points": _points,
    "mask": _mask,
    "oriented_rectangle": _polygon,
    "rotation": _polygon,  # X-AnyLabeling's rectangle, with its corners
    "quadrilateral": _polygon,
}
