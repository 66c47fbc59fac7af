"""TensorBoard: event files in the report's folder, a run for each arm.

Learning curves by epoch; gains and all other effects with their limits as single points; the
verdicts as text.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from cam_augment.base.errors import InputError, cause
from cam_augment.plan import BASELINE
from cam_augment.records import Curve, ImpactProfile
from cam_augment.report import sentence
from cam_augment.report.trackers import numbers

FOLDER = "tensorboard"
_CURVES = ("loss", "validation_loss", "accuracy", "validation_accuracy")


def send(profile: ImpactProfile, folder: Path) -> str:
    """Write event files; return their folder.

    Raises:
        InputError: the folder cannot be written to.
    """
    place = folder / FOLDER
    try:
        for arm in profile.arms:
            _write(place / arm.replace("/", "-"), list(_events(profile, arm)))
    except OSError as error:
        raise InputError(f"option --to: tensorboard: '{place}': {cause(error)}") from None
    return str(place)


def _write(folder: Path, events: list[Any]) -> None:
    """Write the events of a run, in place of those of an earlier one."""
    from tensorboard.summary.writer.event_file_writer import EventFileWriter

    for old in folder.glob("events.out.tfevents.*"):
        old.unlink()
    folder.mkdir(parents=True, exist_ok=True)
    writer = EventFileWriter(str(folder))
    for event in events:
        writer.add_event(event)
    writer.close()


def _events(profile: ImpactProfile, arm: str) -> Iterator[Any]:
    from tensorboard.plugins.text.summary_v2 import text_pb

    for curve in profile.curves:
        if curve.strategy == arm:
            yield from _of_curve(curve)
    if arm == BASELINE:
        effects = numbers.of_baselines(profile)
    else:
        effects = numbers.of_strategy(profile, arm)
        strategy = next(candidate for candidate in profile.strategies if candidate.strategy == arm)
        yield _event(text_pb("verdict", f"**{strategy.conclusion}**: {sentence(strategy)}"))
    for name, value in effects.items():
        yield _point(f"effects/{name}", value)


def _of_curve(curve: Curve) -> Iterator[Any]:
    for name in _CURVES:
        for epoch, value in enumerate(getattr(curve, name), start=1):
            yield _point(f"curves/{name}", value, epoch)


def _point(name: str, value: float, step: int = 0) -> Any:
    from tensorboard.plugins.scalar.summary_v2 import scalar_pb

    return _event(scalar_pb(name, value), step)


def _event(summary: Any, step: int = 0) -> Any:
    from tensorboard.compat.proto.event_pb2 import Event

    return Event(step=step, summary=summary)
