"""The command, drawing no figures: ``python -m tests.bare [PLAN] [options]``.

They take most of the time of a small report.
"""

from cam_augment.cli import program, study
from cam_augment.engine import signals
from cam_augment.report import parts


def main() -> int:
    parts.discover()
    parts.FIGURES.clear()
    return study.main()


if __name__ == "__main__":
    signals.run(main, program.farewell)
