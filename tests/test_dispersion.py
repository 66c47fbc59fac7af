"""Metrics of one stack: twins, oracles, golden values, properties, and the contract."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cam_augment.registry import METRICS
from tests import twins
from tests.test_similarity import DIAGONAL, blobs, golden_maps, grids

OF_ONE_MAP = [name for name in METRICS if METRICS[name].traits["compares"] == "map"]

GOLDEN = {
    "entropy": (0.854166, 0.928688),
    "effective_area": (0.545253, 0.743358),
    "gini": (0.590499, 0.423757),
    "spread": (np.sqrt(4.153893) / DIAGONAL, np.sqrt(6.441890) / DIAGONAL),
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


@pytest.mark.parametrize("name", OF_ONE_MAP)
class TestContract:
    """What every metric of one map keeps; a new one enters by existing."""

    def test_degenerate_maps_are_nan_and_only_they(self, name):
        maps = blobs(1, 5)
        maps[2] = 0
        np.testing.assert_array_equal(np.isnan(METRICS[name](maps)), np.arange(5) == 2)

    def test_a_flip_or_a_scale_changes_nothing(self, name):
        maps = blobs(1, 5)
        values = METRICS[name](maps)
        np.testing.assert_allclose(METRICS[name](maps[:, ::-1]), values, rtol=1e-9)
        np.testing.assert_allclose(METRICS[name](maps[:, :, ::-1]), values, rtol=1e-9)
        np.testing.assert_allclose(METRICS[name](maps * 1e-30), values, rtol=1e-5)

    def test_no_image_depends_on_the_others_and_input_stays(self, name):
        maps = blobs(1, 5)
        before = maps.copy()
        maps.setflags(write=False)
        alone = [METRICS[name](maps[i : i + 1])[0] for i in range(5)]
        np.testing.assert_allclose(METRICS[name](maps), alone, rtol=1e-12)
        np.testing.assert_array_equal(maps, before)

    def test_it_has_a_direction_and_says_when_attention_gathers(self, name):
        y, x = np.mgrid[:7, :7]
        narrow, wide = (np.exp(-((y - 3) ** 2 + (x - 3) ** 2) / (2 * sd**2)) for sd in (0.8, 2))
        gathered, scattered = METRICS[name](np.stack([narrow, wide]))
        assert (gathered > scattered) == (METRICS[name].traits["better"] == "higher")
        assert METRICS[name].summary


@pytest.mark.parametrize(
    ("name", "single", "even"),
    [("entropy", 0, 1), ("effective_area", 1 / 12, 1), ("gini", 11 / 12, 0)],
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


def test_a_grid_of_one_cell_has_no_entropy():
    assert np.isnan(METRICS["entropy"](np.ones((2, 1, 1)))).all()


@settings(max_examples=60, deadline=None)
@given(grids, st.sampled_from(OF_ONE_MAP))
def test_every_value_is_between_0_and_1(grid, name):
    assert -1e-12 <= METRICS[name](grid[None])[0] <= 1 + 1e-12
