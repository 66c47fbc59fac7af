"""The numbers that the reasons of a verdict rest on, beside their codes."""

from collections.abc import Mapping, Sequence

from cam_augment.impact.claims import GainTests
from cam_augment.impact.scalars import finite_or_none
from cam_augment.records import Effect, Notice, Pointing

Effects = Mapping[tuple[str, str], Effect]
QUESTIONS = {"gain": "gain", "control": "gain", "cost": "gain_cost", "focus": "focus"}


def with_numbers(
    reason: Notice,
    label: str,
    tests: GainTests | None,
    effects: Effects,
    missed: Sequence[Pointing] = (),
) -> Notice:
    """Return a reason of a strategy's verdict with the numbers that it rests on.

    A reason on the gain, cost or focus gets its estimate and interval; on the gain also its
    bounds, the margin (fractions) and the score. One on a class gets the change of its recall
    with its one-sided limits at the level of the claims, and the margin; a missed class, where
    attention goes instead.
    """
    kind = reason.code.split(".")[0]
    if reason.code == "marks.missed":
        pointing = next(p for p in missed if p.name == reason.values["name"])
        return pointing.notice(reason.code)
    if tests is None or not tests.varies(label):
        return reason
    if kind == "class":
        return _of(reason, _class(tests, label, str(reason.values["name"])))
    question = QUESTIONS.get(kind)
    effect = effects.get((label, question)) if question else None
    if effect is None:
        return reason
    limits = {"estimate": effect.estimate, "low": effect.low, "high": effect.high}
    return _of(reason, limits | (_gain(tests, label) if question == "gain" else {}))


def _of(reason: Notice, numbers: Mapping[str, float | str | None]) -> Notice:
    return Notice(code=reason.code, values={**reason.values, **numbers})


def _gain(tests: GainTests, label: str) -> dict[str, float | str | None]:
    place = tests.labels.index(label)
    return {
        "bound_low": finite_or_none(tests.limits.low[place]),
        "bound_high": finite_or_none(tests.limits.high[place]),
        "margin": tests.arms.plan.gain_margin,
        "score": tests.arms.plan.gain,
    }


def _class(tests: GainTests, label: str, name: str) -> dict[str, float | None]:
    """Return a class's change of recall, how low and how high it may lie, and the margin."""
    place, index = tests.labels.index(label), tests.names.index(name)
    return {
        "loss": finite_or_none(tests.classes.estimate[index, place]),
        "loss_low": finite_or_none(tests.class_limits.low[index, place]),
        "loss_high": finite_or_none(tests.class_limits.high[index, place]),
        "margin": tests.arms.plan.margins.recall,
    }
