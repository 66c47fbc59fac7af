"""Intervals over models and images: by their definitions, and how often they hold the truth."""

import numpy as np
import pytest
import scipy.stats

from cam_augment.statistics import (
    agreement_interval,
    agreement_test,
    difference_interval,
    energy_interval,
    energy_test,
    mean_interval,
    scalar_interval,
)
from tests.test_statistics import BASELINES, SEEDS, study


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


# ---- images that are drawn together


@pytest.mark.parametrize("blocks", [None, [0, 1, 0, 1, 0, 1, 0, 1]])
def test_copies_of_images_that_are_drawn_together_say_no_more_than_one(blocks):
    rng = np.random.default_rng(3)
    values = rng.normal(size=(8, 12)) + rng.normal(size=12) * np.repeat([[1], [-1]], 4, axis=0)
    order = np.repeat(np.arange(12), 5)
    once = difference_interval(values[:4], values[4:], draws=400, blocks=blocks)
    many = values[:, order]
    together = difference_interval(many[:4], many[4:], draws=400, blocks=blocks, clusters=order)
    singly = difference_interval(many[:4], many[4:], draws=400, blocks=blocks)
    assert together == pytest.approx(once, rel=1e-5)
    assert singly.high - singly.low < 0.8 * (once.high - once.low)
    alone = difference_interval(
        values[:4], values[4:], draws=400, blocks=blocks, clusters=range(12)
    )
    assert alone == pytest.approx(once, rel=1e-5)


def test_pairs_of_maps_are_drawn_with_their_group():
    rng = np.random.default_rng(4)
    half = rng.random((7, 7, 10)) + 2 * rng.random(10)
    values = (half + half.transpose(1, 0, 2)) / 2
    order = np.repeat(np.arange(10), 3)
    for interval in (energy_interval, agreement_interval):
        once = interval(values, 3, draws=300)
        assert interval(values[..., order], 3, draws=300, clusters=order) == pytest.approx(
            once, rel=1e-4
        )


def test_unequal_groups_with_holes_are_held_by_a_slow_twin():
    """Whole clusters drawn, one by one: the variance of the mean over the images that are there."""
    rng = np.random.default_rng(5)
    clusters = np.repeat(np.arange(9), [1, 2, 3, 4, 5, 1, 2, 3, 4])
    values = np.tile(rng.normal(size=9)[clusters] + 0.3 * rng.normal(size=25), (6, 1))
    values[:, [3, 11]] = np.nan
    means = []
    for _ in range(20_000):
        images = np.concatenate([np.flatnonzero(clusters == c) for c in rng.integers(0, 9, 9)])
        means.append(np.nanmean(values[0, images]))
    low, high = mean_interval(values, draws=4000, clusters=clusters)
    expected = 2 * scipy.stats.t.ppf(0.975, 8) * np.std(means)
    assert high - low == pytest.approx(expected, rel=0.06)


@pytest.mark.parametrize("clusters", [None, [7] * 5])
def test_one_image_or_group_says_nothing_of_others(clusters):
    images = 1 if clusters is None else 5
    values = np.random.default_rng(0).random((7, images))
    assert np.isnan(mean_interval(values, clusters=clusters)).all()
    pairs = np.random.default_rng(0).random((7, 7, images))
    assert np.isnan(energy_interval(pairs + pairs.transpose(1, 0, 2), 3, clusters=clusters)).all()
