"""Focus and the bilinear grid: twins, oracles, golden values, properties."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cam_augment.metrics.grid import interpolation, upsample
from cam_augment.registry import METRICS
from tests import twins
from tests.test_similarity import blobs, golden_maps, grids

focus = METRICS["focus"]


def some_masks(seed, images=6, rows=28, columns=21):
    rng = np.random.default_rng(seed)
    y, x = np.mgrid[:rows, :columns]
    centre = rng.uniform(5, 15, (images, 2, 1, 1))
    return (y - centre[:, 0]) ** 2 + (x - centre[:, 1]) ** 2 < rng.uniform(9, 60, (images, 1, 1))


def test_golden_mass():
    mask = np.zeros((2, 8, 8), dtype=bool)
    mask[:, 2:5, 2:5] = True
    lift = focus(np.stack(golden_maps()), mask)
    np.testing.assert_allclose(lift * 9 / 64, [0.489594, 0.207447], atol=6e-7)


def test_equals_its_slow_twin():
    maps, masks = blobs(1, 6), some_masks(2)
    slow = [twins.focus(a.tolist(), m.tolist()) for a, m in zip(maps, masks, strict=True)]
    np.testing.assert_allclose(focus(maps, masks), slow, rtol=1e-9)


@pytest.mark.parametrize("size", [(28, 28), (21, 9), (7, 5), (3, 4)])
def test_upsampling_against_its_twin(size):
    maps = blobs(1, 3, 7, 5)
    slow = [twins.bilinear(grid.tolist(), *size) for grid in maps]
    np.testing.assert_allclose(upsample(maps, *size), slow, atol=1e-12)


@pytest.mark.parametrize("size", [(28, 28), (21, 10)])
def test_upsampling_against_an_oracle(size):
    from skimage.transform import resize

    maps = blobs(1, 3, 7, 5).astype(float)
    oracle = [resize(grid, size, order=1, mode="edge", anti_aliasing=False) for grid in maps]
    np.testing.assert_allclose(upsample(maps, *size), oracle, atol=1e-12)


def test_empty_masks_and_degenerate_maps_are_nan_and_only_they():
    maps, masks = blobs(1, 6), some_masks(2)
    maps[1], masks[3] = 0, False
    missing = np.isnan(focus(maps, masks))
    np.testing.assert_array_equal(missing, [False, True, False, True, False, False])


def test_flips_scales_neighbours_and_input():
    maps, masks = blobs(1, 6), some_masks(2)
    values, before = focus(maps, masks), maps.copy()
    np.testing.assert_allclose(focus(maps[..., ::-1], masks[..., ::-1]), values, rtol=1e-9)
    np.testing.assert_allclose(focus(maps * 7, masks), values, rtol=1e-5)
    alone = [focus(maps[i : i + 1], masks[i : i + 1])[0] for i in range(6)]
    np.testing.assert_allclose(values, alone, rtol=1e-12)
    np.testing.assert_array_equal(maps, before)


def test_an_even_map_has_a_lift_of_1_whatever_the_mask():
    np.testing.assert_allclose(focus(np.full((6, 7, 7), 0.2), some_masks(2)), 1)


def test_bad_input_is_named():
    with pytest.raises(ValueError, match=r"one for each of 6 maps; received shape \(5, 28, 21\)"):
        focus(blobs(1, 6), some_masks(2, images=5))


@settings(max_examples=60, deadline=None)
@given(grids, st.integers(0, 2**32 - 1))
def test_a_mask_and_its_complement_share_the_whole(grid, seed):
    mask = np.random.default_rng(seed).random((1, 11, 13)) < 0.4
    share = mask.mean()
    inside, outside = focus(grid[None], mask)[0], focus(grid[None], ~mask)[0]
    assert inside * share + outside * (1 - share) == pytest.approx(1)
    assert 0 <= inside <= 1 / share + 1e-9


@settings(max_examples=60, deadline=None)
@given(st.integers(1, 20), st.integers(1, 60))
def test_interpolation_weights_are_shares(cells, pixels):
    weights = interpolation(cells, pixels)
    assert weights.min() >= 0
    np.testing.assert_allclose(weights.sum(axis=1), 1)
