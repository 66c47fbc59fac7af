"""Groups of pictures by a pattern in their paths: parts, sites, days, persons."""

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Annotated

from pydantic import AfterValidator
from pydantic_core import PydanticCustomError

from cam_augment.base.errors import InputError
from cam_augment.datasets.layouts import Layout
from cam_augment.reading.names import shown


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
        what = "matches in no path" if groups == {None} else "makes one group of all pictures"
        raise InputError(
            f"folder: group: '{shown(pattern)}' {what}, such as '{shown(layout.rows[0].name)}'"
        )
    return layout.with_rows(rows)


def _group(match: re.Match | None) -> str | None:
    if match is None:
        return None
    parts: Sequence[str | None] = match.groups() or (match[0],)
    return "/".join(part for part in parts if part) or None
