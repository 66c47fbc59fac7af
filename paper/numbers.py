"""All that LaTeX takes in: ``python -m paper.numbers`` makes it of ``results/``, in ``paper/made``.

Nothing is typed into ``paper.tex``: it names facts, tables and figures.
"""

import hashlib
from collections.abc import Mapping
from functools import cache
from pathlib import Path

from cam_augment.report.figures.style import bytes_of
from cam_augment.report.paper.document import keys_in
from cam_augment.report.paper.sources import bibliography
from paper import evidence
from paper.facts import facts
from paper.figures import FIGURES
from paper.tables import TABLES

HERE = Path(__file__).resolve().parent
MADE = HERE / "made"


def macros() -> str:
    """Return the facts as definitions, and which of the optional answers there are."""
    lines = ["% Made by paper/numbers.py of results/: edit nothing here."]
    lines += [rf"\definefact{{{name}}}{{{text}}}" for name, text in facts().items()]
    lines += [
        rf"\defineanswer{{{name}}}"
        for name in (evidence.SEARCH, evidence.SEQUENCE)
        if evidence.has(name)
    ]
    return "\n".join(lines) + "\n"


@cache
def texts() -> Mapping[str, str]:
    """Return the files of text that LaTeX takes in, by name."""
    cited = keys_in((HERE / "paper.tex").read_text("utf-8"))
    return {
        "facts.tex": macros(),
        "references.bib": bibliography(cited),
        **{f"table-{name}.tex": make() for name, make in TABLES.items()},
    }


def digest() -> str:
    """Return what tells whether a PDF is made of these words and numbers."""
    sources = [(HERE / name).read_text("utf-8") for name in ("paper.tex", "preamble.tex")]
    content = "\n".join([*sources, *(texts()[name] for name in sorted(texts()))])
    return hashlib.sha256(content.encode()).hexdigest()


def write(folder: Path) -> None:
    """Write facts, tables, figures, and the sources that are cited, from the package's list."""
    folder.mkdir(exist_ok=True)
    for name, text in texts().items():
        (folder / name).write_text(text, "utf-8")
    (folder / "digest.tex").write_text(rf"\newcommand{{\madeof}}{{{digest()}}}", "utf-8")
    for name, draw in FIGURES.items():
        (folder / f"figure-{name}.pdf").write_bytes(bytes_of(draw, ("pdf",))["pdf"])


if __name__ == "__main__":
    write(MADE)
