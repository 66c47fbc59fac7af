"""How sure the decision is: checks with what follows from each."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from cam_augment.records import ImpactProfile
from cam_augment.report import phrases, queries
from cam_augment.report.language import say
from cam_augment.report.words import count, is_known, percent

State = Literal["passes", "fails", "remark"]
MOST_NOISE = 0.5  # share of the seed noise that may come of a finite number of test images
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
        _control, _maps, _models, _leaks, _test_images, _epochs, _missing,
    )  # fmt: skip
    return tuple(check for make in makers if (check := make(profile)) is not None)


def _check(state: State, code: str, **fields: str | int) -> Check:
    return Check(state, say(phrases.CHECKS[code], **fields))


def _control(profile: ImpactProfile) -> Check:
    controls = [s for s in profile.strategies if s.strategy in profile.plan.controls]
    if not controls:
        return _check("remark", "no control")
    loud = [s for s in controls if s.conclusion not in ("quiet", "undecided", "no effect seen")]
    if loud:
        return _check("fails", "control loud")
    if any(note.code == "note.control" for s in profile.strategies for note in s.notes):
        return _check("remark", "control uneasy")
    return _check("passes", "control quiet")


def _maps(profile: ImpactProfile) -> Check:
    passed = queries.maps_pass(profile)
    if passed is None:
        return _check("remark", "maps not checked")
    return _check("passes", "maps pass") if passed else _check("fails", "maps fail")


def _models(profile: ImpactProfile) -> Check | None:
    reasons = _reasons(profile, "block.few_models")
    return _check("fails", "few models", count=reasons) if reasons else None


def _leaks(profile: ImpactProfile) -> Check | None:
    for strategy in profile.strategies:
        for reason in strategy.reasons:
            if reason.code == "block.leaks":
                return _check("fails", "leaks", share=percent(reason.values["share"]))
    return None


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
