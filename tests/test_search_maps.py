"""What strategies do to maps, in a screening: oracles, no bias, false alarms and power."""

import numpy as np
import pytest
from scipy.stats import binom

from cam_augment.metrics.compare import prepare
from cam_augment.statistics import against, groups
from cam_augment.statistics.map_additions import (
    map_additions,
    orders_within,
    products,
    squared_lengths,
)
from cam_augment.statistics.pair_design import carried, pair_design
from cam_augment.statistics.pair_effects import pair_groups
from cam_augment.statistics.relabelling import energy_test

STRATEGIES = 6  # the last one is nothing
BASELINES = 6
PAIRS = pair_design(~np.eye(STRATEGIES, dtype=bool), 24)
GROUPS = pair_groups(BASELINES, PAIRS, STRATEGIES)


def inner(maps: np.ndarray) -> np.ndarray:
    """Return inner products [model, model] of maps [model, image, cell], averaged over images."""
    return np.einsum("aic,bic->ab", maps, maps) / maps.shape[1]


def world(size: float, seed: int, images: int = 2, cells: int = 4):
    """Return means of maps [model, image, cell]: three strategies move them, and saturate."""
    moves = np.random.default_rng(seed).normal(size=(STRATEGIES, images, cells))
    moves *= size / np.sqrt((moves**2).sum(axis=2).mean(axis=1))[:, None, None]
    moves[3:] = 0
    both = np.concatenate([np.zeros((BASELINES, images, cells)), moves[PAIRS].sum(axis=1)])
    return 1 + np.tanh(both)


# ---- formulas


def test_of_two_arms_it_is_the_excess_shift_by_pearson():
    """An oracle: 2C - F - W of 1 - r over pairs of models, image by image."""
    maps = np.random.default_rng(0).random((7, 5, 3, 4))
    standard = np.array([prepare("pearson", stack) for stack in maps])
    distance = 1 - np.einsum("aic,bic->iab", standard, standard)
    distance[:, np.arange(7), np.arange(7)] = 0
    excess = energy_test(distance.mean(axis=0), n_a=3).excess
    length = squared_lengths(products([standard]).values, groups([3, 4]), against(2))
    assert length == pytest.approx([excess])


def test_images_that_lack_a_map_are_left_out_and_blocks_do_not_matter():
    maps = np.random.default_rng(1).normal(size=(4, 6, 5))
    maps[2, 1] = maps[0, 5] = np.nan
    whole = products([maps])
    assert whole.images == 4
    assert whole.values == pytest.approx(inner(maps[:, [0, 2, 3, 4]]))
    parts = products([maps[:, :3], maps[:, 3:]])
    assert parts.images == 4
    assert parts.values == pytest.approx(whole.values)
    assert products([np.full((4, 2, 5), np.nan)]) is None


def ratio(maps: np.ndarray, place: int) -> tuple[float, float]:
    """A slow twin: |T|^2 and what noise adds to it, image by image, cell by cell."""
    columns, nothing = carried(PAIRS, STRATEGIES), STRATEGIES - 1
    alone = BASELINES + np.flatnonzero((np.sort(PAIRS) == sorted([place, nothing])).all(axis=1))
    size = noise = 0.0
    for values in maps.reshape(len(maps), -1).T:
        n = np.linalg.lstsq(columns, values[BASELINES:], rcond=None)[0]
        baselines = values[:BASELINES]
        size += ((values[alone].mean() - baselines.mean() + n[place] - n[nothing]) / 2) ** 2
        of_pairs = ((values[BASELINES:] - columns @ n) ** 2).sum() / (len(PAIRS) - STRATEGIES)
        weights = np.linalg.pinv(columns)[[place, nothing]]
        weights = (weights[0] - weights[1]) / 2
        weights[alone - BASELINES] += 0.5 / len(alone)
        noise += of_pairs * (weights**2).sum() + baselines.var(ddof=1) * 0.25 / BASELINES
    return size / maps.shape[1], noise / maps.shape[1]


@pytest.mark.parametrize("place", [0, 4])
def test_lengths_and_p_are_those_of_refits_written_out(place):
    """The smaller model has a mean for every pair, the strategy taken for nothing."""
    maps = world(0.6, 2) + np.random.default_rng(3).normal(0, 0.4, (30, 2, 4))
    result = map_additions(inner(maps), GROUPS, limit=40)
    size, noise = ratio(maps, place)
    assert result.shift[place] == pytest.approx(size - noise)
    nothing = STRATEGIES - 1
    replaced = np.where(place == PAIRS, nothing, PAIRS)
    pairs = [(nothing, nothing)] * BASELINES + [tuple(sorted(pair)) for pair in replaced.tolist()]
    names = sorted(set(pairs))
    cells = np.array([names.index(pair) for pair in pairs])
    fitted = np.array([maps[cells == cell].mean(axis=0) for cell in cells])
    ratios = []
    for order in orders_within(cells, 40, 0):
        assert cells[order].tolist() == cells.tolist()
        size, noise = ratio(fitted + (maps - fitted)[order], place)
        ratios.append(size / noise)
    assert result.p[place] == pytest.approx(np.mean(np.array(ratios) >= ratios[0] - 1e-9))
    assert 0 < result.p[place] < 1


def test_models_that_are_alike_are_not_tested():
    result = map_additions(np.ones((30, 30)), GROUPS, limit=5)
    assert np.isnan(result.p).all()
    assert result.shift == pytest.approx(0, abs=1e-9)


# ---- what the numbers mean


def test_the_squared_length_has_no_bias():
    """Over draws of models that add up, with pairs that vary by more than baselines do."""
    rng = np.random.default_rng(4)
    moves = rng.normal(0, 0.2, (STRATEGIES, 2, 4))
    moves[3:] = 0
    spread = np.where(np.arange(30) < BASELINES, 0.3, 0.5)[:, None, None]
    means = np.concatenate([np.zeros((BASELINES, 2, 4)), moves[PAIRS].sum(axis=1)])
    draws = [
        squared_lengths(inner(means + spread * rng.normal(size=means.shape)), GROUPS, np.eye(5))
        for _ in range(600)
    ]
    truth = (moves[:-1] ** 2).sum(axis=2).mean(axis=1)
    error = np.std(draws, axis=0) / np.sqrt(len(draws))
    assert (np.abs(np.mean(draws, axis=0) - truth) < 4 * error).all()


def test_false_alarms_and_power():
    """What does nothing moves maps at the level, whatever the others do; what does is found."""
    rng, p = np.random.default_rng(5), []
    means = world(0.8, 6)  # models of one kind are .6 from their mean, those of some pairs .9
    moving = np.append([False] * BASELINES, (PAIRS < 3).any(axis=1))
    spread = np.where(moving, 0.45, 0.3)[:, None, None]
    for _ in range(250):
        maps = means + spread * rng.normal(size=means.shape)
        p.append(map_additions(inner(maps), GROUPS, limit=100).p)
    beyond = np.array(p) <= 0.05
    low, high = binom.ppf([0.001, 0.999], 250, 0.05) / 250
    assert (low <= beyond[:, 3:].mean(axis=0)).all()
    assert (beyond[:, 3:].mean(axis=0) <= high).all()
    assert (beyond[:, :3].mean(axis=0) > 0.8).all()
