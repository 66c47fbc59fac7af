"""The script that a user would write instead: the other side of the benchmark of a study.

One process, TensorFlow's own threading, float32, Keras' layers and ``fit``, Keras'
augmentation layers inside the model, tf-keras-vis for the maps, SciPy and POT image by
image for the scores. Data, network, recipe and epochs are those of the plan. It takes the
shortcuts that a careful user would take: maps stay on the layer's small grid, all probe
images go through one call, and of the plan's metrics only the three are scored that have
a ready function.

    python -m benchmarks.naive FILE --seed 1 --pairs 8 --changes '{"recipe.epochs": 2}'

trains one model of every arm, compares ``--pairs`` pairs of them, and writes what each
step took. The whole study is these steps as often as the plan asks (see ``study/run.py``).
"""

import argparse
import json
from collections.abc import Sequence
from functools import cache
from itertools import combinations, islice
from pathlib import Path
from time import perf_counter
from typing import Any

import keras
import numpy as np
import ot
import tensorflow as tf
from scipy.stats import pearsonr, spearmanr

from cam_augment.plan import Plan, Recipe
from cam_augment.records import DataSet
from cam_augment.registry import ARCHITECTURES, DATASETS


def augmentation(name: str, magnitude: float) -> list[keras.layers.Layer]:
    """Return Keras' layers for one of our strategies, at the same magnitude."""
    layers = keras.layers
    augmentations = {
        "rotation": lambda: layers.RandomRotation(magnitude / 360),
        "zoom": lambda: layers.RandomZoom(magnitude),
        "translation": lambda: layers.RandomTranslation(magnitude, magnitude),
        "shear": lambda: layers.RandomShear(x_factor=magnitude),
        "horizontal_flip": lambda: layers.RandomFlip("horizontal"),
        "contrast": lambda: layers.RandomContrast(magnitude, value_range=(0, 1)),
        "gaussian_noise": lambda: layers.GaussianNoise(magnitude),
        "random_erasing": lambda: layers.RandomErasing(scale=(0.02, magnitude), value_range=(0, 1)),
    }
    return [augmentations[name]()] if name in augmentations else []


def network(
    shape: tuple[int, ...],
    classes: int,
    augmenting: Sequence[keras.layers.Layer] = (),
    architecture: str = "small_cnn",
) -> keras.Model:
    """Return the plan's network in Keras' own layers and float32, augmentation in front."""
    image = keras.Input(shape)
    x = image
    for layer in augmenting:
        x = layer(x)
    for layer in layout(architecture, shape, classes):
        x = keras_own(layer)(x)
    return keras.Model(image, x)


@cache
def layout(architecture: str, shape: tuple[int, ...], classes: int) -> list[keras.layers.Layer]:
    """Return the layers that the network is a chain of."""
    return ARCHITECTURES[architecture](shape, classes).layers[1:]


def keras_own(layer: keras.layers.Layer) -> keras.layers.Layer:
    """Return a fresh layer of the same settings, of the kind that Keras itself has."""
    kind: Any = next(kind for kind in type(layer).__mro__ if kind.__module__.startswith("keras."))
    return kind.from_config({k: v for k, v in layer.get_config().items() if k != "dtype"})


def batches(
    images: np.ndarray, labels: np.ndarray, batch_size: int, mixing: float | None
) -> tf.data.Dataset:
    """Return shuffled batches; blended by Keras' MixUp where ``mixing`` is its alpha."""
    data = tf.data.Dataset.from_tensor_slices((images, labels)).cache()
    data = data.shuffle(len(images)).batch(batch_size)
    if mixing is not None:
        layer = keras.layers.MixUp(mixing)

        def mix(x: Any, y: Any) -> tuple[Any, Any]:
            mixed = layer({"images": x, "labels": y}, training=True)
            return mixed["images"], mixed["labels"]

        data = data.map(mix, num_parallel_calls=tf.data.AUTOTUNE)
    return data.prefetch(tf.data.AUTOTUNE)


def train(data: DataSet, recipe: Recipe, strategy: str, magnitude: float, seed: int) -> keras.Model:
    """Return a model trained with one augmentation (``baseline``: none)."""
    keras.utils.set_random_seed(seed)
    classes = len(data.classes)
    layers = augmentation(strategy, magnitude)
    model = network(data.train.images.shape[1:], classes, layers)
    steps = -(-len(data.train) // recipe.batch_size) * recipe.epochs
    rate = keras.optimizers.schedules.CosineDecay(recipe.learning_rate, steps)
    model.compile(
        keras.optimizers.Adam(rate),
        keras.losses.CategoricalCrossentropy(from_logits=True),
        metrics=["accuracy"],
    )
    training_part, validation_part = (
        keras.utils.to_categorical(s.labels, classes) for s in (data.train, data.validation)
    )
    mixing = magnitude if strategy == "mixup" else None
    model.fit(
        batches(data.train.images[:], training_part, recipe.batch_size, mixing),
        epochs=recipe.epochs,
        validation_data=(data.validation.images[:], validation_part),
        verbose=0,
    )
    return model


def look(model: keras.Model, images: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """Return Grad-CAM maps of the true classes by tf-keras-vis, float32 [image, row, column]."""
    from tf_keras_vis.gradcam import Gradcam
    from tf_keras_vis.utils.scores import CategoricalScore

    maps = Gradcam(model, clone=False)(
        CategoricalScore(labels.tolist()),
        images,
        penultimate_layer="features",
        seek_penultimate_conv_layer=False,
        expand_cam=False,
    )
    return np.asarray(maps, np.float32)


def scores(first: np.ndarray, second: np.ndarray) -> dict[str, float]:
    """Return the mean Pearson, Spearman and Wasserstein of two stacks, image by image."""
    rows, columns = np.indices(first.shape[1:])
    cells = np.stack([rows.ravel(), columns.ravel()], axis=1).astype(float)
    cost = ot.dist(cells, metric="euclidean")
    values = []
    for a, b in zip(first.reshape(len(first), -1), second.reshape(len(second), -1), strict=True):
        if a.max() == a.min() or b.max() == b.min():
            continue
        p, q = a.astype(float) / a.sum(dtype=float), b.astype(float) / b.sum(dtype=float)
        values.append([pearsonr(a, b)[0], spearmanr(a, b)[0], ot.emd2(p, q, cost)])
    means = np.mean(values, axis=0)
    diagonal = np.hypot(*first.shape[1:])
    return {"pearson": means[0], "spearman": means[1], "wasserstein": means[2] / diagonal}


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("file", type=Path)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--pairs", type=int, default=8)
    parser.add_argument("--changes", type=json.loads, default={})
    options = parser.parse_args()
    plan = Plan.read("quickstart", more_models=[], **options.changes)
    data = DATASETS[plan.dataset.name](**plan.dataset.settings)
    arms = {"baseline": 0.0}
    for strategy in plan.strategies:
        (step,) = strategy.steps
        arms[strategy.label] = step.settings.get("magnitude", 0.0)
    took: dict = {"train": {}, "predict": [], "maps": [], "pairs": [], "accuracy": {}}
    stacks = []
    for arm, magnitude in arms.items():
        start = perf_counter()
        model = train(data, plan.recipe, arm, magnitude, options.seed)
        took["train"][arm] = perf_counter() - start
        start = perf_counter()
        logits = model.predict(data.test.images[:], verbose=0)
        took["accuracy"][arm] = float((logits.argmax(axis=1) == data.test.labels).mean())
        took["predict"].append(perf_counter() - start)
        start = perf_counter()
        stacks.append(look(model, data.probe.images[:], data.probe.labels))
        took["maps"].append(perf_counter() - start)
    for first, second in islice(combinations(stacks, 2), options.pairs):
        start = perf_counter()
        scores(first, second)
        took["pairs"].append(perf_counter() - start)
    options.file.write_text(json.dumps(took), "utf-8")


if __name__ == "__main__":
    main()
