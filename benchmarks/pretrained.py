"""Training a pretrained kind of network, its base frozen or not, against Keras' own ``fit``.

Each training has a process of its own: ``python -m benchmarks.pretrained SIDE KIND [quick]`` prints
its seconds, traced before. SIDE is ``fit``, or the precision of ours. All train the same
MobileNetV2 of width 0.35 from the same images in memory, and validate after the epoch. The weights
are random: how fast a network learns does not depend on what it knows.
"""

import json
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from statistics import fmean
from time import perf_counter
from typing import Any

import numpy as np

from benchmarks.part import ONE_THREAD, apart
from benchmarks.rows import Row, faster
from cam_augment.base import kernels
from cam_augment.base.processor import cores
from cam_augment.plan import Plan
from cam_augment.records import DataSet, Split

PART = "pretrained"
REPEATS = 5
SIDE, BATCH, CLASSES = 96, 32, 2
IMAGES, QUICK_IMAGES = 768, 64
BASE = "out_relu"
FROZEN, WHOLE = "base frozen", "whole network"
ALONE = {*ONE_THREAD, *kernels.SETTING}  # what stands in the environment of a worker of ours
OURS, HALF = "float32", "bfloat16"  # what the package takes for such a network, and what it could
AIMS = {FROZEN: ">= 2.5", WHOLE: ">= 2"}


def measure(quick: bool) -> list[Row]:
    """Return how many times more of each kind of training the machine does than by ``fit``."""
    return [row for kind in AIMS for row in _rows(kind, quick)]


def _rows(kind: str, quick: bool) -> Iterator[Row]:
    """Yield ours against ``fit``, and against ours in half precision where that is no emulation."""
    ours, theirs, half = [], [], []
    for _ in range(1 if quick else REPEATS):
        ours.append(_on_all_cores(OURS, kind, quick))
        theirs.append(_seconds("fit", kind, quick, **dict.fromkeys(ALONE)))
        half += [_on_all_cores(HALF, kind, quick)] if kernels.multiply_bfloat16() else []
    note = (
        f"seconds for an epoch of {IMAGES} images of {SIDE}x{SIDE} in batches of {BATCH} and its "
        "validation, traced before, without augmentation; ours: a process on each core, as a study "
        "trains, over their number; fit: one process, as a user starts it who has set nothing"
    )
    yield faster(PART, f"training, {kind}", "Keras fit", ours, theirs, aim=AIMS[kind], note=note)
    if half:
        yield faster(PART, f"training, {kind}", f"ours in {HALF}", ours, half, note=note)


def _on_all_cores(precision: str, kind: str, quick: bool) -> float:
    """Return the seconds of a training of ours when each core has one, over their number."""
    with ThreadPoolExecutor(cores()) as together:
        seconds = list(together.map(lambda _: _seconds(precision, kind, quick), range(cores())))
    return fmean(seconds) / cores()


def _seconds(side: str, kind: str, quick: bool, **variables: str | None) -> float:
    return apart("benchmarks.pretrained", side, kind, *["quick"] * quick, **variables)["seconds"]


def images(quick: bool) -> tuple[np.ndarray, np.ndarray]:
    """Return images and their classes."""
    rng, count = np.random.default_rng(0), QUICK_IMAGES if quick else IMAGES
    return rng.random((count, SIDE, SIDE, 3), np.float32), np.arange(count) % CLASSES


def network(shape: tuple[int, int, int], classes: int) -> Any:
    """Return the network that both sides train, a ``keras.Model`` of logits."""
    from cam_augment.base.lazy import keras

    picture = keras.Input(shape)
    base = keras.applications.MobileNetV2(
        input_tensor=keras.layers.Rescaling(2.0, -1.0)(picture),
        alpha=0.35, include_top=False, weights=None,
    )  # fmt: skip
    features = keras.layers.GlobalAveragePooling2D()(base.output)
    return keras.Model(picture, keras.layers.Dense(classes)(features))


def ours(precision: str, kind: str, quick: bool) -> float:
    """Return the seconds of a training of one epoch, traced by another before."""
    from cam_augment.training import trainer

    x, y = images(quick)
    recipe = {"epochs": 1, "batch_size": BATCH, "precision": precision}
    source = {"name": "own", "source": "benchmarks.pretrained:network", "base": BASE}
    plan = Plan.make(
        {"architecture": source, "recipe": recipe | {"frozen_epochs": int(kind == FROZEN)}}
    )
    few = Split(x[:BATCH], y[:BATCH])
    data = DataSet("noise", ("a", "b"), Split(x, y), few, few, few)
    first, second, *_ = plan.runs()
    trainer.complete(first, [], None, data)
    training = trainer.complete(second, [], None, data).training
    assert training is not None
    return training.seconds


def fit(kind: str, quick: bool) -> float:
    """Return the seconds of Keras' ``fit`` for one epoch, traced by one before."""
    from cam_augment.base.lazy import keras

    x, y = images(quick)
    model = network(x.shape[1:], CLASSES)
    if kind == FROZEN:
        names = [layer.name for layer in model.layers]
        for layer in model.layers[: names.index(BASE) + 1]:
            layer.trainable = False
    model.compile("adam", keras.losses.SparseCategoricalCrossentropy(from_logits=True))
    validation = x[:BATCH], y[:BATCH]
    options = {"batch_size": BATCH, "epochs": 1, "verbose": 0, "validation_data": validation}
    model.fit(x, y, **options)
    start = perf_counter()
    model.fit(x, y, **options)
    return perf_counter() - start


if __name__ == "__main__":
    side, kind, quick = sys.argv[1], sys.argv[2], sys.argv[3:] == ["quick"]
    taken = fit(kind, quick) if side == "fit" else ours(side, kind, quick)
    print(json.dumps({"seconds": taken}))
