"""Searches of few strategies, and of such as may not stand together: every plan of one to four."""

from itertools import chain, combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cam_augment.plan import Search, Strategy
from cam_augment.plan.pipelines import compatible
from cam_augment.search.additions import LEAST_DF, Rules
from cam_augment.search.explore import Task, explore
from cam_augment.search.growth import Journal
from cam_augment.search.pipelines import NOTHING
from cam_augment.search.scores import Scores
from cam_augment.search.screening import design
from cam_augment.statistics.pair_effects import pair_groups

OWN = {"rotation": 2.0, "translation": 1.0, "shear": 0.6, "zoom": 0.0}  # points, of a step
SHARED = ("contrast", "brightness", "gaussian_noise", "random_erasing", "sharpness", "hue")


def plans() -> list[list[str]]:
    """Return every plan of one to four strategies, two of which may stand together or not."""
    return [
        labels(count, clashes)
        for count in range(1, 5)
        for clashes in subsets(list(combinations(range(count), 2)))
    ]


def subsets(pairs: list) -> chain:
    return chain.from_iterable(combinations(pairs, size) for size in range(len(pairs) + 1))


def labels(count: int, clashes) -> list[str]:
    """Return strategies of which those that clash share a step, which gains nothing."""
    steps = [[name] for name in list(OWN)[:count]]
    for step, pair in zip(SHARED, clashes, strict=False):
        for place in pair:
            steps[place].append(step)
    return ["+".join(names) for names in steps]


PLANS = plans()


def test_plans_are_those_of_all_graphs():
    assert len(PLANS) == 1 + 2 + 8 + 64
    graphs = {tuple(compatible(parsed(plan)).ravel()) for plan in PLANS}
    assert len(graphs) == len(PLANS)


def parsed(names) -> list[Strategy]:
    return [Strategy.parse(name) for name in names]


@pytest.mark.parametrize("more", [0, 1, 18])
def test_what_each_adds_can_be_told_in_every_plan(more):
    """Every plan has pairs enough; those that may stand together do, with models enough."""
    for plan in PLANS:
        strategies = parsed(plan)
        count = len(plan) + 1 + LEAST_DF + more
        models = design(strategies, 2, count, 0)
        groups = pair_groups(2, np.array([m.pair for m in models if m.pair]), len(plan) + 1)
        assert groups.estimable, plan
        assert groups.df[1] >= LEAST_DF
        allowed = compatible((*strategies, NOTHING))
        assert allowed[groups.pairs[:, 0], groups.pairs[:, 1]].all()
        if more >= 18:
            assert (groups.accompanied == compatible(strategies).any(axis=0)).all(), plan


def test_of_two_each_is_alone_as_often_as_both_are_together():
    pairs = [model.pair for model in design(parsed(["rotation", "zoom"]), 0, 48, 0)]
    assert sorted(pairs.count(pair) for pair in set(pairs)) == [16, 16, 16]


def adding_up(models) -> Scores:
    """Return scores that are sums of what steps gain, with a little noise of each model."""
    noise = [np.random.default_rng([m.seed, *m.strategy.label.encode()]).normal() for m in models]
    gains = [sum(OWN.get(step.name, 0) for step in m.strategy.steps) for m in models]
    return Scores(0.9 + (np.array(gains) + 0.1 * np.array(noise)) / 100)


@settings(max_examples=8, deadline=None)
@given(st.sampled_from(PLANS), st.integers(0, 20), st.integers(0, 2))
def test_every_plan_is_searched(tmp_path_factory, plan, more, trials):
    sizes = Search(models=len(plan) + 1 + LEAST_DF + more, trials=trials, finalists=2, repeats=3)
    task = Task(parsed(plan), sizes, 6, 0, Rules(0.05, "holm"), "accuracy", 1500)
    result = explore(task, adding_up, Journal(tmp_path_factory.mktemp("j") / "j", "k"))
    assert [one.strategy for one in result.strategies] == plan
    for one in result.strategies:
        truth = OWN[one.strategy.split("+")[0]]
        assert 100 * one.estimate == pytest.approx(truth, abs=0.45), one.strategy
    assert result.strategies[0].fate == "pays"
    assert result.proposal is not None
    assert "rotation" in result.proposal
