"""Mix an image with changed versions of itself."""

from typing import Annotated

from pydantic import Field

from cam_augment.base.lazy import Tensor, tf
from cam_augment.registry import STRATEGIES
from cam_augment.strategies.chains import blend_chains
from cam_augment.strategies.draws import integers, shares, signs, spread, uniform
from cam_augment.strategies.operations import GEOMETRY, Space, draw
from cam_augment.strategies.warp import Fill

SCALE = 10.0  # the paper's scale of severity
LEAST = 0.1  # its least strength, on that scale
VALUES = ("autocontrast", "equalise", "posterise", "solarise")
AUG_MIX = Space((*GEOMETRY, *VALUES), 30.0, 0.3, 1 / 3, 0.0, (4, 7))
Few = Annotated[int, Field(ge=1, le=10)]


@STRATEGIES.add(version=2, family="policy", unit="of 10", identity=None, labels="kept")
def aug_mix(
    images: Tensor,
    labels: Tensor,
    seed: Tensor,
    *,
    magnitude: Annotated[float, Field(ge=LEAST, le=SCALE)] = 3.0,
    width: Few = 3,
    depth: Few = 3,
    fill: Fill = "reflect",
) -> tuple[Tensor, Tensor]:
    """AugMix: each image blended with chains of operations, of up to `magnitude` of 10.

    Each image goes through ``width`` chains of 1 to ``depth`` operations: rotate (to 30
    degrees), shear (to .3) and translate (to a third) along rows or columns, autocontrast,
    equalise, posterise (to 4 bits, at full strength 1), solarise; strengths are uniform in
    .1..magnitude. The chains are averaged with shares from Dirichlet(1, ..., 1), and the
    image keeps a share of itself from Beta(1, 1). After Hendrycks et al. (2020), "AugMix: A
    Simple Data Processing Method to Improve Robustness and Uncertainty": its images only,
    without the Jensen-Shannon loss of its training. Here a chain's geometry is one warp
    before the rest.

    Takes and returns images (float32 [image, row, column, channel] in 0..1) and labels.
    """
    slots = width * depth
    numbers = draw(images, spread(seed, 0), AUG_MIX, slots)
    size = uniform(images, spread(seed, 1), LEAST / SCALE, magnitude / SCALE, slots)
    strength = size * signs(images, spread(seed, 2), slots)
    long = 1 + integers(images, spread(seed, 3), depth, width)
    share = uniform(images, spread(seed, 5), 0.0, 1.0, 1)
    parts = tf.concat([share, (1 - share) * shares(images, spread(seed, 4), width)], 1)
    numbers, strength = (tf.reshape(values, [-1, width, depth]) for values in (numbers, strength))
    used = tf.where(tf.range(depth) < long[..., None], numbers, 0)  # 0: none
    return blend_chains(images, parts, used, strength, AUG_MIX, fill), labels
