"""A profile of models in folds: its numbers, its page, and a study from end to end."""

import csv
from dataclasses import replace

import numpy as np
import pytest

from cam_augment import Plan, run_study
from cam_augment.impact import Arms
from cam_augment.impact.attention.splits import pair_distances, split_noise
from cam_augment.records import load_profile
from cam_augment.report import prose, rules
from cam_augment.report.tables.splits import split_noise as table
from cam_augment.statistics import energy_test
from cam_augment.store import Store
from cam_augment.study.fits import fit_of
from cam_augment.study.requests import requests
from cam_augment.study.run import load_data
from tests.profiles import example_plan, example_profile
from tests.simulation import profile_of, simulated
from tests.test_folds import SMALL, with_fold


def study(folds=4, **options):
    """The simulated study of ``tests.simulation``, its runs in folds."""
    plan, data, fits, maps = simulated(**options)
    folded = plan.model_copy(update={"folds": folds})
    changed = [replace(f, run=with_fold(f.run, folded.fold_of(f.run.seed))) for f in fits]
    loaders = {new.run.key: maps[old.run.key] for old, new in zip(fits, changed, strict=True)}
    return folded, data, changed, loaders


def test_every_number_of_the_profile_is_of_the_stratified_design():
    plan, data, fits, maps = study(moved=2.0, better=0.35)
    profile = profile_of(plan, data, fits, maps)
    least = 1 / 3**4
    assert {e.smallest_p for e in profile.effects} == {least}
    assert profile.effect("rotation", "excess_shift.pearson").p == pytest.approx(least)
    exact = [e.p if e.relabelling_p is None else e.relabelling_p for e in profile.effects]
    assert {round(p / least, 6) % 1 for p in exact} == {0}
    rows = [i for i, arm in enumerate(profile.models) if arm in ("rotation", "baseline")]
    order = [*rows[8:], *rows[:8]]
    distance = np.array(profile.distance)[np.ix_(order, order)]
    result = energy_test(distance, 4, blocks=plan.blocks)
    rotation = next(s for s in profile.strategies if s.strategy == "rotation")
    assert (rotation.floor, rotation.between, rotation.within) == pytest.approx(
        (result.floor, result.between, result.within)
    )
    excess = profile.effect("rotation", "excess_shift.pearson")
    assert excess.estimate == pytest.approx(result.excess)
    assert excess.low < excess.estimate < excess.high


def test_a_study_with_missing_runs_is_still_judged():
    plan, data, fits, maps = study(moved=2.0)
    rest = [f for i, f in enumerate(fits) if i not in (1, 9)]  # a baseline and an identity
    profile = profile_of(plan, data, rest, maps)
    assert profile.effect("identity", "gain").smallest_p == 1 / (3 * 3 * 3)
    assert profile.effect("rotation", "gain").smallest_p == 1 / (3 * 2 * 3 * 3)
    assert profile.split_noise.models == len(rest)


def test_pairs_of_one_fold_are_held_against_pairs_of_different_folds_of_the_same_arms():
    arm, fold = np.array([0, 0, 0, 0, 1, 1]), np.array([0, 0, 1, 1, 0, 1])
    distance = np.full((6, 6), 9.0)
    for i, j, value in ((0, 1, 1), (2, 3, 3), (0, 2, 4), (0, 3, 4), (1, 2, 6), (1, 3, 6)):
        distance[i, j] = distance[j, i] = value
    # The other arm has no pair of one fold, so that its far models do not count.
    assert pair_distances(distance, arm, fold) == (2.0, 5.0, 2)
    assert np.isnan(pair_distances(distance, np.arange(6), fold)[:2]).all()


def test_split_noise_is_found_where_folds_were_made_to_differ():
    plan, data, fits, maps = study(folds=4)
    rng = np.random.default_rng(0)
    hard = rng.uniform(size=(4, len(data.test.labels))) < np.linspace(0, 0.6, 4)[:, None]
    wrong = np.eye(4)[(data.test.labels + 1) % 4]
    fits = [replace(f, test_logits=np.where(hard[f.run.fold[0]][:, None], wrong, f.test_logits))
            for f in fits]  # fmt: skip
    arms = Arms(plan, data, fits, maps)
    result = split_noise(arms, np.zeros((28, 28)))
    assert (result.folds, result.models, result.pairs) == (4, 28, 4)
    assert result.share > 0.5
    assert result.low <= result.share <= result.high
    assert split_noise(Arms(simulated()[0], data, fits, maps), np.zeros((28, 28))) is None


# ---- the report


def test_the_page_states_the_cross_validation():
    profile = example_profile()
    folded = profile.model_copy(update={"plan": example_plan(folds=4)})
    for shown, times in ((profile, 0), (folded, 1)):
        (studied,) = prose.summary(shown).paragraphs
        method = " ".join(rules.rules(shown).paragraphs)
        terms = dict(prose.terms(shown).points)
        assert studied.count("Cross-validation: each model was trained without one of 4") == times
        assert method.count("relabel whole models, within their folds, that show") == times
        assert method.count("4 models per strategy, in 4 folds") == times
        assert terms["seed noise"].count("the fold that they left out") == times


def test_the_table_says_what_is_seed_and_what_is_split():
    part = table(example_profile())
    accuracy, attention = part.records()
    cells = [[view.text(row) for view in part.views] for row in (accuracy, attention)]
    assert cells[0][1:4] == ["0.17", "0.09", "0.19"]
    assert cells[0][5].replace("\xa0", " ") == "22 % [2 %, 74 %]"
    assert cells[1][1:4] == ["0.188", "–", "0.197"]
    assert attention["share"] == pytest.approx(1 - 0.188 / 0.197)
    unknown = {"same_fold": None, "other_fold": None, "seed": None, "split": None, "share": None}
    bare = example_profile().split_noise.model_copy(update=unknown)
    empty = table(example_profile().model_copy(update={"split_noise": bare}))
    assert all(view.text(row) for row in empty.records() for view in empty.views)
    assert table(example_profile().model_copy(update={"split_noise": None})) is None


@pytest.mark.usefixtures("no_workers", "no_figures")
def test_a_study_with_folds_from_end_to_end(tmp_path):
    plan = Plan.make(SMALL)
    profile = run_study(plan, tmp_path / "out", store=tmp_path / "store")
    assert not profile.missing
    assert profile.split_noise.models == 9
    assert profile.split_noise.pairs == 3
    assert profile.split_noise.seed > 0
    assert 0 <= profile.split_noise.low <= profile.split_noise.share <= profile.split_noise.high
    assert 0 < profile.split_noise.same_fold < 2
    assert {e.smallest_p for e in profile.effects} == {1 / 27}
    assert load_profile(tmp_path / "out") == profile
    rows = list(csv.DictReader((tmp_path / "out" / "split_noise.csv").read_text().splitlines()))
    assert [row["measure"] for row in rows] == ["accuracy", "attention"]
    page = (tmp_path / "out" / "report.html").read_text("utf-8")
    assert "Split noise and seed noise" in page
    assert "without one of 3 folds" in page
    assert Plan.read(tmp_path / "out" / "plan.toml").folds == 3
    store, data = Store(tmp_path / "store"), load_data(plan)
    before = requests(plan, data, store)
    fits = [fit_of(item, store, data) for item in before]
    assert [fit.run.fold for fit in fits] == [(seed % 3, 3) for seed in (*range(6), *range(3))]
    assert {fit.environment["data"] for fit in fits} == {data.training_contents}
    again = run_study(plan, tmp_path / "again", store=tmp_path / "store", train=False)
    assert again.effects == profile.effects
    plain = Plan.make(SMALL | {"folds": None})
    assert not any(item.has_training for item in requests(plain, data, store))
