"""Names beside dots, so that none overlap: near where possible, else far with a leader line."""

import itertools
import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

from cam_augment.report.figures import style
from cam_augment.report.figures.sizes import SMALL, text_width

if TYPE_CHECKING:
    from matplotlib.axes import Axes

Point = tuple[float, float]
Box = tuple[float, float, float, float]  # left, bottom, right, top
# Places around a dot in points: right, left, above, below, then farther and farther out.
REACHES = (8.0, 14.0, 22.0, 32.0, 44.0, 58.0, 74.0)
ANGLES = [math.radians(a) for a in (0, 180, 50, -50, 130, -130, 90, -90, 25, -25, 155, -155)]


def spread_out(axes: "Axes", dots: Sequence[Point], names: Sequence[str]) -> None:
    """Write each name near its dot, where it meets no other name and no dot."""
    places, frame = _in_points(axes, dots)
    boxes: list[Box] = [(x - 4, y - 4, x + 4, y + 4) for x, y in places]
    for i in _most_crowded_first(places):
        (dx, dy), box = _best(places[i], names[i], boxes, frame, REACHES)
        boxes.append(box)
        _write(axes, dots[i], names[i], dx, dy)


def spread_centred(
    axes: "Axes", middles: Sequence[Point], names: Sequence[str], colours: Sequence[str]
) -> None:
    """Write each name on its place, or near it where there is another name."""
    places, frame = _in_points(axes, middles)
    boxes: list[Box] = []
    for i, name in enumerate(names):
        (dx, dy), box = _best(places[i], name, boxes, frame, (0, 6, *REACHES))
        boxes.append(box)
        _write(axes, middles[i], name, dx, dy, colours[i])


def _in_points(axes: "Axes", dots: Sequence[Point]) -> tuple[list[Point], Box]:
    """Return places and the frame of the panel, in points of the drawing."""
    to_points = 72 / axes.figure.dpi
    axes.apply_aspect()
    axes.get_xlim(), axes.get_ylim()  # else the limits are those from before the dots
    pixels = (axes.transData.transform(dot) for dot in dots)
    places = [(float(x) * to_points, float(y) * to_points) for x, y in pixels]
    return places, _frame(axes, to_points)


def _most_crowded_first(places: Sequence[Point]) -> list[int]:
    return sorted(range(len(places)), key=lambda i: -_neighbours(places, i))


def _frame(axes: "Axes", to_points: float) -> Box:
    box = axes.get_window_extent()
    return box.x0 * to_points, box.y0 * to_points, box.x1 * to_points, box.y1 * to_points


def _neighbours(places: Sequence[Point], i: int) -> int:
    x, y = places[i]
    return sum(abs(x - a) < 60 and abs(y - b) < 25 for a, b in places)


def _best(
    place: Point, name: str, boxes: Sequence[Box], frame: Box, reaches: Sequence[float]
) -> tuple[Point, Box]:
    """Return the offset of a name from its dot, and its box, where it overlaps least."""
    width, height = 72 * text_width(name, SMALL) + 2, SMALL * 1.2
    least, best = math.inf, ((0.0, 0.0), frame)
    for reach, angle in itertools.product(reaches, ANGLES):
        dx, dy = reach * math.cos(angle), reach * math.sin(angle)
        box = _box(place, dx, dy, width, height)
        cost = sum(_overlap(box, neighbour) for neighbour in boxes) + 3 * _outside(box, frame)
        if cost < least:
            least, best = cost, ((dx, dy), box)
        if cost == 0:
            break
    return best


def _box(place: Point, dx: float, dy: float, width: float, height: float) -> Box:
    x, y = place[0] + dx, place[1] + dy
    left = x if dx > 1 else (x - width if dx < -1 else x - width / 2)
    return left, y - height / 2, left + width, y + height / 2


def _overlap(a: Box, b: Box) -> float:
    across = min(a[2], b[2]) - max(a[0], b[0])
    up = min(a[3], b[3]) - max(a[1], b[1])
    return across * up if across > 0 and up > 0 else 0.0


def _outside(box: Box, frame: Box) -> float:
    return (
        max(0, frame[0] - box[0])
        + max(0, box[2] - frame[2])
        + max(0, frame[1] - box[1])
        + max(0, box[3] - frame[3])
    )


def _write(
    axes: "Axes", dot: Point, name: str, dx: float, dy: float, colour: str = style.INK
) -> None:
    side = "left" if dx > 1 else ("right" if dx < -1 else "center")
    from matplotlib.patheffects import withStroke

    halo = [withStroke(linewidth=2.4, foreground="white")]  # else intervals strike names out
    line = {"arrowstyle": "-", "color": "#999999", "lw": 0.6, "shrinkA": 0, "shrinkB": 3}
    axes.annotate(
        name, dot, (dx, dy), textcoords="offset points", ha=side, va="center", fontsize=SMALL,
        color=colour, path_effects=halo, arrowprops=line if math.hypot(dx, dy) > 12 else None,
    )  # fmt: skip
