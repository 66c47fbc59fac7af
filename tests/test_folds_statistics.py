"""Statistics with folds: relabelled within, compared across, and what folds share taken off."""

from itertools import combinations, product
from math import comb, prod

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import ttest_ind, ttest_rel

from cam_augment.statistics import (
    agreement_test,
    design,
    difference_interval,
    difference_test,
    energy_interval,
    energy_test,
    relabellings,
    scalar_interval,
    smallest_adjusted_p,
    smallest_p,
    variance_components,
)
from cam_augment.statistics.association import association_test
from cam_augment.statistics.blocked import Blocked
from tests.test_statistics import symmetric, within_three_standard_errors


def balanced(folds: int, a: int, b: int) -> np.ndarray:
    """The folds of ``a`` and then ``b`` models in every fold."""
    return np.array([*range(folds)] * a + [*range(folds)] * b)


CASES = {
    "balanced": (3, 6, balanced(3, 1, 2)),
    "equal arms": (4, 4, balanced(2, 2, 2)),
    "missing runs": (3, 4, np.array([0, 1, 1, 0, 1, 1, 2])),
    "folds by name": (2, 4, np.array([7, 3, 7, 7, 3, 3])),
}


def brute(n_a, blocks):
    """Every way to name A's models that leaves each fold its number of them."""
    blocks = np.asarray(blocks)
    ways = []
    for fold in np.unique(blocks):
        members = np.flatnonzero(blocks == fold)
        ways.append(list(combinations(members.tolist(), int((members < n_a).sum()))))
    return [frozenset(sum(chosen, ())) for chosen in product(*ways)]


def share(statistic, n_a, blocks):
    observed = statistic(frozenset(range(n_a)))
    return np.mean([statistic(group) >= observed - 1e-9 for group in brute(n_a, blocks)])


def slow_means(d, blocks, group):
    """F, C and W over pairs of different folds, pair by pair."""
    pairs = {0: [], 1: [], 2: []}
    for i, j in combinations(range(len(d)), 2):
        if blocks[i] != blocks[j]:
            pairs[(i in group) + (j in group)].append(d[i][j])
    return tuple(np.mean(values) for values in pairs.values())


def slow_excess(d, blocks, group):
    floor, between, within = slow_means(d, blocks, group)
    return 2 * between - floor - within


def slow_difference(values, blocks, group):
    """The group's coefficient in value ~ group + fold, by least squares."""
    inside = [i in group for i in range(len(values))]
    dummies = (np.asarray(blocks)[:, None] == np.unique(blocks)).astype(float)
    return np.linalg.lstsq(np.column_stack([inside, dummies]), values, rcond=None)[0][0]


class TestRelabellings:
    @pytest.mark.parametrize("case", CASES)
    def test_all_products_are_listed_once_and_the_observed_first(self, case):
        n_a, n_b, blocks = CASES[case]
        labels = relabellings(n_a, n_b, blocks=blocks)
        assert [frozenset(np.flatnonzero(row).tolist()) for row in labels[:1]] == [
            frozenset(range(n_a))
        ]
        result = {frozenset(np.flatnonzero(row).tolist()) for row in labels}
        assert len(result) == len(labels)
        assert result == set(brute(n_a, blocks))

    def test_beyond_the_limit_they_are_drawn_evenly_within_folds(self):
        blocks = balanced(5, 2, 2)
        labels = relabellings(10, 10, limit=500, seed=1, blocks=blocks)
        assert labels.shape == (500, 20)
        np.testing.assert_array_equal(labels[0], np.arange(20) < 10)
        for fold in range(5):
            assert (labels[:, blocks == fold].sum(axis=1) == 2).all()
        np.testing.assert_allclose(labels[1:].mean(axis=0), 0.5, atol=4 * np.sqrt(0.25 / 499))

    def test_the_least_p_is_one_over_the_product(self):
        assert smallest_p(5, 10, blocks=balanced(5, 1, 2)) == 1 / 3**5
        assert smallest_p(5, 5, blocks=balanced(5, 1, 1)) == 2 / 2**5
        assert smallest_p(4, 8, blocks=balanced(2, 2, 4)) == 1 / comb(6, 2) ** 2
        assert smallest_p(5, 10, limit=100, blocks=balanced(5, 1, 2)) == 1 / 100
        assert smallest_adjusted_p(5, 10, 4, "holm", None, balanced(5, 1, 2)) == 4 / 243
        lost = np.delete(balanced(5, 1, 1), 0)  # not even any more, so that no swap is left
        assert smallest_p(4, 5, blocks=lost) == 1 / 2**4

    @pytest.mark.parametrize(("folds", "a", "b"), [(5, 1, 2), (3, 1, 1), (2, 2, 3)])
    def test_a_perfect_separation_reaches_it(self, folds, a, b):
        blocks, n_a = balanced(folds, a, b), folds * a
        group = np.arange(len(blocks)) < n_a
        least = smallest_p(n_a, folds * b, blocks=blocks)
        apart = (group[:, None] != group).astype(float)
        assert energy_test(apart, n_a, blocks=blocks).p == pytest.approx(least)
        values = 100.0 * blocks + 10 * group + np.arange(len(blocks)) / 100
        result = difference_test(values[:n_a], values[n_a:], blocks=blocks)
        assert result.p == result.smallest_p == pytest.approx(least)
        assert result.exact

    def test_blocks_must_be_those_of_the_models(self):
        with pytest.raises(ValueError, match=r"received \(3,\) for 2 \+ 4 models"):
            smallest_p(2, 4, blocks=[0, 1, 2])


class TestExactness:
    @pytest.mark.parametrize("case", CASES)
    @pytest.mark.parametrize("seed", range(3))
    def test_energy_and_agreement(self, case, seed):
        n_a, n_b, blocks = CASES[case]
        d = symmetric(np.random.default_rng(seed), n_a + n_b)
        result = energy_test(d, n_a, blocks=blocks)
        expected = slow_means(d, blocks, range(n_a))
        assert (result.floor, result.between, result.within) == pytest.approx(expected)
        assert result.p == pytest.approx(share(lambda g: slow_excess(d, blocks, g), n_a, blocks))
        changed = agreement_test(d, n_a, blocks=blocks)
        assert changed.estimate == pytest.approx(expected[2] - expected[0])

        def change(group):
            floor, _, within = slow_means(d, blocks, group)
            return abs(within - floor)

        assert changed.p == pytest.approx(share(change, n_a, blocks))
        assert result.exact
        assert result.smallest_p == changed.smallest_p == smallest_p(n_a, n_b, blocks=blocks)

    @pytest.mark.parametrize("case", CASES)
    @pytest.mark.parametrize("seed", range(3))
    def test_difference_with_ties(self, case, seed):
        n_a, _, blocks = CASES[case]
        values = np.random.default_rng(seed).integers(0, 6, len(blocks)) / 2500 + blocks
        result = difference_test(values[:n_a], values[n_a:], blocks=blocks)
        assert result.estimate == pytest.approx(slow_difference(values, blocks, range(n_a)))
        p = share(lambda g: abs(slow_difference(values, blocks, g)), n_a, blocks)
        assert result.p == pytest.approx(p)

    def test_nothing_missing_makes_the_plain_difference(self):
        values, blocks = np.random.default_rng(0).normal(size=15), balanced(5, 1, 2)
        result = difference_test(values[:5], values[5:], blocks=blocks)
        assert result.estimate == pytest.approx(values[:5].mean() - values[5:].mean())

    def test_an_association_is_relabelled_within_folds(self):
        rng = np.random.default_rng(5)
        n_a, _, blocks = CASES["balanced"]
        values, images = rng.normal(size=(9, 12)), 12
        places = rng.normal(size=(9, images))
        distance = np.abs(places[:, None] - places)
        result = association_test(distance, values, np.zeros(images, int), n_a, blocks=blocks)
        sides = {}
        for group in brute(n_a, blocks):
            moved = [slow_excess(distance[:, :, i], blocks, group) for i in range(images)]
            changed = [slow_difference(values[:, i], blocks, group) for i in range(images)]
            sides[group] = moved - np.mean(moved), changed - np.mean(changed)
        first, second = sides[frozenset(range(n_a))]
        sizes = np.abs([[x @ y, first @ y, x @ second] for x, y in sides.values()])
        p = (sizes >= abs(first @ second) * (1 - 1e-9)).mean(axis=0).max()
        assert result.p == pytest.approx(p)

    def test_what_cannot_be_tested_is_nan(self):
        d = symmetric(np.random.default_rng(0), 6)
        assert np.isnan(energy_test(d, 2, blocks=[0, 0, 0, 1, 0, 1]).p)  # no pair for W
        assert np.isnan(difference_test([1.0, 2], [3.0, 4], blocks=[0, 0, 1, 1]).p)
        assert np.isnan(scalar_interval([1.0, 2], [3.0, 4], blocks=[0, 0, 1, 1])).all()
        few = association_test(np.ones((4, 4, 9)), np.ones((4, 9)), np.zeros(9), 2, blocks=[0] * 4)
        assert np.isnan(few.p)
        assert np.isnan(energy_interval(d[:, :, None], 3, blocks=[0, 0, 0, 0, 1, 2])).all()

    def test_a_pair_of_one_fold_may_lack_a_distance(self):
        n_a, _, blocks = CASES["balanced"]
        d = symmetric(np.random.default_rng(0), 9)
        result = energy_test(d, n_a, blocks=blocks)
        d[0, 3] = d[3, 0] = np.nan  # both of fold 0
        assert energy_test(d, n_a, blocks=blocks) == result

    def test_a_value_that_is_missing_leaves_with_its_fold(self):
        blocks = balanced(3, 1, 2)
        values = np.random.default_rng(0).normal(size=9)
        values[4] = np.nan
        there = ~np.isnan(values)
        assert difference_test(values[:3], values[3:], blocks=blocks) == difference_test(
            values[:3], values[3:][there[3:]], blocks=blocks[there]
        )


def fold_effects(rng, blocks, size):
    """Strong effects of folds, common to both arms."""
    return size * rng.normal(size=blocks.max() + 1)[blocks]


def distances(rng, blocks, size=2.0, shift=0.0, n_a=5, places=6):
    """Distances [model, model] of points: a fold's place and a model's own."""
    folds = size * rng.normal(size=(blocks.max() + 1, places))[blocks]
    points = folds + rng.normal(size=(len(blocks), places))
    points[:n_a, 0] += shift
    return np.sqrt(((points[:, None] - points) ** 2).sum(axis=2))


class TestSizeAndPower:
    blocks = balanced(5, 1, 2)
    level = np.floor(0.05 * 243) / 243

    def test_differences_with_strong_effects_of_folds(self):
        """Within folds the size is the level; over all models it is not."""
        rng = np.random.default_rng(1)
        ps = []
        for _ in range(1000):
            x = fold_effects(rng, self.blocks, 3) + rng.normal(size=15)
            within = difference_test(x[:5], x[5:], blocks=self.blocks).p
            ps.append((within, difference_test(x[:5], x[5:]).p))
        within, over_all = np.array(ps).T <= 0.05
        assert within_three_standard_errors(within, self.level)
        assert over_all.mean() < 0.005

    def test_missing_runs_make_the_plain_test_false_and_not_this_one(self):
        rng = np.random.default_rng(2)
        blocks = np.array([0, 0, 0, 1, 0, 1, 1, 1, 1, 1])  # A is mostly of fold 0, B of fold 1
        least, ps = smallest_p(4, 6, blocks=blocks), []
        for _ in range(1000):
            x = fold_effects(rng, blocks, 3) + rng.normal(size=10)
            within = difference_test(x[:4], x[4:], blocks=blocks).p
            ps.append((within, difference_test(x[:4], x[4:]).p))
        within, over_all = np.array(ps).T
        level = np.floor(0.1 / least) * least
        assert within_three_standard_errors(within <= 0.1, level)
        assert np.mean(over_all <= 0.05) > 0.1

    def test_shifts_with_strong_effects_of_folds(self):
        rng = np.random.default_rng(3)
        result = [distances(rng, self.blocks) for _ in range(1000)]
        for test in (energy_test, agreement_test):
            rejected = [test(d, 5, blocks=self.blocks).p <= 0.05 for d in result]
            assert within_three_standard_errors(rejected, self.level)

    def test_the_excess_is_unbiased_by_folds_and_pairs_of_one_fold_would_bias_it(self):
        rng = np.random.default_rng(4)
        result = [distances(rng, self.blocks) for _ in range(1000)]
        masked = np.array([energy_test(d, 5, blocks=self.blocks).excess for d in result])
        plain = np.array([energy_test(d, 5).excess for d in result])
        assert abs(masked.mean()) < 3 * masked.std() / np.sqrt(1000)
        assert abs(plain.mean()) > 10 * plain.std() / np.sqrt(1000)

    def test_blocks_give_power(self):
        rng = np.random.default_rng(6)
        values, maps = [], []
        for _ in range(150):
            x = fold_effects(rng, self.blocks, 3) + rng.normal(size=15)
            x[:5] += 2
            d = distances(rng, self.blocks, 2, 2.5)
            values.append([difference_test(x[:5], x[5:], blocks=b).p for b in (self.blocks, None)])
            maps.append([energy_test(d, 5, blocks=b).p for b in (self.blocks, None)])
        for ps in (values, maps):
            within, over_all = (np.array(ps) <= 0.05).mean(axis=0)
            assert within > 0.8
            assert within > over_all + 0.3


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


def test_the_number_of_relabellings_is_the_product_over_folds():
    for n_a, n_b, blocks in CASES.values():
        layout = design(n_a, n_b, blocks)
        assert (
            layout.count == prod(comb(a + b, a) for a, b in layout.sizes) == len(brute(n_a, blocks))
        )
