"""The league table: strategies against each other, from the arms of a study."""

import numpy as np
import pytest

from cam_augment.impact.arms import Arms
from cam_augment.impact.predictions.league import league_of
from cam_augment.impact.scored import Scored, scored
from cam_augment.plan import BASELINE, Strategy
from cam_augment.report.tables.league import league, pairs
from tests.arms import arms_of
from tests.profiles import example_profile

IMAGES = 400


def arms(gains: dict[str, float], models: int = 4, folds: int | None = None) -> Arms:
    """Models whose chance of being right is given."""
    rng = np.random.default_rng(0)
    right = {
        label: (rng.random((2 * models if label == BASELINE else models, IMAGES)) < 0.7 + gain)
        for label, gain in gains.items()
    }
    logits = {label: np.stack([of_arm, ~of_arm], axis=2) * 1.0 for label, of_arm in right.items()}
    return arms_of(logits, np.zeros(IMAGES, int), folds)


def ranked(study):
    """Return the league of a study in the score that decides."""
    return league_of(study, scored(study, study.plan.gain))


def accuracies(right: dict[str, np.ndarray]) -> Scored:
    return Scored({label: runs.mean(axis=1) for label, runs in right.items()}, right)


GAINS = {BASELINE: 0.0, "identity": 0.0, "rotation": 0.2, "zoom": 0.19, "shear": -0.2}


@pytest.mark.parametrize("folds", [None, 2])
def test_what_is_sure_is_ranked_and_what_is_not_shares_its_ranks(folds):
    result = ranked(arms(GAINS, folds=folds))
    ranks = {rank.strategy: rank for rank in result.ranks}
    assert set(ranks) == {"rotation", "zoom", "shear"}  # the control is not ranked
    assert (ranks["rotation"].best, ranks["rotation"].worst) == (1, 2)
    assert (ranks["zoom"].best, ranks["zoom"].worst) == (1, 2)
    assert (ranks["shear"].best, ranks["shear"].worst) == (3, 3)
    assert ranks["rotation"].ahead_of == ranks["zoom"].ahead_of == ("shear",)
    assert [rank.gain for rank in result.ranks] == sorted(
        (r.gain for r in result.ranks), reverse=True
    )
    first = result.pairs[0]
    assert (first.first, first.second) == ("rotation", "zoom")
    assert first.low < 0 < first.high
    assert first.difference == pytest.approx(ranks["rotation"].gain - ranks["zoom"].gain)


@pytest.mark.parametrize("name", ["balanced_accuracy", "macro_f1"])
def test_strategies_are_ranked_by_the_score_that_decides(name):
    study = arms(GAINS)
    study.plan = study.plan.model_copy(update={"gain": name})
    result = ranked(study)
    score = {label: scored(study, name).values[label].mean() for label in GAINS}
    for pair in result.pairs:
        assert pair.difference == pytest.approx(score[pair.first] - score[pair.second])
    for rank in result.ranks:
        assert rank.gain == pytest.approx(score[rank.strategy] - score[BASELINE])


def test_one_strategy_has_no_league():
    assert ranked(arms({BASELINE: 0.0, "identity": 0.0, "rotation": 0.1})) is None
    assert ranked(arms(GAINS, models=1)) is None


def test_too_many_strategies_are_not_compared_two_by_two(monkeypatch):
    monkeypatch.setattr("cam_augment.impact.predictions.league.MOST_STRATEGIES", 2)
    assert ranked(arms(GAINS)) is None
    assert ranked(arms({k: v for k, v in GAINS.items() if k != "shear"})) is not None


def test_a_collapsed_arm_does_not_blur_the_others():
    """Its models differ wildly; the interval of the other pair stays as narrow."""
    study = arms(GAINS)
    right = {label: study.right(label) for label in GAINS}
    wild = right | {"shear": right["shear"] * np.array([[1.0], [0.0], [1.0], [0.2]])}
    widths = [
        pair.high - pair.low
        for result in (league_of(study, accuracies(each)) for each in (right, wild))
        for pair in result.pairs
        if (pair.first, pair.second) == ("rotation", "zoom")
    ]
    assert widths[1] == pytest.approx(widths[0], rel=0.2)


def test_the_tables_show_ranks_and_pairs():
    profile = example_profile()
    ranks, differences = league(profile), pairs(profile)
    assert len(ranks.rows) == 9
    assert len(differences.rows) == 36
    best = ranks.records()[0]
    view = {view.title: view.text(best) for view in ranks.views}
    assert view["Rank"] == f"{best['best']} to {best['worst']}"
    assert view["Surely better than"] == "horizontal_flip"
    marks = [differences.views[2].mark(row) for row in differences.records()]
    assert marks.count("beyond") == 8
    bare = profile.model_copy(update={"league": None})
    assert league(bare) is pairs(bare) is None


@pytest.mark.parametrize(
    ("text", "nothing"), [("identity", True), ("identity+identity", True), ("rotation", False),
                          ("identity+rotation", False), ("baseline", False)]
)  # fmt: skip
def test_the_control_is_what_changes_nothing(text, nothing):
    assert Strategy.parse(text).changes_nothing is nothing
