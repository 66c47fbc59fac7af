"""Blend images and their labels."""

from typing import Annotated

from pydantic import Field

from cam_augment.base.lazy import Tensor, tf
from cam_augment.registry import STRATEGIES
from cam_augment.strategies.draws import beta, per_image, spread, uniform


@STRATEGIES.add(version=1, family="mixing", unit="alpha", identity=0.0, labels="mixed")
def mixup(
    images: Tensor,
    labels: Tensor,
    seed: Tensor,
    *,
    magnitude: Annotated[float, Field(ge=0, le=100)] = 0.2,
) -> tuple[Tensor, Tensor]:
    """Blend each image and its label with another's, by a share from Beta(alpha, alpha).

    Each image keeps a share of its own drawn from Beta(magnitude, magnitude) and takes the
    rest from the image at its place in a random order of the batch (which may be itself),
    and so do the labels. After Zhang et al. (2018), "mixup: Beyond Empirical Risk
    Minimization", which draws one share per batch.

    Takes and returns images (float32 [image, row, column, channel] in 0..1) and labels
    (float32 [image, class], rows summing to one).
    """
    if magnitude == 0:
        return images, labels
    share = beta(images, spread(seed, 0), magnitude)
    order = tf.argsort(uniform(images, spread(seed, 1), 0.0, 1.0))
    blend = _blend(images, tf.gather(images, order), per_image(share))
    return blend, _blend(labels, tf.gather(labels, order), share[:, None])


def _blend(first: Tensor, second: Tensor, share: Tensor) -> Tensor:
    return share * first + (1 - share) * second
