"""Tables as LaTeX, for the supplement of a paper: they break over pages, and fit its width.

Cells hold no sentences: of an answer they have the words at its start. A table that is wider than
the page is set in parts, one below the other, each with its first column.
"""

import unicodedata
from collections.abc import Iterable, Sequence

from cam_augment.report import words
from cam_augment.report.parts import Row, Table, View

WIDTH = 469  # points of a line: 6.5 inches, as of letter paper with margins of one inch
# Points that signs take in \scriptsize of Computer Modern; those that are not named, _SIGN.
_SIZES = {
    2.3: "il.,:;'![]|", 2.7: "fj -", 3.2: "rts()I", 3.6: "cez", 4.1: "ago0123456789/–J",
    5.0: "LZ", 5.8: "BCEFPTRw", 6.2: "ADGHKNOQUVXY+=<>_−±×▲▼◆■", 6.7: "m%…", 8.1: "MW",
}  # fmt: skip
_POINTS = {sign: size for size, signs in _SIZES.items() for sign in signs}
_SIGN = 4.5
_BOLD = 1.16  # times as wide
_GAP = 6.0  # between two columns
_LONGEST = 124.0  # points of a cell that stand in one line
_PIECE = 10  # letters of a word that stand in one line where its column is narrow
_PACKAGES = "booktabs,longtable,amssymb,caption"
_SIGNS = {
    "\\": r"\textbackslash{}", "&": r"\&", "%": r"\%", "$": r"\$", "#": r"\#", "_": r"\_",
    "{": r"\{", "}": r"\}", "~": r"\textasciitilde{}", "^": r"\textasciicircum{}",
    "<": r"\textless{}", ">": r"\textgreater{}", "|": r"\textbar{}", '"': r"\textquotedbl{}",
    "−": r"$-$", "–": "--", "×": r"$\times$", "±": r"$\pm$", "ρ": r"$\rho$", "²": r"$^2$",
    "…": r"\dots{}", "▲": r"$\blacktriangle$", "◆": r"$\blacklozenge$", "■": r"$\blacksquare$",
    "⬢": "?", "✖": r"$\times$", "○": r"$\circ$",
    "▼": r"$\blacktriangledown$", "●": r"$\bullet$", "“": "``", "”": "''", "\xa0": "~",
}  # fmt: skip
# Letters that LaTeX's fonts of encoding T1 have, as a document with `inputenc` reads them.
_LETTERS = {chr(code) for code in range(0xAA, 0x180) if chr(code).isalpha()}
_LETTERS = _LETTERS - set("ĦħĸĿŀŉŦŧſ") | set("ȘșȚț")


def escape(text: str) -> str:
    """Escape text for LaTeX; signs that its fonts lack become question marks.

    >>> print(escape("50 % of $x_1$ & −2"))
    50 \\% of \\$x\\_1\\$ \\& $-$2
    """
    composed = unicodedata.normalize("NFC", words.visible(text))
    return "".join(_SIGNS.get(c) or _settable(c) for c in composed)


def _settable(character: str) -> str:
    return character if character.isascii() or character in _LETTERS else "?"


def latex(table: Table) -> str:
    """Return a table as ``longtable``s: needs ``booktabs``, ``amssymb`` and ``caption``."""
    records = table.records()
    parts = _parts(_views(table), records)
    lines = [f"% {table.name}: needs \\usepackage{{{_PACKAGES}}}", r"\begingroup\scriptsize",
             r"\setlength{\tabcolsep}{3pt}"]  # fmt: skip
    for number, views in enumerate(parts, start=1):
        lines += _longtable(table, views, records, number)
    return "\n".join([*lines, r"\endgroup", ""])


def _views(table: Table) -> list[View]:
    """Return the columns without sentences, but for tables that have nothing else."""
    first, *others = table.views
    short = [view for view in others if view.kind != "sentence" or _leads(view, table)]
    return [first, *(short or others)]


def _leads(view: View, table: Table) -> bool:
    return any(view.lead(row) for row in table.records())


def _parts(views: Sequence[View], records: Sequence[Row]) -> list[list[View]]:
    """Return the columns of each part, the first column in all."""
    first, *others = views
    parts: list[list[View]] = [[first]]
    start = room = WIDTH - _width(first, records)
    for view in others:
        needed = _width(view, records)
        if needed > room and len(parts[-1]) > 1:
            parts.append([first])
            room = start
        parts[-1].append(view)
        room -= needed
    return parts


def _width(view: View, records: Iterable[Row]) -> float:
    """Return how many points a column takes at most, with the gap beside it."""
    lengths = (
        _length(_plain(view, row)) * (_BOLD if view.mark(row) == "beyond" else 1) for row in records
    )
    return min(_LONGEST, max([_length(view.title), *lengths])) + _GAP


def _length(text: str) -> float:
    """Return how many points a text takes at most in one line.

    >>> _length("+1.94") < _length("rotation") < _length("horizontal_flip")
    True
    """
    return sum(_POINTS.get(sign, _SIGN) for sign in text)


def _plain(view: View, row: Row) -> str:
    return (view.lead(row) if view.kind == "sentence" else "") or view.text(row)


def _longtable(
    table: Table, views: Sequence[View], records: Sequence[Row], number: int
) -> list[str]:
    columns = "".join(_column(view, records) for view in views)
    head = [r"\toprule", " & ".join(_title(view) for view in views) + r" \\", r"\midrule"]
    body = [" & ".join(_cell(view, row) for view in views) + r" \\" for row in records] or [
        rf"\multicolumn{{{len(views)}}}{{@{{}}l}}{{{escape(table.empty)}}} \\"
    ]
    if number == 1:
        caption = rf"\caption{{{escape(table.title)}. {escape(table.caption)}}}"
        label = rf"\label{{tab:{table.name}}} \\"
    else:
        caption, label = r"\caption*{(continued)}", r"\\"
    return [
        rf"\begin{{longtable}}{{@{{}}{columns}@{{}}}}",
        caption + label, *head, r"\endfirsthead", *head, r"\endhead", r"\bottomrule", r"\endfoot",
        *body,
        r"\end{longtable}",
    ]  # fmt: skip


def _column(view: View, records: Sequence[Row]) -> str:
    """Return the kind of a column; long words and titles break within it."""
    texts = [_plain(view, row) for row in records]
    if max(map(_length, [view.title, *texts])) > _LONGEST:
        return rf"p{{{_LONGEST:.0f}pt}}"
    return "r" if view.kind == "number" else "l"


def _breakable(text: str) -> str:
    """Return a text escaped; a word that is longer than a line breaks within it."""
    return " ".join(
        r"\allowbreak{}".join(escape(word[n : n + _PIECE]) for n in range(0, len(word), _PIECE))
        if _length(word) > _LONGEST - _GAP
        else escape(word)
        for word in text.split(" ")
    )


def _title(view: View) -> str:
    return escape(view.title)


def _cell(view: View, row: Row) -> str:
    text = _breakable(_plain(view, row))
    # LaTeX would read a bracket after the end of the row before as an option of that end.
    text = f"{{}}{text}" if text.startswith("[") else text
    return rf"\textbf{{{text}}}" if view.mark(row) == "beyond" else text
