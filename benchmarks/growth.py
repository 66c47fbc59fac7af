"""(e) How time and memory grow with runs, probe images, map size and workers.

Each size is measured in a process of its own, because a process' peak of memory never
falls. The exponent is the slope of log(measure) on log(size): 1 is linear, 2 quadratic.
"""

import argparse
import json
import resource
import sys
import time
from collections.abc import Callable, Sequence
from functools import partial
from statistics import median
from typing import TYPE_CHECKING

import numpy as np

from benchmarks.metrics import made_maps
from benchmarks.part import apart
from benchmarks.rows import Row

if TYPE_CHECKING:
    from cam_augment.plan import Plan
    from cam_augment.questions import Answers
    from cam_augment.records import DataSet, Fit, Maps

PART = "growth"
CHEAP = ("pearson", "spearman", "mad", "msd", "overlap", "centroid_shift")
BASELINES, SEEDS = 8, 4
# The point about which one size varies at a time.
MIDDLE = {"strategies": 10, "images": 500, "grid": 7}
SIZES = {
    "strategies": (4, 8, 16, 32),
    "images": (250, 500, 1000, 2000),
    "grid": (7, 14, 28, 40),
}
QUICK_MIDDLE = {"strategies": 2, "images": 50, "grid": 7}
QUICK_SIZES = {"strategies": (1, 2), "images": (25, 50), "grid": (7, 14)}
GRID_IMAGES = 200  # for the largest grids, so that they take seconds
SOLVED = {"strategies": 1, "images": 50}  # around the growth of exact transport
SOLVED_GRIDS = (5, 7, 10, 14)
TASKS = (50, 100, 200, 400)
WORKERS: tuple[int, ...] = (1, 2, 4)


def measure(quick: bool) -> list[Row]:
    """Return the exponents of time and memory, and the engine's own cost."""
    most = 2 if quick else None
    repeats = 1 if quick else 3
    middle = QUICK_MIDDLE if quick else MIDDLE
    rows = []
    for name, sizes in (QUICK_SIZES if quick else SIZES).items():
        points = [middle | {name: size} for size in sizes]
        if name == "grid":
            points = [point | {"images": min(GRID_IMAGES, point["images"])} for point in points]
        rows += profile_growth(name, sizes, points, repeats)
    solved = [{**SOLVED, "grid": grid, "expensive": True} for grid in SOLVED_GRIDS[:most]]
    rows += profile_growth("grid, exact transport", SOLVED_GRIDS[:most], solved, repeats)
    return rows + engine_growth(TASKS[:most], WORKERS[:most], repeats)


def profile_growth(name: str, sizes: Sequence[int], points: list[dict], repeats: int) -> list[Row]:
    """Return how scores and statistics grow: seconds, and memory above the start's."""
    cells = [size**2 for size in sizes] if name.startswith("grid") else list(sizes)
    models = [BASELINES + SEEDS * size for size in sizes] if name == "strategies" else cells
    repetitions = [[_apart(point) for point in points] for _ in range(repeats)]
    units = {"strategies": "runs", "images": "probe images", "grid": "cells of a map"}
    label = units.get(name, "cells of a map, Wasserstein alone")
    return [
        exponent(f"{kind} of scores and statistics, with {label}", models, [
            [point[kind] for point in repeat] for repeat in repetitions
        ], unit)
        for kind, unit in (("time", "s"), ("memory", "MiB"))
    ]  # fmt: skip


def exponent(what: str, sizes: Sequence[int], repeats: list[list[float]], unit: str) -> Row:
    """Return the fitted exponent of a measure, by repeat, with its points in the note."""
    slopes = [slope(sizes, values) for values in repeats]
    middle = [median(values) for values in zip(*repeats, strict=True)]
    points = ", ".join(f"{size}: {value:.3g}" for size, value in zip(sizes, middle, strict=True))
    return Row(
        PART, what, "size", "exponent", median(slopes), min(slopes), max(slopes),
        repeats=len(repeats), note=f"{unit} at {points}",
    )  # fmt: skip


def slope(sizes: Sequence[int], values: Sequence[float]) -> float:
    """Return the least-squares slope of log(values) on log(sizes).

    >>> round(slope([1, 2, 4], [3, 12, 48]), 6)
    2.0
    """
    return float(np.polyfit(np.log(sizes), np.log(np.maximum(values, 1e-9)), 1)[0])


def _apart(point: dict) -> dict[str, float]:
    return apart("benchmarks.growth", json.dumps(point))


def made_study(
    strategies: int, images: int, grid: int, expensive: bool = False
) -> "tuple[Plan, DataSet, list[Fit], Answers]":
    """Return a plan, data, fits and answers of made models, as ``impact.profile`` takes them.

    Maps are made when they are asked for, as those in a store are read.
    """
    from cam_augment.plan import Plan
    from cam_augment.questions import OWN
    from cam_augment.records import DataSet, Fit, Maps, Split

    fields = {
        "strategies": [f"rotation:{(n + 1) / 4:g}" for n in range(strategies)],
        "baselines": BASELINES,
        "seeds": SEEDS,
        "metrics": ["wasserstein"] if expensive else list(CHEAP),
        "primary": "wasserstein" if expensive else "pearson",
    }
    plan = Plan.make(fields)
    rng = np.random.default_rng(0)
    labels = np.arange(images) % 10
    split = Split(np.zeros((images, grid, grid, 1), np.float32), labels)
    data = DataSet("made", tuple("0123456789"), split, split, split, split)
    fits: list[Fit] = []
    maps: dict[str, Callable[[], Maps]] = {}
    right = 3 * np.eye(10, dtype=np.float32)[labels]
    for model, run in enumerate(plan.runs()):
        logits = right + rng.normal(0, 1, right.shape).astype(np.float32)
        fits.append(Fit(run, logits, logits, {}, 0.0, {}))
        maps[run.key] = partial(_made, run.key, model, images, grid)
    return plan, data, fits, {"maps": {OWN: maps}}


def _made(key: str, *which: int) -> "Maps":
    from cam_augment.records import Maps

    return Maps(key, "made", "made", made_maps(*which))


def peak() -> float:
    """Return the most memory that this process ever held, in MiB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (2**20 if _BYTES else 2**10)


_BYTES = sys.platform == "darwin"  # there ru_maxrss counts bytes, elsewhere KiB


def engine_growth(tasks: Sequence[int], workers: Sequence[int], repeats: int) -> list[Row]:
    """Return how the engine's own time grows: with empty tasks, and with workers."""
    by_tasks = [[engine_seconds(count, 2) for count in tasks] for _ in range(repeats)]
    by_workers = [[engine_seconds(tasks[0], count) for count in workers] for _ in range(repeats)]
    return [
        exponent("time of the engine, start included, with empty tasks", tasks, by_tasks, "s"),
        exponent("time of the engine, start included, with workers", workers, by_workers, "s"),
    ]


def engine_seconds(tasks: int, workers: int) -> float:
    """Return the seconds in which the engine starts, answers empty tasks, and stops."""
    from cam_augment.engine import tasks as engine

    start = time.perf_counter()
    answers = list(engine.answers(nothing, [(i,) for i in range(tasks)], None, workers=workers))
    assert sorted(answer for _, answer in answers) == list(range(tasks))
    return time.perf_counter() - start


def nothing(task: int, _shared: object) -> int:
    """Do nothing, in a worker."""
    return task


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("point", type=json.loads)
    point = parser.parse_args().point
    from cam_augment import impact

    # Loaded before the clock starts: SciPy, scikit-learn and the metrics.
    impact.profile(*made_study(1, 20, 4, expensive=point.get("expensive", False)), [], {})
    study = made_study(**point)
    before, start = peak(), time.perf_counter()
    impact.profile(*study, [], {})
    seconds = time.perf_counter() - start
    print(json.dumps({"time": seconds, "memory": max(peak() - before, 0.1)}))


if __name__ == "__main__":
    main()
