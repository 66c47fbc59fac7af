"""How sure the decision is: checks with what follows from each."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

from cam_augment.records import ImpactProfile, StrategyProfile
from cam_augment.report import phrases, queries
from cam_augment.report.language import say
from cam_augment.report.words import count, is_known, percent, points

State = Literal["passes", "fails", "remark"]
MOST_NOISE = 0.5  # share of the seed noise that may come of a finite number of test images
MOST_LEAKS = 0.01  # share of near-copies above which the verdicts adopt nothing
LEARNED_FROM = ("train", "validation")
SIGNS = {"passes": "✓", "fails": "✗", "remark": "!"}


@dataclass(frozen=True)
class Check:
    """One check: what was seen, and, where it is not passed, what follows."""

    state: State
    text: str

    @property
    def sign(self) -> str:
        """The sign of its state."""
        return SIGNS[self.state]


def checks(profile: ImpactProfile) -> tuple[Check, ...]:
    """Return the checks of a profile, each where it was made."""
    makers: tuple[Callable[[ImpactProfile], Check | None], ...] = (
        _control, _control_off, _maps, _models, _leaks, _test_images, _epochs, _missing,
    )  # fmt: skip
    return tuple(check for make in makers if (check := make(profile)) is not None)


def _check(state: State, code: str, **fields: str | int) -> Check:
    return Check(state, say(phrases.CHECKS[code], **fields))


def _controls(profile: ImpactProfile) -> list[StrategyProfile]:
    return [s for s in profile.strategies if s.strategy in profile.plan.controls]


def _control(profile: ImpactProfile) -> Check:
    controls = _controls(profile)
    if not controls:
        return _check("remark", "no control")
    if any(map(_is_loud, controls)):
        return _check("fails", "control loud")
    if any(note.code == "note.control" for s in profile.strategies for note in s.notes):
        return _check("remark", "control uneasy")
    return _check("passes", "control quiet")


def _is_loud(control: StrategyProfile) -> bool:
    return control.conclusion not in ("quiet", "undecided", "no effect seen")


def _control_off(profile: ImpactProfile) -> Check | None:
    """Say of a control that is quiet how far off it is, where gains as small count as worth having.

    Quiet says that chance may have done it, and so it may with a strategy.
    """
    names = [s.strategy for s in _controls(profile) if not _is_loud(s)]
    gains = [profile.effect(name, "gain").estimate for name in names]
    farthest = max((abs(gain) for gain in gains if is_known(gain)), default=0.0)
    if farthest <= profile.plan.gain_margin:
        return None
    return _check(
        "remark",
        "control off",
        gain=points(farthest, 1, sign=False),
        unit=queries.question(profile, "gain").unit,
    )


def _maps(profile: ImpactProfile) -> Check:
    passed = queries.maps_pass(profile)
    if passed is None:
        return _check("remark", "maps not checked")
    return _check("passes", "maps pass") if passed else _check("fails", "maps fail")


def _models(profile: ImpactProfile) -> Check | None:
    reasons = _reasons(profile, "block.few_models")
    return _check("fails", "few models", count=reasons) if reasons else None


def _leaks(profile: ImpactProfile) -> Check | None:
    share = max([_noted_leaks(profile), *_blocking_leaks(profile)])
    return _check("fails", "leaks", share=percent(share)) if share > MOST_LEAKS else None


def _blocking_leaks(profile: ImpactProfile) -> list[float]:
    """Return the shares of near-copies for which a gain is not adopted."""
    return [
        float(str(reason.values["share"]))
        for strategy in profile.strategies
        for reason in strategy.reasons
        if reason.code == "block.leaks"
    ]


def _noted_leaks(profile: ImpactProfile) -> float:
    """Return the share of the test images that nearly repeat one that models learned from, 0..1.

    As the verdicts count it, which say it of gains alone: where the test part rotates, that of the
    pictures with a near copy in another fold.
    """
    if profile.plan.rotates:
        overlaps = _notes(profile, "folds.near_duplicates")
    else:
        overlaps = [
            overlap
            for note in _notes(profile, "pictures.near_duplicates")
            for overlap in note["overlaps"]
            if overlap["part"] == "test" and overlap["other"] in LEARNED_FROM
        ]
    return sum(overlap["count"] / overlap["of"] for overlap in overlaps)


def _notes(profile: ImpactProfile, code: str) -> list[Any]:
    return [note.values for note in profile.warnings if note.code == code]


def _test_images(profile: ImpactProfile) -> Check | None:
    share = profile.finite_test_share
    if not is_known(share):
        return None
    state: State = "remark" if share > MOST_NOISE else "passes"
    return _check(state, "test images", share=percent(share, 0))


def _epochs(profile: ImpactProfile) -> Check | None:
    early = sum(
        any(note.code == "note.early_best" for note in strategy.notes)
        for strategy in profile.strategies
    )
    if not early:
        return None
    return _check("remark", "early", strategies=count(early, "strategy", "strategies"))


def _missing(profile: ImpactProfile) -> Check | None:
    missing = len(profile.missing)
    return _check("fails", "missing", runs=count(missing, "run")) if missing else None


def _reasons(profile: ImpactProfile, code: str) -> int:
    return sum(r.code == code for strategy in profile.strategies for r in strategy.reasons)
