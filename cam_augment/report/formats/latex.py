"""Tables as LaTeX, for papers."""

from cam_augment.report import words
from cam_augment.report.parts import Row, Table, View

_SIGNS = {
    "\\": r"\textbackslash{}", "&": r"\&", "%": r"\%", "$": r"\$", "#": r"\#", "_": r"\_",
    "{": r"\{", "}": r"\}", "~": r"\textasciitilde{}", "^": r"\textasciicircum{}",
    "<": r"\textless{}", ">": r"\textgreater{}", "|": r"\textbar{}", '"': r"\textquotedbl{}",
    "−": r"$-$", "–": "--", "×": r"$\times$", "ρ": r"$\rho$", "²": r"$^2$", "…": r"\dots{}",
    "▲": r"$\blacktriangle$", "◆": r"$\blacklozenge$", "■": r"$\blacksquare$",
    "⬢": "?", "✖": r"$\times$", "○": r"$\circ$",
    "▼": r"$\blacktriangledown$", "●": r"$\bullet$", "“": "``", "”": "''", "\xa0": "~",
}  # fmt: skip


def escape(text: str) -> str:
    """Escape text for LaTeX; signs that its fonts lack become question marks.

    >>> print(escape("50 % of $x_1$ & −2"))
    50 \\% of \\$x\\_1\\$ \\& $-$2
    """
    return "".join(_SIGNS.get(c) or _settable(c) for c in words.visible(text))


def _settable(character: str) -> str:
    return character if character.isascii() or character.isalpha() else "?"


def latex(table: Table) -> str:
    """Return a booktabs table: needs ``booktabs`` and ``amssymb``; no vertical rules."""
    columns = "".join(_column(view, table) for view in table.views)
    head = " & ".join(escape(view.title) for view in table.views)
    body = [
        " & ".join(_cell(view, row) for view in table.views) + r" \\" for row in table.records()
    ] or [rf"\multicolumn{{{len(table.views)}}}{{l}}{{{escape(table.empty)}}} \\"]
    return "\n".join([
        f"% {table.name}: needs \\usepackage{{booktabs,amssymb}}",
        rf"\begin{{tabular}}{{{columns}}}",
        r"\toprule",
        head + r" \\",
        r"\midrule",
        *body,
        r"\bottomrule",
        r"\end{tabular}",
        "",
    ])  # fmt: skip


def _column(view: View, table: Table) -> str:
    """Return the kind of a column; sentences beside each other share the line and break in it."""
    sentences = sum(neighbour.kind == "sentence" for neighbour in table.views)
    if view.kind == "sentence" and sentences > 1:
        return rf"p{{{0.8 / sentences:.2f}\linewidth}}"
    return "r" if view.kind == "number" else "l"


def _cell(view: View, row: Row) -> str:
    text, lead = escape(view.text(row)), escape(view.lead(row))
    # LaTeX would read a bracket after the end of the row before as an option of that end.
    text = f"{{}}{text}" if text.startswith("[") else text
    text = rf"\textbf{{{text}}}" if view.mark(row) == "beyond" else text
    return rf"\textbf{{{lead}}} {text}" if lead else text
