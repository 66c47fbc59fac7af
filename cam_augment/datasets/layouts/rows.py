"""What a layout says of the pictures: their classes, splits, groups and masks."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from cam_augment.reading.regions import Marks


@dataclass(frozen=True)
class Row:
    """One picture as a folder or a table names it.

    Attributes:
        name: its path below the folder, with slashes. label: its class; empty: none given.
        where: what a message about its label names.
        masks: the files of its masks, which are united. group, split: where they are given.
        sequence, frame: the sequence that it is a frame of, and its number or time in it.
    """

    path: Path
    name: str
    label: str
    where: str
    masks: tuple[Path, ...] = ()
    group: str | None = None
    split: str | None = None
    sequence: str | None = None
    frame: float | None = None


@dataclass(frozen=True)
class LeftOut:
    """A folder or a file that holds no pictures of a class.

    Attributes:
        why: ``system`` (network storage or a desktop made it), ``masks`` (masks that are read),
            ``unmatched`` (called masks, and none has a picture's name), ``beside`` (beside the
            folders of splits, and of none), ``empty`` (no picture is in it).
        name: its path below the folder. count: pictures in it.
    """

    why: str
    name: str
    count: int


@dataclass(frozen=True)
class Layout:
    """All pictures of a folder or a table.

    Attributes:
        kind: ``classes``, ``splits``, ``inspection``, ``masks``, ``coco`` or ``table``.
        root: the folder below which they lie.
        file_counts: how many files are left out: ``hidden``, ``other`` (no pictures) and ``beside``
            (pictures outside of the class folders).
        left_out: folders that are.
        masks: marks by picture, where the layout itself reads them.
        encoding: of the table. flaws: annotations that could not be used, a line each.
        substitutes: paths of the table that are not there so, each with the picture taken for it.
        called_masks: folders that are called masks and hold pictures, with their count.
        strange_groups: paths of a table of groups that name no picture.
    """

    kind: str
    root: Path
    rows: tuple[Row, ...]
    file_counts: Counter = field(default_factory=Counter)
    left_out: tuple[LeftOut, ...] = ()
    marks: Mapping[str, Marks] = field(default_factory=dict)
    encoding: str | None = None
    flaws: tuple[str, ...] = ()
    substitutes: tuple[tuple[str, str], ...] = ()
    called_masks: tuple[tuple[str, int], ...] = ()
    strange_groups: tuple[str, ...] = ()

    @property
    def names(self) -> list[str]:
        """The names of all pictures."""
        return [row.name for row in self.rows]

    def with_rows(self, rows: tuple[Row, ...]) -> "Layout":
        """Return the layout with other rows."""
        return replace(self, rows=rows)


@dataclass(frozen=True)
class Misfit:
    """Why a folder is not laid out so."""

    why: str
