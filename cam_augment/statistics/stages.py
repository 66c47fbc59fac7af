"""Levels of the stages of a study whose undecided strategies get more models.

Stage s (from 1) is judged at alpha / 2^s, however many follow, so all stages together spend
no more than alpha (Bonferroni over stages). Within a stage Holm's family is all strategies
but controls, less those whose gain or loss was beyond noise at an earlier stage; those that
stopped for another reason still count, as p = 1. So until the first false claim the family
holds all true nulls, and any false gain or loss has a chance of alpha at most, however models
and baselines grow.
"""

from typing import NamedTuple

import numpy as np


class Family(NamedTuple):
    """Whom a stage judges.

    Attributes:
        judged: bool [..., strategy], those that it tests. others: int [..., 1], those that
            stopped undecided or otherwise than by this question, and count as p = 1.
    """

    judged: np.ndarray
    others: np.ndarray


def stage_family(going: np.ndarray, rejected: np.ndarray) -> Family:
    """Return whom a stage judges in one question.

    Args:
        going: bool [..., strategy], not a control, with more models at this stage.
        rejected: bool [..., strategy], beyond noise at an earlier stage; it stays so.

    >>> family = stage_family(np.array([True, True, False]), np.array([False, True, False]))
    >>> family.judged.tolist(), family.others.tolist()
    ([True, False, False], [1])
    """
    return Family(going & ~rejected, (~going & ~rejected).sum(axis=-1, keepdims=True))


def stage_alpha(alpha: float, stage: int, stages: bool = True) -> float:
    """Return the level of a stage, from 1; a study of one stage has all of alpha.

    >>> stage_alpha(0.05, 1), stage_alpha(0.05, 2), stage_alpha(0.05, 1, stages=False)
    (0.025, 0.0125, 0.05)

    Raises:
        ValueError: stages are counted from 1, and a study of one stage has no second.
    """
    if stage < 1 or (stage > 1 and not stages):
        raise ValueError(f"stage: from 1, and 1 alone without stages; received {stage}")
    return alpha / 2**stage if stages else alpha
