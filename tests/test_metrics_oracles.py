"""The further metrics against other programs, and what is known to hold between metrics."""

import tracemalloc

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cam_augment.metrics import kendall as kendall_module
from cam_augment.metrics import pointing
from cam_augment.metrics.compare import compare, prepare
from cam_augment.metrics.regional import parts
from cam_augment.registry import METRICS
from tests.test_similarity import blobs, grids


def flat(maps):
    return maps.reshape(len(maps), -1).astype(float)


def shared(maps):
    return flat(maps) / flat(maps).sum(axis=1, keepdims=True)


def stretched(maps):
    values = maps.astype(float)
    low, high = (f(values, axis=(1, 2), keepdims=True) for f in (np.min, np.max))
    return (values - low) / (high - low)


def pairs(*stacks):
    return list(zip(*stacks, strict=True))


def one(name, a, b):
    return compare(name, a[None], b[None])[0]


@pytest.mark.parametrize("levels", [2, 4, 1000])
def test_kendall_against_an_oracle_with_many_ties(levels):
    from scipy.stats import kendalltau

    a, b = np.random.default_rng(levels).integers(0, levels, (2, 30, 5, 7))
    expected = [kendalltau(x, y)[0] for x, y in pairs(flat(a), flat(b))]
    np.testing.assert_allclose(compare("kendall", a, b), expected, atol=1e-13)


def test_kendall_is_exact_where_it_is_known():
    rising = np.arange(1.0, 50).reshape(1, 7, 7)
    assert compare("kendall", rising, rising**3)[0] == 1
    assert compare("kendall", rising, 50 - rising)[0] == -1
    np.testing.assert_array_equal(compare("kendall", blobs(1, 300), blobs(1, 300)), 1)


@pytest.mark.parametrize("block", [3000, 1])  # two images of 49 cells; less than one
def test_kendall_in_blocks_is_kendall(monkeypatch, block):
    a, b = blobs(1), blobs(2)
    whole = compare("kendall", a, b)
    monkeypatch.setattr(kendall_module, "BLOCK", block)
    np.testing.assert_array_equal(compare("kendall", a, b), whole)


def test_a_single_cell_has_no_order():
    assert np.isnan(compare("kendall", np.ones((2, 1, 1)), np.ones((2, 1, 1)))).all()


def peak_of(work):
    """Return the most memory that was held at once, in bytes."""
    tracemalloc.start()
    try:
        work()
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def test_the_room_for_the_work_is_bounded_whatever_the_number_of_images(monkeypatch):
    maps, masks = blobs(1, 1000), np.ones((1000, 28, 28), bool)
    monkeypatch.setattr(kendall_module, "BLOCK", 10_000)
    monkeypatch.setattr(pointing, "BLOCK", 10_000)
    assert peak_of(lambda: prepare("kendall", maps)) < 5e6  # of 19 MB at once
    assert peak_of(lambda: METRICS["relevance_rank"](maps, masks)) < 5e6


def test_kendall_takes_less_room_than_the_maps_themselves():
    maps = blobs(1).astype(float)
    assert prepare("kendall", maps).nbytes < maps.nbytes


@pytest.mark.parametrize("size", [(3, 3), (7, 7), (8, 5)])
def test_ssim_against_an_oracle(size):
    from skimage.metrics import structural_similarity

    a, b = stretched(blobs(1, 12, *size)), stretched(blobs(2, 12, *size))
    a[0], b[0] = np.eye(*size), np.eye(*size)[::-1]
    expected = [structural_similarity(x, y, win_size=3, data_range=1) for x, y in pairs(a, b)]
    np.testing.assert_allclose(compare("ssim", a, b), expected, atol=1e-12)


def test_distributions_against_oracles():
    from scipy.spatial.distance import cosine, jensenshannon
    from scipy.stats import entropy

    a, b = blobs(1), blobs(2)
    p, q = shared(a), shared(b)
    expected = [1 - cosine(x, y) for x, y in pairs(flat(a), flat(b))]
    np.testing.assert_allclose(compare("cosine", a, b), expected)
    result = compare("jensen_shannon", a, b)
    np.testing.assert_allclose(result, jensenshannon(p, q, axis=1) ** 2)
    middle = (p + q) / 2
    np.testing.assert_allclose(result, (entropy(p, middle, axis=1) +
                                       entropy(q, middle, axis=1)) / 2)  # fmt: skip
    hellinger = np.linalg.norm(np.sqrt(p) - np.sqrt(q), axis=1) / np.sqrt(2)
    np.testing.assert_allclose(compare("hellinger", a, b), hellinger)


def test_overlap_half_against_an_oracle():
    from sklearn.metrics import jaccard_score

    a, b = blobs(1), blobs(2)
    above = [flat(maps) >= flat(maps).max(axis=1, keepdims=True) / 2 for maps in (a, b)]
    np.testing.assert_allclose(
        compare("overlap_half", a, b), [jaccard_score(x, y) for x, y in pairs(*above)]
    )


def test_weighted_metrics_against_oracles():
    a, b = blobs(1), blobs(2)
    weights = 0.5 / 49 + (shared(a) + shared(b)) / 4
    np.testing.assert_allclose(weights.sum(axis=1), 1)
    correlation = []
    for x, y, w in pairs(flat(a), flat(b), weights):
        covariance = np.cov(x, y, aweights=w)
        correlation.append(covariance[0, 1] / np.sqrt(covariance[0, 0] * covariance[1, 1]))
    np.testing.assert_allclose(compare("weighted_pearson", a, b), correlation)
    differences = np.abs(flat(stretched(a)) - flat(stretched(b)))
    expected = [np.average(d, weights=w) for d, w in pairs(differences, weights)]
    np.testing.assert_allclose(compare("weighted_mad", a, b), expected)


def test_weights_do_what_they_are_for():
    """Background on which both agree makes plain metrics mild, and weighted ones less so."""
    a, b = np.zeros((2, 1, 9, 9))
    a[0, 2:5, 2:5], b[0, 4:7, 4:7] = 1, 1
    assert compare("weighted_pearson", a, b)[0] < compare("pearson", a, b)[0]
    assert compare("weighted_mad", a, b)[0] > compare("mad", a, b)[0]


def test_weighted_pearson_of_nearly_even_maps_is_pearson():
    noise = np.random.default_rng(0).normal(size=(2, 5, 7, 7))
    a, b = 1 + 1e-9 * noise
    plain, weighted = compare("pearson", a, b), compare("weighted_pearson", a, b)
    np.testing.assert_allclose(weighted, plain, atol=1e-7)


def test_regional_metrics_against_blocks_where_cuts_meet_cells():
    from scipy.stats import pearsonr

    a, b = blobs(1, 6, 9, 6) + 0.001 * np.random.default_rng(0).random((2, 6, 9, 6))
    blocks = np.array([
        maps.reshape(6, 3, 3, 3, 2).swapaxes(2, 3).reshape(6, 9, 6) for maps in (a, b)
    ])  # fmt: skip
    expected = [np.mean([pearsonr(*xy)[0] for xy in pairs(*xs)]) for xs in pairs(*blocks)]
    np.testing.assert_allclose(compare("regional_pearson", a, b), expected)
    p, q = blocks.sum(axis=3) / blocks.sum(axis=(2, 3))[..., None]
    np.testing.assert_allclose(
        compare("regional_shift", a, b), np.abs(p - q).sum(axis=1) / 2, atol=1e-14
    )


@given(st.integers(1, 60))
def test_parts_share_out_every_cell_and_are_alike(count):
    result = parts(count)
    np.testing.assert_allclose(result.sum(axis=0), 1)
    np.testing.assert_allclose(result.sum(axis=1), count / 3)
    np.testing.assert_array_equal(result[::-1, ::-1], result)


def test_a_region_in_which_one_map_alone_varies_counts_as_nothing_in_common():
    a, b = np.zeros((2, 1, 9, 9))
    a[0, 1, 1] = b[0, 1, 1] = 1
    assert compare("regional_pearson", a, b)[0] == pytest.approx(1)
    b[0, 7, 7] = 1
    assert compare("regional_pearson", a, b)[0] == pytest.approx(1 / 2)
    assert compare("regional_shift", a, b)[0] == pytest.approx(1 / 2)


def test_regions_see_what_the_other_does_not():
    a, b = np.zeros((2, 1, 9, 9))
    a[0, 1, 1], b[0, 0, 0] = 1, 1
    assert compare("regional_shift", a, b)[0] == 0
    assert compare("regional_pearson", a, b)[0] < 0
    b[:] = 0
    b[0, 7, 7] = 1
    assert compare("regional_shift", a, b)[0] == 1
    assert compare("regional_pearson", a, b)[0] == 0


TOTALLY_APART = ["sim", "jensen_shannon", "hellinger", "regional_shift", "cosine"]


@pytest.mark.parametrize("name", TOTALLY_APART)
def test_maps_without_a_common_cell_are_at_the_end_and_never_beyond(name):
    a, b = blobs(1, 400, 9, 9), blobs(2, 400, 9, 9)
    a[:, 3:], b[:, :3] = 0, 0
    a[:, 0, 0], b[:, 8, 8] = 1, 1
    values = compare(name, a, b)
    end = {"sim": 0, "cosine": 0, "jensen_shannon": np.log(2)}.get(name, 1)
    np.testing.assert_allclose(values, end, atol=1e-12)
    assert (values <= np.log(2) if name == "jensen_shannon" else values <= 1).all()


@pytest.mark.parametrize("name", ["pearson", "spearman", "kendall", "weighted_pearson",
                                  "regional_pearson"])  # fmt: skip
def test_correlations_never_leave_their_range(name):
    a = blobs(1, 400).astype(float)
    against = a.max(axis=(1, 2), keepdims=True) - a
    values = compare(name, a, against)
    assert values.min() >= -1
    if name != "weighted_pearson":  # its weights move with what is added
        np.testing.assert_allclose(values, -1)


@settings(max_examples=60)
@given(grids, grids)
def test_distances_of_distributions_bound_one_another(a, b):
    p, q = a / a.sum(), b / b.sum()
    variation = np.abs(p - q).sum() / 2
    assert one("sim", a, b) == pytest.approx(1 - variation, abs=1e-12)
    divergence, hellinger = one("jensen_shannon", a, b), one("hellinger", a, b)
    assert 0 <= divergence <= np.log(2) * variation + 1e-12
    assert hellinger**2 - 1e-12 <= variation <= np.sqrt(2) * hellinger + 1e-12
    assert one("regional_shift", a, b) <= variation + 1e-12
    assert one("wasserstein", a, b) <= variation + 1e-12


@settings(max_examples=60)
@given(grids, grids, grids, st.sampled_from(["hellinger", "sim", "regional_shift", "jensen_root"]))
def test_the_triangle_inequality_holds_where_it_should(a, b, c, name):
    def far(x, y):
        if name == "jensen_root":
            return np.sqrt(one("jensen_shannon", x, y))
        return abs(METRICS[name].optimum - one(name, x, y))

    # The root of a divergence that is zero but for rounding is 1e-8.
    assert far(a, c) <= far(a, b) + far(b, c) + 1e-7


@settings(max_examples=60)
@given(grids, grids)
def test_what_the_rank_correlations_do_not_see(a, b):
    for name in ("kendall", "spearman"):
        assert one(name, a**3, b) == pytest.approx(one(name, a, b), abs=1e-12)
        assert one(name, np.sqrt(a), 2 * b + 1) == pytest.approx(one(name, a, b), abs=1e-12)


@settings(max_examples=60)
@given(grids, grids, st.floats(0, 10))
def test_structure_and_regions_see_no_even_light(a, b, light):
    for name in ("ssim", "regional_pearson"):
        assert one(name, a + light, b) == pytest.approx(one(name, a, b), abs=1e-6)


@settings(max_examples=100)
@given(grids, grids, st.sampled_from([n for n in METRICS if METRICS[n].compares == "maps"]))
def test_every_value_lies_in_its_range(a, b, name):
    least = -1 if name in ("pearson", "spearman", "kendall", "ssim", "weighted_pearson",
                           "regional_pearson") else 0  # fmt: skip
    assert least <= one(name, a, b) <= 1 + 1e-12
