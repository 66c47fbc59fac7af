"""Read a CSV table by the names of its columns."""

import csv
import io
from collections.abc import Collection, Iterable
from pathlib import Path

from cam_augment.base.errors import InputError, nearest
from cam_augment.reading.files import read_bytes
from cam_augment.reading.names import reason, shown

_LONGEST = 4096  # characters of a cell
_MOST_ROWS = 5_000_000
_MOST_BYTES = 2**28
_MOST_COLUMNS = 1_000


def read_table(
    path: Path, needed: Collection[str], optional: Collection[str] = ()
) -> list[tuple[int, dict[str, str]]]:
    """Return the rows of a CSV file: the line's number and its cells by column.

    Cells are stripped; columns that are neither needed nor optional are left out. UTF-8,
    separated by commas or semicolons.

    Raises:
        InputError: the file cannot be read, a needed column is missing, or a row has more
            or fewer cells than the head.
    """
    try:
        text = read_bytes(path, _MOST_BYTES).decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise InputError(f"{shown(path)}: this is no UTF-8 text (byte {error.start})") from None
    return parse_table(io.StringIO(text, newline=""), shown(path), needed, optional)


def parse_table(
    lines: Iterable[str], name: str, needed: Collection[str], optional: Collection[str] = ()
) -> list[tuple[int, dict[str, str]]]:
    """Return the rows of the text of a CSV file; see ``read_table``."""
    lines = iter(lines)
    first = next(lines, "")
    separator = ";" if first.count(";") > first.count(",") else ","
    columns = _head(first, name, separator)
    _check_columns(name, columns, needed)
    wanted = {column: columns.index(column) for column in (*needed, *optional) if column in columns}
    rows: list[tuple[int, dict[str, str]]] = []
    reader = csv.reader(lines, delimiter=separator, strict=True)
    try:
        for cells in reader:
            if not cells:
                continue
            _check_row(f"{name}, line {reader.line_num + 1}", cells, columns, len(rows))
            row = {column: cells[place].strip() for column, place in wanted.items()}
            rows.append((reader.line_num + 1, row))
    except csv.Error as error:
        raise InputError(f"{name}, line {reader.line_num + 1}: {reason(error)}") from None
    return rows


def _head(line: str, name: str, separator: str) -> list[str]:
    try:
        cells = next(csv.reader([line], delimiter=separator), [])
    except csv.Error as error:
        raise InputError(f"{name}, line 1: {reason(error)}") from None
    if len(cells) > _MOST_COLUMNS:
        raise InputError(f"{name}: {len(cells):,} columns; at most {_MOST_COLUMNS:,} are read")
    return [cell.strip().lower() for cell in cells]


def _check_columns(name: str, columns: list[str], needed: Collection[str]) -> None:
    for column in needed:
        if column not in columns:
            there = shown(", ".join(columns)) or "none"
            raise InputError(
                f"{name}: no column '{column}'.{nearest(column, columns)} There are: {there}"
            )
    twice = next((column for column in columns if column and columns.count(column) > 1), None)
    if twice:
        raise InputError(f"{name}: two columns '{shown(twice)}'")


def _check_row(where: str, cells: list[str], columns: list[str], rows: int) -> None:
    if len(cells) != len(columns):
        raise InputError(f"{where}: {len(cells)} cells; the head has {len(columns)} columns")
    if max(map(len, cells)) > _LONGEST:
        raise InputError(f"{where}: a cell of more than {_LONGEST:,} characters")
    if rows >= _MOST_ROWS:
        raise InputError(f"{where}: more than {_MOST_ROWS:,} rows")
