"""Metrics of one stack: twins, oracles, golden values and properties."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cam_augment.metrics.compare import compare
from cam_augment.registry import METRICS
from tests import twins
from tests.test_similarity import DIAGONAL, blobs, golden_maps, grids

OF_ONE_MAP = [name for name in METRICS if METRICS[name].compares == "map"]

GOLDEN = {
    "entropy": (0.854166, 0.928688),
    "effective_area": (0.545253, 0.743358),
    "gini": (0.590499, 0.423757),
    "spread": (np.sqrt(4.153893) / DIAGONAL, np.sqrt(6.441890) / DIAGONAL),
    "area_above_half": (9 / 64, 21 / 64),
}


@pytest.mark.parametrize("name", OF_ONE_MAP)
def test_golden_value(name):
    assert METRICS[name](np.stack(golden_maps())) == pytest.approx(GOLDEN[name], abs=6e-7)


@pytest.mark.parametrize("name", OF_ONE_MAP)
def test_equals_its_slow_twin(name):
    maps = blobs(1, 20, 5, 9)
    slow = [getattr(twins, name)(grid.tolist()) for grid in maps]
    np.testing.assert_allclose(METRICS[name](maps), slow, rtol=1e-9)


def test_oracles():
    from scipy.stats import entropy
    from skimage.measure import moments_central

    maps = blobs(2).astype(float)
    flat = maps.reshape(len(maps), -1)
    np.testing.assert_allclose(METRICS["entropy"](maps), entropy(flat, axis=1) / np.log(49))
    np.testing.assert_allclose(METRICS["effective_area"](maps), np.exp(entropy(flat, axis=1)) / 49)
    moments = [moments_central(grid, order=2) for grid in maps]
    variance = np.array([(m[2, 0] + m[0, 2]) / m[0, 0] for m in moments])
    np.testing.assert_allclose(METRICS["spread"](maps), np.sqrt(variance) / np.hypot(7, 7))
    # The Gini coefficient is 1 less twice the area under the Lorenz curve.
    lorenz = np.cumsum(np.sort(flat), axis=1) / flat.sum(axis=1, keepdims=True)
    area = np.trapezoid(np.pad(lorenz, ((0, 0), (1, 0))), dx=1 / 49, axis=1)
    np.testing.assert_allclose(METRICS["gini"](maps), 1 - 2 * area)


@pytest.mark.parametrize(
    ("name", "single", "even"),
    [
        ("entropy", 0, 1),
        ("effective_area", 1 / 12, 1),
        ("gini", 11 / 12, 0),
        ("area_above_half", 1 / 12, 1),
    ],
)
def test_the_extremes(name, single, even):
    maps = np.zeros((2, 3, 4))
    maps[0, 1, 2], maps[1] = 5, 0.3
    np.testing.assert_allclose(METRICS[name](maps), [single, even], atol=1e-12)


def test_spread_knows_the_layout_that_entropy_ignores():
    near, far = np.zeros((2, 1, 5, 5))
    near[0, 2, 2] = near[0, 2, 3] = 1
    far[0, 0, 0] = far[0, 4, 4] = 1
    assert METRICS["entropy"](near) == METRICS["entropy"](far)
    assert METRICS["gini"](near) == METRICS["gini"](far)
    assert METRICS["spread"](near) < METRICS["spread"](far)


def test_the_area_counts_cells_that_just_reach_half_the_maximum():
    assert METRICS["area_above_half"]([[[2.0, 1.0], [0.999, 0.0]]])[0] == 0.5
    # The union and the common part of two areas, against the overlap of the same cells.
    a, b = blobs(1), blobs(2)
    areas = METRICS["area_above_half"](a) + METRICS["area_above_half"](b)
    both = np.maximum(a / a.max((1, 2), keepdims=True), b / b.max((1, 2), keepdims=True))
    union = METRICS["area_above_half"](both)
    np.testing.assert_allclose(areas / union - 1, compare("overlap_half", a, b))


def test_a_grid_of_one_cell_has_no_entropy():
    assert np.isnan(METRICS["entropy"](np.ones((2, 1, 1)))).all()


@settings(max_examples=60)
@given(grids, st.sampled_from(OF_ONE_MAP))
def test_every_value_is_between_0_and_1(grid, name):
    assert -1e-12 <= METRICS[name](grid[None])[0] <= 1 + 1e-12
