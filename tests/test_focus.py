"""Maps against masks, and the bilinear grid: oracles, golden values, properties."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cam_augment.metrics import pointing
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


def test_golden_ranks():
    """The values of the slow twins, in the same mask; B is strongest at (4, 5), beside it."""
    mask = np.zeros((2, 8, 8), dtype=bool)
    mask[:, 2:5, 2:5] = True
    np.testing.assert_array_equal(METRICS["pointing_game"](np.stack(golden_maps()), mask), [1, 0])
    ranks = METRICS["relevance_rank"](np.stack(golden_maps()), mask)
    np.testing.assert_allclose(ranks, [1, 2 / 9])


def test_ranks_against_sorted_pixels():
    """Where no two pixels tie: argmax and argsort of the map that scikit-image enlarges."""
    from skimage.transform import resize

    maps, masks = np.random.default_rng(0).random((20, 7, 5)), some_masks(2, 20)
    size = masks.shape[1:]
    large = [resize(map_, size, order=1, mode="edge", anti_aliasing=False) for map_ in maps]
    for image, mask, hit, rank in zip(
        large,
        masks.reshape(20, -1),
        METRICS["pointing_game"](maps, masks),
        METRICS["relevance_rank"](maps, masks),
        strict=True,
    ):
        order = np.argsort(-image.ravel().round(12), kind="stable")
        distinct = np.unique(image.round(12)).size == image.size
        if distinct or image.max() > np.sort(image, axis=None)[-2] + 1e-9:
            assert hit == mask[order[0]]
        strongest = mask[order[: mask.sum()]].mean()
        assert rank == pytest.approx(strongest, abs=8 / mask.sum())


def test_ties_share_the_places():
    maps = [[[1, 1, 1, 0]], [[2, 1, 1, 0]], [[2, 0, 0, 0]], [[1, 1, 1, 1]]]
    masks = [[[True, False, False, True]]] * 4
    np.testing.assert_allclose(METRICS["pointing_game"](maps, masks), [1 / 3, 1, 1, 1 / 2])
    # Two places: of three equal, of two equal after a strongest, of three zeros, of all.
    expected = [2 / 3 / 2, 1 / 2, (1 + 1 / 3) / 2, 1 / 2]
    np.testing.assert_allclose(METRICS["relevance_rank"](maps, masks), expected)


@pytest.mark.parametrize("name", ["pointing_game", "relevance_rank"])
@pytest.mark.parametrize("level", [0.1, 0.3, 1 / 3, 7.7])
def test_an_even_map_reaches_the_share_of_the_mask(name, level):
    """Rounding in the enlargement must not make a peak of an even map."""
    masks = some_masks(2)
    result = METRICS[name](np.full((6, 7, 5), level), masks)
    np.testing.assert_allclose(result, masks.mean(axis=(1, 2)))


@pytest.mark.parametrize("name", ["pointing_game", "relevance_rank"])
@pytest.mark.parametrize("columns", [28, 30, 46])
def test_mirrored_pixels_tie_whatever_the_order_of_additions(name, columns):
    half = np.random.default_rng(0).random((200, 7, 3)).round(3)
    maps = np.concatenate([half, half[:, :, ::-1]], axis=2)
    mask = np.zeros((200, 29, columns), bool)
    mask[:, :, : columns // 2] = True
    np.testing.assert_allclose(METRICS[name](maps, mask), 0.5)


@pytest.mark.parametrize("name", ["pointing_game", "relevance_rank"])
def test_ranks_in_blocks_are_ranks(name, monkeypatch):
    maps, masks = blobs(1, 6), some_masks(2)
    whole = METRICS[name](maps, masks)
    monkeypatch.setattr(pointing, "BLOCK", 2 * 28 * 21)
    np.testing.assert_array_equal(METRICS[name](maps, masks), whole)
    monkeypatch.setattr(pointing, "BLOCK", 1)
    np.testing.assert_array_equal(METRICS[name](maps, masks), whole)


@settings(max_examples=60)
@given(grids, st.integers(0, 2**32 - 1))
def test_a_mask_and_its_complement_share_the_peaks(grid, seed):
    mask = np.random.default_rng(seed).random((1, 11, 13)) < 0.4
    inside, outside = (METRICS["pointing_game"](grid[None], m)[0] for m in (mask, ~mask))
    assert inside + outside == pytest.approx(1)
    ranked = METRICS["relevance_rank"](grid[None], mask)[0]
    assert 0 <= ranked <= 1
    most = upsample(grid[None], 11, 13).round(12) > 0
    assert METRICS["relevance_rank"](grid[None], most)[0] == pytest.approx(1)


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


def test_an_even_map_has_a_lift_of_1_whatever_the_mask():
    np.testing.assert_allclose(focus(np.full((6, 7, 7), 0.2), some_masks(2)), 1)


@settings(max_examples=60)
@given(grids, st.integers(0, 2**32 - 1))
def test_a_mask_and_its_complement_share_the_whole(grid, seed):
    mask = np.random.default_rng(seed).random((1, 11, 13)) < 0.4
    share = mask.mean()
    inside, outside = focus(grid[None], mask)[0], focus(grid[None], ~mask)[0]
    assert inside * share + outside * (1 - share) == pytest.approx(1)
    assert 0 <= inside <= 1 / share + 1e-9


@settings(max_examples=60)
@given(st.integers(1, 20), st.integers(1, 60))
def test_interpolation_weights_are_shares(cells, pixels):
    weights = interpolation(cells, pixels)
    assert weights.min() >= 0
    np.testing.assert_allclose(weights.sum(axis=1), 1)
