"""The report: what the figures of its page cost, what those for papers add, and its size."""

import tempfile
from pathlib import Path
from time import process_time

from benchmarks.part import ROOT
from benchmarks.rows import Row, number, ratio
from cam_augment.records import ImpactProfile, load_profile
from cam_augment.report import write
from cam_augment.report.figures.style import files_of
from cam_augment.report.parts import FIGURES, discover, in_order

PART = "page"
STUDY = ROOT / "results" / "quickstart"  # the default study, as published
KINDS = {"page": ["svg"], "paper": ["svg", "pdf"]}
REPEATS = 3


def measure(quick: bool) -> list[Row]:
    """Return the processor time of the page's figures against that with PDFs, and its size."""
    profile = load_profile(STUDY)
    discover()
    seconds: dict[str, list[float]] = {kind: [] for kind in KINDS}
    drawing_seconds(profile, KINDS["paper"])  # loads the fonts
    for _ in range(1 if quick else REPEATS):  # in turns, so that a busy moment meets both
        for kind, endings in KINDS.items():
            seconds[kind].append(drawing_seconds(profile, endings))
    row = ratio(
        PART, "figures of the default study's page", "the same with PDFs for papers",
        "of its time", seconds["page"], seconds["paper"], aim="<= 0.5",
        ours=min(seconds["page"]), theirs=min(seconds["paper"]),
        note="processor time, all figures one after the other in one process",
    )  # fmt: skip
    return [row, number(PART, "page of the default study", [megabytes(profile)], "MB", aim="<= 5")]


def drawing_seconds(profile: ImpactProfile, endings: list[str]) -> float:
    """Return the processor time that all figures of a profile take."""
    figures = [figure for entry in in_order(FIGURES) if (figure := entry.make(profile))]
    before = process_time()
    for figure in figures:
        files_of(figure.draw, endings)
    return process_time() - before


def megabytes(profile: ImpactProfile) -> float:
    """Return the size of a profile's page."""
    with tempfile.TemporaryDirectory() as folder:
        write(profile, folder)
        return Path(folder, "report.html").stat().st_size / 1e6
