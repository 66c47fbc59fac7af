"""Designs of pairs, and what strategies add: balance, oracles, and what the numbers mean."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import stdtrit

from cam_augment.statistics import contrast, decide
from cam_augment.statistics.interactions import interactions, lack_of_fit
from cam_augment.statistics.pair_design import carried, pair_design
from cam_augment.statistics.pair_effects import pair_groups


def free(strategies: int) -> np.ndarray:
    return ~np.eye(strategies, dtype=bool)


def all_pairs(strategies: int) -> np.ndarray:
    return np.argwhere(np.triu(free(strategies), 1))


@settings(max_examples=30, deadline=None)
@given(st.integers(3, 12), st.integers(1, 60), st.integers(0, 5))
def test_each_strategy_is_carried_equally_often(strategies, models, seed):
    pairs = pair_design(free(strategies), models, seed)
    often = np.bincount(pairs.ravel(), minlength=strategies)
    assert len(pairs) == models
    assert (pairs[:, 0] < pairs[:, 1]).all()
    assert np.ptp(often) <= (2 if models == strategies else 1)  # in which all can be told, too
    if models >= strategies:
        assert np.linalg.matrix_rank(carried(pairs, strategies)) == strategies


@pytest.mark.parametrize(("strategies", "models"), [(8, 28), (8, 36), (9, 36), (10, 45), (5, 10)])
def test_pairs_repeat_only_when_all_are_there(strategies, models):
    pairs = pair_design(free(strategies), models)
    _, often = np.unique(pairs, axis=0, return_counts=True)
    assert len(often) == min(models, strategies * (strategies - 1) // 2)
    assert np.ptp(often) <= 1


def test_what_may_not_stand_together_does_not():
    allowed = free(6)
    allowed[4, 5] = allowed[5, 4] = False
    assert [4, 5] not in pair_design(allowed, 40).tolist()


def test_further_models_carry_what_stays_and_even_out():
    staying = np.array([True, True, True, True, True, False])
    before = pair_design(free(6), 9)
    rest = pair_design(free(6), 9, before=before, staying=staying)
    assert not (rest == 5).any()
    assert np.ptp(np.bincount(np.concatenate([before, rest]).ravel())[:5]) <= 1


def test_what_stands_beside_one_strategy_alone_can_be_told():
    """Of a star every strategy equally often would leave out its centre alone, and tell nothing."""
    allowed = np.zeros((6, 6), bool)
    allowed[3, :3] = allowed[4:, :4] = True  # the last two are nothing
    pairs = np.minimum(pair_design(allowed | allowed.T, 24), 4)
    assert pair_groups(2, pairs, 5).estimable
    assert (pairs == [3, 4]).all(axis=1).any()


def test_no_pair_that_is_allowed():
    with pytest.raises(ValueError, match="no pair"):
        pair_design(np.zeros((3, 3), bool), 2)


# ---- what strategies add


def test_additions_are_those_of_least_squares():
    """An oracle: the normal equations, written out, and means of single models."""
    rng = np.random.default_rng(0)
    pairs = np.concatenate([all_pairs(5), all_pairs(5)[:4]])
    groups = pair_groups(4, pairs, 5)
    values = rng.normal(size=4 + len(pairs))
    columns = carried(pairs, 5)
    n = np.linalg.solve(columns.T @ columns, columns.T @ values[4:])
    for place in range(4):
        alone = values[4:][(pairs == [place, 4]).all(axis=1)].mean() - values[:4].mean()
        half = (alone + n[place] - n[4]) / 2
        assert (groups.effects @ values)[place] == pytest.approx(half)
    assert groups.residuals(values)[4:] == pytest.approx(values[4:] - columns @ n)
    assert groups.df.tolist() == [3, len(pairs) - 5]


def test_effects_that_add_up_are_those_of_each_alone():
    pairs, truth = all_pairs(6), np.array([2.0, 1, 0, -1, 0.5, 0])
    values = np.concatenate([np.full(3, 7.0), 7 + truth[pairs].sum(axis=1)])
    assert pair_groups(3, pairs, 6).effects @ values == pytest.approx(truth[:-1])


def saturated(pairs: np.ndarray, truth: np.ndarray, most: float) -> np.ndarray:
    return most * (1 - np.exp(-truth[pairs].sum(axis=1) / most))


def test_what_does_nothing_adds_nothing_however_others_saturate():
    """The additive model with baselines as pairs of nothing would hand it what others lack."""
    truth = np.array([3.0, 2, 2, 1, 0, 0])  # the last but one does nothing
    pairs = all_pairs(6)
    values = np.concatenate([np.zeros(3), saturated(pairs, truth, 2.0)])
    additions = pair_groups(3, pairs, 6).effects @ values
    assert additions[4] == pytest.approx(0, abs=1e-9)
    both = np.concatenate([pairs, np.full((3, 2), 5)])  # baselines as such pairs
    columns = carried(both, 6)
    naive = np.linalg.pinv(columns) @ np.concatenate([values[3:], values[:3]])
    assert abs(naive[4] - naive[5]) > 0.05


def test_a_strategy_never_alone_is_known_by_its_partners():
    pairs = np.array([p for p in all_pairs(5).tolist() if p != [0, 4]])
    truth = np.array([2.0, 1, 0, -1, 0])
    values = np.concatenate([np.zeros(3), truth[pairs].sum(axis=1)])
    assert pair_groups(3, pairs, 5).effects @ values == pytest.approx(truth[:-1])


def test_a_strategy_never_beside_another_adds_its_gain_alone():
    """What others take from each other says nothing of it."""
    pairs = np.array([[0, 1], [0, 3], [1, 3], [2, 3], [2, 3]])
    truth = np.array([2.0, 1.5, 0.0, 0])
    values = np.concatenate([np.zeros(3), saturated(pairs, truth, 2.0)])
    groups = pair_groups(3, pairs, 4)
    assert groups.accompanied.tolist() == [True, True, False]
    assert groups.estimable
    assert (groups.effects @ values)[2] == pytest.approx(0, abs=1e-12)
    assert (groups.effects @ values)[0] < 2


def test_strategies_of_which_none_stands_beside_another_are_arms_of_a_study():
    """An oracle: the plain test of each against baselines."""
    pairs = np.array([[0, 2], [0, 2], [0, 2], [1, 2], [1, 2]])
    values = np.random.default_rng(4).normal(size=4 + len(pairs))
    groups = pair_groups(4, pairs, 3)
    assert groups.estimable
    assert groups.df.tolist() == [3, 3]
    alone = [values[4:7].mean(), values[7:].mean()] - values[:4].mean()
    assert groups.effects @ values == pytest.approx(alone)


@pytest.mark.parametrize("pairs", [[[0, 1], [0, 2]], [[0, 1], [1, 2]], [[0, 2], [0, 2]]])
def test_what_cannot_be_told_is_not_estimable(pairs):
    assert not pair_groups(3, np.array(pairs), 3).estimable


def test_intervals_cover_and_nothing_is_claimed_of_nothing():
    """Simulated pipelines that saturate and interact: 95 % intervals, and the level of Holm."""
    rng = np.random.default_rng(3)
    pairs = pair_design(free(9), 44)
    truth = np.array([1.33, 1.08, 0.8, 0.5, 0.3, 0, 0, -0.4, 0])
    groups = pair_groups(8, pairs, 9)
    means = np.concatenate([np.zeros(8), saturated(pairs, truth, 2.5)])
    target = groups.effects @ means
    draws = means + rng.normal(0, 0.43, (1000, len(means)))
    tested = contrast(draws, groups, np.eye(8))
    reach = np.abs(tested.estimate - target) / tested.error
    assert 0.93 < (reach <= stdtrit(tested.df, 0.975)).mean() < 0.97
    still = contrast(rng.normal(0, 0.43, draws.shape), groups, np.eye(8))
    assert (decide(still, 0.05).side != 0).any(axis=1).mean() < 0.065


# ---- interactions


def test_an_interaction_is_the_column_of_its_pair():
    """An oracle: the model with one more column, by least squares."""
    rng = np.random.default_rng(1)
    pairs = np.concatenate([all_pairs(6), all_pairs(6)[:5]])
    values = rng.normal(size=5 + len(pairs))
    result = interactions(values, pair_groups(5, pairs, 6), 0.05)
    columns = carried(pairs, 6)
    assert len(result.pairs) == 10  # none with nothing
    for place, pair in enumerate(result.pairs):
        column = (pairs == pair).all(axis=1).astype(float)
        whole = np.column_stack([columns, column])
        slope, squares, *_ = np.linalg.lstsq(whole, values[5:], rcond=None)
        assert result.estimate[place] == pytest.approx(slope[-1])
        assert result.models[place] == column.sum()
        assert squares.size


def test_lack_of_fit_is_that_of_the_analysis_of_variance():
    rng = np.random.default_rng(2)
    pairs = np.repeat(all_pairs(5), 2, axis=0)
    values = rng.normal(size=4 + len(pairs))
    fit = lack_of_fit(values, pair_groups(4, pairs, 5))
    cells = values[4:].reshape(-1, 2)
    pure = ((cells - cells.mean(axis=1, keepdims=True)) ** 2).sum()
    pure += ((values[:4] - values[:4].mean()) ** 2).sum()
    columns = carried(pairs, 5)
    residuals = values[4:] - columns @ np.linalg.lstsq(columns, values[4:], rcond=None)[0]
    lack = (residuals**2).sum() - ((cells - cells.mean(axis=1, keepdims=True)) ** 2).sum()
    assert (fit.df, fit.pure_df, fit.repeats) == (5, 13, 10)
    assert fit.ratio == pytest.approx((lack / 5) / (pure / 13))


def test_the_size_that_is_named_is_flagged_in_four_of_five():
    rng = np.random.default_rng(5)
    pairs = pair_design(free(9), 72)
    groups, flagged = pair_groups(8, pairs, 9), []
    of_pair = (pairs == [0, 1]).all(axis=1)
    for _ in range(300):
        values = rng.normal(0, 0.43, 8 + len(pairs))
        plain = interactions(values, groups, 0.05)
        place = int((plain.pairs == [0, 1]).all(axis=1).argmax())
        values[8:] += of_pair * plain.visible[place]
        result = interactions(values, groups, 0.05)
        flagged.append(result.p[place] * len(result.pairs) <= 0.05)
    assert 0.7 < np.mean(flagged) < 0.9


def test_interactions_that_are_noise_are_drawn_to_nothing():
    rng = np.random.default_rng(6)
    pairs = pair_design(free(7), 42)
    groups = pair_groups(8, pairs, 7)
    real = np.zeros(len(pairs))
    real[(pairs == [0, 1]).all(axis=1)] = 4
    shrunken, measured = [], []
    for _ in range(100):
        noise = rng.normal(0, 1, 8 + len(pairs))
        result = interactions(noise, groups, 0.05)
        shrunken.append(result.shrunken)
        measured.append(result.estimate)
    assert np.square(shrunken).mean() < np.square(measured).mean() / 5
    strong = interactions(np.concatenate([np.zeros(8), real]) + noise / 2, groups, 0.05)
    assert strong.shrunken.argmax() == (strong.pairs == [0, 1]).all(axis=1).argmax()
    assert strong.spread > 0
