"""Statistics tested as statistics: exactness, size, power and coverage."""

from math import comb

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cam_augment.metrics.compare import distance, prepare
from cam_augment.metrics.grid import interpolation
from cam_augment.registry import METRICS
from cam_augment.statistics import (
    agreement_interval,
    agreement_test,
    benjamini_hochberg,
    difference_interval,
    difference_test,
    energy_interval,
    energy_test,
    holm,
    leave_one_out,
    max_statistic,
    mean_interval,
    rank_correlation,
    relabellings,
    scalar_interval,
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


class TestIntervals:
    def test_coverage_over_models_and_images(self):
        rng = np.random.default_rng(6)
        covered = []
        for seed in range(300):
            image, of_arm = rng.normal(size=300), 0.3 * rng.normal(size=(2, 300))
            a, b = (
                image
                + of_arm[group]
                + 0.05 * rng.normal(size=(n, 1))
                + 0.8 * rng.normal(size=(n, 300))
                for group, n in enumerate((SEEDS, BASELINES))
            )
            low, high = difference_interval(a + 0.3, b, draws=300, seed=seed)
            covered.append(low <= 0.3 <= high)
        assert 0.91 <= np.mean(covered) <= 0.985

    def test_coverage_of_one_number_per_model(self):
        values = np.random.default_rng(7).normal(size=(1000, 12))
        intervals = [scalar_interval(x[:SEEDS], x[SEEDS:]) for x in values]
        covered = np.mean([low <= 0 <= high for low, high in intervals])
        assert abs(covered - 0.95) < 0.025

    def test_coverage_of_the_excess_shift(self):
        rng = np.random.default_rng(8)
        true = np.mean(
            [energy_test(study(rng, 0.8, 100, 25, 25).mean(2), 25, 2).excess for _ in range(8)]
        )
        intervals = [
            energy_interval(study(rng, 0.8, 100), SEEDS, draws=200, seed=seed) for seed in range(80)
        ]
        assert np.mean([low <= true <= high for low, high in intervals]) >= 0.9

    def test_where_images_carry_nothing_it_is_welch(self):
        from scipy.stats import ttest_ind

        a, b = np.random.default_rng(0).normal(size=12).reshape(2, 6)[:, :5]
        oracle = ttest_ind(a, b, equal_var=False).confidence_interval(0.95)
        assert scalar_interval(a, b) == pytest.approx((oracle.low, oracle.high))
        spread_out = [np.repeat(group[:, None], 50, axis=1) for group in (a, b)]
        result = difference_interval(*spread_out, draws=20_000)
        assert result == pytest.approx((oracle.low, oracle.high), rel=0.03)

    def test_coverage_of_one_group_over_models_and_images(self):
        """A paired difference: its own part of the image, of the model, and of both."""
        rng = np.random.default_rng(11)
        for image, model, rest in ((0.3, 0.1, 0.8), (1, 0.02, 0.3), (0.1, 0.3, 0.5)):
            covered = []
            for seed in range(200):
                values = 0.2 + image * rng.normal(size=100) + model * rng.normal(size=(8, 1))
                values = values + rest * rng.normal(size=(8, 100))
                low, high = mean_interval(values, draws=300, seed=seed)
                covered.append(low <= 0.2 <= high)
            assert 0.9 <= np.mean(covered) <= 0.99

    def test_one_group_where_images_carry_nothing_is_students_t(self):
        from scipy.stats import ttest_1samp

        a = np.random.default_rng(0).normal(size=6)
        oracle = ttest_1samp(a, 0).confidence_interval(0.95)
        result = mean_interval(np.repeat(a[:, None], 50, axis=1), draws=20_000)
        assert result == pytest.approx((oracle.low, oracle.high), rel=0.03)
        assert np.isnan(mean_interval(np.ones((1, 5)))).all()

    def test_missing_images_are_left_out(self):
        rng = np.random.default_rng(0)
        a, b = rng.normal(size=(4, 60)), rng.normal(size=(8, 60))
        whole = difference_interval(a, b)
        padded = [np.pad(x, ((0, 0), (0, 20)), constant_values=np.nan) for x in (a, b)]
        assert difference_interval(*padded) == pytest.approx(whole, rel=0.1, abs=0.03)
        a[0] = np.nan
        assert np.isnan(difference_interval(a, b)).all()

    def test_the_energy_interval_is_around_the_excess(self):
        values = study(np.random.default_rng(0), 0.8)
        low, high = energy_interval(values, SEEDS)
        assert (low + high) / 2 == pytest.approx(energy_test(values.mean(axis=2), SEEDS).excess)
        assert energy_interval(values, SEEDS) == (low, high)
        low_w, high_w = agreement_interval(values, SEEDS)
        change = agreement_test(values.mean(axis=2), SEEDS).estimate
        assert (low_w + high_w) / 2 == pytest.approx(change)
        assert low_w < high_w
        values[:, :, 7] = np.nan
        assert energy_interval(values, SEEDS) == pytest.approx((low, high), abs=0.05)

    def test_too_few_models_have_no_interval(self):
        values = study(np.random.default_rng(0), images=10)
        assert np.isnan(energy_interval(values[:9, :9], 1)).all()
        assert np.isnan(energy_interval(values[:10, :10], 2)).all()
        assert np.isnan(difference_interval(np.ones((1, 5)), np.ones((4, 5)))).all()
        assert np.isnan(scalar_interval([1.0, np.nan], [1.0, 2.0])).all()
        alike = difference_interval(np.ones((4, 5)), np.ones((4, 5)))
        assert alike == pytest.approx((0, 0), abs=1e-12)


class TestCorrelation:
    def test_the_interval_covers(self):
        rng = np.random.default_rng(10)
        x = rng.normal(size=(500, 30))
        y = 0.8 * x + 0.6 * rng.normal(size=(500, 30))
        true = 6 / np.pi * np.arcsin(0.4)
        intervals = [
            rank_correlation(*xy, permutations=1).interval for xy in zip(x, y, strict=True)
        ]
        assert abs(np.mean([low <= true <= high for low, high in intervals]) - 0.95) < 0.03

    def test_a_perfect_order_of_few_points_keeps_a_wide_interval(self):
        result = rank_correlation(range(6), range(6))
        assert result.rho == result.interval.high == 1
        assert result.interval.low < 0.9
        assert result.p == pytest.approx(2 / 720)

    def test_undefined_correlations_are_nan(self):
        assert np.isnan(rank_correlation([1, 1, 1, 1], [1, 2, 3, 4]).rho)
        assert np.isnan(rank_correlation([1, 2, np.nan], [1, 2, 3]).p)
        assert rank_correlation([1, 2, 3, np.nan], [1, 3, 2, 5]).n == 3
        p = max_statistic([[1, 1, 1, 1], [1, 2, np.nan, np.nan], [1, 2, 3, 4]], [1, 2, 3, 4])
        np.testing.assert_array_equal(np.isnan(p), [True, True, False])
        assert np.isnan(leave_one_out([1, 2, 3], [1, 2, 3]).q2)
        assert np.isnan(leave_one_out([1, 2, 3, 4], [1, 1, 1, 1]).q2)

    def test_a_score_that_is_not_defined_everywhere_is_tested_where_it_is(self):
        rng = np.random.default_rng(1)
        score, y = rng.normal(size=7), rng.normal(size=7)
        score[[1, 4]] = np.nan
        alone = rank_correlation(score, y)
        assert alone.n == 5
        assert max_statistic([score], y)[0] == pytest.approx(alone.p)

    def test_the_best_of_many_scores_is_at_least_as_doubtful_as_alone(self):
        rng = np.random.default_rng(0)
        scores, y = rng.normal(size=(10, 12)), rng.normal(size=12)
        together = max_statistic(scores, y)
        alone = np.array([rank_correlation(score, y).p for score in scores])
        assert (together >= alone - 1e-12).all()


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
