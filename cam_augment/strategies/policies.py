"""Operations drawn from a set, for each image anew: RandAugment and TrivialAugment."""

from collections.abc import Callable
from typing import Annotated, Any

from pydantic import Field

from cam_augment.base.lazy import Tensor, tf
from cam_augment.registry import STRATEGIES
from cam_augment.strategies.draws import signs, spread, uniform
from cam_augment.strategies.operations import OPERATIONS, Space, draw, move, transform
from cam_augment.strategies.warp import Fill

SCALE = 30.0  # the papers' scale of strengths
RAND_AUGMENT = Space(OPERATIONS, 30.0, 0.3, 150 / 331, 0.9, (0, 4))
TRIVIAL_AUGMENT = Space(OPERATIONS, 135.0, 0.99, 1.0, 0.99, (0, 6))  # the paper's "wide" space


def _rand_augmentations(
    images: Tensor, seed: Tensor, magnitude: float, operations: int
) -> tuple[Tensor, Tensor]:
    """Return which operations each image draws, and how strong each is: [image, slot]."""
    numbers = draw(images, spread(seed, 0), RAND_AUGMENT, operations)
    return numbers, magnitude / SCALE * signs(images, spread(seed, 1), operations)


def _trivial_augmentations(images: Tensor, seed: Tensor, magnitude: float) -> tuple[Tensor, Tensor]:
    """Return which operation each image draws, and how strong it is: [image, 1]."""
    numbers = draw(images, spread(seed, 0), TRIVIAL_AUGMENT, 1)
    size = uniform(images, spread(seed, 1), 0.0, magnitude / SCALE, 1)
    return numbers, tf.multiply(size, signs(images, spread(seed, 2), 1))


def _policy(space: Space, drawing: Callable) -> Callable[[Callable], Callable]:
    """Enter a policy with the part of it that moves pixels: the operations of geometry."""

    def moves(images: Tensor, seed: Tensor, *, fill: Fill, **settings: Any) -> Tensor:
        numbers, strength = drawing(images, seed, **settings)
        return move(images, numbers, strength, space, fill)

    return STRATEGIES.add(
        version=1, family="policy", unit="of 30", identity=None, labels="kept", moves=moves
    )


@_policy(RAND_AUGMENT, _rand_augmentations)
def rand_augment(
    images: Tensor,
    labels: Tensor,
    seed: Tensor,
    *,
    magnitude: Annotated[float, Field(ge=0, le=30)] = 9.0,
    operations: Annotated[int, Field(ge=1, le=10)] = 2,
    fill: Fill = "reflect",
) -> tuple[Tensor, Tensor]:
    """RandAugment: a few operations drawn for each image, all of strength `magnitude` of 30.

    Each image draws ``operations`` of 14, with replacement: none, rotate (to 30 degrees),
    shear and translate along rows or columns (to .3, and to 150/331 of the side),
    autocontrast, equalise, posterise (to 4 bits), solarise, and brightness, contrast,
    saturation and sharpness (by factors to 1 -/+ .9); those with a direction draw it.
    After Cubuk et al. (2020), "RandAugment: Practical Automated Data Augmentation with a
    Reduced Search Space" (N is ``operations``, M is ``magnitude``). Here an image's geometry
    is one warp before the rest. Saturation leaves grey images as they are.

    Takes and returns images (float32 [image, row, column, channel] in 0..1) and labels.
    """
    numbers, strength = _rand_augmentations(images, seed, magnitude, operations)
    return transform(images, numbers, strength, RAND_AUGMENT, fill), labels


@_policy(TRIVIAL_AUGMENT, _trivial_augmentations)
def trivial_augment(
    images: Tensor,
    labels: Tensor,
    seed: Tensor,
    *,
    magnitude: Annotated[float, Field(ge=0, le=30)] = 30.0,
    fill: Fill = "reflect",
) -> tuple[Tensor, Tensor]:
    """TrivialAugment: one operation for each image, its strength up to `magnitude` of 30.

    Each image draws one of the 14 operations of ``rand_augment`` and a strength uniform in
    0..magnitude (in the paper one of 31 steps). Full strengths are those of the paper's wide
    space: rotate 135 degrees, shear .99, translate by the side, posterise to 2 bits,
    factors of 1 -/+ .99. After Müller and Hutter (2021), "TrivialAugment: Tuning-free
    Yet State-of-the-Art Data Augmentation". Saturation leaves grey images as they are.

    Takes and returns images (float32 [image, row, column, channel] in 0..1) and labels.
    """
    numbers, strength = _trivial_augmentations(images, seed, magnitude)
    return transform(images, numbers, strength, TRIVIAL_AUGMENT, fill), labels
