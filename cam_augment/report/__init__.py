"""The report: parts first (Table, Figure, Prose), then every format from the same parts.

``write(profile, folder)`` is all that other rooms need. It reads an ``ImpactProfile`` and
nothing else, loads no TensorFlow, and imports matplotlib and pandas only when it is called.
"""

from pathlib import Path

from cam_augment.records import ImpactProfile

__all__ = ["write"]


def write(profile: ImpactProfile, folder: str | Path) -> None:
    """Write the report of ``profile`` into ``folder``, all of it or nothing.

    The folder then holds ``report.html`` (self-contained), ``profile.json``, ``profile.md``,
    ``profile.csv``, a CSV and a LaTeX file per table, an SVG and a PDF per figure,
    ``plan.toml`` and ``provenance.json``. Files of an earlier report that are not part of
    this one are removed; files of other origin are left alone.
    """
    from cam_augment.report.files import replace_all
    from cam_augment.report.render import render

    replace_all(Path(folder), render(profile))
