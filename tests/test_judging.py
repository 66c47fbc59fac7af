"""The verdicts' rules: each by itself, their order, and what no combination may bring."""

from dataclasses import replace
from itertools import product

import pytest

from cam_augment.impact.judging import judge, next_step
from cam_augment.records.claims import Claims, Judgement, Outlook

OUTLOOK = Outlook(
    models=4, more_models=6.0, class_models=9.0, images=2500, more_images=6000,
    class_images={"cat": (100, 260)},
)  # fmt: skip
CASES = [
    # 1 equivalent, and no class surely loses: even where gain or loss is sure
    ({"equivalent": True, "no_gain": True}, "no gain worth having", "equivalent"),
    ({"equivalent": True, "gain": "gains"}, "no gain worth having", "equivalent"),
    ({"equivalent": True, "gain": "loses"}, "no gain worth having", "equivalent"),
    ({"equivalent": True, "gain": "loses", "surely": ("cat",)}, "avoid", "loses"),
    ({"equivalent": True, "cost": "gains"}, "trade-off", "equivalent"),
    # 2 loses
    ({"gain": "loses"}, "avoid", "loses"),
    ({"gain": "loses", "cost": "gains"}, "trade-off", "loses"),
    ({"gain": "loses", "cost": "loses"}, "avoid", "loses"),
    # 3 gains
    ({"gain": "gains"}, "adopt", "gains"),
    ({"gain": "gains", "cost": "gains"}, "adopt", "gains"),
    ({"gain": "gains", "surely": ("cat",)}, "trade-off", "gains at a price"),
    ({"gain": "gains", "leaves": True}, "trade-off", "gains at a price"),
    ({"gain": "gains", "missed": ("cat",)}, "trade-off", "gains at a price"),
    ({"gain": "gains", "cost": "loses"}, "trade-off", "gains at a price"),
    ({"gain": "gains", "leaves": True, "maps_valid": False}, "adopt", "gains"),
    ({"gain": "gains", "missed": ("cat",), "maps_valid": False}, "adopt", "gains"),
    ({"gain": "gains", "may": ("cat",)}, "undecided", "gains in doubt"),
    ({"gain": "gains", "unseen": ("cat",)}, "undecided", "gains in doubt"),
    ({"gain": "gains", "leaks": 0.011}, "undecided", "gains in doubt"),
    ({"gain": "gains", "leaks": 0.01}, "adopt", "gains"),
    ({"gain": "gains", "models": 2}, "undecided", "gains in doubt"),
    ({"gain": "gains", "surely": ("dog",), "may": ("cat",)}, "trade-off", "gains at a price"),
    # 4 a class surely loses
    ({"gain": "within noise", "surely": ("cat",)}, "avoid", "class loses"),
    ({"gain": "within noise", "surely": ("cat",), "cost": "gains"}, "avoid", "class loses"),
    # 5 the gain's bound lies below the margin
    ({"gain": "within noise", "no_gain": True}, "no gain worth having", "no gain"),
    ({"gain": "within noise", "no_gain": True, "cost": "gains"}, "trade-off", "no gain"),
    ({"gain": "within noise", "no_gain": True, "surely": ("cat",)}, "avoid", "class loses"),
    # 6 anything else
    ({"gain": "within noise"}, "undecided", "open"),
    ({"gain": "within noise", "may": ("cat",), "leaves": True}, "undecided", "open"),
    ({}, "undecided", "open"),
    # controls
    ({"control": True, "gain": "within noise"}, "quiet", "control"),
    ({"control": True, "gain": "gains"}, "not quiet", "control"),
    ({"control": True, "gain": "within noise", "surely": ("cat",)}, "not quiet", "control"),
    ({"control": True, "gain": "within noise", "equivalent": True}, "quiet", "control"),
    ({"control": True}, "undecided", "open"),
]  # fmt: skip


@pytest.mark.parametrize(("claims", "verdict", "rule"), CASES)
def test_each_rule(claims, verdict, rule):
    judgement = judge(Claims(**claims))
    assert (judgement.verdict, judgement.rule) == (verdict, rule)


def every_claim() -> list[Claims]:
    """All combinations of what a rule looks at."""
    names = ("cat",)
    values = {
        "gain": (None, "within noise", "gains", "loses"),
        "equivalent": (False, True),
        "no_gain": (False, True),
        "surely": ((), names),
        "may": ((), names),
        "unseen": ((), names),
        "cost": (None, "gains", "loses", "within noise"),
        "leaves": (False, True),
        "missed": ((), names),
        "maps_valid": (False, True),
    }
    return [Claims(**dict(zip(values, row, strict=True))) for row in product(*values.values())]


def test_what_no_combination_of_claims_may_bring():
    for claims in every_claim():
        judgement = judge(claims)
        shows = claims.maps_valid and (claims.leaves or claims.missed)
        if judgement.verdict == "adopt":
            assert claims.gain == "gains"
            assert not (claims.equivalent)
            assert not (claims.surely)
            assert not (claims.may)
            assert not (claims.unseen)
            assert not shows
        if judgement.verdict == "avoid":
            assert claims.gain == "loses" or claims.surely
        if judgement.verdict == "no gain worth having":
            assert claims.equivalent or claims.no_gain
            assert not claims.surely
        if judgement.verdict == "trade-off":
            assert claims.gain == "gains" or claims.cost == "gains"
        if judgement.verdict == "undecided":
            assert claims.gain != "loses"
        assert judgement.reasons


def test_maps_that_fail_their_check_decide_nothing():
    for claims in every_claim():
        if not claims.maps_valid:
            blind = replace(claims, leaves=False, missed=())
            assert judge(claims).verdict == judge(blind).verdict


def test_notes_stand_beside_any_verdict_and_change_none():
    for fields, verdict, _ in CASES:
        noted = judge(Claims(**fields, control_p=0.01, early=True))
        assert noted.verdict == verdict
        if not fields.get("control"):
            assert [note.code for note in noted.notes] == ["note.control", "note.early_best"]
    assert judge(Claims(control_p=0.011)).notes == ()


def step(claims: dict, together: int = 1, **outlook) -> tuple[str, dict]:
    notice = next_step(judge(Claims(**claims)), replace(OUTLOOK, **outlook), together)
    return notice.code, notice.values


def test_the_next_step_says_what_would_decide():
    gains = {"gain": "gains"}
    assert step({"gain": "within noise"}) == ("step.models", {"more": 6})
    short = step({"gain": "within noise"}, more_models=float("inf"))
    assert short == ("step.images", {"now": 2500, "then": 6000})
    far = step({"gain": "within noise"}, more_models=float("inf"), more_images=500_000)
    assert far == ("step.at_margin", {"times": 20})
    assert step({"gain": "within noise"}, more_models=0.0) == ("step.models", {"more": 1})
    assert step(gains | {"may": ("cat",)}) == ("step.models", {"more": 9})
    assert step(gains | {"models": 2}, models=2) == ("step.models", {"more": 1})
    unseen = step(gains | {"unseen": ("cat",), "may": ("cat",)})
    assert unseen == ("step.class_images", {"name": "cat", "now": 100, "then": 260})
    short = step(gains | {"may": ("cat",)}, class_models=float("inf"))
    assert short == ("step.class_images", {"name": "cat", "now": 100, "then": 260})
    assert step(gains | {"leaks": 0.02, "unseen": ("cat",)}) == ("step.leaks", {"share": 0.02})
    assert next_step(judge(Claims()), None, 0).code == "step.none"
    assert step(gains, together=3) == ("step.together", {"strategies": 3})
    for decided in (gains, {"gain": "loses"}, {"no_gain": True}, {"control": True}, {}):
        assert step(decided) == ("step.none", {})


def test_a_control_says_what_it_shows():
    quiet, loud = (judge(Claims(control=True, gain=gain)) for gain in ("within noise", "loses"))
    assert [reason.code for reason in quiet.reasons] == ["control.quiet"]
    assert [reason.code for reason in loud.reasons] == ["gain.falls"]


def test_a_verdict_holds_what_it_rests_on():
    judgement = judge(Claims(gain="gains", surely=("cat", "dog"), cost="loses"))
    assert isinstance(judgement, Judgement)
    codes = [(reason.code, reason.values.get("name")) for reason in judgement.reasons]
    assert codes == [
        ("gain.rises", None),
        ("class.surely_loses", "cat"),
        ("class.surely_loses", "dog"),
        ("cost.rises", None),
    ]
