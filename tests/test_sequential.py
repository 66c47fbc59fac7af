"""Looks at models that come in rounds: the level is kept, and little power is lost."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import binomtest, multivariate_normal, norm
from scipy.stats import t as student

from cam_augment.statistics import (
    boundaries,
    chance_to_cross,
    difference_variance,
    energy_noise,
    energy_test,
    energy_variance,
    holm,
    image_variance,
    pooled_difference,
    pooled_energy,
    pooled_noise,
    sequential_p,
)

FRACTIONS = (0.3, 0.6, 0.8, 1.0)


def never_crossed(bounds, fractions) -> float:
    """The same chance by the multivariate normal distribution, an independent program."""
    t = np.array(fractions)
    covariance = np.sqrt(np.minimum.outer(t, t) / np.maximum.outer(t, t))
    normal = multivariate_normal(
        np.zeros(len(t)), covariance, seed=0, maxpts=2_000_000, abseps=1e-8
    )
    return float(normal.cdf(bounds))


@pytest.mark.parametrize("rho", [1.0, 2.0, 3.0])
def test_boundaries_spend_what_they_should_by_the_multivariate_normal(rho):
    found = boundaries(FRACTIONS, 0.025, rho)
    for looks in range(1, 5):
        spent = 1 - never_crossed(found[:looks], FRACTIONS[:looks])
        assert spent == pytest.approx(0.025 * FRACTIONS[looks - 1] ** rho, rel=5e-3)


def test_boundaries_of_two_halves_by_hand():
    """Golden: the first is a quantile, the second solves one bivariate integral."""
    first, second = boundaries([0.5, 1.0], 0.025)
    assert first == pytest.approx(norm.isf(0.0125), abs=1e-9)
    assert second == pytest.approx(2.1251188, abs=1e-5)


@pytest.mark.parametrize("fractions", [[], [0.5, 0.5], [0.6, 0.5], [0.0, 1.0], [0.5, 1.2]])
def test_fractions_that_do_not_rise_are_refused(fractions):
    with pytest.raises(ValueError, match="rise"):
        boundaries(fractions, 0.05)


@settings(max_examples=15, deadline=None)
@given(st.lists(st.floats(1e-9, 0.999), min_size=1, max_size=4), st.data())
def test_a_sequential_p_rejects_exactly_where_a_boundary_is_crossed(ps, data):
    fractions = FRACTIONS[: len(ps)]
    q = sequential_p(ps, fractions)
    assert 0 <= q <= 1
    for alpha in (q * 1.003, q * 0.997):
        if 1e-10 < alpha < 0.5:  # a plan's level is below a half
            crossed = (norm.isf(ps) >= boundaries(fractions, alpha)).any()
            assert crossed == (alpha > q)
    more = data.draw(st.floats(1e-9, 0.999))
    if len(ps) < 4:
        assert sequential_p([*ps, more], FRACTIONS[: len(ps) + 1]) <= q * (1 + 1e-6)


def test_looks_without_a_test_are_passed_over():
    assert np.isnan(sequential_p([np.nan], [0.5]))
    assert sequential_p([np.nan, 0.01], [0.5, 1]) >= 0.01


def test_the_chance_to_cross_is_what_simulated_futures_do():
    rng = np.random.default_rng(0)
    z, t, bound = 1.3, 0.4, 2.0
    drift = z / np.sqrt(t) + rng.standard_normal(200_000) / np.sqrt(t)  # its flat posterior
    future = z * np.sqrt(t) + drift * (1 - t) + np.sqrt(1 - t) * rng.standard_normal(200_000)
    assert chance_to_cross(z, t, bound) == pytest.approx((future >= bound).mean(), abs=0.005)


# ---- the noise of few models


def test_pooled_differences_are_student_s_t_of_two_groups():
    from scipy.stats import ttest_ind

    rng = np.random.default_rng(1)
    a, b = rng.normal(1, 1, 3), rng.normal(0, 1, 7)
    found = pooled_difference(a.mean() - b.mean(), 3, 7, pooled_noise([a, b]))
    assert found.p == pytest.approx(ttest_ind(a, b, alternative="greater").pvalue)


def test_no_noise_is_no_test():
    assert np.isnan(pooled_difference(1.0, 2, 3, pooled_noise([np.ones(2), np.zeros(3)])).p)
    assert np.isnan(pooled_energy(1.0, 2, 3, energy_noise(np.zeros((3, 3)))).p)


def twin_of_energy_noise(distance) -> float:
    """From the definition, number by number."""
    n = len(distance)
    total = 0.0
    for i in range(n):
        for j in range(n):
            if i != j:
                row = sum(distance[i][k] for k in range(n)) / (n - 2)
                column = sum(distance[k][j] for k in range(n)) / (n - 2)
                all_ = sum(map(sum, distance)) / ((n - 1) * (n - 2))
                total += (distance[i][j] - row - column + all_) ** 2
    return (total / (n * (n - 3))) ** 0.5


def halves_of_squares(models) -> np.ndarray:
    """Distances [model, model] as 1 - r of standardised maps is one: half the squared norm."""
    return ((models[:, None] - models) ** 2).sum(axis=2) / 2


def test_the_noise_of_distances_agrees_with_its_twin_and_with_its_variance():
    rng = np.random.default_rng(2)
    distance = halves_of_squares(rng.standard_normal((7, 5)))
    assert energy_noise(distance).sd == pytest.approx(twin_of_energy_noise(distance.tolist()))
    found = [
        energy_noise(halves_of_squares(rng.standard_normal((8, 30)))).sd ** 2 for _ in range(2000)
    ]
    # Centred, half a squared norm of x - y is -x.y: variance 30 for 30 dimensions.
    assert np.mean(found) == pytest.approx(30, rel=0.03)


def test_looks_at_the_excess_shift_have_independent_increments():
    rng = np.random.default_rng(3)
    shifts = []
    for _ in range(6000):
        distance = halves_of_squares(rng.standard_normal((12, 30)))
        own = [[*range(k), *range(4, 12)] for k in (2, 4)]
        shifts.append([_excess(distance[np.ix_(i, i)], len(i) - 8) for i in own])
    found = np.cov(np.array(shifts).T)
    assert found[0, 0] == pytest.approx(30 * energy_variance(2, 8), rel=0.08)
    assert found[1, 1] == pytest.approx(30 * energy_variance(4, 8), rel=0.08)
    assert found[0, 1] == pytest.approx(30 * energy_variance(4, 8), rel=0.12)


def _excess(distance, own) -> float:
    between = distance[:own, own:].mean()
    within, floor = distance[:own, :own], distance[own:, own:]
    return 2 * between - sum(d.sum() / (len(d) * (len(d) - 1)) for d in (within, floor))


def test_the_excess_here_is_that_of_the_energy_test():
    distance = halves_of_squares(np.random.default_rng(4).standard_normal((7, 3)))
    assert _excess(distance, 3) == pytest.approx(energy_test(distance, 3).excess)


def test_images_add_their_share_and_models_noise_is_counted_once():
    rng = np.random.default_rng(5)
    images = rng.normal(0, 0.3, 4000)
    found = [
        image_variance(images + rng.normal(0, 1, (3, 4000)), rng.normal(0, 1, (8, 4000)))
        for _ in range(30)
    ]
    assert np.mean(found) == pytest.approx(0.09 / 4000, rel=0.15)


# ---- size and power of the whole


def simulated(shift: float, studies: int, arms: int = 5, base: int = 8, seed: int = 0, noise=None):
    """Return share of studies with a finding, and mean looks, of arms judged after 2, 3, 4."""
    rng = np.random.default_rng(seed)
    looks = (2, 3, 4)
    whole = difference_variance(4, base)
    fractions = [whole / difference_variance(k, base) for k in looks]
    draw = (lambda size: rng.choice(noise, size)) if noise is not None else rng.standard_normal
    found = np.zeros((studies, arms), bool)
    for study in range(studies):
        b, own = draw((base,)), draw((arms, 4))
        own[0] += shift
        ps = np.ones((arms, 3))
        for look, k in enumerate(looks):
            level = pooled_noise([b, *own[:, :k]])
            for arm in range(arms):
                d = own[arm, :k].mean() - b.mean()
                ps[arm, look] = pooled_difference(abs(d), k, base, level).p
        found[study] = holm([2 * sequential_p(p, fractions) for p in ps]) <= 0.05
    return found


def test_studies_of_nothing_find_something_as_often_as_alpha_says():
    """The family's error; bounded by .05, and not far below it (Holm, shared baselines)."""
    any_found = simulated(0.0, 1500).any(axis=1).sum()
    interval = binomtest(int(any_found), 1500).proportion_ci(0.999)
    assert interval.low <= 0.05
    assert any_found / 1500 > 0.02


def test_one_strategy_alone_has_the_level_itself():
    alarms = int(simulated(0.0, 2500, arms=1, base=20, seed=1).sum())
    interval = binomtest(alarms, 2500).proportion_ci(0.999)
    assert interval.low <= 0.05 <= interval.high


def test_noise_with_heavy_tails_keeps_the_level():
    tails = student.rvs(4, size=100_000, random_state=0)
    any_found = int(simulated(0.0, 1000, seed=2, noise=tails).any(axis=1).sum())
    assert binomtest(any_found, 1000).proportion_ci(0.999).low <= 0.05


def test_looking_three_times_costs_little_power():
    """Against one t test of the same strategies at the end, corrected alike."""
    shift = 2.2
    power = simulated(shift, 600, seed=3)[:, 0].mean()
    rng, once = np.random.default_rng(3), 0
    for _ in range(600):
        b, own = rng.standard_normal(8), rng.standard_normal((5, 4))
        own[0] += shift
        level = pooled_noise([b, *own])
        ps = [2 * pooled_difference(abs(o.mean() - b.mean()), 4, 8, level).p for o in own]
        once += holm(ps)[0] <= 0.05
    assert power > 0.6
    assert once / 600 - power < 0.12


def test_the_excess_shift_of_nothing_keeps_its_level():
    """Baselines and models of one distribution, noise of unequal dimensions as maps have it."""
    rng, alarms, studies = np.random.default_rng(6), 0, 1500
    scales = 1 / np.arange(1, 200) ** 0.3
    whole = energy_variance(4, 8)
    fractions = [whole / energy_variance(k, 8) for k in (2, 3, 4)]
    for _ in range(studies):
        distance = halves_of_squares(rng.standard_normal((12, 199)) * scales)
        noise = energy_noise(distance[4:, 4:])
        own = [[*range(k), *range(4, 12)] for k in (2, 3, 4)]
        ps = [
            pooled_energy(_excess(distance[np.ix_(i, i)], len(i) - 8), len(i) - 8, 8, noise).p
            for i in own
        ]
        alarms += sequential_p(ps, fractions) <= 0.05
    interval = binomtest(int(alarms), studies).proportion_ci(0.999)
    assert interval.low <= 0.05
    assert alarms / studies > 0.02
