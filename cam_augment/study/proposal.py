"""What a plan for a folder of pictures may say: found by looking, to be changed by a person."""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from cam_augment.base.errors import InputError
from cam_augment.datasets.folder import Source, layout_of
from cam_augment.datasets.layouts import TITLES, Layout
from cam_augment.datasets.layouts.names import is_sound
from cam_augment.reading.listing import scan
from cam_augment.reading.names import shown
from cam_augment.reading.pictures import Damaged, quiet, read_picture
from cam_augment.reading.regions import read_content

LARGEST = 128  # pixels of the longer side: a small network on a few processors learns from these
_STEP = 8  # sides are multiples of it
_LOOKED_AT = 40  # pictures whose sizes and colours are looked at
_UNEVEN = 2.0  # times the rarest class that the most frequent one has
_FOLDER = r"^(?:.*/)?([^/]+)/[^/]+$"  # the folder in which a picture lies
_STEM = r"([^/]*?)[-_ ]?\d+\.[^./]+$"  # a name before its last number
_LEAST_GROUPS = 8
_NUMBERED = re.compile(r"^(.*?)\d+$")


@dataclass(frozen=True)
class Group:
    """A pattern in pictures' paths that keeps pictures together.

    Attributes:
        pattern: a regular expression. count: groups that it makes. example: one of them.
    """

    pattern: str
    count: int
    example: str


@dataclass(frozen=True)
class Proposal:
    """What was seen of a folder.

    Attributes:
        source: where pictures and masks are, and how they are laid out. layout: that, read.
        classes: their pictures, by name. size: rows and columns to bring pictures to.
        sizes: the smallest and the largest rows and columns of some pictures.
        is_coloured: whether any of these has colours.
        is_uneven: whether the classes are of very different sizes.
        groups: patterns that may keep pictures together.
    """

    source: Source
    layout: Layout
    classes: dict[str, int]
    size: tuple[int, int]
    sizes: tuple[tuple[int, int], tuple[int, int]]
    is_coloured: bool
    is_uneven: bool
    groups: tuple[Group, ...]

    @property
    def sound(self) -> str | None:
        """The class of sound parts, by its name."""
        return next(filter(is_sound, self.classes), None)


def propose(path: Path) -> Proposal:
    """Return what a plan for a folder may say.

    Raises:
        InputError: the pictures lie in no known way, are of one class, or none of those looked at
            can be read.
    """
    source = Source(str(path))
    layout = layout_of(source)
    if _are_parts(layout):
        source = replace(source, layout="masks", group=r"^[^/]+")
        layout = layout_of(source)
    elif not any(row.masks for row in layout.rows) and _has_labelme(path):
        source = replace(source, regions=str(path))
    classes = Counter(row.label for row in layout.rows)
    if len(classes) < 2:
        raise InputError(
            f"'{shown(path)}' is read as {TITLES[layout.kind]} and holds one class only: "
            f"'{shown(next(iter(classes)), 40)}'; a study needs two"
        )
    shapes, is_coloured = _look_at(layout)
    low, high = (tuple(int(side) for side in f(shapes, axis=0)) for f in (np.min, np.max))
    return Proposal(
        source,
        layout,
        dict(sorted(classes.items())),
        size_for(np.median(shapes, axis=0)),
        ((low[0], low[1]), (high[0], high[1])),
        is_coloured,
        max(classes.values()) >= _UNEVEN * min(classes.values()),
        () if source.group or any(row.group for row in layout.rows) else _groups(layout),
    )


def size_for(shape: Sequence[float] | np.ndarray) -> tuple[int, int]:
    """Return rows and columns for pictures of a shape: its proportions, in steps of 8 pixels.

    >>> size_for((480, 640)), size_for((28, 28)), size_for((2000, 500))
    ((96, 128), (32, 32), (128, 32))
    """
    rows, columns = shape
    scale = min(1.0, LARGEST / max(rows, columns))
    sides = [max(_STEP, _STEP * -(-int(side * scale) // _STEP)) for side in (rows, columns)]
    return min(sides[0], LARGEST), min(sides[1], LARGEST)


def _look_at(layout: Layout) -> tuple[np.ndarray, bool]:
    """Return the rows and columns of some pictures, int [picture, 2], and whether any has colours.

    Raises:
        InputError: none of them can be read.
    """
    rows = layout.rows[:: -(-len(layout.rows) // _LOOKED_AT)]
    shapes: list[tuple[int, ...]] = []
    flaws: list[str] = []
    is_coloured = False
    with quiet():
        for row in rows:
            try:
                values = read_picture(row.path, row.name).values
            except Damaged as error:
                flaws.append(str(error))
                continue
            shapes.append(values.shape[:2])
            is_coloured |= values.shape[2] == 3
    if not shapes:
        raise InputError(flaws[0])
    return np.array(shapes), is_coloured


def _are_parts(layout: Layout) -> bool:
    """Return whether what look like classes are numbered parts, each with masks: ``kos01``."""
    labels = sorted({row.label for row in layout.rows})
    matches = [_NUMBERED.match(label) for label in labels]
    stems = {match[1] if match else None for match in matches}
    masked = {row.label for row in layout.rows if row.masks}
    return (
        layout.kind == "classes"
        and len(labels) >= _LEAST_GROUPS
        and len(stems) == 1
        and None not in stems
        and len(masked) == len(labels)
    )


def _has_labelme(path: Path) -> bool:
    """Return whether labelme's files lie with the pictures."""
    if not path.is_dir():
        return False
    files = [f for tree in scan(path).all for f in tree.files if f.suffix.lower() == ".json"]
    for file in files[:_LOOKED_AT]:
        try:
            content = read_content(file)
        except InputError:
            continue
        if isinstance(content, dict) and "shapes" in content:
            return True
    return False


def _groups(layout: Layout) -> tuple[Group, ...]:
    """Return patterns by which many small groups of pictures are told."""
    groups = []
    for pattern in (_FOLDER, _STEM):
        matches = [re.search(pattern, row.name) for row in layout.rows]
        names = Counter(match[1] for match in matches if match and match[1])
        labels = {row.label for row in layout.rows} | _tops(layout)
        count = len(names.keys() - labels)
        covers = sum(names.values()) > 0.9 * len(layout.rows)
        if count >= _LEAST_GROUPS and covers and 2 * len(names) <= len(layout.rows):
            groups.append(Group(pattern, len(names), names.most_common(1)[0][0]))
    return tuple(groups)


def _tops(layout: Layout) -> set[str]:
    return {row.name.partition("/")[0] for row in layout.rows}
