"""Which images of a comparison were chosen together: groups, and frames of sequences."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from cam_augment.base.errors import InputError
from cam_augment.datasets.groups import numbered
from cam_augment.reading.lacking import is_lacking
from cam_augment.reading.names import shown
from cam_augment.records.sequences import STILL, Sequences

WHO = "compare"
Frame = tuple[str, float]  # a sequence's name, and a number or time in it


@dataclass(frozen=True, eq=False)
class Together:
    """Images that belong together.

    Attributes:
        groups: int64 [image], the same number for images of one group or sequence; None: each is
            by itself.
        sequences: of which sequences the images are frames; None: of none.
    """

    groups: np.ndarray | None = None
    sequences: Sequences | None = None

    @classmethod
    def of(cls, groups: Any, sequences: Any, count: int) -> Together:
        """Return what a person says of ``count`` images; see ``study.compare``.

        Raises:
            InputError: it is not said of each image, a frame is no number or there twice, or a
                sequence has one frame or is in two groups.
        """
        names = None if groups is None else _names(groups, count)
        frames = None if sequences is None else _frames(sequences, count)
        return cls(_joined(names, frames, count), frames)


def _names(groups: Any, count: int) -> list[str | None]:
    """Return the group of each image; None of one that is by itself, as an empty cell says."""
    entries = _entries("groups", groups, count)
    for entry in entries:
        if isinstance(entry, (list, tuple, dict, set, np.ndarray)):
            raise InputError(f"{WHO}: groups: one name or number an image; received {entry!r:.60}")
    return [None if is_lacking(entry) else str(entry) for entry in entries]


def _frames(sequences: Any, count: int) -> Sequences | None:
    if isinstance(sequences, Sequences):  # read and checked by a data set
        if len(sequences.sequence) != count:
            raise _not_of_each("sequences", len(sequences.sequence), count)
        return sequences
    frames = [
        None if _is_still(entry) else _frame(place, entry)
        for place, entry in enumerate(_entries("sequences", sequences, count))
    ]
    _check_sequences(frames)
    return Sequences.of(frames)


def _is_still(entry: Any) -> bool:
    """Return whether an image is of no sequence, or of one whose name is lacking."""
    is_pair = isinstance(entry, (tuple, list, np.ndarray)) and len(entry) == 2
    name = str(entry[0] if is_pair else entry)
    return name != "" and is_lacking(name)  # "" is a mistake, and is named as such


def _entries(name: str, values: Any, count: int) -> list[Any]:
    """Return one entry for each image, as Python has it."""
    if isinstance(values, (str, bytes)) or not hasattr(values, "__len__"):
        raise InputError(f"{WHO}: {name}: one for each image expected; received {values!r:.60}")
    if len(values) != count:
        raise _not_of_each(name, len(values), count)
    return values.tolist() if hasattr(values, "tolist") else list(values)


def _not_of_each(name: str, received: int, count: int) -> InputError:
    return InputError(f"{WHO}: {name}: one for each of {count} images; received {received}")


def _frame(place: int, entry: Any) -> Frame:
    try:
        name, number = entry
        frame = str(name), float(number)
    except (TypeError, ValueError):
        frame = "", np.nan
    if not frame[0] or not np.isfinite(frame[1]):
        raise InputError(
            f"{WHO}: sequences: image {place} (from 0): a name and a number, such as "
            f'("part 7", 0), or None expected; received {shown(repr(entry), 60)}'
        )
    return frame


def _check_sequences(frames: Sequence[Frame | None]) -> None:
    """Raise InputError where a sequence has one frame alone, or one twice."""
    places: dict[str, dict[float, int]] = {}
    for place, frame in enumerate(frames):
        if frame is None:
            continue
        others = places.setdefault(frame[0], {})
        if frame[1] in others:
            raise InputError(
                f"{WHO}: sequences: frame {frame[1]:g} of '{shown(frame[0], 40)}' is image "
                f"{others[frame[1]]} and image {place} (from 0)"
            )
        others[frame[1]] = place
    alone = next((name for name, others in places.items() if len(others) == 1), None)
    if alone is not None:
        raise InputError(
            f"{WHO}: sequences: '{shown(alone, 40)}' has one frame alone; it takes two at least"
        )


def _joined(
    names: list[str | None] | None, frames: Sequences | None, count: int
) -> np.ndarray | None:
    """Return the groups by number; frames of a sequence without a group are one by it."""
    groups = names or [None] * count
    if frames is None:
        return numbered(groups)
    for number in frames.numbers:
        members = frames.members(number)
        first, *others = dict.fromkeys(groups[image] for image in members)
        if others:
            pair = " and ".join("none" if name is None else f"'{shown(name, 40)}'"
                                for name in (first, others[0]))  # fmt: skip
            raise InputError(
                f"{WHO}: groups: sequence '{shown(frames.names[number], 40)}' is in {pair}; a "
                "sequence stays whole: give all of its frames one group, or none"
            )
    return numbered([
        ("group", name) if name is not None else None if number == STILL else ("sequence", number)
        for name, number in zip(groups, frames.sequence.tolist(), strict=True)
    ])  # fmt: skip
