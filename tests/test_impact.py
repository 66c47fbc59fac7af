"""From questions to a profile: effects of simulated models, and verdicts by their rules."""

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest
from scipy.stats import spearmanr

from cam_augment import impact
from cam_augment.impact import arms
from cam_augment.impact.judging import judge
from cam_augment.impact.verdicts import strategy_profiles
from cam_augment.records import Effect, Fit, Maps, Notice, provenance
from cam_augment.statistics import corrected
from tests.answered import answered
from tests.profiles import decided
from tests.simulation import CLASSES, GRID, IMAGES, profile_of, simulated, uneven


def test_what_the_data_have_to_say_comes_first_among_the_warnings():
    plan, data, fits, loaders = simulated()
    noted = replace(data, notes=("1 picture is damaged and left out: a.png.",))
    assert noted.fingerprint == data.fingerprint
    assert profile_of(plan, noted, fits, loaders).warnings[0] == noted.notes[0]


def test_maps_that_fail_their_check_do_not_tell_where_attention_went():
    plan, data, fits, loaders = simulated(moved=1.0)
    findings = impact.analyse(arms.Arms(plan, data, fits, loaders), answered(loaders))
    judgements = {"rotation": judge(findings.claims("rotation"))}
    failing = SimpleNamespace(own=True, deletion=SimpleNamespace(better=()))
    for looks, place in (((), "moved"), ((failing,), "not known")):
        checked = {"rotation": replace(findings, faithful=looks)}
        (rotation,) = strategy_profiles(checked, judgements)
        assert rotation.attention == place


def test_remarks_on_maps_are_shown_and_a_layer_passed_over_is_a_warning():
    plan, data, fits, loaders = simulated()
    remarks = {"outputs": "softmax", "passed_over": "top (1x1)"}
    maps = {key: (lambda load=load: replace(load(), remarks=remarks))
            for key, load in loaders.items()}  # fmt: skip
    profile = profile_of(plan, data, fits, maps)
    assert profile.validity.items() >= remarks.items()
    notice = Notice.of("maps.passed_over", layer="top (1x1)", taken="features")
    assert notice in profile.warnings
    assert notice not in profile_of(plan, data, fits, loaders).warnings


def test_a_network_that_may_augment_inside_is_a_warning():
    plan, data, fits, loaders = simulated()
    network = plan.architecture.model_copy(update={"settings": {"augments": True}})
    allowed = plan.model_copy(update={"architecture": network})
    assert Notice.of("network.augments") in profile_of(allowed, data, fits, loaders).warnings
    assert Notice.of("network.augments") not in profile_of(plan, data, fits, loaders).warnings


def test_a_planted_shift_and_gain_are_found_and_nothing_else():
    profile = profile_of(*simulated(moved=2.0, better=0.35))
    result = {s.strategy: s for s in profile.strategies}
    assert result["rotation"].verdict == "adopt"
    assert profile.effect("rotation", "excess_shift.pearson").p == pytest.approx(1 / 495)
    assert [s.strategy for s in profile.strategies if s.attention == "moved"] == ["rotation"]
    assert profile.effect("rotation", "gain").low > 0
    assert result["identity"].verdict == "quiet"
    others = {s.verdict for name, s in result.items() if name not in ("rotation", "identity")}
    assert others == {"undecided"}  # 40 test images show neither a gain nor its absence


def test_a_verdict_holds_its_numbers_and_what_comes_next():
    profile = profile_of(*simulated(moved=2.0, better=0.35))
    result = {s.strategy: s for s in profile.strategies}
    gain, (reason,) = profile.effect("rotation", "gain"), result["rotation"].reasons
    numbers = {name: reason.values[name] for name in ("estimate", "low", "high", "margin")}
    assert reason.code == "gain.rises"
    assert numbers == {
        "estimate": gain.estimate, "low": gain.low, "high": gain.high, "margin": 0.005
    }  # fmt: skip
    assert result["rotation"].bound_low < gain.estimate < result["rotation"].bound_high
    assert result["rotation"].next_step == Notice.of("step.none")
    step = result["zoom"].next_step
    assert step.code == "step.images"
    assert step.values["now"] == IMAGES < step.values["then"]


def test_controls_stand_outside_the_family_of_every_question():
    profile = profile_of(*simulated(moved=0.5))
    for question in {effect.question for effect in profile.effects}:
        family = {s: profile.effect(s, question) for s in profile.arms[1:]}
        assert family.pop("identity").p_adjusted == profile.effect("identity", question).p
        expected = corrected((effect.p for effect in family.values()), "holm")
        assert [effect.p_adjusted for effect in family.values()] == pytest.approx(expected)
    (control,) = (w for w in profile.within if w.strategy == "identity")
    assert (control.p_adjusted, control.p_classes_adjusted) == (control.p, control.p_classes)


def test_near_copies_of_what_was_learned_from_block_a_verdict():
    plan, data, fits, loaders = simulated(better=0.35)
    overlaps = [{"count": 3, "of": IMAGES, "part": "test", "other": "train"},
                {"count": 9, "of": IMAGES, "part": "test", "other": "probe"}]  # fmt: skip
    note = Notice.of("pictures.near_duplicates", overlaps=overlaps, pairs=[])
    profile = profile_of(plan, replace(data, notes=(note,)), fits, loaders)
    result = next(s for s in profile.strategies if s.strategy == "rotation")
    assert (result.verdict, result.reasons[-1].code) == ("undecided", "block.leaks")
    assert result.reasons[-1].values["share"] == pytest.approx(3 / IMAGES)
    assert result.next_step.code == "step.leaks"


def test_focus_is_measured_where_masks_exist_and_only_there():
    masked, plain = profile_of(*simulated(masks=True)), profile_of(*simulated())
    assert masked.effect("rotation", "focus").estimate is not None
    assert plain.effect("rotation", "focus").estimate is None
    assert "focus" not in plain.points


def test_degenerate_maps_are_left_out_and_counted():
    plan, data, fits, loaders = simulated()
    key = fits[-1].run.key
    dark = np.array(loaders[key]().values)
    dark[:10] = 0
    loaders[key] = lambda: Maps(key, "gradcam", "features", dark)
    profile = profile_of(plan, data, fits, loaders)
    last = profile.strategies[-1]
    assert last.degenerate_share == pytest.approx(10 / IMAGES / plan.seeds)
    assert profile.effect(last.strategy, "excess_shift.pearson").estimate is not None


def test_a_model_with_no_map_at_all_makes_a_hole_and_no_crash():
    plan, data, fits, loaders = simulated()
    key = fits[-1].run.key
    dark = np.zeros((IMAGES, GRID, GRID), np.float32)
    loaders[key] = lambda: Maps(key, "gradcam", "features", dark)
    profile = profile_of(plan, data, fits, loaders)
    last = profile.strategies[-1]
    assert profile.effect(last.strategy, "excess_shift.pearson").p is None
    assert "maps.empty" in {warning.code for warning in profile.warnings}


def test_an_arm_without_answers_is_named_and_not_judged():
    plan, data, fits, loaders = simulated()
    rest = [fit for fit in fits if fit.run.strategy.label != "zoom"]
    profile = profile_of(plan, data, rest, loaders)
    hole = next(s for s in profile.strategies if s.strategy == "zoom")
    assert (hole.runs, hole.verdict) == (0, "undecided")
    assert [reason.code for reason in hole.reasons] == ["gain.not_measured"]
    assert hole.next_step == Notice.of("step.none")


def test_mixed_environments_are_warned_of():
    plan, data, fits, loaders = simulated()
    fits[0] = Fit(fits[0].run, fits[0].test_logits, fits[0].probe_logits, {}, 1.0, {"numpy": "1"})
    mixed = Notice.of("models.mixed", name="numpy", values=["1", "2"])
    assert mixed in profile_of(plan, data, fits, loaders).warnings


def test_packages_that_decide_nothing_are_neither_recorded_nor_warned_of():
    """Fits of an earlier version name one."""
    _, data, fits, _ = simulated()
    old = {"numpy": "2", "tf-keras-vis": "0.8.7"}
    fits = [
        replace(fit, environment=old if i % 2 else {"numpy": "2"}) for i, fit in enumerate(fits)
    ]
    assert provenance.mixture_notices(fits) == []
    assert provenance.provenance(fits, data, 0.0)["training_environments"] == [{"numpy": "2"}]
    assert not provenance.IDLE & set(provenance.TRAINING)


def test_a_profile_is_a_function_of_its_answers():
    one, two = profile_of(*simulated()), profile_of(*simulated())
    assert one.model_dump_json() == two.model_dump_json()


@pytest.mark.parametrize("masks", [False, True])
def test_a_profile_holds_what_its_numbers_show(masks):
    """The same findings as those that an older profile's numbers are given."""
    profile = profile_of(*simulated(moved=2.0, better=0.35, masks=masks))
    assert decided(profile) == profile
    assert {effect.finding for effect in profile.effects} >= {"gains", "moves", "within noise"}


def test_what_is_predicted_without_the_strategies_that_destroy():
    """Rotation loses 35 points; ρ is given over the other four, too."""
    study = simulated(better=-0.35)
    profile = profile_of(*study)
    assert profile.effect("rotation", "gain").estimate < -0.2
    mild = [s for s in profile.arms[1:]
            if abs(profile.effect(s, "gain").estimate) < 0.02]  # fmt: skip
    assert "rotation" not in mild
    for row in profile.correlations:
        if row.score in ("mean",):
            continue
        assert row.mild == len(mild)
        scores, gains = ([profile.effect(s, q).estimate for s in mild] for q in (row.score, "gain"))
        expected = spearmanr(scores, gains).statistic if len(mild) > 2 else None
        assert row.rho_mild == (pytest.approx(expected) if expected is not None else None)


def test_a_shift_with_a_small_p_and_an_interval_across_zero_is_not_settled():
    effect = Effect(strategy="s", question="excess_shift.pearson", estimate=0.026, low=-0.001,
                    high=0.054, p_adjusted=0.02)  # fmt: skip
    assert effect.with_finding(0.05).finding == "not settled"
    assert not effect.with_finding(0.05).beyond_noise


def test_a_class_that_surely_loses_is_named_with_its_numbers():
    plan, data, fits, loaders = uneven(simulated(), 10)
    labels, rng = data.test.labels, np.random.default_rng(1)
    changed = []
    for fit in fits:
        lost = (labels == CLASSES - 1) & (rng.uniform(size=len(labels)) < 0.9)
        missed = np.where(lost & (fit.run.strategy.label == "zoom"), 0, labels)
        missed[rng.integers(len(labels), size=2)] = 1
        changed.append(replace(fit, test_logits=np.eye(CLASSES)[missed]))
    profile = profile_of(plan, data, changed, loaders)
    result = next(s for s in profile.strategies if s.strategy == "zoom")
    assert (result.verdict, result.worst_class) == ("avoid", "d")
    assert result.worst_class_p <= 0.05
    reason = next(r for r in result.reasons if r.code == "class.surely_loses")
    assert reason.values["name"] == "d"
    assert reason.values["loss"] == result.worst_class_gain < -0.5
    assert reason.values["loss_low"] < reason.values["loss"] < reason.values["loss_high"] < -0.02
    assert next(s for s in profile.strategies if s.strategy == "shear").worst_class_p > 0.05
