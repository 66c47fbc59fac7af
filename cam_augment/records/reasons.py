"""The reasons of a verdict: what its evidence shows, as codes with their numbers."""

from cam_augment.records.attention import Pointing
from cam_augment.records.effects import Effect
from cam_augment.records.evidence import Evidence
from cam_augment.records.notices import Notice
from cam_augment.statistics.significance import Finding


def reasons(evidence: Evidence) -> tuple[Notice, ...]:
    """Return what evidence shows, in the order of the sentence on it.

    Accuracy and attention always have a code, and cost where the plan has costs; the others only
    where they are beyond noise. ``contrary`` marks what speaks against the reasons before it.
    """
    if evidence.gain.estimate is None:
        return (Notice.of("verdict.too_few_runs"),)
    cost, contrary_cost = _cost(evidence)
    return (
        _accuracy(evidence),
        *cost,
        _attention(evidence),
        *_focus(evidence),
        *_worst_class(evidence),
        *(missed_class("class.missed", pointing) for pointing in evidence.missed),
        *contrary_cost,
    )


def missed_class(code: str, pointing: Pointing) -> Notice:
    """Return the notice that a class is missed, and where attention goes instead."""
    names = ("name", "hit", "chance", "place", "there")
    return Notice.of(code, **{name: getattr(pointing, name) for name in names})


def _accuracy(evidence: Evidence) -> Notice:
    gain = evidence.gain
    if gain.finding in ("gains", "loses"):
        code = "accuracy.rises" if gain.finding == "gains" else "accuracy.falls"
        return Notice.of(code, **_interval(gain))
    numbers = {**_interval(gain), "smallest_gain": evidence.smallest_gain}
    if gain.finding == "not settled":
        return Notice.of("accuracy.not_settled", **numbers, p=gain.p_adjusted)
    return Notice.of("accuracy.within_noise", **numbers)


def _cost(evidence: Evidence) -> tuple[list[Notice], list[Notice]]:
    """Return notices on cost: those that agree with the gain, and those that do not."""
    gain, saving = evidence.gain.finding, evidence.saving
    if saving is None:
        return [], []
    if saving.estimate is None:
        return [Notice.of("cost.unknown")], []
    if saving.finding in ("gains", "loses"):
        code = "cost.falls" if saving.finding == "gains" else "cost.rises"
        agrees = saving.finding == gain
        notice = Notice.of(code, **_interval(saving), contrary=not agrees)
        return ([notice], []) if agrees else ([], [notice])
    if saving.finding == "not settled":
        return [Notice.of("cost.not_settled", **_interval(saving), p=saving.p_adjusted)], []
    return [Notice.of("cost.within_noise", **_interval(saving))], []


def _attention(evidence: Evidence) -> Notice:
    shift, spread = evidence.shift, evidence.spread
    if shift.finding is None:
        return Notice.of("attention.not_measured")
    if not shift.beyond_noise:
        return Notice.of("attention.within_noise")
    directions: dict[Finding | None, str] = {"falls": "gathers", "rises": "scatters"}
    return Notice.of(f"attention.{directions.get(spread.finding, 'moves')}")


def _focus(evidence: Evidence) -> list[Notice]:
    focus = evidence.focus
    return [Notice.of(f"focus.{focus.finding}")] if focus.beyond_noise else []


def _worst_class(evidence: Evidence) -> list[Notice]:
    worst = evidence.worst
    if worst is None or worst.finding != "loses":
        return []
    rare = {"share": worst.share} if worst.rare else {}
    code = "rare_class.loses" if worst.rare else "class.loses"
    contrary = evidence.gain.finding != "loses"
    return [Notice.of(code, name=worst.name, loss=worst.gain, **rare, contrary=contrary)]


def _interval(effect: Effect) -> dict[str, float | None]:
    return {"estimate": effect.estimate, "low": effect.low, "high": effect.high}
