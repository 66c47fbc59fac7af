"""The command, its figures empty: ``python -m tests.bare [PLAN] [options]``.

To draw them takes most of the time of a small report.
"""

from cam_augment.cli import program, study
from cam_augment.engine import signals
from cam_augment.report import drawing


def draw(helpers, parts, meanwhile=lambda: None) -> dict[str, dict[str, bytes]]:
    """Stand for ``drawing.Helpers.draw``."""
    meanwhile()
    return {part.name: {"svg": b'<svg width="9pt"/>', "pdf": b""} for part in parts}


def main() -> int:
    drawing.Helpers.draw, drawing.cores = draw, lambda: 1
    return study.main()


if __name__ == "__main__":
    signals.run(main, program.farewell)
