"""Softer labels: a comparison arm that changes no image."""

from typing import Annotated

from pydantic import Field

from cam_augment.base.lazy import Tensor, tf
from cam_augment.registry import STRATEGIES


@STRATEGIES.add(
    version=1,
    family="comparison",
    unit="share of the label",
    identity=0.0,
    labels="softened",
    moves=False,
)
def label_smoothing(
    images: Tensor,
    labels: Tensor,
    seed: Tensor,  # noqa: ARG001 - every strategy takes it
    *,
    magnitude: Annotated[float, Field(ge=0, le=1)] = 0.1,
) -> tuple[Tensor, Tensor]:
    """Spread a share of each label evenly over all classes (Szegedy et al. 2016).

    Takes and returns images (float32 [image, row, column, channel] in 0..1) and labels
    (float32 [image, class], rows summing to one); the seed is not used.
    """
    classes = tf.cast(tf.shape(labels)[1], labels.dtype)
    return images, (1 - magnitude) * labels + magnitude / classes
