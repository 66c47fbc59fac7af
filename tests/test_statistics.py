"""Tests by relabelling whole models, and corrections: exact, of the right size, with power."""

from math import comb

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cam_augment.metrics.compare import distance, prepare
from cam_augment.metrics.grid import interpolation
from cam_augment.registry import METRICS
from cam_augment.statistics import (
    agreement_test,
    benjamini_hochberg,
    difference_test,
    energy_test,
    holm,
    leave_one_out,
    max_statistic,
    rank_correlation,
    relabellings,
    smallest_adjusted_p,
    smallest_p,
)
from tests import statistics_twins as twins

BASELINES, SEEDS = 8, 4


def fields(rng, *shape):
    """Smooth random fields [..., 7, 7] of unit variance at their nodes."""
    weights = interpolation(3, 7)
    return weights @ rng.normal(size=(*shape, 3, 3)) @ weights.T


def study(rng, shift=0.0, images=100, n_a=SEEDS, n_b=BASELINES):
    """Simulated distances [model, model, image] through the real Pearson metric.

    A map is what its image shows, plus what its model always does (seed noise), plus what
    its model does on this image; the strategy adds one field of its own.
    """
    common = 2 + fields(rng, images)
    maps = common + 0.5 * fields(rng, n_a + n_b, 1) + 0.5 * fields(rng, n_a + n_b, images)
    maps[:n_a] += shift * np.cos(np.arange(7))
    ready = [prepare("pearson", np.maximum(0, model)) for model in maps]
    values = np.zeros((n_a + n_b, n_a + n_b, images))
    for i, j in zip(*np.triu_indices(n_a + n_b, 1), strict=True):
        values[i, j] = values[j, i] = distance("pearson", METRICS["pearson"](ready[i], ready[j]))
    return values


def symmetric(rng, n):
    half = np.triu(rng.random((n, n)), 1)
    return half + half.T


def within_three_standard_errors(rejected, level=0.05):
    rate = np.mean(rejected)
    return abs(rate - level) <= 3 * np.sqrt(level * (1 - level) / len(rejected))


class TestRelabellings:
    @pytest.mark.parametrize(("n_a", "n_b"), [(1, 1), (2, 3), (4, 4), (8, 8)])
    def test_all_are_listed_once_and_the_observed_first(self, n_a, n_b):
        labels = relabellings(n_a, n_b)
        assert labels.shape == (comb(n_a + n_b, n_a), n_a + n_b)
        assert (labels.sum(axis=1) == n_a).all()
        assert len(np.unique(labels, axis=0)) == len(labels)
        np.testing.assert_array_equal(labels[0], np.arange(n_a + n_b) < n_a)

    def test_beyond_the_limit_they_are_drawn_evenly(self):
        labels = relabellings(4, 8, limit=400, seed=1)
        assert labels.shape == (400, 12)
        assert (labels.sum(axis=1) == 4).all()
        np.testing.assert_array_equal(labels[0], np.arange(12) < 4)
        np.testing.assert_allclose(labels[1:].mean(axis=0), 1 / 3, atol=4 * np.sqrt(2 / 9 / 399))
        np.testing.assert_array_equal(labels, relabellings(4, 8, limit=400, seed=1))

    def test_a_sampled_p_is_near_the_exact_one(self):
        exact = energy_test(symmetric(np.random.default_rng(0), 12), 4)
        sampled = energy_test(symmetric(np.random.default_rng(0), 12), 4, limit=300)
        assert exact.exact
        assert exact.standard_error == 0
        assert not sampled.exact
        assert abs(sampled.p - exact.p) < 4 * sampled.standard_error
        assert sampled.smallest_p == 1 / 300


class TestExactness:
    @pytest.mark.parametrize(("n_a", "n_b"), [(3, 5), (4, 4), (2, 6)])
    @pytest.mark.parametrize("seed", range(3))
    def test_energy_and_agreement(self, n_a, n_b, seed):
        d = symmetric(np.random.default_rng(seed), n_a + n_b)
        result, changed = energy_test(d, n_a), agreement_test(d, n_a)
        floor, between, within = twins.excess(d.tolist(), tuple(range(n_a)))
        assert (result.floor, result.between, result.within) == pytest.approx(
            (floor, between, within)
        )
        assert result.excess == pytest.approx(2 * between - floor - within)
        assert changed.estimate == pytest.approx(within - floor)
        assert result.p == pytest.approx(twins.energy_p(d.tolist(), n_a))
        assert changed.p == pytest.approx(twins.agreement_p(d.tolist(), n_a))

    @pytest.mark.parametrize(("n_a", "n_b"), [(3, 5), (4, 4), (1, 6)])
    @pytest.mark.parametrize("seed", range(3))
    def test_difference_with_ties(self, n_a, n_b, seed):
        values = np.random.default_rng(seed).integers(0, 6, n_a + n_b) / 2500 + 0.9
        result = difference_test(values[:n_a], values[n_a:])
        assert result.p == pytest.approx(twins.difference_p(values.tolist(), n_a))
        assert result.estimate == pytest.approx(values[:n_a].mean() - values[n_a:].mean())

    def test_difference_against_an_oracle(self):
        from scipy.stats import permutation_test

        a, b = np.random.default_rng(0).normal(size=(2, 5))
        a = a + 0.8
        oracle = permutation_test(
            (a, b), lambda x, y: x.mean() - y.mean(), n_resamples=np.inf, vectorized=False
        )
        assert difference_test(a, b).p == pytest.approx(oracle.pvalue)

    @pytest.mark.parametrize("n", [3, 5, 6])
    def test_rank_correlation(self, n):
        x, y = np.random.default_rng(n).integers(0, 5, (2, n)) + np.eye(2, n) / 2
        result = rank_correlation(x, y)
        assert result.exact
        assert result.p == pytest.approx(twins.rank_p(x.tolist(), y.tolist()))

    def test_rank_correlation_against_an_oracle(self):
        from scipy.stats import spearmanr

        x, y = np.random.default_rng(0).normal(size=(2, 30))
        y += x / 2
        result, oracle = rank_correlation(x, y, 20_000), spearmanr(x, y)
        assert result.rho == pytest.approx(oracle.statistic)
        assert result.p == pytest.approx(oracle.pvalue, abs=0.005)
        assert not result.exact

    def test_leave_one_out(self):
        from sklearn.linear_model import LinearRegression
        from sklearn.model_selection import LeaveOneOut, cross_val_predict

        x, y = np.random.default_rng(0).normal(size=(2, 12))
        result = leave_one_out(x, y)
        assert (result.q2, result.error) == pytest.approx(twins.leave_one_out(x, y))
        predicted = cross_val_predict(LinearRegression(), x[:, None], y, cv=LeaveOneOut())
        assert result.error == pytest.approx(np.abs(y - predicted).mean())
        alone = [0.0, 0.0, 0.0, 0.0, 1.0]
        lonely = leave_one_out(alone, y[:5])
        assert (lonely.q2, lonely.error) == pytest.approx(twins.leave_one_out(alone, y[:5]))


def test_the_smallest_p_is_what_a_perfect_separation_reaches():
    for n_a, n_b in [(3, 3), (4, 4), (4, 8), (5, 5)]:
        group = np.arange(n_a + n_b) < n_a
        result = energy_test((group[:, None] != group).astype(float), n_a)
        assert result.p == result.smallest_p == smallest_p(n_a, n_b)
        far = difference_test(10 + np.arange(n_a), np.arange(n_b) / 10)
        assert far.p == far.smallest_p == smallest_p(n_a, n_b)
    assert [round(smallest_p(n, n), 3) for n in (3, 4, 5)] == [0.1, 0.029, 0.008]
    assert smallest_adjusted_p(4, 8, 10, "holm") == pytest.approx(10 / 495)
    assert smallest_adjusted_p(4, 8, 10, "bh") == pytest.approx(1 / 495)
    assert smallest_adjusted_p(3, 3, 20) == 1
    with pytest.raises(ValueError, match="received 'bonferroni'"):
        smallest_adjusted_p(3, 3, 20, "bonferroni")


class TestMultiplicity:
    @settings(max_examples=100)
    @given(st.lists(st.floats(0, 1), min_size=1, max_size=12))
    def test_against_the_twins(self, p):
        np.testing.assert_allclose(holm(p), twins.holm(p))
        np.testing.assert_allclose(benjamini_hochberg(p), twins.benjamini_hochberg(p))

    def test_against_an_oracle_and_by_hand(self):
        from scipy.stats import false_discovery_control

        p = np.random.default_rng(0).random(20) ** 3
        np.testing.assert_allclose(benjamini_hochberg(p), false_discovery_control(p))
        np.testing.assert_allclose(holm([0.01, 0.02, 0.03, 0.005]), [0.03, 0.04, 0.04, 0.02])

    @pytest.mark.parametrize("adjust", [holm, benjamini_hochberg])
    def test_missing_values_pass_and_do_not_count(self, adjust):
        result = adjust([0.01, None, 0.04, float("nan")])
        np.testing.assert_array_equal(np.isnan(result), [False, True, False, True])
        np.testing.assert_allclose(result[[0, 2]], adjust([0.01, 0.04]))
        assert np.isnan(adjust([None, None])).all()
        assert adjust([]).shape == (0,)


class TestSizeAndPower:
    def test_size_of_the_excess_shift_on_simulated_maps(self):
        rng = np.random.default_rng(1)
        result = [study(rng, images=20).mean(axis=2) for _ in range(500)]
        assert within_three_standard_errors([energy_test(d, SEEDS).p <= 0.05 for d in result])
        assert within_three_standard_errors([agreement_test(d, SEEDS).p <= 0.05 for d in result])

    @pytest.mark.slow
    @pytest.mark.parametrize(("n_a", "n_b"), [(4, 8), (4, 4), (3, 8)])
    def test_size_of_the_excess_shift_on_many_simulated_studies(self, n_a, n_b):
        rng = np.random.default_rng(11)
        d = [study(rng, images=20, n_a=n_a, n_b=n_b).mean(axis=2) for _ in range(4000)]
        # The level that this design can hold: the largest multiple of its smallest p.
        level = np.floor(0.05 / smallest_p(n_a, n_b)) * smallest_p(n_a, n_b)
        assert within_three_standard_errors([energy_test(x, n_a).p <= 0.05 for x in d], level)

    def test_power_of_the_excess_shift_on_simulated_maps(self):
        rng = np.random.default_rng(2)
        result = [study(rng, shift=0.8, images=50).mean(axis=2) for _ in range(60)]
        assert np.mean([energy_test(d, SEEDS).p <= 0.05 for d in result]) > 0.9

    def test_size_and_power_of_a_difference(self):
        rng = np.random.default_rng(3)
        null = rng.exponential(size=(1000, 12))
        assert within_three_standard_errors(
            [difference_test(x[:SEEDS], x[SEEDS:]).p <= 0.05 for x in null]
        )
        lowered = rng.normal(size=(200, 12)) + 2.5 * (np.arange(12) < SEEDS)
        assert np.mean([difference_test(x[:4], x[4:]).p <= 0.05 for x in lowered]) > 0.9

    def test_size_of_the_best_of_many_scores(self):
        rng = np.random.default_rng(5)
        rejected = [
            max_statistic(rng.normal(size=(10, 12)), rng.normal(size=12), 199, seed).min() <= 0.05
            for seed in range(400)
        ]
        assert within_three_standard_errors(rejected)


def test_what_cannot_be_tested_is_nan_and_never_significant():
    d = symmetric(np.random.default_rng(0), 6)
    assert np.isnan(energy_test(d, 1).p)
    assert energy_test(d, 1).between > 0
    d[0, 1] = d[1, 0] = np.nan
    assert np.isnan(energy_test(d, 3).p)
    assert np.isnan(agreement_test(d, 3).p)
    assert np.isnan(difference_test([], [1.0, 2.0]).p)
    assert difference_test(np.ones(3), np.ones(4)).p == 1
    with pytest.raises(ValueError, match="n_a = 6"):
        energy_test(d, 6)


@settings(max_examples=50)
@given(st.integers(0, 2**32 - 1), st.floats(0.01, 100), st.floats(-5, 5))
def test_no_test_sees_the_scale_or_the_order_of_models(seed, scale, shift):
    rng = np.random.default_rng(seed)
    d, order = symmetric(rng, 8), np.r_[rng.permutation(3), 3 + rng.permutation(5)]
    assert energy_test(scale * d[order][:, order], 3).p == energy_test(d, 3).p
    x = rng.integers(0, 5, 8) / 4
    moved = scale * x[order] + shift
    assert difference_test(moved[:3], moved[3:]).p == difference_test(x[:3], x[3:]).p


def test_the_excess_shift_by_pearson_is_the_distance_of_the_mean_standardised_maps():
    rng = np.random.default_rng(6)
    maps = rng.normal(size=(9, 49)) + np.repeat([0, 1], [4, 5])[:, None] * rng.normal(size=49)
    z = (maps - maps.mean(axis=1, keepdims=True)) / maps.std(axis=1, keepdims=True)
    a, b = z[:4], z[4:]

    def unbiased(arm: np.ndarray) -> float:
        """The mean product of two different models: the squared mean map without bias."""
        total = (arm.sum(axis=0) ** 2 - (arm**2).sum(axis=0)).mean()
        return total / (len(arm) * (len(arm) - 1))

    expected = unbiased(a) + unbiased(b) - 2 * (a.mean(axis=0) * b.mean(axis=0)).mean()
    assert energy_test(1 - np.corrcoef(maps), 4).excess == pytest.approx(expected)
