"""Read a table of text by the names of its columns, as office programs and scripts save it."""

import csv
import io
import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from pathlib import Path

from cam_augment.base.errors import InputError, nearest
from cam_augment.reading.files import read_bytes
from cam_augment.reading.names import reason, shown
from cam_augment.reading.text import decode

_LONGEST = 4096  # characters of a cell
_MOST_ROWS = 5_000_000
_MOST_BYTES = 2**28
_MOST_COLUMNS = 1_000
_SEPARATORS = (",", ";", "\t", "|")
_SEPARATOR_SAID = re.compile('\ufeff?"?sep=([^"\r\n])"?[,;\t|]*[\r\n]*', re.IGNORECASE)

Rows = list[tuple[int, dict[str, str]]]
Names = Mapping[str, Sequence[str]]  # other names of columns, the usual ones first


def read_table(
    path: Path, needed: Collection[str], optional: Collection[str] = (), names: Names = {}
) -> tuple[Rows, str]:
    """Return the rows of a table, the line's number and its cells by column, and the encoding.

    Cells are stripped; columns that are neither needed nor optional are left out. Separators are
    commas, semicolons, tabs or bars, or what a first line ``sep=;`` names, as Excel writes it; the
    encoding is told by ``reading.text``.

    Args:
        names: by which other names a column may go.

    Raises:
        InputError: the file cannot be read, a needed column is missing, or a row has more
            or fewer cells than the head.
    """
    content, encoding = decode(read_bytes(path, _MOST_BYTES), shown(path))
    lines = io.StringIO(content, newline="")
    return parse_table(lines, shown(path), needed, optional, names), encoding


def parse_table(
    lines: Iterable[str],
    name: str,
    needed: Collection[str],
    optional: Collection[str] = (),
    names: Names = {},
) -> Rows:
    """Return the rows of the text of a table: the line's number and its cells by column.

    Raises:
        InputError: as in ``read_table``.
    """
    lines = iter(lines)
    first = next(lines, "")
    said = _SEPARATOR_SAID.fullmatch(first)
    head_line = 2 if said else 1
    first = next(lines, "") if said else first
    separator = said[1] if said else max(_SEPARATORS, key=first.count)
    columns = _head(first, f"{name}, line {head_line}", name, separator)
    places = {column: _place(column, columns, names) for column in (*needed, *optional)}
    _check_columns(name, columns, needed, places, names)
    rows: Rows = []
    reader = csv.reader(lines, delimiter=separator, strict=True)
    try:
        for cells in reader:
            if not any(cells):
                continue
            line = reader.line_num + head_line
            _check_row(f"{name}, line {line}", cells, columns, len(rows))
            row = {c: cells[place].strip() for c, place in places.items() if place is not None}
            rows.append((line, row))
    except csv.Error as error:
        line = reader.line_num + head_line
        raise InputError(f"{name}, line {line}: {reason(error)}") from None
    return rows


def _head(line: str, where: str, name: str, separator: str) -> list[str]:
    try:
        cells = next(csv.reader([line], delimiter=separator), [])
    except csv.Error as error:
        raise InputError(f"{where}: {reason(error)}") from None
    if len(cells) > _MOST_COLUMNS:
        raise InputError(f"{name}: {len(cells):,} columns; at most {_MOST_COLUMNS:,} are read")
    return [cell.strip().lstrip("\ufeff").lower() for cell in cells]


def _place(column: str, columns: list[str], names: Names) -> int | None:
    """Return where a column is, by its own name or the first of its other names."""
    spellings = [text.replace(" ", "_").replace("-", "_") for text in columns]
    for spelling in (column, *names.get(column, ())):
        if spelling in spellings:
            return spellings.index(spelling)
    return None


def _check_columns(
    name: str,
    columns: list[str],
    needed: Collection[str],
    places: Mapping[str, int | None],
    names: Names,
) -> None:
    for column in needed:
        if places[column] is None:
            present = shown(", ".join(columns)) or "none"
            usual = ", ".join(names.get(column, ())[:4])
            or_else = f" (or {usual})" if usual else ""
            raise InputError(
                f"{name}: no column '{column}'{or_else}.{nearest(column, columns)} There are: "
                f"{present}. The first line names the columns"
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
