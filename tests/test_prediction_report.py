"""The three sentences on score against gain follow their rules, and say so where nothing is."""

import tomllib
from pathlib import Path

import pytest

from cam_augment.plan import Plan
from cam_augment.report import queries
from cam_augment.report.tables.correlations import correlations, predictors
from cam_augment.report.tables.prediction import prediction
from cam_augment.statistics import in_families, smallest_adjusted_p
from tests.profiles import decided, example_profile

PLANS = Path(__file__).resolve().parent.parent / "plans"


def changed(families=False, partials=None, plan=None, **scores):
    """The example with other numbers of some scores (``primary`` for the primary one)."""
    profile = example_profile()
    rows = tuple(
        c.model_copy(update=scores.get("primary" if c.primary else c.score, {}))
        for c in profile.correlations
    )
    about = profile.gain_prediction.model_copy(update={"by_family": families, "families": 7})
    if partials is not None:
        rest = tuple(p.model_copy(update=partials) for p in about.partials)
        about = about.model_copy(update={"partials": rest})
    plan = profile.plan.model_copy(update=plan or {})
    update = {"correlations": rows, "gain_prediction": about, "plan": plan}
    return decided(profile.model_copy(update=update))


def answers(**changes):
    return [row["answer"] for row in prediction(changed(**changes)).records()]


def test_it_predicts_only_with_a_q2_above_0_and_a_small_p():
    yes = answers(primary={"q2": 0.4, "q2_p": 0.01}, families=True)[0]
    assert yes.startswith("Yes: over 10 strategies of 7 families it predicts the gain of a family")
    assert "Q² = 0.40, p = 0.010" in yes
    for numbers in ({"q2": 0.4, "q2_p": 0.2}, {"q2": -0.1, "q2_p": 0.01}, {"q2": None}):
        assert answers(primary=numbers)[0].startswith("Not seen: over 10 strategies it predicts")


def test_the_direction_is_said_only_where_the_interval_knows_it():
    def said(low, high, rho):
        return answers(primary={"low": low, "high": high, "rho": rho})[0]

    assert "leaves open even the direction" in said(-0.8, 0.4, -0.3)
    assert "the smaller the gain" in said(-0.8, -0.1, -0.5)
    assert "the larger the gain" in said(0.1, 0.8, 0.5)
    assert "direction" not in said(None, None, 0.5)
    assert "no rank correlation" in said(None, None, None)


def test_it_beats_or_is_beaten_beyond_chance_only():
    assert answers()[1].startswith("Not seen: it beats none of them beyond chance.")
    result = answers(
        affinity={"error_excess": -0.002, "error_excess_p": 0.01},
        mean={"error_excess": 0.003, "error_excess_p": 0.02},
    )[1]
    assert "It beats affinity." in result
    assert "It is beaten by the mean of the others." in result
    assert "accuracy after one epoch" in result


def test_what_was_not_asked_is_said():
    assert "not asked for (predictors)" in answers()[1]
    assert "predictors)" not in answers(plan={"predictors": True})[1]


def test_what_is_left_is_left_beyond_chance_only():
    assert answers()[2].count("nothing is seen to be left") == 2
    some = answers(partials={"rho": -0.5, "p": 0.01})[2]
    assert some.startswith("Given excess shift of predictions (KL), something is left")
    assert answers(partials={"rho": None, "p": None})[2].startswith("Not asked")


def test_the_scores_stand_by_what_they_predict_and_the_mean_among_them():
    part = correlations(changed())
    q2 = [row["q2"] for row in part.records()]
    assert q2 == sorted(q2, reverse=True)
    names = [part.views[0].text(row) for row in part.records()]
    assert "the mean of the others (to beat)" in names
    assert "excess shift by Pearson (primary)" in names
    assert "family of strategies" in correlations(changed(families=True)).caption
    marked = correlations(
        changed(primary={"q2": 0.4, "q2_p": 0.001}, affinity={"q2": 0.4, "q2_p": 0.001})
    )
    marks = {row["score"]: marked.views[7].mark(row) for row in marked.records()}
    assert [name for name, mark in marks.items() if mark] == ["excess_shift.pearson"]
    undefined = changed(affinity={"q2": None})
    assert queries.scores(undefined)[-1].score == "affinity"


def test_a_predictor_that_is_not_defined_is_a_dash():
    part = predictors(changed())
    row = next(row for row in part.records() if row["strategy"] == "mixup")
    assert row["equivariance"] is None
    assert part.views[-1].text(row) == "–"


def test_a_profile_without_it_has_no_such_tables():
    profile = example_profile().model_copy(update={"gain_prediction": None})
    assert prediction(profile) is None
    assert predictors(profile) is None
    assert correlations(profile).rows


@pytest.mark.parametrize("name", ["sweep-mnist", "sweep-fashion"])
def test_the_sweeps_have_families_of_one_size_and_can_show_something(name):
    plan = Plan.make(tomllib.loads((PLANS / f"{name}.toml").read_text("utf-8")))
    families = [s.family for s in plan.strategies]
    assert in_families(families)
    assert {families.count(f) for f in families if f != "identity"} == {3}
    assert len(families) == 31
    assert plan.predictors
    least = smallest_adjusted_p(plan.seeds, plan.baselines, len(families), plan.correction)
    assert least <= plan.alpha
