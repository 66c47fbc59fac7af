"""The command, its figures empty: ``python -m tests.bare [PLAN] [options]``.

To draw them takes most of the time of a small report.
"""

from unittest import mock

from cam_augment import report
from cam_augment.cli import program, study
from cam_augment.engine import signals
from cam_augment.report import drawing

BLANK = b'<svg xmlns="http://www.w3.org/2000/svg" width="9pt" height="9pt" viewBox="0 0 9 9"></svg>'


def draw(helpers, parts, meanwhile=lambda: None) -> dict[str, dict[str, bytes]]:
    """Stand for ``drawing.Helpers.draw``."""
    meanwhile()
    return {part.name: {".svg": BLANK} for part in parts}


def write(profile, folder, language: str = "en") -> None:
    """Write a report, its figures empty."""
    with mock.patch.object(drawing.Helpers, "draw", draw):
        report.write(profile, folder, language)


def main() -> int:
    drawing.Helpers.draw, drawing.cores = draw, lambda: 1
    return study.main()


if __name__ == "__main__":
    signals.run(main, program.farewell)
