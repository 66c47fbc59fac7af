"""One number per run: the difference of a strategy's from the baselines', tested."""

from typing import Any

import numpy as np

from cam_augment.plan import Plan
from cam_augment.records import Effect
from cam_augment.statistics import difference_test, scalar_interval

LEAST_RUNS = 2


def finite_or_none(value: float) -> float | None:
    """Return a number, or None for what is not one."""
    return float(value) if np.isfinite(value) else None


def effect(strategy: str, question: str, **numbers: float) -> Effect:
    """Return an effect; what is not a number was not measured."""
    values: dict[str, Any] = {name: finite_or_none(value) for name, value in numbers.items()}
    return Effect(strategy=strategy, question=question, **values)


def scalar_effect(
    plan: Plan,
    strategy: str,
    question: str,
    arm: np.ndarray,
    baselines: np.ndarray,
    blocks: np.ndarray | None = None,
) -> Effect:
    """Return the effect of a strategy on a number per run.

    Args:
        arm: float [run of the strategy]. baselines: float [baseline]. NaN runs are left out.
        blocks: int [run], folds of the strategy's runs and then of the baselines', or None.
    """
    sound = np.isfinite(arm), np.isfinite(baselines)
    arm, baselines = arm[sound[0]], baselines[sound[1]]
    blocks = None if blocks is None else blocks[np.concatenate(sound)]
    if min(len(arm), len(baselines)) < LEAST_RUNS:
        return Effect(strategy=strategy, question=question)
    test = difference_test(arm, baselines, limit=plan.permutations, blocks=blocks)
    low, high = scalar_interval(arm, baselines, plan.alpha, blocks)
    return effect(
        strategy,
        question,
        estimate=test.estimate,
        low=low,
        high=high,
        noise=baselines.std(ddof=1),
        p=test.p,
        smallest_p=test.smallest_p,
    )
