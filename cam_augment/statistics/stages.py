"""Levels of the stages of a study whose undecided strategies get more models.

Stage s (from 1) is judged at alpha / 2^s, however many follow, so all stages together spend
no more than alpha (Bonferroni over stages). Within a stage Holm's family is all strategies
but controls, less those whose gain or loss was beyond noise at an earlier stage; those that
stopped for another reason still count, as p = 1. So until the first false claim the family
holds all true nulls, and any false gain or loss has a chance of alpha at most, however models
and baselines grow.
"""


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
