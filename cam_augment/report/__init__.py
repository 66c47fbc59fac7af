"""The report: parts first (Table, Figure, Prose), then every format from the same parts.

``write(profile, folder)`` is all that other rooms need. It reads an ``ImpactProfile`` and
nothing else, loads no TensorFlow, and imports matplotlib and pandas only when it is called.
"""

from pathlib import Path

from cam_augment.records import ImpactProfile

__all__ = ["write"]


def write(profile: ImpactProfile, folder: str | Path, language: str = "en") -> None:
    """Write the report of ``profile`` into ``folder``, all of it or nothing.

    The folder then holds ``report.html`` (self-contained), ``profile.json``, ``profile.md``,
    ``profile.csv``, a CSV and a LaTeX file per table, an SVG and a PDF per figure,
    ``plan.toml`` and ``provenance.json``. Files of an earlier report that are not part of
    this one are removed; files of other origin are left alone.

    ``language`` (``en`` or ``ja``) is that of the page, of ``profile.md`` and of the figures;
    tables for programs and for papers (CSV, LaTeX) and the profile itself stay in English.

    Raises:
        InputError: there is no such language; the folder cannot be written to.
    """
    from cam_augment.report.files import replace_all
    from cam_augment.report.language import speaking
    from cam_augment.report.render import render

    with speaking(language):
        files = render(profile)
    replace_all(Path(folder), files)
