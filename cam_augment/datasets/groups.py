"""Groups of pictures: parts, sites, days, persons; by a pattern in their paths, or by a table."""

import re
from collections.abc import Hashable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import numpy as np
from pydantic import AfterValidator
from pydantic_core import PydanticCustomError

from cam_augment.base.errors import InputError
from cam_augment.datasets.layouts import Layout
from cam_augment.datasets.layouts.table import NAMES
from cam_augment.reading.finder import Finder, normal
from cam_augment.reading.lacking import is_lacking
from cam_augment.reading.names import shown
from cam_augment.reading.tables import read_table


def _sound(text: str) -> str:
    try:
        re.compile(text)
    except re.error as error:
        raise PydanticCustomError("pattern", "expected a regular expression: {why}",
                                  {"why": str(error)}) from None  # fmt: skip
    return text


Pattern = Annotated[str, AfterValidator(_sound)]


def with_groups(layout: Layout, pattern: str) -> Layout:
    """Return a layout whose pictures have as group what a pattern matches in their paths.

    What the pattern's own groups match counts, or else the whole match. A picture whose path it
    does not match is by itself.

    Raises:
        InputError: the pattern matches in no path, or all pictures are one group.
    """
    search = re.compile(pattern).search
    rows = tuple(replace(row, group=_group(search(row.name))) for row in layout.rows)
    groups = {row.group for row in rows}
    if groups == {None} or len(groups) == 1:
        problem = "matches in no path" if groups == {None} else "makes one group of all pictures"
        raise InputError(
            f"folder: group: '{shown(pattern)}' {problem}, such as '{shown(layout.rows[0].name)}'"
        )
    return layout.with_rows(rows)


def with_table_of_groups(layout: Layout, path: Path) -> Layout:
    """Return a layout whose pictures have the groups of a table with columns path and group.

    A path of the table means the picture that shares the longest end of it, with or without its
    ending, see ``reading.finder``; paths of other files, such as masks or pictures that are not
    there, are kept as ``strange_groups``. A picture that the table does not name, or without a
    group there, is by itself.

    Raises:
        InputError: the table cannot be read or lacks a column, names a picture twice with two
            groups or none at all, or all pictures are one group.
    """
    finder = Finder(layout.names)
    groups: dict[str, str] = {}
    strange: list[str] = []
    for number, cells in read_table(path, ("path", "group"), (), NAMES)[0]:
        name = finder.by_path(cells["path"]) or finder.by_stem(cells["path"])
        group = normal(cells["group"])
        if name is None:
            strange.append(cells["path"])
        if name is None or is_lacking(group):
            continue
        if groups.setdefault(name, group) != group:
            raise InputError(
                f"{shown(path)}, line {number}: '{shown(name)}' is of group '{shown(group, 40)}' "
                f"here, and of '{shown(groups[name], 40)}' in a line above"
            )
    if not groups:
        raise InputError(
            f"folder: groups: '{shown(path)}' gives no group to a picture such as "
            f"'{shown(layout.rows[0].name)}'"
        )
    if len(set(groups.values())) == 1 and len(groups) == len(layout.rows):
        raise InputError(f"folder: groups: '{shown(path)}' makes one group of all pictures")
    rows = tuple(replace(row, group=groups.get(row.name)) for row in layout.rows)
    return replace(layout.with_rows(rows), strange_groups=tuple(strange))


def numbered(groups: Sequence[Hashable | None]) -> np.ndarray | None:
    """Return the number of each group, int64; None where nothing has a group.

    What has none is a group by itself.

    >>> numbered(["b", None, "a", "b"]).tolist()
    [0, 3, 1, 0]
    """
    names = dict.fromkeys(group for group in groups if group is not None)
    if not names:
        return None
    number = {group: place for place, group in enumerate(names)}
    return np.array(
        [
            len(number) + place if group is None else number[group]
            for place, group in enumerate(groups)
        ],
        np.int64,
    )


def _group(match: re.Match | None) -> str | None:
    if match is None:
        return None
    parts: Sequence[str | None] = match.groups() or (match[0],)
    return "/".join(part for part in parts if part) or None
