"""Intervals and variance components of models in folds."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import ttest_ind, ttest_rel

from cam_augment.statistics import (
    design,
    difference_interval,
    difference_test,
    energy_interval,
    energy_test,
    scalar_interval,
    variance_components,
)
from cam_augment.statistics.blocked import Blocked
from tests.folds import balanced, distances, fold_effects


class TestIntervals:
    def test_one_block_is_welch_and_pairs_are_the_paired_t(self):
        a, b = np.random.default_rng(0).normal(size=(2, 6)) * [[3], [1]]
        oracle = ttest_ind(a[:4], b, equal_var=False).confidence_interval(0.95)
        assert scalar_interval(a[:4], b, blocks=[0] * 10) == pytest.approx(tuple(oracle))
        paired = ttest_rel(a, b).confidence_interval(0.95)
        result = scalar_interval(a, b, blocks=balanced(6, 1, 1))
        assert result == pytest.approx(tuple(paired))
        order = np.random.default_rng(1).permutation(6)
        again = scalar_interval(a[order], b, blocks=[*order, *range(6)])
        assert again == pytest.approx(tuple(paired))

    @settings(max_examples=40)
    @given(st.integers(0, 2**32 - 1), st.integers(2, 5), st.integers(1, 3), st.integers(1, 3))
    def test_what_folds_share_counts_nothing(self, seed, folds, a, b):
        rng, blocks = np.random.default_rng(seed), balanced(folds, a, b)
        n_a, values = folds * a, rng.normal(size=len(blocks))
        moved = values + fold_effects(rng, blocks, 50)
        assert scalar_interval(moved[:n_a], moved[n_a:], blocks=blocks) == pytest.approx(
            scalar_interval(values[:n_a], values[n_a:], blocks=blocks), rel=1e-6, abs=1e-6
        )
        assert difference_test(moved[:n_a], moved[n_a:], blocks=blocks).p == (
            difference_test(values[:n_a], values[n_a:], blocks=blocks).p
        )

    @pytest.mark.parametrize("missing", [False, True])
    def test_the_variance_is_unbiased_for_arms_of_any_variance(self, missing):
        blocks, n_a = balanced(4, 2, 3), 8
        present = np.arange(20) != 9 if missing else np.ones(20, bool)
        blocks, sd = blocks[present], np.where(np.arange(20) < n_a, 3.0, 1.0)[present]
        layout = Blocked(design(n_a, len(blocks) - n_a, blocks))
        true = (layout.weights**2 * sd**2).sum()
        drawn = np.random.default_rng(0).normal(size=(len(blocks), 20_000)) * sd[:, None]
        assert layout.form(drawn).mean() == pytest.approx(true, rel=0.03)
        assert (layout.weights @ drawn).var() == pytest.approx(true, rel=0.05)

    @pytest.mark.parametrize("spread", [(1, 1), (2, 1), (1, 2)])
    @pytest.mark.parametrize(("folds", "a", "b"), [(5, 1, 2), (2, 2, 4), (5, 2, 2)])
    def test_coverage_with_strong_effects_of_folds(self, folds, a, b, spread):
        rng, blocks, n_a = np.random.default_rng(7), balanced(folds, a, b), folds * a
        sd = np.repeat(spread, [n_a, folds * b])
        covered = []
        for _ in range(800):
            x = fold_effects(rng, blocks, 3) + sd * rng.normal(size=len(blocks))
            low, high = scalar_interval(x[:n_a], x[n_a:], blocks=blocks)
            covered.append(low <= 0 <= high)
        assert 0.92 <= np.mean(covered) <= 0.975

    def test_coverage_over_models_and_images(self):
        """Effects of folds on the whole and on single images, of arms on images, of models."""
        rng, blocks = np.random.default_rng(8), balanced(5, 1, 2)
        arm = (np.arange(15) >= 5).astype(int)
        covered, images = [], 200
        for _ in range(500):
            of_arm = 0.3 * rng.normal(size=(2, images))
            x = fold_effects(rng, blocks, 0.2)[:, None] + rng.normal(size=images) + of_arm[arm]
            x = x + 0.5 * rng.normal(size=(5, images))[blocks]
            x = x + 0.05 * rng.normal(size=(15, 1)) + 0.8 * rng.normal(size=(15, images))
            low, high = difference_interval(x[:5] + 0.3, x[5:], blocks=blocks)
            covered.append(low <= 0.3 <= high)
        assert 0.92 <= np.mean(covered) <= 0.98

    def test_images_alone_and_models_alone(self):
        rng, blocks = np.random.default_rng(0), balanced(5, 1, 2)
        x = rng.normal(size=15)
        alike = np.repeat(x[:, None], 40, axis=1)
        assert difference_interval(alike[:5], alike[5:], blocks=blocks) == pytest.approx(
            scalar_interval(x[:5], x[5:], blocks=blocks)
        )
        change = rng.normal(size=400)
        a, b = np.tile(change, (5, 1)), np.zeros((10, 400))
        low, high = difference_interval(a, b, blocks=blocks)
        assert (high - low) / 2 == pytest.approx(1.966 * change.std(ddof=1) / 20, rel=1e-3)
        a[0, 7] = np.nan  # an image that one model lacks is left out
        result = difference_interval(a, b, blocks=blocks)
        rest = np.delete(a, 7, axis=1), np.delete(b, 7, axis=1)
        assert result == difference_interval(*rest, blocks=blocks)

    @pytest.mark.parametrize("blocks", [None, balanced(3, 2, 2)])
    def test_one_cluster_says_nothing_of_others(self, blocks):
        values = np.random.default_rng(0).normal(size=(12, 20))
        sides = values[:6], values[6:]
        for clusters in (np.zeros(20), np.arange(20) // 10):
            ends = difference_interval(*sides, blocks=blocks, clusters=clusters)
            assert np.isnan(ends).all() == (clusters.max() == 0)
        one = difference_interval(*(side[:, :1] for side in sides), blocks=blocks)
        assert np.isnan(one).all()

    def test_coverage_of_the_excess_shift_is_never_too_small(self):
        rng, blocks = np.random.default_rng(9), balanced(5, 1, 2)
        true = np.mean(
            [
                energy_test(distances(rng, many, 1, 3, 30), 30, limit=2, blocks=many).excess
                for many in [balanced(30, 1, 1)] * 20
            ]
        )
        covered = []
        for seed in range(200):
            d = distances(rng, blocks, 1, 3)
            values = np.repeat(d[:, :, None], 2, axis=2)
            low, high = energy_interval(values, 5, draws=200, seed=seed, blocks=blocks)
            assert (low + high) / 2 == pytest.approx(energy_test(d, 5, blocks=blocks).excess)
            covered.append(low <= true <= high)
        assert np.mean(covered) >= 0.93


class TestComponents:
    def test_against_the_closed_form_of_a_balanced_table(self):
        """Two-way analysis of variance with replicates, by its mean squares."""
        folds, arms, models = 5, 3, 2
        values = (
            np.random.default_rng(0).normal(size=(folds, arms, models))
            + 2 * np.arange(5)[:, None, None]
        )
        fold, arm, _ = np.indices(values.shape)
        grand, of_fold, of_arm = values.mean(), values.mean((1, 2)), values.mean((0, 2))
        fitted = of_fold[:, None, None] + of_arm[:, None] - grand
        freedom = values.size - folds - arms + 1
        noise = ((values - fitted) ** 2).sum() / freedom
        mean_square = arms * models * ((of_fold - grand) ** 2).sum() / (folds - 1)
        result = variance_components(values.ravel(), arm.ravel(), fold.ravel())
        assert result.noise == pytest.approx(noise)
        assert result.fold == pytest.approx((mean_square - noise) / (arms * models))
        assert result.share == pytest.approx(result.fold / (result.fold + noise))

    @pytest.mark.parametrize("missing", [False, True])
    def test_they_are_unbiased(self, missing):
        arms, folds = np.repeat([0, 0, 1, 2], 5), np.tile(range(5), 4)
        present = ~np.isin(np.arange(20), [0, 3, 12]) if missing else np.ones(20, bool)
        rng, result = np.random.default_rng(1), []
        for _ in range(1500):
            x = 5.0 * arms + 2 * rng.normal(size=5)[folds] + rng.normal(size=20)
            components = variance_components(x[present], arms[present], folds[present])
            result.append((components.fold, components.noise))
        result = np.array(result)
        errors = 3 * result.std(axis=0) / np.sqrt(len(result))
        assert (np.abs(result.mean(axis=0) - (4, 1)) < errors).all()

    @pytest.mark.parametrize("size", [0.0, 1.0])
    def test_the_interval_of_the_share_covers(self, size):
        arms, folds = np.repeat([0, 0, 1, 2], 5), np.tile(range(5), 4)
        rng, true = np.random.default_rng(2), size**2 / (size**2 + 1)
        covered = []
        for _ in range(1000):
            x = arms + size * rng.normal(size=5)[folds] + rng.normal(size=20)
            low, high = variance_components(x, arms, folds).interval
            covered.append(low <= true <= high)
        # At 0 the lower end, cut at 0, always covers.
        assert abs(np.mean(covered) - (0.975 if size == 0 else 0.95)) < 0.02

    def test_too_little_has_no_components(self):
        assert np.isnan(variance_components([1, 2, 3], [0, 1, 2], [0, 1, 2]).share)
        assert np.isnan(variance_components([1, 2, 3, 4], [0, 0, 1, 1], [0] * 4).fold)
        flat = variance_components(np.ones(8), [0] * 4 + [1] * 4, [0, 1] * 4)
        assert (flat.fold, flat.noise) == (0, 0)
        assert np.isnan(flat.share)
        assert np.isnan(variance_components(np.full(8, 0.93), [0] * 4 + [1] * 4, [0, 1] * 4).share)
