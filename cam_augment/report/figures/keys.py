"""What marks and lines mean, written above a figure: as many lines as the width asks for."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from cam_augment.report.figures import style
from cam_augment.report.figures.sizes import TEXT, text_width
from cam_augment.report.language import say

if TYPE_CHECKING:
    from matplotlib.typing import LineStyleType

KEY_LINE = 0.16  # inches of a line of keys
_MARK, _GAP, _EDGE = 0.22, 0.14, 0.06  # inches: a mark with its space, between keys, at the sides


@dataclass(frozen=True)
class Key:
    """A mark or a line with its meaning."""

    text: str
    colour: str
    marker: str = ""
    line: "LineStyleType" = ""
    is_filled: bool = True


def verdict_keys(verdicts: Iterable[str]) -> list[Key]:
    """Return the marks of the verdicts that occur, in the order of their worth."""
    occurring = set(verdicts)
    return [
        Key(say(name), colour, style.MARKERS[name])
        for name, colour in style.COLOURS.items()
        if name in occurring
    ]


def key_lines(keys: Sequence[Key], width: float) -> int:
    """Return how many lines the keys take in a width in inches."""
    return 1 + max((line for line, _ in _flow(keys, width)), default=-1)


def _flow(keys: Sequence[Key], width: float) -> list[tuple[int, float]]:
    """Return the line, and the place in it in inches, of each key."""
    line, left, places = 0, _EDGE, []
    for key in keys:
        needed = _MARK + text_width(key.text)
        if left + needed > width - _EDGE and left > _EDGE:
            line, left = line + 1, _EDGE
        places.append((line, left))
        left += needed + _GAP
    return places


def write_keys(drawing: style.Drawing, keys: Sequence[Key]) -> None:
    """Write the keys at the top of a drawing."""
    from matplotlib.lines import Line2D

    width, height = map(float, drawing.get_size_inches())
    for key, (line, left) in zip(keys, _flow(keys, width), strict=True):
        y = 1 - (line + 0.5) * KEY_LINE / height
        ends = (left, left + 0.17) if key.line else (left + 0.085,)
        mark = Line2D(
            [end / width for end in ends], [y] * len(ends), color=key.colour,
            linestyle=key.line or "none", marker=key.marker or "none", ms=5, lw=1.3,
            mfc=key.colour if key.is_filled else "white", transform=drawing.transFigure,
        )  # fmt: skip
        drawing.add_artist(mark)
        drawing.text((left + _MARK) / width, y, key.text, va="center", fontsize=TEXT)
