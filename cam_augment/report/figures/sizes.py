"""The two sizes of figures, and how wide texts are in them."""

import re
from bisect import bisect_left
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache

TEXT, SMALL = 7.5, 7.0  # points: of names and numbers, and of what stands beside them
HEIGHT = 9.0  # inches of a page's text: figures with more rows have lower ones


@dataclass(frozen=True)
class Size:
    """The width that a figure is drawn in, in inches: that at which a paper places it."""

    name: str
    width: float

    @property
    def is_narrow(self) -> bool:
        """Whether it is one column of a page with two."""
        return self.width < 5


COLUMN, PAGE = Size("column", 3.3), Size("page", 7.0)


def text_width(text: str, points: float = TEXT, bold: bool = False) -> float:
    """Return the width of a line of text, in inches, without the font's kerning."""
    return sum(_advance(character, bold) for character in text) * points / 72


@lru_cache(maxsize=4096)
def _advance(character: str, bold: bool) -> float:
    """Return the width of a character as a share of the font's size."""
    from matplotlib.font_manager import FontProperties
    from matplotlib.textpath import text_to_path

    font = FontProperties(size=100, weight="bold" if bold else "normal")

    def width(text: str) -> float:
        return text_to_path.get_text_width_height_descent(text, font, False)[0]

    # Between two bars, since a space alone has no width.
    return max(0.0, width(f"|{character}|") - width("||")) / 100


def widest(texts: Sequence[str], points: float = TEXT, bold: bool = False) -> float:
    """Return the width of the widest of some texts of one or more lines, in inches."""
    lines = (line for text in texts for line in text.split("\n"))
    return max((text_width(line, points, bold) for line in lines), default=0.0)


def fit(text: str, width: float, points: float = TEXT, lines: int = 2, bold: bool = False) -> str:
    """Return a name for a place of so many inches: on several lines, then cut in its middle.

    Names break after ``_``, ``:``, ``+``, ``-`` and spaces. Both ends stay, since settings stand
    at the end.
    """

    def fits(part: str) -> bool:
        return text_width(part, points, bold) <= width

    if fits(text):
        return text
    if lines == 1:
        head = _longest(text, lambda part: text_width(part, points, bold) <= width / 2)
        tail = _longest(text[::-1], lambda part: fits(f"{head}…{part[::-1]}"))[::-1]
        return f"{head}…{tail}"
    line = _longest(text, fits) or text[:1]
    breaks = [match.end() for match in re.finditer(r"[_:+\- ]", line)]
    end = breaks[-1] if breaks and breaks[-1] > len(line) / 3 else len(line)
    return f"{text[:end].rstrip()}\n{fit(text[end:], width, points, lines - 1, bold)}"


def _longest(text: str, fits: Callable[[str], bool]) -> str:
    """Return the longest beginning of a text that fits."""
    return text[: bisect_left(range(len(text)), True, key=lambda end: not fits(text[: end + 1]))]
