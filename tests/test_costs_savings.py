"""What strategies save: costs of arms, verdicts by cost, warnings, intervals."""

from dataclasses import replace

import numpy as np
import pytest
from scipy.stats import spearmanr

from cam_augment import impact
from cam_augment.base.errors import InputError
from cam_augment.impact.predictions.costs import cost_notices, model_decisions
from cam_augment.plan import Plan
from cam_augment.records import (
    DataSet,
    Effect,
    Fit,
    Notice,
    Split,
)
from cam_augment.report import prose, queries
from cam_augment.report.contents import Report
from cam_augment.report.formats.html import html
from cam_augment.statistics import (
    against,
    cheapest,
    contrast,
    decide,
    groups,
    offset,
    probabilities,
    temperature,
)
from cam_augment.statistics.other_images import OtherImages
from tests.priced import decisions_of, profile_of, study

# ---- costs of arms


def test_the_cost_of_a_model_by_hand():
    """Golden: two good parts and two defects; one miss, one false alarm, in two mixes."""
    plan = Plan.make({"costs": {"miss": 20, "false_alarm": 1, "good": "a"}, "strategies": "zoom"})
    labels = np.array([0, 0, 1, 1])
    split = Split(np.zeros((4, 4, 4, 1), np.float32), labels)
    data = DataSet("x", ("a", "b"), split, split, split, split)
    logits = np.array([[2, 0], [0, 2], [2, 0], [0, 2]], np.float32)
    fits = [Fit(run, logits, logits, {}, 1.0, {}) for run in plan.runs()]
    arms = impact.Arms(plan, data, fits, {})
    even = model_decisions(arms, {})
    assert not even.fitted
    assert even.cost("zoom").tolist() == [[0, 1000, 20_000, 0]] * 4
    assert even.cost("zoom").mean() == 1000 * (0.5 * 0.5 * 20 + 0.5 * 0.5 * 1)
    arms.plan = Plan.make(plan.model_dump() | {"parts": {"a": 0.99}})
    rare = model_decisions(arms, {})
    assert rare.cost("zoom").mean() == pytest.approx(1000 * (0.01 * 0.5 * 20 + 0.99 * 0.5 * 1))
    misses = np.array([[False, False], [True, False]])
    assert rare.share("zoom", misses) == pytest.approx(5)


def test_the_fitted_decision_by_hand():
    """Calibrated, undone from the mix learned from, for production; each step written out."""
    plan, data, fits, maps, answers = study(parts={"a": 0.9})
    result = decisions_of(impact.Arms(plan, data, fits, maps), answers)
    fit, answer = fits[3], answers[fits[3].run.key]()
    counts = np.bincount(data.test.labels)
    heat = temperature(answer["logits"], answer["labels"], counts)
    production = np.array([0.9, 0.05, 0.05])
    joint = np.exp(fit.test_logits.astype(float) / heat) * production / (counts / counts.sum())
    costs = np.array([[0, 1, 1], [20, 0, 0], [20, 0, 0]])
    passed = joint[:, 1:].sum(axis=1) * 20 < joint[:, 0]
    np.testing.assert_array_equal(result.decisions("baseline")[3] == 0, passed)
    weight = (production / (counts / counts.sum()))[data.test.labels]
    paid = costs[data.test.labels, result.decisions("baseline")[3]]
    np.testing.assert_allclose(result.cost("baseline")[3], 1000 * weight * paid)


def test_balanced_losses_learned_every_class_as_often():
    plan, data, fits, maps, answers = study()
    plan = Plan.make(plan.model_dump() | {"recipe": {"class_weights": "balanced"}})
    weighed = []
    for run, fit in zip(plan.runs(), fits, strict=True):
        answers[run.key] = answers[fit.run.key]
        weighed.append(replace(fit, run=run))
    result = decisions_of(impact.Arms(plan, data, weighed, maps), answers)
    answer = answers[weighed[0].run.key]()
    heat = temperature(answer["logits"], answer["labels"], [1, 1, 1])
    assert result._decisions[weighed[0].run.key].temperature == pytest.approx(heat)
    chances = probabilities(weighed[0].test_logits, heat, offset([1, 1, 1], result.shares))
    np.testing.assert_array_equal(result.decisions("baseline")[0], cheapest(chances, result.costs))


def test_least_expected_cost_costs_less_than_the_likeliest_class():
    costs = {arm_cost.arm: arm_cost for arm_cost in profile_of(*study()).costs.arms}
    assert all(arm_cost.cost < arm_cost.cost_argmax for arm_cost in costs.values())
    assert all(arm_cost.misses < arm_cost.misses_argmax for arm_cost in costs.values())
    assert all(arm_cost.false_alarms > arm_cost.false_alarms_argmax for arm_cost in costs.values())
    assert all(arm_cost.temperature > 0 for arm_cost in costs.values())


def test_a_planted_saving_is_found_and_nothing_else():
    profile = profile_of(*study(careful=3.0))
    result = profile.effect("rotation", "gain_cost")
    assert 0 < result.low < result.estimate < result.high
    assert result.relabelling_p == pytest.approx(1 / 495)
    assert result.p < result.p_adjusted < 0.05
    assert result.finding == "gains"
    fitted, plain = profile.points["cost_fitted"], profile.points["cost_argmax"]
    assert np.mean(plain["rotation"]) < np.mean(fitted["rotation"])
    assert np.mean(fitted["baseline"]) < np.mean(plain["baseline"])
    expected = np.mean(fitted["baseline"]) - np.mean(plain["rotation"])
    assert result.estimate == pytest.approx(expected)
    assert result.noise == pytest.approx(np.std(fitted["baseline"], ddof=1))
    rules = {arm.arm: arm.rule for arm in profile.costs.arms}
    assert (rules["baseline"], rules["rotation"]) == ("fitted", "argmax")
    (rotation,) = [strategy for strategy in profile.strategies if strategy.strategy == "rotation"]
    assert "cost.falls" in {reason.code for reason in rotation.reasons}
    quiet = [profile.effect(s, "gain_cost").p_adjusted for s in profile.arms[1:] if s != "rotation"]
    assert sum(p > 0.05 for p in quiet) >= 3


@pytest.fixture(scope="module")
def by_cost():
    """A study in which cost decides, and rotation saves."""
    plan, *rest = study(careful=3.0)
    return profile_of(plan.model_copy(update={"gain": "cost"}), *rest)


def test_cost_decides_as_a_share_of_the_baselines(by_cost):
    """What is less is better, and p and the side of 0 are those of the cost itself."""
    whole = np.mean(by_cost.points["cost"]["baseline"])
    for strategy in by_cost.arms[1:]:
        gain, saved = (by_cost.effect(strategy, q) for q in ("gain", "gain_cost"))
        assert gain.estimate == pytest.approx(saved.estimate / whole)
        assert (gain.low, gain.high) == pytest.approx((saved.low / whole, saved.high / whole))
        assert (gain.p, gain.finding) == (pytest.approx(saved.p), saved.finding)
    (rotation,) = (s for s in by_cost.strategies if s.strategy == "rotation")
    first = rotation.reasons[0]
    assert (first.code, first.values["score"]) == ("gain.rises", "cost")
    assert first.values["margin"] == by_cost.plan.margins.cost == 0.01
    # It is the gain, and is not counted once more beside it.
    assert not [r for s in by_cost.strategies for r in s.reasons if r.code.startswith("cost.")]


def test_the_report_says_that_cost_decides(by_cost):
    from cam_augment.report.figures.costs import gain_and_saving

    with_points = queries.gains_of_runs(by_cost, "rotation")
    assert np.mean(with_points) == pytest.approx(by_cost.effect("rotation", "gain").estimate)
    text = " ".join(prose.summary(by_cost).paragraphs)
    assert "the share that a strategy saves of the baselines' cost" in text
    assert gain_and_saving(by_cost) is None  # both sides would be the same


def test_cost_decides_only_where_mistakes_have_a_cost():
    with pytest.raises(InputError, match="gain: received 'cost'; this plan has no costs") as error:
        Plan.make({"gain": "cost"})
    assert len(str(error.value).splitlines()) == 1


def test_scores_are_held_against_savings_too():
    profile = profile_of(*study())
    result = {c.score: c for c in profile.cost_correlations}
    assert result["excess_shift.pearson"].primary
    assert not {"gain", "gain_macro_f1", "gain_cost"} & set(result)
    saved, moved = (
        [profile.effect(s, question).estimate for s in profile.arms[1:]]
        for question in ("gain_cost", "excess_shift.pearson")
    )
    rho = spearmanr(moved, saved).statistic
    assert result["excess_shift.pearson"].rho == pytest.approx(rho)


def test_costs_with_folds_relabel_within_them():
    plan, data, fits, maps, answers = study(folds=4)
    result = profile_of(plan, data, fits, maps, answers).effect("rotation", "gain_cost")
    assert result.smallest_p == pytest.approx(1 / 3**4)
    assert result.low < result.estimate < result.high


def test_where_one_model_was_not_asked_all_decide_for_the_likeliest_class():
    plan, data, fits, maps, answers = study()
    del answers[fits[-1].run.key]
    profile = profile_of(plan, data, fits, maps, answers)
    assert not profile.costs.fitted
    assert {arm.cost for arm in profile.costs.arms} == {None}
    assert Notice.of("costs.unfitted", count=1) in profile.warnings
    without = profile_of(plan, data, fits, maps, {})
    assert without.points["cost"] == profile.points["cost"]
    assert "cost_argmax" not in profile.points


def test_a_class_of_few_test_images_is_warned_of():
    plan, data, fits, maps, answers = study(parts={"c": 0.2})
    places = np.flatnonzero((data.test.labels < 2) | (np.arange(120) > 110))
    test = Split(data.test.images[places], data.test.labels[places])
    fits = [replace(fit, test_logits=fit.test_logits[places]) for fit in fits]
    profile = profile_of(plan, replace(data, test=test), fits, maps, answers)
    (few,) = [warning.values for warning in profile.warnings if warning.code == "costs.few_images"]
    assert (few["name"], few["count"]) == ("c", 3)


@pytest.fixture(scope="module")
def decided():
    return decisions_of(impact.Arms(*study()[:4]), study()[4])


def test_models_that_cost_more_than_none_are_warned_of(decided, monkeypatch):
    result = notices(decided, monkeypatch, (900, 800), (700, 800))
    (notice,) = [notice for notice in result if notice.code == "costs.blind_lower"]
    assert notice.values["blind"] == pytest.approx(1000 * 80 / 120)  # all are called a defect
    assert (notice.values["name"], notice.values["baseline_cost"]) == ("b", 800.0)


def notices(decided, monkeypatch, baseline, rotation, **changes):
    """Return the notices where arms cost as told: by fitted decisions, then by plain ones."""
    costs = {"baseline": baseline, "rotation": rotation}
    monkeypatch.setattr(
        decided, "cost", lambda label, plain=False: np.full((4, 3), float(costs[label][plain]))
    )
    values = {"strategy": "rotation", "question": "gain_cost", "low": 1.0, "high": 3.0}
    values |= {"p_adjusted": 0.001} | changes
    return cost_notices(decided, [Effect(estimate=0.0, **values).with_finding(0.05)])


def test_fitted_decisions_that_cost_more_are_warned_of(decided, monkeypatch):
    higher = Notice.of("costs.plain_lower", fitted=386.0, plain=211.0)
    assert notices(decided, monkeypatch, (386, 211), (300, 200)) == [higher]
    assert notices(decided, monkeypatch, (211, 386), (200, 300)) == []
    assert notices(decided, monkeypatch, (211, 211), (200, 200)) == []


def test_a_saving_that_plain_decisions_turn_over_is_warned_of(decided, monkeypatch):
    (notice,) = notices(decided, monkeypatch, (255, 300), (211, 386))
    assert notice.code == "costs.fitted_decides"
    assert notice.values == {
        "strategy": "rotation", "fitted": 211.0, "fitted_baseline": 255.0,
        "plain": 386.0, "plain_baseline": 300.0,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("rotation", "changes"),
    [
        ((211, 290), {}),  # less by both
        ((211, 386), {"p_adjusted": 0.2}),  # not beyond noise
        ((211, 386), {"low": -1.0}),  # its interval holds none
        ((211, 386), {"low": None, "high": None}),
    ],
)
def test_a_saving_that_is_none_or_holds_is_not_warned_of(decided, monkeypatch, rotation, changes):
    assert notices(decided, monkeypatch, (255, 300), rotation, **changes) == []


def test_a_study_without_costs_says_nothing_of_them():
    plan, data, fits, maps, answers = study()
    plain = Plan.make(plan.model_dump() | {"costs": None})
    profile = profile_of(plain, data, fits, maps, answers)
    assert profile.costs is None
    assert profile.cost_correlations == ()
    assert "gain_cost" not in {effect.question for effect in profile.effects}
    assert "cost" not in profile.points
    text = html(Report(profile))
    assert "What it saves" not in text
    assert "cost rises" not in text
    codes = {reason.code for strategy in profile.strategies for reason in strategy.reasons}
    assert not any(code.startswith("cost.") for code in codes)


# ---- the interval


def coverage(studies: int, rare: int, blocks=None) -> float:
    """Return how often intervals hold a saving of which it is known that it is 0.

    Both arms make mistakes by the same law, that of rare defects more often and dearer. An
    image may be hard for all models, or for those of one arm.
    """
    labels = np.repeat([0, 1], [160, rare])
    weights = (np.array([0.95, 0.05]) / (np.bincount(labels) / len(labels)))[labels]
    threshold, price = np.array([-1.6, -0.7])[labels], np.array([1, 20])[labels]
    hits = 0
    for seed in range(studies):
        rng = np.random.default_rng(seed)
        together, split = rng.normal(0, 0.7, len(labels)), rng.normal(0, 0.3, 4)

        def paid(models, rng=rng, together=together, split=split):
            of_model = rng.normal(0, 0.2, (models, 1))
            if blocks is not None:
                of_model += split[np.arange(models) % 4][:, None]
            hard = together + rng.normal(0, 0.4, len(labels))
            noise = rng.normal(size=(models, len(labels))) + hard + of_model
            return 1000 * weights * price * (noise < threshold)

        values = np.concatenate([-paid(8), -paid(4)])
        models, contrasts = groups([8, 4], blocks), against(2)
        image, count = OtherImages(values, classes=labels).part(models, contrasts)
        result = contrast(values.mean(axis=1), models, contrasts, image, count)
        limits = decide(result, 0.05)
        hits += limits.low[0] <= 0 <= limits.high[0]
    return hits / studies


@pytest.mark.slow
@pytest.mark.parametrize("rare", [20, 60])
@pytest.mark.parametrize("blocks", [None, [0, 1, 2, 3] * 3])
def test_intervals_of_savings_hold_the_truth(rare, blocks):
    share = coverage(400, rare, blocks)
    assert 0.92 <= share <= 0.985, share
