"""A finished report, sent to where a team looks at its experiments.

The trackers' libraries are extras of this package, and loaded only when one of them is asked for.
"""

from importlib import import_module
from importlib.util import find_spec
from pathlib import Path

from cam_augment.base.errors import InputError, nearest
from cam_augment.records import ImpactProfile

TRACKERS = ("mlflow", "tensorboard")  # modules of this folder, called as their libraries and extras


def check(tracker: str) -> None:
    """Raise InputError where there is no such tracker, or its library is not installed."""
    if tracker not in TRACKERS:
        raise InputError(
            f"option --to: received '{tracker}'.{nearest(tracker, TRACKERS)} Allowed: "
            f"{', '.join(TRACKERS)}"
        )
    if find_spec(tracker) is None:
        raise InputError(f"option --to: {tracker} is not installed; pip install '.[{tracker}]'")


def send(profile: ImpactProfile, folder: str | Path, tracker: str) -> str:
    """Send a profile and the files of its report to a tracker; return where they are, in words.

    Args:
        folder: of the report, as ``cam_augment.report.write`` left it. tracker: of ``TRACKERS``.

    Raises:
        InputError: as for ``check``, or the tracker cannot be written to.
    """
    check(tracker)
    return import_module(f"cam_augment.report.trackers.{tracker}").send(profile, Path(folder))
