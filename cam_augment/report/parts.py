"""What a report is made of: tables, figures and prose, before any format is chosen.

A part is a function ``ImpactProfile -> part`` under one of the decorators below, with the name
of the part; it then appears in every format without another edit. ``SECTIONS`` is the page from
top to bottom.
"""

import importlib
import pkgutil
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib.metadata import entry_points
from typing import Any, Literal

from cam_augment.report.language import say

Row = Mapping[str, Any]

SECTIONS = {
    "questions": "What an inspection engineer asks",
    "verdicts": "Verdicts",
    "profile": "Impact profile",
    "gains": "Gains in accuracy",
    "errors": "Errors to look at",
    "attention": "Where the networks look",
    "score": "Does the gain go with the change of attention?",
    "training": "Training",
    "validity": "Can these numbers be trusted?",
    "details": "All numbers",
}


GROUPS = ("cam_augment.report.tables", "cam_augment.report.figures")  # of entry points


def _plain(row: Row) -> str:
    return ""


@dataclass(frozen=True)
class View:
    """One column as people see it.

    Attributes:
        title: the heading, with the unit.
        text: row to the cell's text.
        mark: row to how the cell stands out: a verdict's name, ``beyond``, ``faint`` or
            nothing. A mark never stands alone: the text says the same.
        kind: numbers are set right, words left, sentences left and wide.
        lead: row to the words that the cell begins with, set bold; they say the answer.
    """

    title: str
    text: Callable[[Row], str]
    mark: Callable[[Row], str] = _plain
    kind: Literal["number", "word", "sentence"] = "number"
    lead: Callable[[Row], str] = _plain


@dataclass(frozen=True)
class Table:
    """Rows of plain values (for CSV) and the views of them that people read.

    Attributes:
        columns, rows: the values; a missing one is None.
        views: the columns of the readable formats, the first one heading its row.
        empty: what is said in place of a table without rows.
        folded: the page shows it on request, because it is long.
        cards: on a narrow screen each row becomes a card.
    """

    name: str
    title: str
    caption: str
    columns: tuple[str, ...]
    rows: tuple[tuple[Any, ...], ...]
    views: tuple[View, ...]
    empty: str = field(default_factory=lambda: say("There is nothing to show."))
    folded: bool = False
    cards: bool = False

    def records(self) -> list[dict[str, Any]]:
        """Return the rows as dictionaries, column name to value."""
        return [dict(zip(self.columns, row, strict=True)) for row in self.rows]


@dataclass(frozen=True)
class Tile:
    """One arm's attention on one probe image: data URIs of its map and of its difference.

    reading: ``right`` where more than half of the arm's models read the image rightly, else
    ``wrong``; ``unknown`` where none was asked.
    """

    arm: str
    right: str
    reading: str
    map: str
    difference: str | None


@dataclass(frozen=True)
class Card:
    """One probe image with its tiles, for the page's gallery.

    rows, columns: of the data's image, which the picture on the page may not have.
    image, outline: data URIs of the picture and of the border of what is marked.
    """

    index: int
    label: str
    why: str
    rows: int
    columns: int
    image: str
    outline: str | None
    tiles: tuple[Tile, ...]


@dataclass(frozen=True)
class Gallery:
    """The gallery as the page shows it: cards that wrap, and the scales of their colours.

    study, fingerprint: what a file of drawn regions says of its origin.
    left_out: says how many images the page could not bear, if any.
    """

    cards: tuple[Card, ...]
    arms: tuple[str, ...]
    map_scale: str
    map_limit: str
    difference_scale: str
    difference_limit: str
    study: str
    fingerprint: str
    left_out: str


@dataclass(frozen=True)
class Figure:
    """A drawing with what must be said beside it.

    Attributes:
        caption: how to read it, every number's unit included.
        alt: what it shows, for those who do not see it.
        draw: returns the matplotlib figure.
        gallery: returns what the page shows in place of the drawing, where single tiles matter.
        phone: least width in pixels at which the drawing is legible; narrower screens scroll.
    """

    name: str
    title: str
    caption: str
    alt: str
    draw: Callable[[], Any]
    gallery: Callable[[], Gallery] | None = None
    phone: int = 640


@dataclass(frozen=True)
class Prose:
    """Paragraphs and, after them, points."""

    name: str
    title: str
    paragraphs: tuple[str, ...] = ()
    points: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Entry:
    """A part's function with its place on the page."""

    make: Callable[..., Table | Figure | None]
    section: str
    order: int


@cache
def discover() -> None:
    """Import every table and every figure, of this package and by entry points."""
    for group in GROUPS:
        package = importlib.import_module(group)
        for module in sorted(m.name for m in pkgutil.iter_modules(package.__path__)):
            importlib.import_module(f"{group}.{module}")
        for point in entry_points(group=group):
            point.load()


def in_order(entries: Iterable[Entry]) -> list[Entry]:
    """Return entries in the order of the page."""
    places = list(SECTIONS)
    return sorted(entries, key=lambda entry: (places.index(entry.section), entry.order))


TABLES: list[Entry] = []
FIGURES: list[Entry] = []


def _enter(entries: list[Entry], section: str, order: int) -> Callable:
    if section not in SECTIONS:
        raise ValueError(f"no section '{section}'; sections: {', '.join(SECTIONS)}")

    def enter(make: Callable) -> Callable:
        known = [entry for entry in entries if entry.make.__name__ == make.__name__]
        for entry in known:  # defined again, as in a notebook
            if entry.make.__module__ != make.__module__:
                raise ValueError(f"two parts '{make.__name__}', which would be files of one name")
            entries.remove(entry)
        entries.append(Entry(make, section, order))
        return make

    return enter


def table(section: str, order: int = 100) -> Callable:
    """Return a decorator that enters ``ImpactProfile -> Table | None`` into the report."""
    return _enter(TABLES, section, order)


def figure(section: str, order: int = 100) -> Callable:
    """Return a decorator that enters ``ImpactProfile -> Figure | None`` into the report."""
    return _enter(FIGURES, section, order)
