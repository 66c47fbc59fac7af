"""The report: parts first (Table, Figure, Prose), then every format from the same parts.

``write(profile, folder)`` writes a report, ``rewrite(folder)`` writes it again from the profile in
the folder. The report reads an ``ImpactProfile`` and nothing else, loads no TensorFlow, and imports
matplotlib only when it is called.
"""

from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING

from cam_augment.base.errors import InputError, nearest
from cam_augment.base.stop import STOP
from cam_augment.records import ImpactProfile, Notice, StrategyProfile, load_profile

if TYPE_CHECKING:
    from cam_augment.report.drawing import Helpers

FIGURES = {"svg": ("svg",), "pdf": ("svg", "pdf")}  # option to the kinds of files

__all__ = ["helpers", "notebook", "notice", "rewrite", "sentence", "write"]


def sentence(strategy: StrategyProfile, language: str = "en") -> str:
    """Return a strategy's verdict in one sentence, with its numbers.

    Raises:
        InputError: there is no such language.
    """
    from cam_augment.report import sentences
    from cam_augment.report.language import speaking

    with speaking(language):
        return sentences.sentence(strategy)


def notice(record: Notice, language: str = "en") -> str:
    """Return a warning, a note on the data or the reason of a missing run in words.

    Raises:
        InputError: there is no such language.
    """
    from cam_augment.report import sentences
    from cam_augment.report.language import speaking

    with speaking(language):
        return sentences.notice(record)


def notebook(profile: ImpactProfile, language: str = "en") -> str:
    """Return a profile's strategies as HTML for a notebook: verdicts, gains as drawn, attention.

    Raises:
        InputError: there is no such language.
    """
    from cam_augment.report.formats import html
    from cam_augment.report.language import speaking

    with speaking(language):
        return html.notebook(profile)


def helpers(figures: str = "svg") -> "Helpers":
    """Return helpers that draw the figures of a report, for ``write``; a context manager.

    Args:
        figures: ``svg``, or ``pdf`` for two PDFs beside it, of a column and a page of a paper.

    Raises:
        InputError: there is no such kind.
    """
    from cam_augment.report.drawing import Helpers

    if figures not in FIGURES:
        raise InputError(
            f"option --figures: received '{figures}'.{nearest(figures, FIGURES)} Allowed: "
            f"{', '.join(FIGURES)}"
        )
    return Helpers(FIGURES[figures])


def write(
    profile: ImpactProfile,
    folder: str | Path,
    language: str = "en",
    drawn_by: "Helpers | None" = None,
    figures: str = "svg",
) -> None:
    """Write the report of ``profile`` into ``folder``, all of it or nothing.

    The folder then holds ``report.html`` (self-contained), ``profile.json``, ``profile.md``,
    ``profile.csv``, a CSV and a LaTeX file per table, an SVG per figure,
    ``plan.toml`` and ``provenance.json``. Files of an earlier report that are not part of
    this one are removed; files of other origin are left alone.

    Args:
        language: ``en`` or ``ja``, for the page, ``profile.md`` and the figures. Tables for
            programs and papers (CSV, LaTeX) and the profile itself stay in English. ``en,ja``:
            a second page in Japanese, ``report.ja.html``, and a switch on both.
        drawn_by: helpers that draw the figures. Started before the profile is made, they are
            ready when it is; they know which kinds of files.
        figures: as for ``helpers``, where there are none.

    Raises:
        InputError: there is no such language or kind of figures, the folder cannot be written to,
            or it holds no earlier report and a file that is called as one of this.
    """
    from cam_augment.report.files import check_place, replace_all
    from cam_augment.report.language import several
    from cam_augment.report.render import render

    languages = several(language)
    check_place(folder)
    with nullcontext(drawn_by) if drawn_by else helpers(figures) as drawing:
        drawing.start()
        files = render(profile, drawing, languages)
    STOP.check()
    replace_all(Path(folder), files)


def write_paper(profile: ImpactProfile, folder: str | Path) -> None:
    """Write the paper of ``profile`` into ``folder``, all of it or nothing.

    The folder then holds ``paper.tex``, which LaTeX compiles as it is (``latexmk -pdf paper``),
    the main table, all tables, all figures in the size of a column and of a page, the BibTeX of
    what is cited, and ``plan.toml`` and ``provenance.json``. It is in English.

    Raises:
        InputError: the folder cannot be written to.
    """
    from cam_augment.report.contents import Report
    from cam_augment.report.files import replace_all
    from cam_augment.report.paper.document import files
    from cam_augment.report.parts import discover
    from cam_augment.report.render import facts

    discover()
    with helpers("pdf") as drawing:
        drawing.start()
        report = Report(profile, drawing)
        drawing.begin(report.ordered)
        written = files(report) | facts(profile)
    STOP.check()
    replace_all(Path(folder), written)


def rewrite(
    source: str | Path, folder: str | Path | None = None, language: str = "en"
) -> ImpactProfile:
    """Write a report again from its profile, and return the profile; no number changes.

    Args:
        source: the folder of a report, or its ``profile.json``; older schemas are migrated.
        folder: where to write; by default the folder of the report.

    Raises:
        InputError: there is no profile that can be read, or as for ``write``.
    """
    source = Path(source)
    profile = load_profile(source)
    write(profile, folder or (source if source.is_dir() else source.parent), language)
    return profile
