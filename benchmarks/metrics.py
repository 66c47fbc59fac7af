"""(c) Scores of all pairs against the usual libraries' loops, and what tests take."""

from collections.abc import Callable
from itertools import combinations
from math import comb
from time import perf_counter

import numpy as np

from benchmarks import verdicts
from benchmarks.rows import Row, faster, number
from benchmarks.timing import alternate
from cam_augment.impact.attention import pairs as scoring
from cam_augment.metrics.compare import prepare
from cam_augment.registry import METRICS
from cam_augment.statistics import energy_test

PART = "metrics"
MODELS, IMAGES, GRID = 12, 500, 7  # against the libraries
MANY_MODELS, MANY_IMAGES, MANY_GRID = 60, 1000, 8  # ours alone
EXPENSIVE_MODELS = 5  # of the many, for metrics whose every pair is solved
LOOP_IMAGES = 60  # of one pair, for the libraries
LOOP_LABELLINGS = 500


def measure(quick: bool) -> list[Row]:
    """Return the rows of every metric between maps, and of the relabelling tests."""
    scale = 10 if quick else 1
    repeats = 3 if quick else 5
    few = attention(4 if quick else MODELS, IMAGES // scale, GRID)
    many = attention(8 if quick else MANY_MODELS, MANY_IMAGES // scale, MANY_GRID)
    names = [name for name, entry in METRICS.items() if entry.compares == "maps"]
    rows = [against_loop(name, few, repeats) for name in names if name in LOOPS]
    rows += [all_pairs(name, many, min(repeats, 3)) for name in names]
    rows += [relabelling(models, repeats) for models in ((8,) if quick else (8, 20))]
    return rows + verdicts.measured(PART, quick)


def attention(models: int, images: int, grid: int) -> list[np.ndarray]:
    """Return the made maps of so many models, see ``made_maps``."""
    return [made_maps(model, images, grid) for model in range(models)]


def made_maps(model: int, images: int, grid: int) -> np.ndarray:
    """Return made maps like a model's, float32 [image, row, column]: two blobs, cut at 0.

    Every image has a place of its own; every model looks a little beside it.
    """
    places = np.random.default_rng(0).uniform(1, grid - 2, (2, 2, images, 1, 1))
    rng = np.random.default_rng((1, model))
    row, column = np.indices((grid, grid))[:, None, :, :]
    (y1, x1), (y2, x2) = places + rng.normal(0, 0.6, places.shape)
    size = rng.uniform(0.8, 1.6, (images, 1, 1)) * grid / 7
    first = np.exp(-((row - y1) ** 2 + (column - x1) ** 2) / (2 * size**2))
    second = np.exp(-((row - y2) ** 2 + (column - x2) ** 2) / (2 * size**2))
    noise = rng.normal(0, 0.05, (images, grid, grid))
    return np.maximum(0, first + 0.5 * second + noise).astype(np.float32)


def _minmax(a):
    return (a - a.min()) / (a.max() - a.min())


def _pearson(a, b):
    from scipy.stats import pearsonr

    return pearsonr(a.ravel(), b.ravel())[0]


def _spearman(a, b):
    from scipy.stats import spearmanr

    return spearmanr(a.ravel(), b.ravel())[0]


def _mad(a, b):
    return np.abs(_minmax(a) - _minmax(b)).mean()


def _msd(a, b):
    from skimage.metrics import mean_squared_error

    return mean_squared_error(_minmax(a), _minmax(b))


def _overlap(a, b):
    count = int(np.ceil(0.2 * a.size))
    first, second = (m >= np.sort(m, axis=None)[-count] for m in (a, b))
    return (first & second).sum() / (first | second).sum()


def _centroid_shift(a, b):
    from scipy.ndimage import center_of_mass

    return np.hypot(*np.subtract(center_of_mass(a), center_of_mass(b))) / np.hypot(*a.shape)


def _wasserstein(a, b):
    import ot

    p, q = a.ravel() / a.sum(), b.ravel() / b.sum()
    return ot.emd2(p, q, _ground(*a.shape)) / np.hypot(*a.shape)


def _ground(rows: int, columns: int, cache: dict = {}) -> np.ndarray:
    """Return the distances between cells; a careful loop computes them once."""
    import ot

    if (rows, columns) not in cache:
        cells = np.argwhere(np.ones((rows, columns))).astype(float)
        cache[rows, columns] = ot.dist(cells, metric="euclidean")
    return cache[rows, columns]


# What a user's loop would call for one pair of maps of one image, float64 [row, column].
LOOPS: dict[str, tuple[str, Callable]] = {
    "pearson": ("scipy.stats.pearsonr", _pearson),
    "spearman": ("scipy.stats.spearmanr", _spearman),
    "mad": ("NumPy loop", _mad),
    "msd": ("skimage mean_squared_error", _msd),
    "overlap": ("NumPy loop", _overlap),
    "centroid_shift": ("scipy center_of_mass", _centroid_shift),
    "wasserstein": ("ot.emd2", _wasserstein),
}


def loop(metric: str, first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """Return a metric of two stacks as a user's loop has it, float64 [image]."""
    _, function = LOOPS[metric]
    pairs = zip(first.astype(np.float64), second.astype(np.float64), strict=True)
    return np.array([function(a, b) for a, b in pairs])


def against_loop(metric: str, models: list[np.ndarray], repeats: int) -> Row:
    """Compare our scores of all pairs, prepared and one thread, with the library's loop."""
    first, second = (stack[:LOOP_IMAGES] for stack in models[:2])
    pairs = list(combinations(range(len(models)), 2))
    entry = METRICS[metric]

    def ours():
        ready = [prepare(metric, stack) for stack in models]
        return [entry(ready[i], ready[j]) for i, j in pairs]

    seconds = alternate({"ours": ours, "theirs": lambda: loop(metric, first, second)}, repeats)
    comparisons = len(pairs) * len(models[0])
    scaled = [t * comparisons / len(first) for t in seconds["theirs"]]
    note = (
        f"{len(models)} models x {len(models[0])} maps of {GRID}x{GRID}, one thread; the loop on "
        f"{len(first)} maps of one pair, scaled to {comparisons:,} comparisons"
    )
    return faster(PART, metric, LOOPS[metric][0], seconds["ours"], scaled, note=note)


def all_pairs(metric: str, models: list[np.ndarray], repeats: int) -> Row:
    """Return the seconds of all pairs of many models, by ``impact.attention.pairs``."""
    expensive = METRICS[metric].expensive
    chosen = models[:EXPENSIVE_MODELS] if expensive else models
    share = comb(len(models), 2) / comb(len(chosen), 2)
    times = []
    for _ in range(repeats):
        start = perf_counter()
        scoring.among(metric, scoring.prepare_all(metric, chosen))
        times.append((perf_counter() - start) * share)
    note = f"{len(models[0]):,} maps of {MANY_GRID}x{MANY_GRID} per model, all processors"
    if expensive:
        note += f"; {comb(len(chosen), 2)} pairs, scaled to {comb(len(models), 2):,} by counts"
    return number(PART, f"{metric}, {len(models)} models", times, "s", note=note)


def relabelling(models: int, repeats: int) -> Row:
    """Compare the test of two arms of so many ``models`` with a loop over relabellings."""
    values = np.random.default_rng(0).random((2 * models, 2 * models))
    distance = (values + values.T) * (1 - np.eye(2 * models))
    labellings = min(comb(2 * models, models), 200_000)
    chosen = [np.random.default_rng(i).permutation(2 * models) for i in range(LOOP_LABELLINGS)]

    def theirs():
        return [excess(distance, order[:models], order[models:]) for order in chosen]

    seconds = alternate({"ours": lambda: energy_test(distance, models), "theirs": theirs}, repeats)
    scaled = [t * labellings / len(chosen) for t in seconds["theirs"]]
    note = f"{labellings:,} relabellings; the loop on {len(chosen)} of them, scaled"
    what = f"relabelling test, {models} + {models} models"
    return faster(PART, what, "NumPy loop", seconds["ours"], scaled, note=note)


def excess(distance: np.ndarray, a: np.ndarray, b: np.ndarray) -> float:
    """Return 2C - F - W of one labelling, as its formula is written."""
    between = distance[np.ix_(a, b)].mean()
    floor, within = (
        distance[np.ix_(g, g)].sum() / (len(g) * (len(g) - 1)) if len(g) > 1 else np.nan
        for g in (b, a)
    )
    return float(2 * between - floor - within)
