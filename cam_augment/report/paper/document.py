"""The folder of a paper: the document, its tables, figures and bibliography."""

import re

from cam_augment.records import ImpactProfile
from cam_augment.report import prose
from cam_augment.report.contents import Report
from cam_augment.report.formats.latex import escape, latex
from cam_augment.report.formats.paper import main_table
from cam_augment.report.paper.method import paragraphs
from cam_augment.report.paper.sources import bibliography
from cam_augment.report.parts import Figure, Table

# Figures of the body, in a column, with what each shows; all others follow it.
BODY = {
    "gains": "the gain of every network",
    "excess_shift": "how far each strategy moves attention",
}
PACKAGES = (
    r"\usepackage[T1]{fontenc}",
    r"\usepackage[utf8]{inputenc}",
    # A column of 3.3 inches and a page of 7: the sizes that figures are drawn in.
    r"\usepackage[textwidth=7in,textheight=9.2in,columnsep=0.27in]{geometry}",
    r"\usepackage{amssymb,textcomp,booktabs,longtable,caption,threeparttable,siunitx,graphicx}",
    # Numbered citations; a bibliography whose DOIs are printed, and lead there.
    r"\usepackage[numbers,sort]{natbib}",
    r"\usepackage[hidelinks]{hyperref}",
    r"\usepackage{doi}",
)


def files(report: Report) -> dict[str, bytes]:
    """Return the files of a paper by their names.

    Args:
        report: its helpers draw PDFs.
    """
    tables = {part.name: part for part in report.tables if part.rows}
    figures = {part.name: part for part in report.figures}
    text = document(report, list(figures.values()), list(tables.values()))
    texts = {
        "paper.tex": text,
        "main.tex": main_table(report.profile),
        "references.bib": bibliography(keys_in(text)),
        **{f"table-{name}.tex": latex(part) for name, part in tables.items()},
    }
    drawings = {
        f"figure-{name}{ending}": content
        for name in figures
        for ending, content in report.drawings[name].items()
        if ending.endswith(".pdf")
    }
    return {name: content.encode() for name, content in texts.items()} | drawings


def keys_in(text: str) -> set[str]:
    """Return the keys that a document cites."""
    return {key for keys in re.findall(r"\\cite\{([^}]*)\}", text) for key in keys.split(",")}


def document(report: Report, figures: list[Figure], tables: list[Table]) -> str:
    """Return the document: method and results in two columns, then all tables and figures."""
    body = [figure for figure in figures if figure.name in BODY]
    others = [figure for figure in figures if figure.name not in BODY]
    lines = [
        r"\documentclass[10pt,letterpaper,twocolumn]{article}",
        *PACKAGES,
        rf"\title{{{escape(report.profile.plan.name)}: what each augmentation does to accuracy and "
        r"attention}",
        r"\author{}\date{}",
        r"\begin{document}",
        r"\maketitle",
        r"\section{Method}",
        "\n\n".join(paragraphs(report.profile)),
        r"\section{Results}",
        results(report.profile, body),
        r"\input{main}",
        *(column(figure) for figure in body),
        r"\bibliographystyle{plainnat}",
        r"\bibliography{references}",
        r"\clearpage\onecolumn\appendix",
        r"\section{Supplement}",
        *(page(figure) for figure in others),
        r"\clearpage",
        *(rf"\input{{table-{table.name}}}" for table in tables),
        r"\end{document}",
        "",
    ]
    return "\n".join(lines)


def results(profile: ImpactProfile, body: list[Figure]) -> str:
    """Return the verdicts, and where the numbers are."""
    verdicts = [
        f"{escape(verdict)}: {escape(names)}" for verdict, names in prose.summary(profile).points
    ]
    lines = [rf"Figure~\ref{{fig:{figure.name}}} {BODY[figure.name]}" for figure in body]
    places = [r"Table~\ref{tab:main} has the score and the gain of every strategy", *lines]
    return f"Verdicts are {'; '.join(verdicts)}. {', '.join(places)}."


def column(figure: Figure) -> str:
    """Return a figure within a column."""
    return _float(figure, "column", r"\columnwidth", "[tb]")


def page(figure: Figure) -> str:
    """Return a figure as wide as the page."""
    return _float(figure, "page", r"\textwidth", "[htbp]")


def _float(figure: Figure, size: str, width: str, place: str) -> str:
    return "\n".join([
        rf"\begin{{figure}}{place}",
        r"\centering",
        rf"\includegraphics[width={width},height=0.85\textheight,keepaspectratio]"
        rf"{{figure-{figure.name}-{size}}}",
        rf"\caption{{{escape(figure.title)}. {escape(figure.caption)}}}\label{{fig:{figure.name}}}",
        r"\end{figure}",
    ])  # fmt: skip
