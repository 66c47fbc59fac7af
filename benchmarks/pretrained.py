"""Training a pretrained kind of network, its base frozen or not, against Keras' own ``fit``.

Each training has a process of its own: ``python -m benchmarks.pretrained SIDE KIND [quick]`` prints
its seconds, traced before. Both sides train the same MobileNetV2 of width 0.35 from the same images
in memory, and validate after the epoch. The weights are random: how fast a network learns does not
depend on what it knows.
"""

import json
import sys
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
AIMS = {FROZEN: ">= 2.5", WHOLE: ">= 2"}


def measure(quick: bool) -> list[Row]:
    """Return how many times more of each kind of training the machine does than by ``fit``."""
    rows = []
    for kind, aim in AIMS.items():
        ours, theirs = [], []
        for _ in range(1 if quick else REPEATS):
            ours.append(_on_all_cores(kind, quick))
            theirs.append(_seconds("fit", kind, quick, **dict.fromkeys(ALONE)))
        rows.append(
            faster(
                PART, f"training, {kind}", "Keras fit", ours, theirs, aim=aim,
                note=f"seconds for an epoch of {IMAGES} images of {SIDE}x{SIDE} in batches of "
                f"{BATCH} and its validation, traced before, without augmentation; ours: a process "
                "on each core, as a study trains, over their number; fit: one process, as a user "
                "starts it who has set nothing",
            )
        )  # fmt: skip
    return rows


def _on_all_cores(kind: str, quick: bool) -> float:
    """Return the seconds of a training when each core has one, over the number of cores."""
    with ThreadPoolExecutor(cores()) as together:
        seconds = list(together.map(lambda _: _seconds("ours", kind, quick), range(cores())))
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


def ours(kind: str, quick: bool) -> float:
    """Return the seconds of a training of one epoch, traced by another before."""
    from cam_augment.training import trainer

    x, y = images(quick)
    recipe = {"epochs": 1, "batch_size": BATCH}
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
    side = {"ours": ours, "fit": fit}[sys.argv[1]]
    print(json.dumps({"seconds": side(sys.argv[2], sys.argv[3:] == ["quick"])}))
