"""Run-length masks as COCO writes them: by columns, unmarked pixels first."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from cam_augment.base.errors import InputError

_LONGEST = 7  # characters of one packed number


def from_runs(counts: Sequence[int] | str, shape: tuple[int, int], where: str) -> np.ndarray:
    """Return a mask, bool [row, column], from its runs, plain or packed into a text.

    Raises:
        InputError: the runs are no whole numbers from 0 that sum to the picture's pixels.
    """
    pixels = shape[0] * shape[1]
    if isinstance(counts, str) and len(counts) > _LONGEST * (pixels + 1):
        raise InputError(f"{where}: 'counts' has more characters than the picture has runs")
    numbers = unpacked(counts, where) if isinstance(counts, str) else counts
    if not isinstance(numbers, list) or len(numbers) > pixels + 1 or not all(
        _is_whole(number) and 0 <= number <= pixels for number in numbers
    ):  # fmt: skip
        raise InputError(f"{where}: 'counts' must be whole numbers from 0 to {pixels:,}")
    if sum(numbers) != pixels:
        raise InputError(f"{where}: 'counts' sum to {sum(numbers):,}; the picture has {pixels:,}")
    marked = np.repeat(np.arange(len(numbers)) % 2 == 1, numbers)
    return marked.reshape(shape[::-1]).T


def _is_whole(number: Any) -> bool:
    return isinstance(number, int) and not isinstance(number, bool)


def unpacked(text: str, where: str) -> list[int]:
    """Return the runs of COCO's text: five bits a character from "0" on, lowest first.

    The sixth bit says that more follow; from the fourth run on, each is written as its
    difference to the last but one.

    Raises:
        InputError: a character that none of these is, or a number without end.
    """
    runs: list[int] = []
    value = shift = 0
    for character in text:
        bits = ord(character) - 48
        if not 0 <= bits < 64 or shift > 30:
            raise InputError(f"{where}: 'counts' is not packed run-length text")
        value |= (bits & 31) << shift
        shift += 5
        if bits & 32:
            continue
        if bits & 16:
            value -= 1 << shift
        runs.append(value + (runs[-2] if len(runs) > 2 else 0))
        value = shift = 0
    if shift:
        raise InputError(f"{where}: 'counts' ends within a number")
    return runs
