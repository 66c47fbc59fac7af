"""Pipelines: which strategies may stand in one, what of them can be chosen, and their order."""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

import numpy as np

from cam_augment.base.errors import InputError
from cam_augment.plan import Choice, Plan, Strategy
from cam_augment.registry import STRATEGIES

LEVELS = (0.5, 1.0, 1.5)  # of the plan's magnitude
DIGITS = 3  # of a magnitude
NONE = "none"
NOTHING = Strategy()  # a partner as good as any in the screening


class Factor(NamedTuple):
    """Strategies of which a pipeline has one at most.

    Attributes:
        strategies: their labels. choices: each of them in each of its magnitudes, by label.
    """

    strategies: tuple[str, ...]
    choices: dict[str, Strategy]

    @property
    def name(self) -> str:
        """Its strategies, joined by " or "."""
        return " or ".join(self.strategies)


def candidates(plan: Plan) -> tuple[Strategy, ...]:
    """Return the strategies of a plan that a pipeline could be made of: all but no-op controls."""
    return tuple(strategy for strategy in plan.strategies if not strategy.changes_nothing)


def compose(strategies: Iterable[Strategy]) -> Strategy:
    """Return one strategy of the steps of several, in that order; of none: the baseline."""
    return Strategy(steps=tuple(step for strategy in strategies for step in strategy.steps))


def compatible(strategies: Sequence[Strategy]) -> np.ndarray:
    """Return which two strategies may stand in one pipeline, bool [strategy, strategy].

    Not two that mix labels, two magnitudes of one step, or two that set the same field of a run.
    """
    fit = [[not _clash(one, other) for other in strategies] for one in strategies]
    return np.array(fit) & ~np.eye(len(strategies), dtype=bool)


def _clash(one: Strategy, other: Strategy) -> bool:
    shared = {step.name for step in one.steps} & {step.name for step in other.steps}
    return (
        bool(shared) or (_mixes(one) and _mixes(other)) or bool(one.changes.keys() & other.changes)
    )


def _mixes(strategy: Strategy) -> bool:
    return any(STRATEGIES[step.name].labels == "mixed" for step in strategy.steps)


def factors(strategies: Sequence[Strategy]) -> list[Factor]:
    """Return strategies as factors, in their order; those that clash share one."""
    together = ~compatible(strategies)  # each with itself, too
    for middle in range(len(strategies)):  # what clashes with the same one, too
        together |= together[:, [middle]] & together[[middle]]
    groups = {tuple(np.flatnonzero(row).tolist()) for row in together}
    return [_factor([strategies[place] for place in group]) for group in sorted(groups)]


def _factor(strategies: Sequence[Strategy]) -> Factor:
    choices = {level.label: level for strategy in strategies for level in levels(strategy)}
    return Factor(tuple(strategy.label for strategy in strategies), choices)


def levels(strategy: Strategy) -> list[Strategy]:
    """Return a strategy in the magnitudes that are tried; one of several steps only as it is."""
    if len(strategy.steps) != 1 or "magnitude" not in strategy.steps[0].settings:
        return [strategy]
    step = strategy.steps[0]
    scaled = (_scaled(step, factor) for factor in LEVELS)
    steps = {choice.label(STRATEGIES): choice for choice in scaled if choice is not None}
    return [Strategy(steps=(choice,)) for choice in steps.values()] or [strategy]


def _scaled(step: Choice, factor: float) -> Choice | None:
    """Return a step of another magnitude; None where that is not allowed."""
    magnitude = float(f"{factor * step.settings['magnitude']:.{DIGITS}g}")
    try:
        return Choice.parse(
            {"name": step.name, **step.settings, "magnitude": magnitude}, STRATEGIES
        )
    except InputError:
        return None
