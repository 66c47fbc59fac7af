"""The command, its figures empty: ``python -m tests.bare [PLAN] [options]``.

To draw them takes most of the time of a small report. Those from outside the package are drawn.
"""

from functools import partial
from unittest import mock

from cam_augment import report
from cam_augment.cli import program, study
from cam_augment.engine import signals
from cam_augment.report import drawing
from cam_augment.study import run

BLANK = b'<svg xmlns="http://www.w3.org/2000/svg" width="9pt" height="9pt" viewBox="0 0 9 9"></svg>'


def draw(_helpers, parts, meanwhile=lambda: None) -> dict[str, dict[str, bytes]]:
    """Stand for ``drawing.Helpers.draw``."""
    meanwhile()
    return {part.name: blank_files(part) or drawing.files_of(part.draw, ("svg",)) for part in parts}


def blank_files(part) -> dict[str, bytes]:
    function = part.draw.func if isinstance(part.draw, partial) else part.draw
    return {".svg": BLANK} if function.__module__.startswith("cam_augment.") else {}


def write(profile, folder, language: str = "en") -> None:
    """Write a report, its figures empty."""
    with mock.patch.object(drawing.Helpers, "draw", draw):
        report.write(profile, folder, language)


def leave_figures_empty() -> None:
    """Draw no figures in this process, and load nothing ahead for them."""
    drawing.Helpers.draw, drawing.cores = draw, lambda: 1
    run.HEAVY = ()


def main() -> int:
    leave_figures_empty()
    return study.main()


if __name__ == "__main__":
    signals.run(main, program.farewell)
