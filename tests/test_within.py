"""Inside a strategy: do moved attention and changed probability go together?"""

from dataclasses import replace
from functools import partial
from itertools import combinations

import numpy as np
import pytest
import scipy.stats
from scipy.stats import rankdata

from cam_augment import impact
from cam_augment.report.tables.within import within_strategies
from cam_augment.statistics import fisher_interval
from cam_augment.statistics.association import association_test
from tests.answered import answered
from tests.simulation import simulated


def planted(seed=0, models=7, images=24, whim=1.0, linked=0.0, members=3):
    """Distances [model, model, image] and values [model, image] of made models.

    Each model has a whim that shows on all images together. ``linked``: how much the first
    ``members`` models move some images, and change their values with it.
    """
    rng = np.random.default_rng(seed)
    pattern = rng.uniform(0.5, 1.5, images)
    places = rng.normal(size=(models, images)) + whim * rng.normal(size=(models, 1)) * pattern
    values = rng.normal(size=(models, images)) + whim * rng.normal(size=(models, 1)) * pattern
    moved = np.arange(images) % 4 < 2
    places[:members, moved] += 4 * linked
    values[:members, moved] += 4 * linked
    return np.abs(places[:, None] - places), values, np.arange(images) % 3


def slow(distance, values, groups, members):
    """The statistic of one labelling, by its definition, image by image."""
    others = range(members, len(values))
    moved, changed = [], []
    for i in range(values.shape[1]):
        d = distance[:, :, i]
        between = np.mean([d[a, b] for a in range(members) for b in others])
        floor = np.mean([d[a, b] for a, b in combinations(others, 2)])
        within = np.mean([d[a, b] for a, b in combinations(range(members), 2)])
        moved.append(2 * between - floor - within)
        changed.append(values[:members, i].mean() - values[members:, i].mean())
    moved, changed = np.array(moved), np.array(changed)
    means = [np.array([s[groups == g].mean() for g in range(3)]) for s in (moved, changed)]
    inside = [_residuals(scipy.stats.rankdata(s), groups) for s in (moved, changed)]
    return {
        "rho": np.corrcoef(*inside)[0, 1],
        "rho_groups": scipy.stats.spearmanr(*means)[0],
        "p": [_residuals(s, groups) for s in (moved, changed)],
        "p_groups": [side - side.mean() for side in means],
    }


def _residuals(side, groups):
    dummies = np.eye(3)[groups]
    return side - dummies @ np.linalg.lstsq(dummies, side, rcond=None)[0]


def test_the_statistics_and_p_are_those_of_the_definition():
    distance, values, groups = planted()
    result = association_test(distance, values, groups, 3)
    observed = slow(distance, values, groups, 3)
    assert result.rho == pytest.approx(observed["rho"])
    assert result.rho_groups == pytest.approx(observed["rho_groups"])
    assert (result.images, result.groups) == (24, 3)
    every = []
    for chosen in combinations(range(7), 3):
        order = [*chosen, *(m for m in range(7) if m not in chosen)]
        every.append(slow(distance[np.ix_(order, order)], values[order], groups, 3))
    for name in ("p", "p_groups"):
        moved, changed = observed[name]
        pairs = [
            (arrays[name], (moved, arrays[name][1]), (arrays[name][0], changed)) for arrays in every
        ]
        sizes = np.abs([[x @ y for x, y in three] for three in pairs])
        larger = sizes >= abs(moved @ changed) * (1 - 1e-9)
        assert getattr(result, name) == pytest.approx(larger.mean(axis=0).max())


def test_models_whims_on_many_images_are_no_finding():
    """Size: what images share by their models is not taken for many findings."""
    ps = [association_test(*planted(seed, whim=3.0), 3).p for seed in range(300)]
    assert np.mean(np.array(ps) <= 0.1) < 0.1 + 2.6 * np.sqrt(0.09 / 300)


def test_a_link_is_found():
    ps = [
        association_test(*planted(seed, models=10, members=4, linked=1.0), 4).p
        for seed in range(60)
    ]
    assert np.mean(np.array(ps) <= 0.05) > 0.8


def test_images_without_a_value_are_left_out_and_too_few_have_no_answer():
    distance, values, groups = planted()
    distance[0, 1, 5] = np.nan
    assert association_test(distance, values, groups, 3).images == 23
    few = association_test(distance[..., :2], values[:, :2], groups[:2], 3)
    assert np.isnan([few.rho, few.p, few.rho_groups, few.p_groups]).all()


def study(linked: bool):
    """A made study: rotation moves the maps of half of each class' images.

    ``linked``: those images, and no others, are classified better under it.
    """
    plan, data, fits, maps = simulated(seed=3)
    moved = np.arange(len(data.probe.labels)) % 8 >= 4
    changed, answers = [], {}
    for fit in fits:
        values, logits = maps[fit.run.key]().values.copy(), fit.probe_logits
        if fit.run.strategy.label == "rotation":
            values[moved] += 3 * np.random.default_rng(1).uniform(size=values[moved].shape)
            right = 6 * np.eye(4)[data.probe.labels]
            logits = np.where(moved[:, None] & linked, right, logits)
        changed.append(replace(fit, probe_logits=logits))
        answers[fit.run.key] = partial(replace, maps[fit.run.key](), values=values)
    return impact.profile(plan, data, changed, answered(answers), (), {})


def test_a_study_finds_the_gain_where_attention_moved():
    rotation = next(
        relation for relation in study(linked=True).within if relation.strategy == "rotation"
    )
    assert rotation.rho > 0.4
    assert rotation.p_adjusted <= 0.05
    assert rotation.probability_change > 0
    # Four classes' means are taken off.
    low, high = fisher_interval(rotation.rho, rotation.images - 3, 0.05)
    assert (rotation.low, rotation.high) == pytest.approx((low, high))
    assert rotation.low < rotation.rho < rotation.high


def test_the_interval_over_images_is_about_that_of_a_bootstrap():
    """Of ranks within classes, drawn anew by class."""
    rng = np.random.default_rng(0)
    classes = np.arange(400) % 4
    common = rng.normal(size=400)
    x, y = (common + rng.normal(size=400) + 3 * classes for _ in range(2))

    def rho(images):
        ranks = (rankdata(side[images]) for side in (x - 3 * classes, y - 3 * classes))
        return np.corrcoef(*ranks)[0, 1]

    draws = [rho(np.concatenate([rng.choice(np.flatnonzero(classes == c), 100) for c in range(4)]))
             for _ in range(400)]  # fmt: skip
    low, high = fisher_interval(rho(np.arange(400)), 397, 0.05)
    assert (low, high) == pytest.approx(np.quantile(draws, [0.025, 0.975]), abs=0.03)


def test_a_shift_without_a_gain_there_is_no_association():
    result = study(linked=False).within
    assert len(result) == 5
    assert all(relation.p_adjusted > 0.05 for relation in result)


def test_the_report_has_the_table():
    part = within_strategies(study(linked=True))
    row = next(row for row in part.records() if row["strategy"] == "rotation")
    assert [view.mark(row) for view in part.views].count("beyond") >= 1
    assert len(part.rows) == 5
