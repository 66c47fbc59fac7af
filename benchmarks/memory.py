"""What the driver of a large study holds: profile and report of models that were never trained.

Their maps are made when they are asked for, as those in a store are read.
"""

import json
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from time import perf_counter

import numpy as np

from benchmarks.growth import BASELINES, SEEDS, made_study, peak
from benchmarks.part import apart
from benchmarks.rows import Row, number

MODELS = (60, 240, 2000)
QUICK_MODELS = (16, 28)
IMAGES, GRID = 500, 8


def measure(part: str, quick: bool) -> list[Row]:
    """Return the driver's peak of memory by models, and its growth."""
    models, images = (QUICK_MODELS, 20) if quick else (MODELS, IMAGES)
    sizes = [(count - BASELINES) // SEEDS for count in models]
    points = [apart("benchmarks.memory", size, images) for size in sizes]
    note = (
        f"profile and report of {SEEDS} models of each strategy and {BASELINES} baselines, "
        f"{images} maps of {GRID}x{GRID} and {2 * images:,} predictions of 10 classes each, no "
        "model trained"
    )
    peaks = [point["peak"] for point in points]
    rows = [
        number(part, f"the driver's peak of memory, {count:,} models", [most], "MiB",
               aim="<= 2048" if count == models[0] else None, note=note)
        for count, most in zip(models, peaks, strict=True)
    ]  # fmt: skip
    seconds = ", ".join(
        f"{n:,}: {point['seconds']:.0f}" for n, point in zip(models, points, strict=True)
    )
    return [
        *rows,
        number(part, "the driver's memory, each model more", [_rise(models, peaks)], "MiB a model",
               note=f"{note}; a straight line through the peaks; seconds by models: {seconds}"),
    ]  # fmt: skip


def _rise(models: Sequence[int], peaks: Sequence[float]) -> float:
    """Return by how much a straight line through the peaks rises with a model."""
    return float(np.polyfit(models, peaks, 1)[0])


def driver(strategies: int, images: int) -> dict[str, float]:
    """Return seconds and MiB at the most of the profile and the report of made models."""
    from cam_augment import impact, report

    start = perf_counter()
    profile = impact.profile(*made_study(strategies, images, GRID), [], {})
    with tempfile.TemporaryDirectory() as folder:
        report.write(profile, Path(folder) / "out")
    return {"seconds": perf_counter() - start, "peak": peak()}


if __name__ == "__main__":
    print(json.dumps(driver(int(sys.argv[1]), int(sys.argv[2]))))
