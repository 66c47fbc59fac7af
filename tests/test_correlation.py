"""Rank correlations: against other programs, by all orders, largest of several."""

import numpy as np
import pytest

from cam_augment.statistics import (
    leave_one_out,
    max_statistic,
    rank_correlation,
)


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
