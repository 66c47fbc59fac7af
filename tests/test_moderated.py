"""Moderated contrasts, corrections, class losses and a league: golden numbers, twins, oracles."""

import json
from pathlib import Path

import numpy as np
import pytest
import scipy.stats
from hypothesis import assume, given
from hypothesis import strategies as st

from cam_augment.statistics import needed
from cam_augment.statistics.class_losses import class_losses
from cam_augment.statistics.deciding import (
    bounds,
    decide,
    equivalence_p,
    equivalent,
    no_gain_worth_having,
)
from cam_augment.statistics.groups import against, groups, pairs
from cam_augment.statistics.league import league, studentised_range
from cam_augment.statistics.moderated import Contrasts, collapsed, contrast, moderate
from cam_augment.statistics.multiplicity import adjust, deciding_levels
from tests import statistics_twins as twins

GOLDEN = json.loads((Path(__file__).parent / "data" / "moderated.json").read_text("utf-8"))

ALPHA = 0.05


def first_golden() -> tuple[Contrasts, dict]:
    """Three arms of four models against eight baselines."""
    arms = [[2, 3, 1, 2, 4, 3, 2, 3], [3, 5, 4, 8], [6, 6, 7, 9], [1, 2, 1, 4]]
    layout = groups([len(arm) for arm in arms])
    return contrast(np.concatenate(arms), layout, against(4)), GOLDEN["golden1"]


def fourth_golden() -> tuple[Contrasts, dict]:
    """Right predictions of ten arms of four and eight baselines, of 2,500."""
    golden = GOLDEN["golden4"]
    arms = [golden["counts"][-1], *golden["counts"][:-1]]
    image = np.array(golden["image_variance"])
    layout = groups([len(arm) for arm in arms])
    values = np.concatenate(arms) / 2500
    return contrast(values, layout, against(11), image, images=2500), golden


@pytest.mark.parametrize(("case", "margin"), [(first_golden, 2.0), (fourth_golden, 0.005)])
def test_golden_numbers(case, margin):
    result, golden = case()
    decision, limits = decide(result, ALPHA), bounds(result, ALPHA)
    numbers = {
        "g": result.estimate,
        "se": result.error,
        "nu": result.df,
        "t": result.estimate / result.error,
        "p": decision.p,
        "holm": decision.p_adjusted,
        "upper": limits.high,
        "lower": limits.low,
        "tost": equivalence_p(result, margin),
    }
    for name, values in numbers.items():
        np.testing.assert_allclose(values, golden[name], rtol=1e-6, atol=1e-12, err_msg=name)


def test_golden_variances():
    for case, sizes in ((first_golden, [8, 4, 4, 4]), (fourth_golden, [8, *[4] * 10])):
        golden = case()[1]
        assert golden["D"] == sum(sizes) - len(sizes)
        assert golden["f"] == [min(6 + n - 1, golden["D"]) for n in [*sizes[1:], sizes[0]]]
    moderation = moderate([5.5, 2.0, 2.0, 2.0], np.array([3.0, 3, 3, 3]), prior_df=0)
    assert moderation.variance.tolist() == [5.5, 2.0, 2.0, 2.0]


def test_golden_class_losses():
    golden = GOLDEN["golden5"]
    gain, error, df = (np.array(golden[name]).T for name in ("recall_gain", "se", "nu"))
    result = class_losses(Contrasts(gain, error**2, df, 0 * gain), 0.02, ALPHA)
    np.testing.assert_allclose(result.p, golden["p_loses_more_than_.02"], rtol=1e-6)
    np.testing.assert_allclose(result.p_adjusted, golden["holm"], rtol=1e-6)
    np.testing.assert_array_equal(result.may.any(axis=0), np.array(golden["may_lose"]) <= ALPHA)
    np.testing.assert_array_equal(result.surely.any(axis=0), np.array(golden["holm"]) <= ALPHA)


@pytest.mark.parametrize(
    ("gain", "image", "models"),
    [(0.0051, 6.8e-7, 15), (0.001, 6.8e-7, 12), (0.0045, 2.3e-6, np.inf)],
)
def test_golden_models_still_needed(gain, image, models):
    result = needed.further_models(gain, 6.9e-6 + image, image, 19.3, 4, 0.005, ALPHA, 3)
    assert result == models


# -- twins and oracles


@st.composite
def studies(draw):
    """Draw arms' sizes, folds or none, and one number per model."""
    sizes = draw(st.lists(st.integers(3, 6), min_size=2, max_size=5))
    seed = draw(st.integers(0, 2**32 - 1))
    rng = np.random.default_rng(seed)
    scale = rng.choice([0.5, 1.0, 3.0], size=len(sizes))
    values = np.concatenate(
        [rng.normal(rng.normal(), s, n) for n, s in zip(sizes, scale, strict=True)]
    )
    fold = np.concatenate([np.arange(n) % 3 for n in sizes]) if draw(st.booleans()) else None
    return sizes, fold, values


@given(studies())
def test_a_contrast_is_its_twin(study):
    sizes, fold, values = study
    layout = groups(sizes, fold)
    assume((layout.df > 0.3).all())
    result = contrast(values, layout, against(len(sizes)), image=0.1, images=50)
    slow = twins.moderated_contrasts(values, sizes, fold, image=0.1, images=50)
    for name in ("estimate", "variance", "df"):
        np.testing.assert_allclose(getattr(result, name), slow[name], rtol=1e-7, atol=1e-9)


def test_without_a_prior_it_is_welchs_test():
    rng = np.random.default_rng(0)
    a, b = rng.normal(0, 1, 5), rng.normal(1, 3, 7)
    arms = moderate(
        groups([7, 5]).variances(np.concatenate([b, a])), np.array([6.0, 4.0]), prior_df=0
    )
    parts = arms.variance / [7, 5]
    df = parts.sum() ** 2 / (parts**2 / arms.df).sum()
    oracle = scipy.stats.ttest_ind(a, b, equal_var=False)
    assert (a.mean() - b.mean()) / np.sqrt(parts.sum()) == pytest.approx(oracle.statistic)
    assert df == pytest.approx(oracle.df)


def test_with_all_arms_alike_it_is_the_pooled_test():
    """A prior without end makes Student's t of the pooled variance."""
    values = np.array([1.0, 2, 3, 5, 7, 6, 4, 4, 8])
    variances = groups([3, 6]).variances(values)
    arms = moderate(variances, np.array([2.0, 5.0]), prior_df=1e12)
    t = (values[3:].mean() - values[:3].mean()) / np.sqrt(arms.variance @ [1 / 3, 1 / 6])
    oracle = scipy.stats.ttest_ind(values[3:], values[:3])
    assert (t, arms.df.tolist()) == (pytest.approx(oracle.statistic), [7.0, 7.0])


@pytest.mark.parametrize(("sizes", "count"), [([4, 8, 4], 2), ([5, 10, 5], 5)])
def test_folds_take_their_degrees_of_freedom_by_the_formula(sizes, count):
    folds = np.concatenate([np.arange(n) % count for n in sizes])
    total = sum(sizes)
    expected = [(n - 1) - (count - 1) * n / total for n in sizes]
    np.testing.assert_allclose(groups(sizes, folds).df, expected)


def test_what_folds_share_is_no_noise():
    folds = np.tile([0, 1], 8)
    values = np.random.default_rng(3).normal(size=16)
    layout = groups([4, 8, 4], folds)
    plain = contrast(values, layout, against(3))
    shifted = contrast(values + 10.0 * folds, layout, against(3))
    for name in ("estimate", "variance", "df"):
        np.testing.assert_allclose(getattr(plain, name), getattr(shifted, name))


def test_a_collapsed_arm_does_not_make_the_others_noisy():
    rng = np.random.default_rng(1)
    values = np.concatenate([rng.normal(0.9, 0.004, 12), rng.normal(0.5, 0.1, 4)])
    layout = groups([8, 4, 4])
    means = values @ layout.effects.T
    far = collapsed(means)
    assert far.tolist() == [False, False, True]
    without = contrast(values, layout, against(3), pooled=~far)
    alone = contrast(values[:12], groups([8, 4]), against(2))
    assert without.variance[0] == pytest.approx(alone.variance[0])
    assert contrast(values, layout, against(3)).variance[0] > 4 * without.variance[0]


@pytest.mark.parametrize(("means", "expected"), [
    ([0.93, 0.55], [False, True]),
    ([0.55, 0.93], [False, True]),
    ([0.94, 0.96, 0.54, 0.59], [False, False, True, True]),
    ([0.78, 0.91, 0.93, 0.92, 0.91], [True, False, False, False, False]),
    ([0.9], [False]),
])  # fmt: skip
def test_the_larger_camp_has_not_collapsed_and_of_two_alike_that_of_the_baselines(means, expected):
    assert collapsed(means).tolist() == expected


def test_leading_axes_are_so_many_studies():
    values = np.random.default_rng(2).normal(size=(3, 2, 16))
    result = contrast(values, groups([8, 4, 4]), against(3))
    one = contrast(values[1, 1], groups([8, 4, 4]), against(3))
    for name in ("estimate", "variance", "df"):
        np.testing.assert_allclose(getattr(result, name)[1, 1], getattr(one, name))


def test_without_any_noise_nothing_is_claimed():
    result = contrast([0.5] * 4 + [0.9] * 4, groups([4, 4]), against(2))
    decision = decide(result, ALPHA)
    assert decision.side.tolist() == [0]
    assert np.isnan(decision.low).all()
    assert not no_gain_worth_having(bounds(result, ALPHA), 1.0).any()


# -- corrections


@pytest.mark.parametrize(("method", "oracle"), [("holm", None), ("bh", "bh")])
def test_corrections_are_theirs_of_the_definition(method, oracle):
    p = np.random.default_rng(4).uniform(0, 0.2, (20, 7))
    result = adjust(p, method, others=0)
    for row, adjusted in zip(p, result, strict=True):
        np.testing.assert_allclose(adjusted, twins.adjusted(row, method))
        if oracle:
            np.testing.assert_allclose(adjusted, scipy.stats.false_discovery_control(row))


P = st.floats(1e-6, 1.0)


@given(
    p=st.lists(P, min_size=1, max_size=8),
    others=st.integers(0, 3),
    method=st.sampled_from(["holm", "bh"]),
)
def test_stopped_members_count_as_one(p, others, method):
    listed = adjust(p + [1.0] * others, method)[: len(p)]
    np.testing.assert_allclose(adjust(p, method, others), listed)
    levels = deciding_levels(p + [1.0] * others, ALPHA, method)[: len(p)]
    np.testing.assert_allclose(deciding_levels(p, ALPHA, method, others), levels)


@given(
    studies(),
    st.sampled_from(["holm", "bh"]),
    st.sampled_from([0.05, 0.025, 0.3]),
    st.integers(0, 2),
)
def test_beyond_noise_is_an_interval_that_leaves_out_zero(study, method, alpha, others):
    sizes, fold, values = study
    layout = groups(sizes, fold)
    assume((layout.df > 0.3).all())
    result = contrast(values, layout, against(len(sizes)))
    decision = decide(result, alpha, method, others)
    edge = np.minimum(abs(decision.low), abs(decision.high)) / result.error
    assume((edge > 1e-9).all())
    np.testing.assert_array_equal(decision.side == 1, decision.low > 0)
    np.testing.assert_array_equal(decision.side == -1, decision.high < 0)


@given(studies(), st.floats(0.01, 3.0), st.sampled_from([0.05, 0.025]))
def test_margins_are_the_bounds_and_the_tests(study, margin, alpha):
    sizes, fold, values = study
    layout = groups(sizes, fold)
    assume((layout.df > 0.3).all())
    result = contrast(values, layout, against(len(sizes)))
    limits, p = bounds(result, alpha), equivalence_p(result, margin)
    assume((abs(p - alpha) > 1e-9).all())
    small, inside = no_gain_worth_having(limits, margin), equivalent(limits, margin)
    np.testing.assert_array_equal(small, limits.high < margin)
    np.testing.assert_array_equal(inside, p < alpha)
    assert not (inside & ~small).any()


# -- classes


@given(st.integers(0, 2**32 - 1), st.sampled_from([0.02, 0.05]), st.sampled_from([0.05, 0.2]))
def test_class_losses_are_their_twin(seed, margin, alpha):
    rng = np.random.default_rng(seed)
    shape = (4, 3)  # classes, strategies
    of_class = Contrasts(
        rng.normal(-0.02, 0.04, shape),
        rng.uniform(1e-5, 4e-4, shape),
        rng.uniform(5, 30, shape),
        np.zeros(shape),
    )
    result, slow = (
        class_losses(of_class, margin, alpha),
        twins.class_losses(of_class, margin, alpha),
    )
    np.testing.assert_allclose(result.p, slow["p"])
    for name in ("surely", "may", "unseen"):
        np.testing.assert_array_equal(getattr(result, name), slow[name], err_msg=name)
    np.testing.assert_array_equal(result.surely.any(axis=0), result.p_adjusted <= alpha)


def test_a_class_that_all_models_agree_on_loses_nothing_surely():
    of_class = Contrasts(*(np.array([[x]]) for x in (-0.5, 0.0, np.nan, 0.0)))
    result = class_losses(of_class, 0.02, ALPHA)
    assert (result.p_adjusted, result.surely, result.may) == (1.0, False, True)
    still = class_losses(of_class._replace(estimate=np.array([[0.0]])), 0.02, ALPHA)
    assert not (still.surely | still.may | still.unseen).any()


# -- league


@pytest.mark.parametrize(
    ("probability", "arms", "df"), [(0.95, 10, 17), (0.9, 3, 6.5), (0.99, 30, 60)]
)
def test_the_studentised_range_is_scipys(probability, arms, df):
    oracle = scipy.stats.studentized_range.ppf(probability, arms, df)
    assert studentised_range(probability, arms, df) == pytest.approx(oracle, rel=1e-4)


def test_a_league_of_arms_alike_is_tukeys():
    rng = np.random.default_rng(5)
    arms = [rng.normal(mean, 1, 6) for mean in (0, 0.5, 3)]
    values, layout, contrasts = np.concatenate(arms), groups([6, 6, 6]), pairs(3)
    pooled = moderate(layout.variances(values), layout.df, prior_df=1e12)
    variance = pooled.variance @ layout.shares(contrasts).T
    result = league(
        Contrasts(contrasts @ layout.effects @ values, variance, np.full(3, 15.0), 0 * variance), 3
    )
    oracle = scipy.stats.tukey_hsd(*arms).confidence_interval()
    for pair, (i, j) in enumerate(zip(result.first, result.second, strict=True)):
        assert result.low[pair] == pytest.approx(oracle.low[i, j], rel=1e-3)
        assert result.high[pair] == pytest.approx(oracle.high[i, j], rel=1e-3)


def test_ranks_hold_what_is_sure():
    estimate = np.array([-5.0, -9.0, -4.0])  # a < b < c, all sure
    sure = league(Contrasts(estimate, np.full(3, 0.01), np.full(3, 20.0), np.zeros(3)), 3)
    assert (sure.best.tolist(), sure.worst.tolist()) == ([3, 2, 1], [3, 2, 1])
    blind = league(Contrasts(estimate, np.full(3, 100.0), np.full(3, 20.0), np.zeros(3)), 3)
    assert (blind.best.tolist(), blind.worst.tolist()) == ([1, 1, 1], [3, 3, 3])


def test_equal_models_leave_no_noise_however_sums_round():
    """0.1 times five is not half of one: the difference of equal arms must not pass for one."""
    values = np.full(13, 1 / 3)
    models = groups([8, 5])
    equal = contrast(values, models, against(2))
    assert equal.variance.tolist() == [0.0]
    assert np.isnan(bounds(equal, 0.05)).all()
    assert contrast(values + 1e-6 * np.arange(13), models, against(2)).variance > 0
