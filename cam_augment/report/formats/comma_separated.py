"""Tables as CSV: all values, for programs."""

import csv
import io
from typing import Any

from cam_augment.report import words
from cam_augment.report.parts import Table


def comma_separated(table: Table) -> str:
    """Return a table's values; numbers with six digits, so that equal ones give equal bytes."""
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\n")
    writer.writerow(table.columns)
    writer.writerows([_cell(value) for value in row] for row in table.rows)
    return buffer.getvalue()


def _cell(value: Any) -> str:
    """Return one cell; a text that a spreadsheet would take for a formula is marked as text.

    >>> [_cell(v) for v in (None, float("nan"), -0.0, 1 / 3, 8, True, "a\\0b", "=1+1", -2)]
    ['', '', '0', '0.333333', '8', 'true', 'a␀b', "'=1+1", '-2']
    """
    if not words.is_known(value):
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float):
        return f"{value + 0.0:.6g}"
    text = words.visible(value)
    return f"'{text}" if isinstance(value, str) and text.startswith(_FORMULA) else text


_FORMULA = ("=", "+", "-", "@")
