"""Families of strategies: left out, permuted and drawn whole; partial and split-half too."""

from itertools import permutations, product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import rankdata, spearmanr
from sklearn.linear_model import LinearRegression
from sklearn.model_selection import LeaveOneGroupOut, cross_val_predict

from cam_augment.statistics import (
    ceiling,
    correlation,
    error_difference,
    family_interval,
    family_orders,
    halves,
    in_families,
    leave_family_out,
    leave_one_out,
    max_statistic,
    partial_rank_correlation,
    rank_correlation,
    split_half_reliability,
)

FAMILIES, MEMBERS = 10, 3
OF = [family for family in range(FAMILIES) for _ in range(MEMBERS)]


def side(rng, families=FAMILIES):
    """A score of families that differ, and rise or fall with the magnitude each in its way."""
    level, slope = (np.repeat(rng.normal(size=families), MEMBERS) for _ in range(2))
    magnitude = np.tile(np.arange(MEMBERS), families)
    return level + slope * magnitude + 0.5 * rng.normal(size=families * MEMBERS)


def share(p, level=0.05):
    return np.mean(np.array(p) <= level)


def above(count, level=0.05):
    """The largest share of rejections that a test of the right size has, but for .5 %."""
    return level + 2.6 * np.sqrt(level * (1 - level) / count)


# ---- orders


@settings(max_examples=50)
@given(st.lists(st.sampled_from("abcde"), min_size=1, max_size=12), st.integers(0, 9))
def test_families_change_places_whole_and_members_keep_theirs(families, seed):
    orders = family_orders(families, 30, seed)
    np.testing.assert_array_equal(orders[0], np.arange(len(families)))
    places = {f: [i for i, g in enumerate(families) if g == f] for f in families}
    for order in orders:
        assert sorted(order) == list(range(len(families)))
        for family in places.values():
            assert [int(i) for i in order[family]] == places[families[order[family[0]]]]


def test_orders_are_all_there_are_or_as_many_as_asked():
    assert len(family_orders("abcd", 10)) == 24
    assert {tuple(order) for order in family_orders("abcd", 10)} == set(permutations(range(4)))
    assert len(family_orders("aabbccd", 10)) == 6
    assert len(family_orders("aabbcde", 10)) == 2 * 6
    assert len(family_orders(OF, 500)) == 501


def test_single_members_or_two_families_are_no_families():
    assert in_families("aab" + "c")
    assert not in_families("abcd")
    assert not in_families("aabb")


# ---- leaving families out


@pytest.mark.parametrize("seed", range(4))
def test_errors_are_those_of_scikit_learn(seed):
    rng = np.random.default_rng(seed)
    families = list("aaabbccccd")
    x, y = rng.normal(size=(2, 10))
    result = leave_family_out(x, y, families, np.arange(10)[None])
    predicted = cross_val_predict(
        LinearRegression(), x[:, None], y, groups=families, cv=LeaveOneGroupOut()
    )
    np.testing.assert_allclose(result.errors, y - predicted)
    means = np.array([y[[g != f for g in families]].mean() for f in families])
    assert result.q2 == pytest.approx(1 - ((y - predicted) ** 2).sum() / ((y - means) ** 2).sum())
    assert result.error == pytest.approx(np.abs(y - predicted).mean())
    assert result.error_mean == pytest.approx(np.abs(y - means).mean())


def test_with_families_of_one_it_is_leave_one_out():
    x, y = np.random.default_rng(0).normal(size=(2, 9))
    result, expected = leave_family_out(x, y, range(9), np.arange(9)[None]), leave_one_out(x, y)
    assert (result.q2, result.error) == pytest.approx((expected.q2, expected.error))


def test_a_score_without_a_slope_is_the_mean_whose_q2_is_0():
    y = np.random.default_rng(0).normal(size=8)
    result = leave_family_out(np.ones(8), y, "aabbccdd", family_orders("aabbccdd", 10))
    assert (result.q2, result.p) == (pytest.approx(0), 1)
    assert result.error == pytest.approx(result.error_mean)
    # Without family d, x is the same everywhere: there the mean is all there is.
    lonely = leave_family_out([1, 1, 1, 1, 1, 1, 1, 5], y, "aabbccdd", np.arange(8)[None])
    assert lonely.errors[-1] == pytest.approx(y[-1] - y[:6].mean())


def test_p_counts_the_orders_by_the_definition():
    rng = np.random.default_rng(3)
    x, y = rng.normal(size=(2, 8))
    families, blocks = "aabbccdd", [[0, 1], [2, 3], [4, 5], [6, 7]]
    observed = leave_family_out(x, y, families, np.arange(8)[None]).q2
    every = [
        leave_family_out(x, y[[i for b in order for i in b]], families, np.arange(8)[None]).q2
        for order in permutations(blocks)
    ]
    result = leave_family_out(x, y, families, family_orders(families, 10))
    assert result.p == pytest.approx(np.mean(np.array(every) >= observed - 1e-9))


def test_what_cannot_be_predicted_is_nan():
    few = leave_family_out([1, 2, 3], [1, 2, 3], "abc", np.arange(3)[None])
    flat = leave_family_out([1, 2, 3, 4], [1, 1, 1, 1], "aabb", np.arange(4)[None])
    one = leave_family_out([1, 2, 3, 4], [1, 2, 3, 5], "aaaa", np.arange(4)[None])
    for result in (few, flat, one):
        assert np.isnan([result.q2, result.p, result.error, result.error_mean]).all()
        assert np.isnan(result.errors).all()


@settings(max_examples=50)
@given(st.integers(0, 2**32 - 1), st.floats(0.01, 100), st.floats(-5, 5))
def test_neither_scale_nor_shift_changes_what_is_predicted(seed, scale, shift):
    x, y = np.random.default_rng(seed).normal(size=(2, 9))
    orders = family_orders("aaabbbccc", 10)
    result = leave_family_out(x, y, "aaabbbccc", orders)
    other = leave_family_out(scale * x + shift, scale * y + shift, "aaabbbccc", orders)
    assert other.q2 == pytest.approx(result.q2)
    assert other.p == result.p
    assert other.error == pytest.approx(scale * result.error)
    assert 0 < result.p <= 1


@pytest.mark.slow
def test_whole_families_keep_the_size_that_single_strategies_lose():
    """Two sides that have nothing to do with each other, in families: the size is .05."""
    rng = np.random.default_rng(0)
    by_family, single = family_orders(OF, 499), family_orders(range(len(OF)), 499)
    pairs = [(side(rng), side(rng)) for _ in range(1000)]
    q2 = [[leave_family_out(x, y, OF, o).p for o in (by_family, single)] for x, y in pairs]
    rho = [[rank_correlation(x, y, orders=o).p for o in (by_family, single)] for x, y in pairs]
    for result in (np.array(q2), np.array(rho)):
        assert share(result[:, 0]) < above(1000)
        assert share(result[:, 1]) > 0.09


def test_families_that_have_nothing_to_do_with_each_other_predict_nothing():
    """The same at a size that takes a moment."""
    rng = np.random.default_rng(5)
    orders = family_orders(OF, 99)
    result = [leave_family_out(side(rng), side(rng), OF, orders).p for _ in range(150)]
    assert share(result) < above(150)


def test_a_score_that_predicts_is_found():
    rng = np.random.default_rng(1)
    orders = family_orders(OF, 199)
    result = []
    for _ in range(40):
        x = side(rng)
        result.append(leave_family_out(x, x + side(rng) / 2, OF, orders))
    assert share([fit.p for fit in result]) > 0.9
    assert np.median([fit.q2 for fit in result]) > 0.5


# ---- errors against each other


def test_the_difference_of_errors_counts_all_signs():
    rng = np.random.default_rng(0)
    first, second = rng.normal(size=(2, 7))
    families = "aabbccd"
    differences = np.abs(first) - np.abs(second)
    sums = np.array([differences[[f == g for f in families]].sum() for g in "abcd"])
    every = [abs(np.dot(signs, sums)) for signs in product((1, -1), repeat=4)]
    difference, p = error_difference(first, second, families)
    assert difference == pytest.approx(np.abs(first).mean() - np.abs(second).mean())
    assert p == pytest.approx(np.mean(np.array(every) >= abs(sums.sum()) - 1e-9))
    assert error_difference(first, first, families) == (0, 1)
    assert np.isnan(error_difference(np.full(7, np.nan), second, families)).all()
    many = error_difference(*rng.normal(size=(2, 20)), range(20))
    assert 0 < many[1] <= 1


@pytest.mark.slow
def test_two_equal_predictors_are_rarely_told_apart_and_a_better_one_is():
    rng = np.random.default_rng(2)
    one = np.arange(len(OF))[None]

    def compared(first, second):
        y = side(rng)
        xs = [strength * y + side(rng) for strength in (first, second)]
        return error_difference(*(leave_family_out(x, y, OF, one).errors for x in xs), OF)

    assert share([compared(0.6, 0.6)[1] for _ in range(500)]) < above(500)
    better = [compared(6, 0.6) for _ in range(40)]
    assert share([p for _, p in better]) > 0.8
    assert all(difference < 0 for difference, p in better if p <= 0.05)


# ---- intervals


@pytest.mark.slow
@pytest.mark.parametrize("true", [0.0, 0.8])
def test_the_interval_by_families_covers_where_fishers_does_not(true):
    rng = np.random.default_rng(4)

    def pair(families):
        first = side(rng, families)
        return [first, true * first + np.sqrt(1 - true**2) * side(rng, families)]

    rho = spearmanr(*pair(20_000))[0]
    by_family, plain = [], []
    for _ in range(300):
        variables = pair(FAMILIES)
        low, high = family_interval(variables, OF, 0.05, 300)
        by_family.append(low <= rho <= high)
        low, high = rank_correlation(*variables, orders=np.arange(len(OF))[None]).interval
        plain.append(low <= rho <= high)
    assert abs(np.mean(by_family) - 0.95) < 0.035
    assert np.mean(plain) < 0.91


def test_the_interval_holds_rho_and_is_nan_where_families_are_too_few():
    rng = np.random.default_rng(0)
    x, y, z = (side(rng) for _ in range(3))
    low, high = family_interval([x, y], OF, 0.05, 200)
    assert -1 <= low < spearmanr(x, y)[0] < high <= 1
    assert np.isnan(family_interval([x[:6], y[:6]], "aaabbb", 0.05, 200)).all()
    assert np.isnan(family_interval([x[:9], y[:9], z[:9]], "aaabbbccc", 0.05, 200)).all()
    assert np.isnan(family_interval([np.ones(9), y[:9]], "aabbccdde", 0.05, 200)).all()


# ---- partial correlations


def residuals(target, predictors):
    design = np.column_stack([np.ones(len(target)), *predictors])
    return target - design @ np.linalg.lstsq(design, target, rcond=None)[0]


@pytest.mark.parametrize("seed", range(3))
def test_the_partial_correlation_is_that_of_residuals_of_ranks(seed):
    rng = np.random.default_rng(seed)
    x, y, *predictors = rng.integers(0, 8, size=(4, 12))
    orders = family_orders("aaabbbcccddd", 10)
    rx, ry, *rz = (rankdata(v) for v in (x, y, *predictors))
    x_rest, y_rest = residuals(rx, rz), residuals(ry, rz)

    def rho(ranks):
        return np.corrcoef(x_rest, residuals(ranks, rz))[0, 1]

    every = np.abs([rho(ry - y_rest + y_rest[order]) for order in orders])
    result = partial_rank_correlation(x, y, predictors, orders)
    assert result[0] == pytest.approx(rho(ry))
    assert result[1] == pytest.approx(np.mean(every >= every[0] - 1e-9))


def test_given_nothing_it_is_spearmans_and_given_itself_nothing_is_left():
    x, y = np.random.default_rng(0).normal(size=(2, 8))
    orders = family_orders(range(8), 10)
    result, expected = partial_rank_correlation(x, y, [], orders), rank_correlation(x, y)
    assert result == (pytest.approx(expected.rho), pytest.approx(expected.p))
    assert np.isnan(partial_rank_correlation(x, y, [x], orders)).all()
    assert np.isnan(partial_rank_correlation(x, y, [np.ones(8)], orders)).all()


def test_what_goes_with_the_gain_through_a_predictor_only_is_not_left():
    rng = np.random.default_rng(6)
    orders = family_orders(OF, 199)
    through, beside = [], []
    for _ in range(200):
        predictor, x, y = side(rng), side(rng), side(rng)
        through.append(
            partial_rank_correlation(predictor + x, predictor + y, [predictor], orders)[1]
        )
    for _ in range(40):
        predictor, x = side(rng), side(rng)
        y = predictor + x + side(rng) / 3
        beside.append(partial_rank_correlation(predictor + x, y, [predictor], orders)[1])
    assert share(through) < 0.05 + 0.05  # ranks are not lines: a little of it stays
    assert share(beside) > 0.8


# ---- reliability


def test_halves_are_equal_and_have_no_model_in_common():
    first, second = halves(5, 300, np.random.default_rng(0))
    assert first.shape == (300, 5)
    np.testing.assert_allclose([first.sum(axis=1), second.sum(axis=1)], 1)
    assert ((first > 0).sum(axis=1) == 2).all()
    assert not (first * second).any()
    assert len(np.unique(first, axis=0)) == 10
    assert np.isnan(halves(1, 3, np.random.default_rng(0))[0]).all()


def test_reliability_is_the_share_of_the_variance_that_seeds_do_not_make():
    """A half of two of four models of noise 1: the score of all four has 1 / (1 + 1/4)."""
    rng = np.random.default_rng(0)
    true = rng.normal(size=400)
    models = true[:, None] + rng.normal(size=(400, 4))
    first, second = halves(4, 20, rng)
    result = split_half_reliability(first @ models.T, second @ models.T)
    assert result == pytest.approx(0.8, abs=0.04)


def test_no_reliability_is_0_and_what_has_no_halves_is_nan():
    rng = np.random.default_rng(0)
    noise = rng.normal(size=(2, 100, 200))
    assert split_half_reliability(*noise) < 0.05
    assert split_half_reliability([[1, 2, 3]], [[3, 2, 1]]) == 0
    assert np.isnan(split_half_reliability([[1, 2]], [[1, 2]]))
    assert np.isnan(split_half_reliability([[1, 2, np.nan]], [[1, 2, 3]]))
    assert np.isnan(split_half_reliability([[1, 1, 1]], [[1, 2, 3]]))


def test_the_ceiling_is_what_noise_leaves_of_a_perfect_correlation():
    rng = np.random.default_rng(1)
    true = rng.normal(size=2000)
    sides = [true + noise * rng.normal(size=2000) for noise in (0.5, 1.0)]
    most = ceiling(1 / 1.25, 1 / 2)
    assert spearmanr(*sides)[0] == pytest.approx(most, abs=0.04)
    assert np.isnan(ceiling(np.nan, 0.5))


def test_no_p_depends_on_how_many_orders_are_taken_at_a_time(monkeypatch):
    rng = np.random.default_rng(3)
    x, y, z = rng.normal(size=(3, 12))
    scores = np.array([x, z, np.where(np.arange(12) < 10, x + z, np.nan)])
    orders = family_orders(list("aabbccddeeff"), 500)

    def all_p():
        return (
            rank_correlation(x, y, 500).p,
            max_statistic(scores, y, 500).tolist(),
            leave_family_out(x, y, list("aabbccddeeff"), orders).p,
            partial_rank_correlation(x, y, [z], orders)[1],
        )

    whole = all_p()
    monkeypatch.setattr(correlation, "BLOCK", 12 * 7)
    assert all_p() == whole
