"""Another look at the same models: read, made, compared, and named where it says otherwise."""

from dataclasses import replace
from functools import partial

import numpy as np
import pytest
import scipy.stats

from cam_augment import impact
from cam_augment.base.errors import InputError
from cam_augment.cli.study import main
from cam_augment.impact.attention.checks import agreement, check_of
from cam_augment.impact.attention.shift import primary_shifts
from cam_augment.plan import BASELINE, Check, Plan
from cam_augment.records import load_profile
from cam_augment.report.tables.validity import checks
from tests.answered import answered
from tests.arms import arms_of
from tests.simulation import simulated


@pytest.mark.parametrize(
    ("written", "label"),
    [
        ("layercam", "layercam"),
        ("occlusion,window=3", "occlusion,window=3"),
        ("target=predicted", "target=predicted"),
        ("layer=stage_2", "layer=stage_2"),
        ({"cam": "hirescam", "target": "predicted"}, "hirescam target=predicted"),
    ],
)
def test_a_check_is_read_and_written_back(written, label):
    plan = Plan.make({"checks": [written]})
    assert plan.checks[0].label == label
    assert Plan.make({"checks": [check.toml for check in plan.checks]}) == plan


@pytest.mark.parametrize(
    ("written", "message"),
    [
        ("layrcam", "layercam"),
        ("target=both", "'true' or 'predicted'"),
        ({}, "expected a method"),
        (3, "expected a list of checks"),
        (["layercam", "layercam"], "twice"),
        ({"lyer": "a"}, "lyer"),
    ],
)
def test_a_wrong_check_is_refused(written, message):
    with pytest.raises(InputError, match=message):
        Plan.make({"checks": written})


def test_a_plan_under_a_check_asks_for_other_maps_of_the_same_models():
    plan = Plan.make({"checks": ["layercam", "target=predicted"]})
    other, predicted = (plan.under(check) for check in plan.checks)
    assert [run.key for run in other.runs()] == [run.key for run in plan.runs()]
    assert len({repr(p.look) for p in (plan, other, predicted)}) == 3
    assert (other.cam.name, other.cam_target, predicted.cam.name) == ("layercam", "true", "gradcam")


def profile_of(moved: float, moved_under_check: float):
    plan, data, fits, maps = simulated(seed=4, moved=moved)
    _, _, _, others = simulated(seed=5, moved=moved_under_check)
    plan = plan.model_copy(update={"checks": (Check.parse("layercam"),)})
    return impact.profile(plan, data, fits, answered(maps, maps={"layercam": others}), (), {})


def test_a_look_that_agrees_flips_nothing():
    profile = profile_of(2.0, 2.0)
    (checked,) = profile.checks
    assert checked.beyond == ("rotation",)
    assert checked.flips == ()
    assert "look.unstable" not in {warning.code for warning in profile.warnings}
    assert checked.low <= checked.kendall <= checked.high


def test_a_look_that_sees_nothing_makes_the_answer_unstable():
    profile = profile_of(2.0, 0.0)
    (checked,) = profile.checks
    assert checked.flips == ("rotation",)
    (warning,) = [w for w in profile.warnings if w.code == "look.unstable"]
    assert warning.values == {"look": "layercam", "strategies": ["rotation"]}
    (row,) = checks(profile).records()
    assert (row["look"], row["flips"]) == ("layercam", "rotation")


def test_the_order_is_kendalls_and_the_interval_covers_it():
    rng = np.random.default_rng(0)
    first = rng.normal(size=(8, 50)) + np.arange(8)[:, None]
    second = first + rng.normal(0, 4, size=(8, 50))
    tau, low, high = agreement(first, second, 500, 0.05)
    assert tau == pytest.approx(scipy.stats.kendalltau(first.mean(1), second.mean(1)).statistic)
    assert low <= tau <= high
    assert agreement(first, first, 100, 0.05) == pytest.approx((1, 1, 1), abs=0.3)


def test_images_without_a_value_and_few_strategies_are_left_out():
    first = np.arange(12.0).reshape(4, 3)
    first[0, 1] = np.nan
    assert agreement(first, first, 100, 0.05)[0] == pytest.approx(1)
    assert np.isnan(agreement(first[:2], first[:2], 100, 0.05)).all()


@pytest.mark.usefixtures("no_workers", "no_figures")
def test_the_command_looks_again_without_training(studied, capsys, monkeypatch):
    monkeypatch.chdir(studied)
    few = ["--strategies", "identity", "--baselines", "3"]
    assert main(["tiny.toml", "--checks", "layercam,target=predicted", *few]) == 0
    assert "accuracy 0." not in capsys.readouterr().out.split("identity  ")[0]
    result = load_profile("results/tiny")
    assert [checked.look for checked in result.checks] == ["layercam", "target=predicted"]
    assert (studied / "results" / "tiny" / "checks.csv").is_file()


# ---- in a study in stages


@pytest.mark.parametrize("number", [0, 1])
def test_the_same_maps_as_a_check_flip_nothing_at_any_stage(number):
    """However near to the level a shift is: both looks are held to that of the stage."""
    rng = np.random.default_rng(0)
    labels, sizes = np.repeat([0, 1], 15), {BASELINE: 12, "rotation": 6}
    logits = {label: rng.normal(size=(n, 30, 2)) for label, n in sizes.items()}
    base, shift = rng.random((30, 4, 4)), rng.normal(size=(30, 4, 4))
    beyond = []
    for size in np.linspace(0.015, 0.035, 12):
        maps = {
            label: np.maximum(0, base + 0.3 * rng.random((n, 30, 4, 4)) + size * shift *
                              (label != BASELINE)).astype(np.float32)
            for label, n in sizes.items()
        }  # fmt: skip
        arms = arms_of(logits, labels, maps=maps, more_models=[2], checks=["layercam"],
                       metrics=["pearson"], permutations=20_000, bootstrap=500)  # fmt: skip
        stage = arms.plan.stages[number]
        factor = arms.plan.alpha / stage.alpha
        arms.standing = replace(arms.standing, stage=stage, factor=factor)
        shifts = primary_shifts(arms, None)
        same = {fit.run.key: partial(arms.maps, fit) for k in sizes for fit in arms.fits(k)}
        effects, by_image = [e for e, _ in shifts.values()], {k: x for k, (_, x) in shifts.items()}
        result = check_of(arms, effects, by_image, arms.plan.checks[0], same, None)
        assert result.flips == ()
        beyond.append(bool(result.beyond))
    assert 0 < sum(beyond) < len(beyond)
