"""A study with costs from end to end."""

import os

import numpy as np
import pytest

from cam_augment.plan import Plan
from cam_augment.questions import questions_of
from cam_augment.records import (
    load_profile,
)
from cam_augment.statistics import (
    cheapest,
    offset,
    probabilities,
    temperature,
)
from cam_augment.store import Store
from cam_augment.study.run import load_data, run_study
from tests.priced import SHORT

TINY = {
    "name": "priced",
    "dataset": {
        "name": "surfaces", "size": 32, "train": 80, "validation": 24, "probe": 16, "test": 48,
    },
    "strategies": ["rotation"], "baselines": 3, "seeds": 3,
    "recipe": {"epochs": 2, "batch_size": 20}, "bootstrap": 100, "permutations": 1000,
    "metrics": ["pearson"],
}  # fmt: skip


@pytest.mark.parametrize("folds", [None, pytest.param(3, marks=pytest.mark.slow)])
@pytest.mark.usefixtures("no_workers", "no_figures")
def test_a_study_with_costs_asks_an_old_store_without_training(folds, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    plain = Plan.make(TINY | {"folds": folds})
    run_study(plain)
    trainings = sorted(path.name for path in (tmp_path / "store/trainings").iterdir())
    assert not (tmp_path / "store/validation").exists()
    times = [os.stat(path).st_mtime_ns for path in sorted((tmp_path / "store/trainings").iterdir())]
    priced = Plan.make(plain.model_dump() | {"costs": SHORT, "parts": {"clean": 0.95}})
    stale = run_study(priced, train=False)
    assert not stale.costs.fitted
    profile = run_study(priced)
    assert sorted(path.name for path in (tmp_path / "store/trainings").iterdir()) == trainings
    after = [os.stat(path).st_mtime_ns for path in sorted((tmp_path / "store/trainings").iterdir())]
    assert after == times
    assert profile.costs.fitted
    assert "costs.unfitted" in {notice.code for notice in stale.warnings}
    of_costs = ("costs.unfitted", "costs.blind_lower", "costs.plain_lower")
    others = [tuple(notice for notice in trainings.warnings if notice.code not in of_costs)
              for trainings in (stale, profile)]  # fmt: skip
    assert others[0] == others[1]
    again = load_profile("results/priced")
    assert again.costs == profile.costs
    assert (tmp_path / "results/priced/costs.csv").exists()
    data = load_data(priced)
    by_hand(priced, data, Store("store"), profile)


def by_hand(plan, data, store, profile) -> None:
    """Hold the first baseline's cost against the answers in the store."""
    from cam_augment.datasets.folds import parts_of
    from cam_augment.questions.predictions import PredictionsQuestion

    run = plan.runs()[0]
    question = questions_of(run, plan, data)[-1]
    predicted = PredictionsQuestion.on("test", run, data)
    answer = store.arrays("validation", question.key)
    learned, validation, _ = parts_of(data, run)
    np.testing.assert_array_equal(answer["labels"], validation.labels)
    assert answer["learned"].sum() == len(learned)
    heat = temperature(answer["logits"], answer["labels"], answer["learned"])
    logits = store.arrays("predictions", predicted.key)["logits"]
    shares = np.array([0.95, *[0.05 / 3] * 3])
    costs = plan.costs.matrix(data.classes)
    decided = cheapest(probabilities(logits, heat, offset(answer["learned"], shares)), costs)
    labels = data.test.labels
    paid = sum(share * costs[k, decided[labels == k]].mean() for k, share in enumerate(shares))
    assert profile.points["cost"]["baseline"][0] == pytest.approx(1000 * paid)


@pytest.mark.slow
@pytest.mark.usefixtures("no_workers")
def test_a_store_that_never_was_gives_the_same_profile(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    fields = TINY | {"costs": SHORT, "strategies": ["identity"]}
    run_study(Plan.make(fields | {"costs": None}), store="old")
    profile = run_study(Plan.make(fields), store="old")
    fresh = run_study(Plan.make(fields), store="new")
    assert fresh.costs == profile.costs
    assert fresh.effects == profile.effects
