"""Pipelines of a search: of which strategies they are, and what of these can be chosen."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from cam_augment.base.errors import InputError
from cam_augment.plan import Choice, Plan, Strategy
from cam_augment.plan.pipelines import compatible
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
