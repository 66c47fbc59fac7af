"""Strategies in one pipeline: which may stand there together, and what they are then."""

from collections.abc import Iterable, Sequence

import numpy as np

from cam_augment.plan.choices import Strategy
from cam_augment.registry import STRATEGIES


def compose(strategies: Iterable[Strategy]) -> Strategy:
    """Return one strategy of the steps of several, in that order; of none: the baseline."""
    return Strategy(steps=tuple(step for strategy in strategies for step in strategy.steps))


def compatible(strategies: Sequence[Strategy]) -> np.ndarray:
    """Return which two strategies may stand in one pipeline, bool [strategy, strategy].

    Not two that mix labels, two magnitudes of one step, two policies, or two that set the same
    field of a run.
    """
    fit = [[not _clash(one, other) for other in strategies] for one in strategies]
    return np.array(fit) & ~np.eye(len(strategies), dtype=bool)


def largest_pipeline(strategies: Iterable[Strategy]) -> list[Strategy]:
    """Return the strategies that may stand in one pipeline with all that stand before them there.

    Args:
        strategies: the most wanted first, which is always there.
    """
    pipeline: list[Strategy] = []
    for strategy in strategies:
        if not any(_clash(strategy, other) for other in pipeline):
            pipeline.append(strategy)
    return pipeline


def _clash(one: Strategy, other: Strategy) -> bool:
    shared = {step.name for step in one.steps} & {step.name for step in other.steps}
    return (
        bool(shared)
        or (_mixes(one) and _mixes(other))
        or (_has_policy(one) and _has_policy(other))
        or bool(one.changes.keys() & other.changes)
    )


def _mixes(strategy: Strategy) -> bool:
    return any(STRATEGIES[step.name].labels == "mixed" for step in strategy.steps)


def _has_policy(strategy: Strategy) -> bool:
    """Whether a strategy draws what it does from a list; two would draw from much the same."""
    return any(STRATEGIES[step.name].family == "policy" for step in strategy.steps)
