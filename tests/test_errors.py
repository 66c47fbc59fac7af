"""Misses against false alarms: thresholds, curves, and how they are drawn."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import softmax
from sklearn.metrics import roc_curve

from cam_augment import impact
from cam_augment.impact.predictions.errors import RATES, error_curves, good_class
from cam_augment.plan import Plan
from cam_augment.records import DataSet, Fit, Split
from cam_augment.report.decision import errors
from cam_augment.report.decision.errors import HEIGHT, WIDTH
from cam_augment.statistics.misses import defect_scores, least_misses
from tests.profiles import example_profile

COSTS = {"miss": 20, "false_alarm": 1, "good": "a"}


@given(st.integers(0, 2**31), st.integers(1, 3))
@settings(max_examples=40, deadline=None)
def test_misses_are_those_of_the_roc_curve(seed, digits):
    """Held against scikit-learn; scores of few digits are often equal."""
    rng = np.random.default_rng(seed)
    labels = np.append(rng.integers(0, 2, 40), [0, 1])
    scores = np.round(rng.normal(size=42) + labels, digits)
    alarms, hits, _ = roc_curve(labels, scores, drop_intermediate=False)
    expected = [1 - hits[alarms <= rate + 1e-12].max() for rate in RATES]
    assert least_misses(scores, labels, 0, RATES)[1] == pytest.approx(expected)


def test_each_class_of_defects_is_missed_by_itself():
    shares = least_misses([0, 1, 2, 3, 0.5], [0, 0, 1, 2, 2], 0, [0, 0.5, 1])
    assert shares[1].tolist() == [0, 0, 0]
    assert shares[2].tolist() == [0.5, 0, 0]
    assert np.isnan(shares[0]).all()


def test_scores_are_the_odds_of_a_defect():
    logits = np.random.default_rng(2).normal(size=(30, 4))
    chances = softmax(logits, axis=1)
    odds = np.log((1 - chances[:, 2]) / chances[:, 2])
    assert defect_scores(logits, good=2) == pytest.approx(odds)


# ---- curves of a study


def study(fields=None, classes="ab", masks=None):
    """Simulated models of a study, and its data."""
    plan = Plan.make({"strategies": ["identity", "rotation"]} | (fields or {}))
    rng, count = np.random.default_rng(4), len(classes)
    labels = np.arange(60) % count
    split = Split(np.zeros((60, 4, 4, 1), np.float32), labels, masks)
    data = DataSet("x", tuple(classes), split, split, split, split)
    fits = [
        Fit(run, logits := (rng.normal(size=(60, count)) + 1.5 * np.eye(count)[labels]).astype(
            np.float32), logits, {}, 1.0, {})
        for run in plan.runs()
    ]  # fmt: skip
    return impact.Arms(plan, data, fits, {})


def test_curves_are_per_thousand_parts_of_production():
    arms = study({"costs": COSTS, "parts": {"a": 0.9}})
    curves = error_curves(arms, impact.model_decisions(arms, {}))
    assert (curves.good, curves.false_alarms[0], curves.false_alarms[-1]) == ("a", 0, 900)
    first = curves.arms[1]
    fit = arms.fits("identity")[2]
    scores, labels = np.diff(fit.test_logits)[:, 0], arms.data.test.labels
    for place in (0, 20, 40):
        threshold = np.append(np.sort(scores[labels == 0])[::-1], -np.inf)[int(30 * RATES[place])]
        missed = 100 * (scores[labels == 1] <= threshold).mean()
        assert first.misses[2][place] == pytest.approx(missed, abs=1e-3)
    assert all(np.all(np.diff(seed) <= 0) for arm in curves.arms for seed in arm.misses)


def test_the_point_is_where_the_arm_is_judged():
    arms = study({"costs": COSTS})
    decisions = impact.model_decisions(arms, {})
    curves = error_curves(arms, decisions)
    costs = {arm.arm: arm for arm in impact.expected_costs(decisions).arms}
    for arm in curves.arms:
        judged = [costs[arm.arm].judged(name) for name in ("false_alarms", "misses")]
        assert arm.point == pytest.approx(judged)


def test_without_costs_the_likeliest_class_is_decided_for():
    arms = study()
    (baselines, *_) = error_curves(arms, None).arms
    wrong = [fit.test_logits.argmax(1) != arms.data.test.labels for fit in arms.baselines]
    assert sum(baselines.point) == pytest.approx(1000 * np.mean(wrong))


def test_a_rotating_test_part_judges_each_model_on_its_own_images():
    from dataclasses import replace

    arms = study()
    flipped = [replace(fit, test_labels=1 - arms.data.test.labels) for fit in arms.baselines]
    arms._fits["baseline"] = flipped
    (baselines, *_) = error_curves(arms, None).arms
    right = [fit.test_logits.argmax(1) == arms.data.test.labels for fit in flipped]
    assert sum(baselines.point) == pytest.approx(1000 * np.mean(right))


MARKS = np.arange(60)[:, None, None] % 3 != 1


@pytest.mark.parametrize(
    ("fields", "classes", "masks", "good"),
    [
        ({"costs": COSTS}, "ba", None, 1),
        ({}, "ab", None, 0),
        ({}, "abc", None, None),
        ({}, "abc", np.broadcast_to(MARKS, (60, 4, 4)), 1),
        ({}, "abc", np.zeros((60, 4, 4), bool), None),
        ({"costs": {"b": {"a": 5}}}, "abc", None, None),
        ({"costs": {"b": {"a": 5}}}, "ab", None, 0),
    ],
)
def test_the_good_class_is_named_or_bears_no_marks(fields, classes, masks, good):
    arms = study(fields, classes, masks)
    assert good_class(arms.plan, arms.data) == good
    if good is None:
        assert error_curves(arms, None) is None


# ---- as drawn


def places(path: str) -> np.ndarray:
    """The corners of a path, float [corner, 2]."""
    return np.array([corner.split() for corner in path[1:].split("L")], float)


def test_the_equal_line_touches_the_baselines_and_costs_the_same_all_along():
    profile = example_profile(masked=True)
    chart = errors.charts(profile)["shear"]
    (x, y), (z, w) = places(chart.equal)
    assert (x, w) == (0, HEIGHT)
    curve = places(chart.lines[0].mean)
    above = y + (w - y) * curve[:, 0] / z - curve[:, 1]  # places grow downwards
    assert above.min() == pytest.approx(0, abs=0.2)
    curves = profile.errors
    means = np.mean(curves.arms[0].misses, axis=0)
    least = (50 * means + curves.false_alarms).min()
    tick = chart.ticks_across[-1]
    assert z == pytest.approx(least * tick.place / float(tick.text), rel=0.02)


def test_marks_and_ticks_are_inside_the_frame():
    profile = example_profile(masked=True)
    for chart in (errors.overview(profile), *errors.charts(profile).values()):
        assert all(0 <= x <= WIDTH and 0 <= y <= HEIGHT for line in chart.lines
                   for x, y in [line.point])  # fmt: skip
        assert 2 <= len(chart.ticks_across) <= 7
        assert all(0 <= mark.place <= WIDTH for mark in chart.ticks_across)
    assert len(errors.overview(profile).lines) == len(profile.arms)


def test_a_profile_without_curves_draws_none():
    assert errors.overview(example_profile()) is None
    assert errors.charts(example_profile()) == {}
    assert errors.legend(example_profile()) == ""


def test_the_legend_says_by_which_rule_the_marks_are():
    """With costs an arm may be marked by another rule than recalls and verdicts are of."""
    profile = example_profile(masked=True)
    assert "by the rule that costs this arm less" in errors.legend(profile)
    unfitted = profile.costs.model_copy(update={"fitted": False})
    for costs in (None, unfitted):
        said = errors.legend(profile.model_copy(update={"costs": costs}))
        assert "own decisions, for the likeliest class" in said
        assert "costs this arm less" not in said
