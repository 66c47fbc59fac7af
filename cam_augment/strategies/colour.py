"""Change colours: for images of red, green and blue only."""

from typing import Annotated

import numpy as np
from pydantic import Field

from cam_augment.base.errors import InputError
from cam_augment.base.lazy import Tensor, tf
from cam_augment.registry import STRATEGIES
from cam_augment.strategies.draws import uniform
from cam_augment.strategies.tones import saturated


def require_colour(name: str, channels: int) -> None:
    """Refuse images that have no colour.

    On grey images a strategy of colours would be the control under another name, and a
    study of it would train models for nothing.

    Raises:
        InputError: ``channels`` is not 3.
    """
    if channels == 3:
        return
    raise InputError(
        f"strategy '{name}' changes colours: received images with {channels} channel(s); "
        "expected 3 (red, green, blue)"
    )


@STRATEGIES.add(
    version=2,
    family="colour",
    unit="share of the circle",
    identity=0.0,
    labels="kept",
    colour=True,
    moves=False,
)
def hue(
    images: Tensor,
    labels: Tensor,
    seed: Tensor,
    *,
    magnitude: Annotated[float, Field(ge=0, le=0.5)] = 0.1,
) -> tuple[Tensor, Tensor]:
    """Turn each image's hues, by up to `magnitude` of the colour circle either way.

    The turn is uniform in -magnitude..magnitude, drawn for each image; value and saturation
    (of HSV) stay. Takes and returns images (float32 [image, row, column, 3] in 0..1) and
    labels.

    Raises:
        InputError: the images have no three channels.
    """
    require_colour("hue", images.shape[3])
    if magnitude == 0:
        return images, labels
    return _turn(images, uniform(images, seed, -magnitude, magnitude)), labels


@STRATEGIES.add(
    version=1,
    family="colour",
    unit="fraction",
    identity=0.0,
    labels="kept",
    colour=True,
    moves=False,
)
def saturation(
    images: Tensor,
    labels: Tensor,
    seed: Tensor,
    *,
    magnitude: Annotated[float, Field(ge=0, le=1)] = 0.5,
) -> tuple[Tensor, Tensor]:
    """Scale each image's colours about grey by 1 - `magnitude` to 1 + `magnitude`.

    Grey is the pixel's luminance (ITU-R BT.601). The factor is uniform, drawn for each
    image; values are then cut to 0..1. Takes and returns images (float32 [image, row,
    column, 3] in 0..1) and labels.

    Raises:
        InputError: the images have no three channels.
    """
    require_colour("saturation", images.shape[3])
    if magnitude == 0:
        return images, labels
    return saturated(images, uniform(images, seed, 1 - magnitude, 1 + magnitude)), labels


def _turn(images: Tensor, turns: Tensor) -> Tensor:
    """Turn hues by ``turns`` [image], in circles."""
    result = tf.numpy_function(_loop, [images, turns], tf.float32, stateful=False)
    return tf.ensure_shape(result, images.shape)


def _loop(images: np.ndarray, turns: np.ndarray) -> np.ndarray:
    from cam_augment.strategies.compiled.hue import turn_hues  # here: it loads Numba

    return turn_hues(images, turns)
