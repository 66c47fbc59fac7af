"""Relabelling of models within folds: exact against brute force, of the right size, with power."""

from itertools import combinations, product
from math import comb, prod

import numpy as np
import pytest

from cam_augment.statistics import (
    agreement_test,
    design,
    difference_test,
    energy_interval,
    energy_test,
    relabellings,
    scalar_interval,
    smallest_adjusted_p,
    smallest_p,
)
from cam_augment.statistics.association import association_test
from tests.folds import balanced, distances, fold_effects
from tests.test_statistics import symmetric, within_three_standard_errors

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


def test_the_number_of_relabellings_is_the_product_over_folds():
    for n_a, n_b, blocks in CASES.values():
        layout = design(n_a, n_b, blocks)
        assert (
            layout.count == prod(comb(a + b, a) for a, b in layout.sizes) == len(brute(n_a, blocks))
        )
