"""What the networks of ``keras.applications`` share here: images in, a head on, weights found.

The graph stays flat: every layer of the base can be looked at by its name.
"""

import os
import uuid
from functools import cache
from pathlib import Path
from typing import Any

from cam_augment.architectures.layers import MOMENTUM
from cam_augment.base.errors import InputError
from cam_augment.base.lazy import keras

STRIDE = 32  # the image's side over that of the last grid


def enlarged(image: Any, size: int, scale: float, offset: float) -> Any:
    """Return images in colours, of a network's size and range of values.

    Args:
        image: float [image, row, column, channel], 0..1, grey or in colours.
        size: of the shorter side, in pixels. The longer one keeps the proportion, up to the
            next multiple of 32.
        scale, offset: values become ``scale`` times themselves plus ``offset``.

    Raises:
        InputError: the images have neither one channel nor three.
    """
    rows, columns, channels = image.shape[1:]
    if channels not in (1, 3):
        raise InputError(f"images with {channels} channels; this network takes 1 (grey) or 3")
    x = keras.layers.Rescaling(scale, offset, name="range")(image)
    x = x if channels == 3 else keras.layers.Concatenate(name="colours")([x, x, x])
    shorter = min(rows, columns)
    sides = [
        size if side == shorter else -(-side * size // (shorter * STRIDE)) * STRIDE
        for side in (rows, columns)
    ]
    if sides == [rows, columns]:
        return x
    return keras.layers.Resizing(
        *sides, interpolation="bilinear", antialias=size < shorter, name="size"
    )(x)


def normalised(base: Any, trained: bool) -> Any:
    """Return the same network, with the same weights, normalising by the fused operation.

    Where it was trained before, normalisation stays as it was learnt: a short fine-tuning on
    statistics of small batches spoils what the other weights are used to. Elsewhere its
    moving statistics forget sooner: Keras' own momentum of .99 or .999 would leave the
    initial ones in place over the few hundred steps of a small study.
    """
    from cam_augment.architectures.layers.copies import copied
    from cam_augment.architectures.layers.normalization import FusedBatchNormalization

    def make(layer):
        if type(layer) is not keras.layers.BatchNormalization:
            return type(layer).from_config(layer.get_config())
        config = layer.get_config() | {"momentum": MOMENTUM, "trainable": not trained}
        return FusedBatchNormalization.from_config(config)

    return copied(base, make=make)


def headed(base: Any, classes: int, dropout: float) -> Any:
    """Return ``base`` with average pooling, dropout and one dense layer, ending in logits."""
    x = keras.layers.GlobalAveragePooling2D()(base.outputs[0])
    x = keras.layers.Dropout(dropout)(x) if dropout else x
    return keras.Model(base.inputs[0], keras.layers.Dense(classes, name="logits")(x))


@cache
def weights_file(name: str, address: str) -> Path:
    """Return a file of weights, fetched into Keras' own folder where it is not there yet.

    Keras fetches a file in place, where another worker would find half of it; so it is
    fetched aside and renamed.

    Raises:
        InputError: it is not there and cannot be fetched.
    """
    home = Path(os.environ.get("KERAS_HOME") or Path.home() / ".keras")
    path = home / "models" / name
    if path.is_file():
        return path
    try:
        aside = Path(keras.utils.get_file(f"{name}.{uuid.uuid4()}", f"{address}{name}",
                                          cache_dir=home, cache_subdir="models"))  # fmt: skip
    except Exception as error:  # Keras raises no narrower one
        raise InputError(
            f'weights = "imagenet": {path} is not there and cannot be fetched '
            f'({str(error).splitlines()[0]}); put it there, or take weights = "none"'
        ) from None
    return aside.replace(aside.with_name(name))
