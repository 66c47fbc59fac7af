"""What to do next: what would decide, in the data's own units, and the command that asks for it."""

import shlex

import pytest

from cam_augment.cli.fields import plan_of
from cam_augment.cli.study import parser
from cam_augment.plan import GIVEN, Choice
from cam_augment.records import Notice
from cam_augment.report import toml
from cam_augment.report.decision import decision
from cam_augment.report.decision.steps import steps
from cam_augment.report.decision.views import views
from tests.profiles import changed, example_profile


def test_commands_are_understood_and_ask_for_what_they_say(tmp_path, monkeypatch):
    profile = example_profile()
    monkeypatch.chdir(tmp_path)
    folder = tmp_path / "results" / profile.plan.name
    folder.mkdir(parents=True)
    (folder / "plan.toml").write_text(toml.dumps(profile.plan.model_dump()), "utf-8")
    plans = {}
    for step in steps(profile):
        assert step.command
        program, command, *words = shlex.split(step.command)
        assert (program, command) == ("cam-augment", "study")
        plans[step.text.split()[0]] = plan_of(parser("cam-augment study").parse_args(words))
    together = plans["test"]
    adopted = {s.strategy for s in profile.strategies if s.verdict == "adopt"}
    assert len(together.strategies) == 2
    assert {step.name for step in together.strategies[1].steps} == adopted
    assert together.strategies[0].label == "identity"
    assert together.name != profile.plan.name
    undecided = next(plan for name, plan in plans.items() if name != "test")
    assert undecided.size > profile.plan.size


def test_models_of_elsewhere_have_no_command():
    profile = example_profile()
    plan = profile.plan.model_copy(update={"architecture": Choice(name=GIVEN)})
    result = steps(profile.model_copy(update={"plan": plan}))
    assert result
    assert all(step.command == "" for step in result)


def test_what_only_many_models_would_decide_is_no_step_for_the_others():
    profile = example_profile()
    needs = {"contrast": 5, "gaussian_noise": 228}
    strategies = tuple(
        s.model_copy(update={"next_step": Notice.of("step.models", more=needs[s.strategy])})
        if s.strategy in needs else s.model_copy(update={"next_step": Notice.of("step.none")})
        for s in profile.strategies
    )  # fmt: skip
    few, many = steps(profile.model_copy(update={"strategies": strategies}))
    assert few.text.startswith("contrast: a study of its own would decide")
    assert few.command
    assert "gaussian_noise" in many.text
    assert "228" in many.text
    assert not many.command


def test_models_of_a_study_of_its_own_are_told_and_asked_for_by_those_that_need_them():
    profile = example_profile()
    for strategy in profile.strategies:
        more = Notice.of("step.models", more=5) if strategy.strategy == "contrast" else None
        step = more or Notice.of("step.none")
        profile = changed(profile, strategy.strategy, next_step=step)
    (step,) = steps(profile)
    words = shlex.split(step.command)
    plan = plan_of(parser("x").parse_args(["quickstart", "--more-models", "none", *words[3:]]))
    assert {s.label for s in plan.strategies} == {*profile.plan.controls, "contrast"}
    assert f"of {plan.size} new models: {plan.seeds} of each strategy" in step.text
    assert f"{plan.baselines} baselines" in step.text


@pytest.mark.parametrize("code", ["step.images", "step.class_images"])
def test_every_strategy_is_told_how_many_test_images_decide_the_fewest_first(code):
    """The most promising one may take far fewer than the others."""
    named = {"name": "c"} if code == "step.class_images" else {}
    needs = {"zoom": 9900, "contrast": 2290, "gaussian_noise": 10976}

    def texts(*names: str) -> list[str]:
        profile = example_profile()
        for s in profile.strategies:
            fields = {"now": 640, "then": needs.get(s.strategy, 0), **named}
            step = Notice.of(code, **fields) if s.strategy in names else Notice.of("step.none")
            profile = changed(profile, s.strategy, next_step=step)
        return [step.text for step in steps(profile)]

    images, end = (
        ("test images of class c", "show whether it loses") if named else ("test images", "decide")
    )
    end = f"{images} in place of 640 would {end}"
    assert texts(*needs) == [
        "contrast (2,290), zoom (9,900) and gaussian_noise (10,976): that many " + end
    ]
    assert texts("contrast") == ["contrast: about 2,290 " + end]


# ---- images of groups: their sizes are told in groups, too


def grouped(images: int, groups: int | None, **settings):
    """Return a profile with test images of groups, of data with these settings."""
    profile = example_profile()
    dataset = profile.plan.dataset.model_copy(update={"settings": settings})
    return profile.model_copy(
        update={
            "plan": profile.plan.model_copy(update={"dataset": dataset}),
            "confusion": {"baseline": ((float(images - 1), 1.0), (0.0, 0.0))},
            "test_groups": groups,
        }
    )


@pytest.mark.parametrize(
    ("profile", "size"),
    [
        (grouped(640, None, train=80, test=640), "train 80, test 640"),
        (grouped(640, 640, train=80, test=640), "train 80, test 640"),
        (grouped(640, 80, train=80, test=80), "train 80, test 80 groups (640 images)"),
        (
            grouped(640, 80, train=80, test=80, frames=8),
            "train 80, test 80 sequences (640 frames)",
        ),
        (grouped(640, 80, train=1200, test=640), "train 1,200, test 640 of 80 groups"),
        (grouped(270, 46, train=0.5, test=0.2), "test 270 of 46 groups"),
        (grouped(270, None, train=0.5, test=0.2), "test 270"),
    ],
)
def test_both_sizes_are_told_in_one_unit(profile, size):
    assert decision(profile).headline.facts[2] == size


def with_needs(profile, code: str, needs: dict[str, int], **values):
    for s in profile.strategies:
        step = Notice.of("step.none")
        if s.strategy in needs:
            step = Notice.of(code, now=640, then=needs[s.strategy], **values)
        profile = changed(profile, s.strategy, next_step=step)
    return profile


def reason(profile, name: str) -> str:
    return next(view.reason for view in views(profile) if view.strategy == name)


def test_more_test_images_are_told_in_groups():
    profile = grouped(640, 80, frames=8)
    several = with_needs(profile, "step.images", {"zoom": 9900, "contrast": 2290})
    assert [step.text for step in steps(several)] == [
        "contrast (287) and zoom (1,238): test images of that many sequences in place of 80 would "
        "decide"
    ]
    one = with_needs(grouped(640, 80), "step.images", {"contrast": 2290})
    assert [step.text for step in steps(one)] == [
        "contrast: about 2,290 test images of 287 groups in place of 640 of 80 would decide"
    ]
    assert (
        "More test images of other groups, about 2,290 of 287 groups in place of 640 of 80, would "
        "decide"
    ) in reason(one, "contrast")
    assert "other groups" not in reason(
        with_needs(grouped(640, None), "step.images", {"contrast": 2290}), "contrast"
    )


def test_more_test_images_of_a_class_are_of_other_groups():
    profile = with_needs(grouped(640, 80), "step.class_images", {"contrast": 900}, name="c")
    assert [step.text for step in steps(profile)] == [
        "contrast: about 900 test images of class c in place of 640, the further ones of other "
        "groups, would show whether it loses"
    ]
    assert "of class 'c' of other groups, about 900 in place of 640" in reason(profile, "contrast")
