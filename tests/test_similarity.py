"""Metrics of two stacks: twins, golden values, oracles and properties of the first of them."""

import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from cam_augment.base.compat import transport_solver
from cam_augment.base.errors import InputError
from cam_augment.metrics.compare import compare, prepare
from cam_augment.metrics.transport import ground
from cam_augment.registry import METRICS
from tests import twins
from tests.processes import PATIENCE

DIAGONAL = 8 * np.sqrt(2)
OF_MAPS = [name for name in METRICS if METRICS[name].compares == "maps"]
COMPARING = [*OF_MAPS, "prediction_kl"]


def golden_maps():
    y, x = np.mgrid[:8, :8]

    def bell(row, column, sd):
        return np.exp(-((y - row) ** 2 + (x - column) ** 2) / (2 * sd**2))

    def stretch(grid):
        return (grid - grid.min()) / (grid.max() - grid.min())

    return stretch(bell(3, 3, 1.5)), stretch(bell(4, 5, 2) + 0.25 * bell(1, 1, 1))


def blobs(seed, images=20, rows=7, columns=7):
    """Maps like those of a network: a few blobs, cut at zero, float32."""
    rng = np.random.default_rng(seed)
    y, x = np.mgrid[:rows, :columns]
    maps = -0.1 + 0.05 * rng.normal(size=(images, rows, columns))
    for _ in range(3):
        row, column = rng.uniform(0, rows - 1, images), rng.uniform(0, columns - 1, images)
        sd = rng.uniform(0.8, 2.5, images)[:, None, None]
        away = (y - row[:, None, None]) ** 2 + (x - column[:, None, None]) ** 2
        maps += rng.uniform(0.2, 1, images)[:, None, None] * np.exp(-away / (2 * sd**2))
    return np.maximum(maps, 0).astype(np.float32)


def some_stack(name, seed, images=6):
    if METRICS[name].compares == "predictions":
        return np.random.default_rng(seed).normal(0, 3, (images, 5)).astype(np.float32)
    return blobs(seed, images)


GOLDEN = {
    "mad": 0.244963197,
    "msd": 0.104693917,
    "pearson": 0.343870836,
    "spearman": 0.427115262,
    "wasserstein": 1.616052392 / DIAGONAL,
    "overlap": 0.181818,
    "centroid_shift": 1.571684717 / DIAGONAL,
    "kendall": 0.306900030,
    "cosine": 0.675253366,
    "ssim": 0.343373631,
    "sim": 0.562060073,
    "jensen_shannon": 0.140764170,
    "hellinger": 0.390184046,
    "overlap_half": 0.2,
    # These are of this project: the values of the slow twins.
    "weighted_pearson": 0.297859106,
    "weighted_mad": 0.283393046,
    "regional_pearson": 0.636206400,
    "regional_shift": 0.399895191,
}


@pytest.mark.parametrize("name", OF_MAPS)
def test_golden_value(name):
    a, b = golden_maps()
    tolerance = 5e-7 if name == "overlap" else 1e-9
    assert compare(name, a[None], b[None])[0] == pytest.approx(GOLDEN[name], abs=tolerance)


@pytest.mark.parametrize("name", COMPARING)
def test_equals_its_slow_twin(name):
    images = 3 if name == "wasserstein" else 20
    a, b = some_stack(name, 1, images), some_stack(name, 2, images)
    slow = [getattr(twins, name)(x.tolist(), y.tolist()) for x, y in zip(a, b, strict=True)]
    np.testing.assert_allclose(compare(name, a, b), slow, atol=1e-9)


def test_oracles_of_correlation():
    from scipy.stats import pearsonr, rankdata, spearmanr

    a, b = blobs(1, rows=5, columns=9), blobs(2, rows=5, columns=9)
    flat = [(x.ravel().astype(float), y.ravel().astype(float)) for x, y in zip(a, b, strict=True)]
    np.testing.assert_allclose(compare("pearson", a, b), [pearsonr(*xy)[0] for xy in flat])
    np.testing.assert_allclose(compare("spearman", a, b), [spearmanr(*xy)[0] for xy in flat])
    ties = np.random.default_rng(0).integers(1, 4, (20, 5, 5))
    from cam_augment.metrics.similarity import average_ranks

    ranks = average_ranks(ties.reshape(20, -1))
    np.testing.assert_array_equal(ranks, rankdata(ties.reshape(20, -1), axis=1))


def test_oracles_of_distance():
    from skimage.metrics import mean_squared_error
    from sklearn.metrics import jaccard_score, mean_absolute_error

    a, b = (np.array([(x - x.min()) / np.ptp(x) for x in blobs(s).astype(float)]) for s in (1, 2))
    pairs = list(zip(a, b, strict=True))
    np.testing.assert_allclose(compare("msd", a, b), [mean_squared_error(*xy) for xy in pairs])
    np.testing.assert_allclose(compare("mad", a, b), [mean_absolute_error(*xy) for xy in pairs])
    tenth = [[np.sort(x.ravel())[-10] for x in xy] for xy in pairs]
    tops = [[(x >= least).ravel() for x, least in zip(*both, strict=True)]
            for both in zip(pairs, tenth, strict=True)]  # fmt: skip
    jaccard = [jaccard_score(in_x, in_y) for in_x, in_y in tops]
    np.testing.assert_allclose(compare("overlap", a, b), jaccard)


@pytest.mark.parametrize("size", [(7, 7), (8, 8), (3, 6)])
def test_wasserstein_equals_the_full_problem(size):
    import scipy.stats

    transport_solver()  # loads POT without the deep-learning libraries
    import ot

    a, b = blobs(3, 12, *size), blobs(4, 12, *size)
    p, q = ((m / m.sum((1, 2), keepdims=True, dtype=float)).reshape(12, -1) for m in (a, b))
    cost = np.array(ground(*size))
    exact = [ot.emd2(x / x.sum(), y / y.sum(), cost) for x, y in zip(p, q, strict=True)]
    ours = compare("wasserstein", a, b) * np.hypot(*size)
    np.testing.assert_allclose(ours, exact, atol=1e-7)
    np.testing.assert_allclose(ours, exact, atol=1e-12)
    # On a grid of one row, W1 is the area between two cumulative distributions.
    line_a, line_b = a[:, :1] + 0.01, b[:, :1] + 0.01
    place = np.arange(size[1])
    expected = [
        scipy.stats.wasserstein_distance(place, place, x.ravel(), y.ravel())
        for x, y in zip(line_a, line_b, strict=True)
    ]
    result = compare("wasserstein", line_a, line_b) * np.hypot(1, size[1])
    np.testing.assert_allclose(result, expected, atol=1e-6)


def test_wasserstein_and_the_metrics_load_no_tensorflow():
    script = (
        "import sys, numpy as np\n"
        "from cam_augment.metrics.compare import compare\n"
        "assert not any(m in sys.modules for m in ('ot', 'scipy.stats', 'sklearn'))\n"
        "compare('wasserstein', np.eye(4)[None], np.ones((1, 4, 4)))\n"
        "assert 'tensorflow' not in sys.modules\n"
    )
    subprocess.run([sys.executable, "-c", script], check=True, timeout=PATIENCE)


def test_prediction_kl_against_an_oracle_and_at_the_extremes():
    from scipy.special import softmax
    from scipy.stats import entropy

    a, b = some_stack("prediction_kl", 1), some_stack("prediction_kl", 2)
    expected = entropy(softmax(a.astype(float), axis=1), softmax(b.astype(float), axis=1), axis=1)
    np.testing.assert_allclose(compare("prediction_kl", a, b), expected)
    sure = compare("prediction_kl", [[5000.0, 0.0]], [[0.0, 5000.0]])
    assert sure[0] == 5000.0
    assert (compare("prediction_kl", a, b) != compare("prediction_kl", b, a)).all()


UNDEFINED = [
    "pearson", "spearman", "kendall", "mad", "msd", "ssim",
    "weighted_pearson", "weighted_mad",
]  # fmt: skip


@pytest.mark.parametrize("name", OF_MAPS)
def test_constant_maps_are_nan_where_undefined(name):
    a, b = np.full((1, 4, 4), 0.1), blobs(0, 1, 4, 4) + 0.1
    assert np.isnan(compare(name, a, b)).all() == (name in UNDEFINED)
    assert np.isnan(compare(name, a, a)).all() == (name in [*UNDEFINED, "regional_pearson"])


def test_ties_at_the_threshold_all_belong_and_zeros_never_do():
    tied = np.array([[[3, 2, 2], [2, 0, 0], [0, 0, 0]]])
    single = np.array([[[3, 0, 0], [0, 0, 0], [0, 0, 0]]])
    assert prepare("overlap", tied).sum() == 4
    assert prepare("overlap", single).sum() == 1
    assert compare("overlap", tied, single)[0] == 0.25


def test_cells_that_just_reach_half_the_maximum_belong():
    a = np.array([[[4.0, 2.0, 1.9], [0, 0, 0]]])
    np.testing.assert_array_equal(prepare("overlap_half", a), [[1, 1, 0, 0, 0, 0]])


def test_bad_input_is_named():
    with pytest.raises(InputError, match="Did you mean 'pearson'"):
        compare("peason", np.ones((1, 2, 2)), np.ones((1, 2, 2)))
    with pytest.raises(ValueError, match="received shape"):
        prepare("mad", np.ones((2, 2)))
    with pytest.raises(ValueError, match="not negative"):
        prepare("mad", -np.ones((1, 2, 2)))
    with pytest.raises(ValueError, match=r"\(1, 2, 2\) and \(1, 3, 3\)"):
        compare("mad", np.ones((1, 2, 2)), np.ones((1, 3, 3)))


grids = arrays(np.float64, (4, 5), elements=st.integers(0, 50).map(lambda v: v / 10)).filter(
    lambda grid: np.ptp(grid) > 0
)


@settings(max_examples=60)
@given(grids, grids)
def test_centroid_shift_is_at_most_wasserstein(a, b):
    shift, work = (compare(name, a[None], b[None])[0] for name in ("centroid_shift", "wasserstein"))
    assert 0 <= shift <= work + 1e-9
    assert work <= 1


@settings(max_examples=60)
@given(grids, grids, st.floats(0.01, 100), st.floats(0, 10))
def test_what_the_correlations_do_not_see(a, b, scale, shift):
    pearson, spearman = (compare(name, a[None], b[None])[0] for name in ("pearson", "spearman"))
    moved = compare("pearson", scale * a[None] + shift, b[None])[0]
    assert moved == pytest.approx(pearson, abs=1e-7)
    assert compare("spearman", a[None] ** 3, b[None])[0] == pytest.approx(spearman, abs=1e-9)


@settings(max_examples=60)
@given(grids, grids, st.sampled_from(OF_MAPS), st.floats(1e-6, 1e6))
def test_no_metric_sees_the_scale_of_a_map(a, b, name, scale):
    value = compare(name, a[None], b[None])[0]
    assert compare(name, scale * a[None], b[None])[0] == pytest.approx(value, abs=1e-6)
    assert np.isfinite(value)


@settings(max_examples=30)
@given(grids, grids, grids)
def test_wasserstein_keeps_the_triangle_inequality(a, b, c):
    ab, bc, ac = (compare("wasserstein", x[None], y[None])[0] for x, y in [(a, b), (b, c), (a, c)])
    assert ac <= ab + bc + 1e-9
