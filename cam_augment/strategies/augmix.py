"""Mix an image with changed versions of itself."""

from typing import Annotated

import numpy as np
from pydantic import Field

from cam_augment.lazy import tf
from cam_augment.registry import STRATEGIES
from cam_augment.strategies.draws import per_image, shares, signs, spread, uniform, whole
from cam_augment.strategies.operations import GEOMETRY, Space, draw, transform
from cam_augment.strategies.warp import Fill

SCALE = 10.0  # the paper's scale of severity
LEAST = 0.1  # its least strength, on that scale
VALUES = ("autocontrast", "equalise", "posterise", "solarise")
AUG_MIX = Space((*GEOMETRY, *VALUES), 30.0, 0.3, 1 / 3, 0.0, (4, 7))
Few = Annotated[int, Field(ge=1, le=10)]


@STRATEGIES.add(version=1, family="policy", unit="of 10", identity=None, labels="kept")
def aug_mix(
    images,
    labels,
    seed,
    *,
    magnitude: Annotated[float, Field(ge=LEAST, le=SCALE)] = 3.0,
    width: Few = 3,
    depth: Few = 3,
    fill: Fill = "reflect",
):
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
    drawn = draw(images, spread(seed, 0), AUG_MIX, slots)
    size = uniform(images, spread(seed, 1), LEAST / SCALE, magnitude / SCALE, slots)
    strength = size * signs(images, spread(seed, 2), slots)
    long = 1 + whole(images, spread(seed, 3), depth, width)
    weight = shares(images, spread(seed, 4), width)
    kept = uniform(images, spread(seed, 5), 0.0, 1.0)
    mixed = per_image(kept) * images
    for chain in range(width):
        own = np.s_[:, chain * depth : (chain + 1) * depth]
        taken = tf.where(tf.range(depth) < long[:, chain, None], drawn[own], 0)  # 0: none
        changed = transform(images, taken, strength[own], AUG_MIX, fill)
        mixed += per_image((1 - kept) * weight[:, chain]) * changed
    return tf.clip_by_value(mixed, 0.0, 1.0), labels
