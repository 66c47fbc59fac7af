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
from typing import TYPE_CHECKING, Any, Generic, Literal, TypeVar

from cam_augment.records import ImpactProfile
from cam_augment.report.language import say

if TYPE_CHECKING:
    import matplotlib.figure

    from cam_augment.report.figures.sizes import Size

Row = Mapping[str, Any]

SECTIONS = {
    "verdicts": "Verdicts",
    "search": "Which pipeline?",
    "attention": "Where it looks",
    "factors": "What it sees there",
    "classes": "Which classes pay",
    "robustness": "Does it last on corrupted images?",
    "sequences": "Is it steady from frame to frame?",
    "validity": "Can I trust it?",
    "paper": "For the paper",
}


GROUPS = ("cam_augment.report.tables", "cam_augment.report.figures")  # of entry points


def _nothing(_row: Row, /) -> str:
    return ""


@dataclass(frozen=True)
class View:
    """One column as people see it.

    Attributes:
        title: the heading, with the unit.
        text: row to the text of the cell.
        mark: row to how the cell stands out: a verdict, ``beyond``, ``faint`` or nothing. A mark
            never stands alone: the text says the same.
        kind: numbers are aligned right, words left; sentences are left and wide.
        lead: row to the words at the start of the cell, in bold; they say the answer.
    """

    title: str
    text: Callable[[Row], str]
    mark: Callable[[Row], str] = _nothing
    kind: Literal["number", "word", "sentence"] = "number"
    lead: Callable[[Row], str] = _nothing


@dataclass(frozen=True)
class Table:
    """Rows of plain values (for CSV), and views of them for people.

    Attributes:
        columns, rows: the values; a missing one is None.
        views: the columns of the readable formats; the first one is the heading of its row.
        empty: text in place of a table without rows.
        folded: whether the page shows it only on request, because it is long.
        cards: whether each row becomes a card on a narrow screen.
        shown: whether the page has it in a chapter; else its first screen, or its views of the
            strategies, say the same.
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
    shown: bool = True

    def records(self) -> list[dict[str, Any]]:
        """Return the rows as dictionaries, column name to value."""
        return [dict(zip(self.columns, row, strict=True)) for row in self.rows]


@dataclass(frozen=True)
class Panel:
    """One arm's attention on one probe image: data URIs of its map and of its difference.

    label: the arm as the profile calls it. mark, note: what a person wrote on the map, if anything.
    reading: ``right`` where more than half of the arm's models classify the image correctly,
    else ``wrong``; ``unknown`` where there is no answer.
    """

    arm: str
    label: str
    right: str
    reading: str
    map: str
    difference: str | None
    mark: str = ""
    note: str = ""


@dataclass(frozen=True)
class Card:
    """One probe image with its panels, for the page's gallery.

    rows, columns: of the image in the data; the picture on the page may have others.
    image, outline, edges: data URIs of the picture, of the border of its marked regions, and of
        the lines in it, which are drawn over differences.
    picture: of a tile the picture that it is cut from, and row and column; empty of others.
    """

    index: int
    label: str
    why: str
    rows: int
    columns: int
    image: str
    outline: str | None
    edges: str
    panels: tuple[Panel, ...]
    picture: str = ""


@dataclass(frozen=True)
class Gallery:
    """The gallery on the page: cards that wrap, and the scales of their colours.

    study, fingerprint: the origin that a file of drawn regions names.
    left_out: a sentence on the images that are not on the page, if any.
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
    """A drawing with the words beside it.

    Attributes:
        caption: how to read it, with the units of all numbers.
        alt: what it shows, for those who do not see it.
        draw: returns the matplotlib figure in a size: ``COLUMN`` or ``PAGE`` of a paper.
        gallery: returns what the page shows instead of the drawing, where single panels matter.
        shown: as of a table.
    """

    name: str
    title: str
    caption: str
    alt: str
    draw: Callable[["Size"], "matplotlib.figure.Figure"]
    gallery: Callable[[], Gallery] | None = None
    shown: bool = True


@dataclass(frozen=True)
class Prose:
    """Paragraphs and, after them, points."""

    name: str
    title: str
    paragraphs: tuple[str, ...] = ()
    points: tuple[tuple[str, str], ...] = ()


Part = TypeVar("Part", bound=Table | Figure, covariant=True)


@dataclass(frozen=True)
class Entry(Generic[Part]):
    """The function of a part, with its place on the page."""

    make: Callable[[ImpactProfile], Part | None]
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


def in_order(entries: Iterable[Entry[Part]]) -> list[Entry[Part]]:
    """Return entries in the order of the page."""
    places = list(SECTIONS)
    return sorted(entries, key=lambda entry: (places.index(entry.section), entry.order))


TABLES: list[Entry[Table]] = []
FIGURES: list[Entry[Figure]] = []


def _enter(
    entries: list[Entry[Part]], section: str, order: int
) -> Callable[[Callable[..., Part | None]], Callable[..., Part | None]]:
    if section not in SECTIONS:
        raise ValueError(f"no section '{section}'; sections: {', '.join(SECTIONS)}")

    def enter(make: Callable[..., Part | None]) -> Callable[..., Part | None]:
        namesakes = [entry for entry in entries if entry.make.__name__ == make.__name__]
        for entry in namesakes:  # defined again, as in a notebook
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
