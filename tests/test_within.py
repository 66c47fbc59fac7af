"""Inside a strategy: rank correlation within classes, and what a study says of it."""

from dataclasses import replace
from functools import partial

import numpy as np
import pytest
import scipy.stats

from cam_augment import impact
from cam_augment.report.tables.within import within_strategies
from cam_augment.statistics.stratified import stratified_correlation
from tests.test_impact import simulated

RNG = np.random.default_rng(0)


def test_one_group_is_spearman():
    x, y = RNG.normal(size=(2, 40)).round(1)
    found = stratified_correlation(x, y, np.zeros(40), 1000)
    assert found.rho == pytest.approx(scipy.stats.spearmanr(x, y)[0])


def test_it_is_the_correlation_of_ranks_with_groups_regressed_out():
    x, y = RNG.normal(size=(2, 60))
    groups = RNG.integers(0, 4, 60)
    dummies = np.eye(4)[groups]
    residuals = []
    for values in (x, y):
        ranks = scipy.stats.rankdata(values)
        residuals.append(ranks - dummies @ np.linalg.lstsq(dummies, ranks, rcond=None)[0])
    expected = np.corrcoef(*residuals)[0, 1]
    assert stratified_correlation(x, y, groups, 100).rho == pytest.approx(expected)


def test_what_differs_between_groups_alone_is_no_association():
    groups = np.repeat(np.arange(10), 50)
    x, y = groups + RNG.normal(0, 0.1, (2, 500))
    assert scipy.stats.spearmanr(x, y)[0] > 0.95
    found = stratified_correlation(x, y, groups, 1000)
    assert abs(found.rho) < 0.15
    assert found.p > 0.01


@pytest.mark.parametrize(("slope", "least", "most"), [(0.0, 0.02, 0.09), (0.5, 0.9, 1.0)])
def test_size_and_power(slope, least, most):
    """With groups that differ in both: nothing inside is found in 5 %, something nearly always."""
    groups = np.repeat(np.arange(5), 12)
    found = []
    for seed in range(300):
        rng = np.random.default_rng(seed)
        x = rng.normal(size=60)
        y = slope * x + rng.normal(size=60) + groups
        found.append(stratified_correlation(x + groups, y, groups, 199, seed).p <= 0.05)
    assert least <= np.mean(found) <= most


def test_the_interval_covers():
    rho, inside = 0.5, []
    for seed in range(300):
        rng = np.random.default_rng(seed)
        x = rng.normal(size=100)
        y = rho * x + np.sqrt(1 - rho**2) * rng.normal(size=100)
        found = stratified_correlation(x, y, np.zeros(100), 19)
        expected = 6 / np.pi * np.arcsin(rho / 2)  # Spearman's rho of a normal pair
        inside.append(found.interval.low <= expected <= found.interval.high)
    assert 0.91 <= np.mean(inside) <= 0.98


def test_points_without_a_value_are_left_out_and_too_few_have_no_answer():
    x = np.array([1.0, 2, np.nan, 4, 5])
    found = stratified_correlation(x, x, np.zeros(5), 100)
    assert (found.n, found.rho) == (4, 1.0)
    assert np.isnan(stratified_correlation([1, 2], [1, 2], [0, 1], 100).rho)
    assert np.isnan(stratified_correlation([1, 1, 1, 1], [1, 2, 3, 4], np.zeros(4), 100).p)
    with pytest.raises(ValueError, match="one group per point"):
        stratified_correlation([1, 2], [1, 2], [0], 100)


def study(linked: bool):
    """A made study: rotation moves the maps of half of each class' images.

    ``linked``: those images, and no others, are classified better under it.
    """
    plan, data, fits, maps = simulated(seed=3)
    moved = np.arange(len(data.probe.labels)) % 8 >= 4
    changed, seen = [], {}
    for fit in fits:
        values, logits = maps[fit.run.key]().values.copy(), fit.probe_logits
        if fit.run.strategy.label == "rotation":
            values[moved] += 3 * np.random.default_rng(1).uniform(size=values[moved].shape)
            right = np.eye(4)[data.probe.labels]
            logits = np.where(moved[:, None] & linked, right, logits)
        changed.append(replace(fit, probe_logits=logits))
        seen[fit.run.key] = partial(replace, maps[fit.run.key](), values=values)
    return impact.profile(plan, data, changed, seen, (), {})


def test_a_study_finds_the_gain_where_attention_moved():
    rotation = next(each for each in study(linked=True).within if each.strategy == "rotation")
    assert rotation.rho > 0.4
    assert rotation.p_adjusted <= 0.05
    assert rotation.probability_change > 0


def test_a_shift_without_a_gain_there_is_no_association():
    found = study(linked=False).within
    assert len(found) == 5
    assert all(each.p_adjusted > 0.05 for each in found)


def test_the_report_has_the_table():
    part = within_strategies(study(linked=True))
    row = next(row for row in part.records() if row["strategy"] == "rotation")
    assert [view.mark(row) for view in part.views].count("beyond") >= 1
    assert len(part.rows) == 5
