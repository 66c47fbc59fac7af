"""Mirror images."""

from typing import Annotated

from pydantic import Field

from cam_augment.base.lazy import Tensor, tf
from cam_augment.registry import STRATEGIES
from cam_augment.strategies.draws import per_image, uniform


@STRATEGIES.add(
    version=1, family="mirror", unit="probability", identity=0.0, labels="kept", moves=True
)
def horizontal_flip(
    images: Tensor,
    labels: Tensor,
    seed: Tensor,
    *,
    magnitude: Annotated[float, Field(ge=0, le=1)] = 0.5,
) -> tuple[Tensor, Tensor]:
    """Mirror each image left to right with probability `magnitude`.

    Takes and returns images (float32 [image, row, column, channel] in 0..1) and labels.
    """
    return _mirror(images, seed, magnitude, axis=2), labels


@STRATEGIES.add(
    version=1, family="mirror", unit="probability", identity=0.0, labels="kept", moves=True
)
def vertical_flip(
    images: Tensor,
    labels: Tensor,
    seed: Tensor,
    *,
    magnitude: Annotated[float, Field(ge=0, le=1)] = 0.5,
) -> tuple[Tensor, Tensor]:
    """Mirror each image top to bottom with probability `magnitude`.

    Takes and returns images (float32 [image, row, column, channel] in 0..1) and labels.
    """
    return _mirror(images, seed, magnitude, axis=1), labels


def _mirror(images: Tensor, seed: Tensor, magnitude: float, axis: int) -> Tensor:
    flip = per_image(uniform(images, seed, 0.0, 1.0) < magnitude)
    return tf.where(flip, tf.reverse(images, [axis]), images)
