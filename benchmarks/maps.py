"""(b) Maps in forward passes: what a map costs beyond predicting, ours and the peers'."""

from collections.abc import Callable, Mapping
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from benchmarks.rows import Row, ratio
from benchmarks.timing import alternate

if TYPE_CHECKING:
    import keras

    from cam_augment.registry import Entry

PART = "maps"
UNIT = "forward passes"
SHAPE, CLASSES, IMAGES = (28, 28, 1), 10, 500
SCORED = 20  # images for methods that mask the image once per channel
AIM = "<= 1.1"


def measure(quick: bool) -> list[Row]:
    """Return what maps of ``IMAGES`` images cost in forward passes of the same network."""
    import keras

    from cam_augment.registry import ARCHITECTURES, CAMS

    keras.utils.set_random_seed(0)
    model = ARCHITECTURES["small_cnn"](SHAPE, CLASSES)
    images, targets = inputs(50 if quick else IMAGES)
    repeats = 3 if quick else 15
    single = {name: entry for name, entry in CAMS.items() if entry.form != "model"}
    works = {
        "forward": forward_pass(model, images),
        **our_passes(model, images, targets, single),
        "gradcam of a model within a model": nested_pass(model, images, targets),
        **their_passes(model, images, targets),
    }
    rows = in_forward_passes(
        alternate(works, repeats), f"{len(images)} images of 28x28, one thread"
    )
    rows += masking_rows(model, images[:SCORED], targets[:SCORED], min(repeats, 3))
    return rows + torch_rows(model, images, targets, repeats)


def inputs(count: int) -> tuple[np.ndarray, np.ndarray]:
    """Return images float32 [image, row, column, channel] in 0..1 and targets int64 [image]."""
    rng = np.random.default_rng(0)
    return rng.random((count, *SHAPE), np.float32), rng.integers(0, CLASSES, count)


def forward_pass(model: "keras.Model", images: np.ndarray) -> Callable[[], object]:
    """Return the compiled plain forward pass."""
    import tensorflow as tf

    tensor = tf.constant(images)
    forward = tf.function(lambda x: model(x, training=False))
    return lambda: forward(tensor).numpy()


def our_passes(
    model: "keras.Model", images: np.ndarray, targets: np.ndarray, entries: "Mapping[str, Entry]"
) -> dict[str, Callable[[], object]]:
    """Return our compiled pass: all methods that take one together, and each alone."""
    import tensorflow as tf

    from cam_augment.cams.driver import Look
    from cam_augment.networks.network import Network

    view = Look(Network(model), "features")
    tensor, wanted = tf.constant(images), tf.constant(targets)

    def work(chosen: Any) -> Any:
        compiled = view.compiled(chosen)
        return lambda: {name: m.numpy() for name, m in compiled(tensor, wanted)[1].items()}

    together = f"{len(entries)} methods together"
    return {together: work(list(entries.values()))} | {
        name: work([entry]) for name, entry in entries.items()
    }


def their_passes(
    model: "keras.Model", images: np.ndarray, targets: np.ndarray
) -> dict[str, Callable[[], object]]:
    """Return tf-keras-vis' Grad-CAM and Grad-CAM++ on the native grid."""
    from tf_keras_vis.gradcam import Gradcam
    from tf_keras_vis.gradcam_plus_plus import GradcamPlusPlus

    return {
        f"tf-keras-vis {kind.__name__}": tf_keras_vis(kind, model, images, targets)
        for kind in (Gradcam, GradcamPlusPlus)
    }


def tf_keras_vis(
    kind: Any, model: "keras.Model", images: np.ndarray, targets: np.ndarray
) -> Callable[[], np.ndarray]:
    """Return a method of tf-keras-vis as work; it gives maps [image, row, column] in 0..1."""
    import warnings

    from tf_keras_vis.utils.scores import CategoricalScore

    method, score = kind(model, clone=False), CategoricalScore(targets.tolist())

    def work() -> Any:
        with warnings.catch_warnings():
            # It hands a list to a model with one input, and Keras says so at every call.
            warnings.filterwarnings("ignore", category=UserWarning, module="keras")
            return method(
                score,
                images,
                penultimate_layer="features",
                seek_penultimate_conv_layer=False,
                expand_cam=False,
            )

    return work


def nested_pass(model: Any, images: np.ndarray, targets: np.ndarray) -> Callable[[], object]:
    """Return the traced pass of a model that is called inside another, one layer tapped there."""
    import keras
    import tensorflow as tf

    from cam_augment.cams.driver import Look
    from cam_augment.networks.network import Network
    from cam_augment.registry import CAMS

    image = keras.Input(SHAPE)
    look = Look.at(Network(keras.Model(image, model(image))), "features")
    maps = look.compiled([CAMS["gradcam"]])
    inputs_of_pass = tf.constant(images), tf.constant(targets)
    return lambda: maps(*inputs_of_pass)[1]["gradcam"].numpy()


def in_forward_passes(seconds: dict[str, list[float]], note: str) -> list[Row]:
    """Return every work but ``forward`` as a multiple of it; ours have an aim."""
    plain = seconds.pop("forward")
    return [
        ratio(
            PART, name, "forward pass", UNIT, times, plain, note=note,
            ours=float(np.median(times)), theirs=float(np.median(plain)),
            aim=None if name.startswith(("tf-keras-vis", "pytorch", "torchcam")) else AIM,
        )
        for name, times in seconds.items()
    ]  # fmt: skip


def masking_rows(
    model: "keras.Model", images: np.ndarray, targets: np.ndarray, repeats: int
) -> list[Row]:
    """Return the methods that run the network many times for a map, and their peer."""
    from tf_keras_vis.scorecam import Scorecam

    from cam_augment.cams.driver import Look
    from cam_augment.networks.network import Network
    from cam_augment.registry import CAMS

    look = Look(Network(model), "features")
    works = {"forward": forward_pass(model, images)}
    for name, entry in CAMS.items():
        if entry.form == "model":
            works[name] = partial(look.maps, name, images, targets, entry.resolve({}))
    works["tf-keras-vis Scorecam"] = tf_keras_vis(Scorecam, model, images, targets)
    seconds = alternate(works, repeats)
    rows = in_forward_passes(
        seconds, f"{len(images)} images of 28x28, one thread; no aim: it takes many passes"
    )
    return [Row(**{**row.__dict__, "aim": None}) for row in rows]


def torch_rows(
    model: "keras.Model", images: np.ndarray, targets: np.ndarray, repeats: int
) -> list[Row]:
    """Return pytorch-grad-cam and torchcam in torch's forward passes; none without torch."""
    try:
        from benchmarks import torch_maps

        works = torch_maps.works(model, images, targets)
    except ImportError:
        return []
    seconds = alternate(works, repeats)
    note = f"{len(images)} images of 28x28, one thread; the same layout in torch, torch's pass"
    return in_forward_passes(seconds, note)
