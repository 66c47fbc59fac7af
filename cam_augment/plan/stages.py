"""The stages of a plan: how many models each has, and the level at which it judges.

A plan without further stages has one, at the whole level.
"""

from collections.abc import Sequence
from itertools import accumulate
from typing import Any, NamedTuple

from cam_augment.base.errors import InputError
from cam_augment.statistics.stages import stage_alpha

BASELINES_PER_MODEL = 2  # all strategies are held against the same baselines


class Stage(NamedTuple):
    """One stage of a plan.

    Attributes:
        number: from 1. models: of each strategy that is judged at it. baselines: of the study.
        alpha: its level.
    """

    number: int
    models: int
    baselines: int
    alpha: float


def stages_of(
    models: int, baselines: int, more_models: Sequence[int], alpha: float
) -> tuple[Stage, ...]:
    """Return the stages of a study.

    Args:
        models, baselines: of the first stage. more_models: that each further stage adds to a
            strategy. alpha: level of all stages together.

    >>> [stage[:3] for stage in stages_of(4, 8, [2, 6], 0.05)]
    [(1, 4, 8), (2, 6, 12), (3, 12, 24)]
    """
    return tuple(
        Stage(
            number,
            models + more,
            baselines + BASELINES_PER_MODEL * more,
            stage_alpha(alpha, number, stages=bool(more_models)),
        )
        for number, more in enumerate(accumulate(more_models, initial=0), start=1)
    )


def read_more_models(value: Any) -> tuple[int, ...]:
    """Read ``[2, 6]``, ``2`` or ``"2,6"``; an empty list and ``"none"`` are no further stage.

    >>> read_more_models("2,6"), read_more_models(2), read_more_models("none")
    ((2, 6), (2,), ())

    Raises:
        InputError: something else than whole numbers of 1 or more.
    """
    if isinstance(value, str):
        items: Any = [] if value.strip() in ("", "none") else value.split(",")
    else:
        items = value if isinstance(value, (list, tuple)) else [value]
    return tuple(_count(item, value) for item in items)


def _count(item: Any, value: Any) -> int:
    text = str(item).strip()
    is_count = text.isascii() and text.isdigit() and not isinstance(item, (bool, float))
    if not is_count or int(text) < 1:
        raise InputError(
            f"received {value!r}; expected how many models each further stage adds, whole "
            "numbers of 1 or more such as 2,6, or none"
        )
    return int(text)
