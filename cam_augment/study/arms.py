"""The arms of a comparison: what a person calls them, how many models each has, the plan."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any

from cam_augment.base.errors import InputError, nearest
from cam_augment.plan import BASELINE, GIVEN, Choice, Plan, Run, Strategy
from cam_augment.plan.reading import apply_changes
from cam_augment.reading.text import check_text
from cam_augment.study.samples import WHO

GIVEN_CHOICE = Choice(name=GIVEN)
Models = Sequence[Any]


def arms_of(models: Any, baseline: Any) -> tuple[dict[str, Models], str]:
    """Return arms by name, each a sequence of one or more, and the baseline's name.

    Args:
        models: name of an arm to its models, in a list or another collection, or to a single
            one. Numbers become text.

    Raises:
        InputError: there are no two arms, no such baseline, an arm is empty, or a name cannot be
            told from another.
    """
    if not isinstance(models, Mapping):
        raise InputError(
            f"{WHO}: models are named by arm, {{'plain': [...], 'other': [...]}}; received "
            f"{type(models).__name__}"
        )
    arms = {str(name): _listed(models[name]) for name in models}
    if len(arms) < len(models):
        raise InputError(f"{WHO}: two arms have one name as text: {', '.join(map(str, models))}")
    baseline = str(baseline)
    if baseline not in arms:
        raise InputError(
            f"{WHO}: no arm '{baseline}' to be the baseline.{nearest(baseline, arms)} "
            f"Allowed: {', '.join(arms)}"
        )
    if len(arms) == 1:
        raise InputError(f"{WHO}: nothing to compare: '{baseline}' is the only arm")
    for name, arm in arms.items():
        check_text(name, f"{WHO}: an arm's name")
        if not name.strip():
            raise InputError(f"{WHO}: an arm has no name")
        if name == BASELINE and name != baseline:
            raise InputError(
                f"{WHO}: the name is taken: '{BASELINE}' is what reports call the arm that others "
                f"are held against, here '{baseline}'; give this arm another name"
            )
        if not len(arm):
            raise InputError(f"{WHO}: arm '{name}' has no model")
    return arms, baseline


def _listed(arm: Any) -> Models:
    if isinstance(arm, Sequence) and not isinstance(arm, str):
        return arm
    single = isinstance(arm, (str, Mapping)) or not isinstance(arm, Collection)
    return [arm] if single else list(arm)


def plan_of(
    arms: Mapping[str, Sequence], baseline: str, fields: Mapping[str, Any], **defaults: Any
) -> Plan:
    """Return the plan that a comparison stands for.

    Args:
        fields: those that a person gives, which go before ``defaults``.

    Raises:
        InputError: a field is refused.
    """
    others = [arm for arm in arms if arm != baseline]
    comparison = {
        "name": WHO,
        "dataset": GIVEN,
        "architecture": GIVEN,
        "strategies": [{"given": arm} for arm in others],
        "baselines": len(arms[baseline]),
        "seeds": min(len(arms[arm]) for arm in others),
    }
    return Plan.make(apply_changes(comparison | defaults, fields, Plan.model_fields), source=WHO)


def in_plan_order(
    arms: Mapping[str, Sequence], baseline: str, plan: Plan
) -> Iterator[tuple[Run, Any]]:
    """Yield every model with the run that it stands for, baselines first."""
    for arm in (baseline, *(name for name in arms if name != baseline)):
        strategy = Strategy() if arm == baseline else Strategy(given=arm)
        for seed, model in enumerate(arms[arm]):
            yield _run(plan, strategy, seed), model


def _run(plan: Plan, strategy: Strategy, seed: int) -> Run:
    return Run(
        dataset=GIVEN_CHOICE,
        architecture=GIVEN_CHOICE,
        strategy=strategy,
        seed=seed,
        recipe=plan.recipe,
    )


def who_is(run: Run, baseline: str) -> str:
    """Return a model's name in messages, as the person calls its arm: ``compare: plain #0``."""
    return f"{WHO}: {name_of(run, baseline)}"


def name_of(run: Run, baseline: str) -> str:
    """Return a model's name, as the person calls its arm: ``plain #0``."""
    return f"{run.strategy.given or baseline} #{run.seed}"
