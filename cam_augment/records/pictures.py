"""What a profile shows of images: mean maps, and images that a strategy fixes or breaks."""

import base64
import io

import numpy as np

from cam_augment.plan import Frozen

Cells = tuple[tuple[float, ...], ...]


class MeanMap(Frozen):
    """Where an arm looks on average.

    Attributes:
        name: the class whose probe images it is the mean of; empty: all of them.
        images: how many.
        cells: [row][column] on the native grid: each map divided by its sum, then the mean over
            images and models; 1 together.
    """

    arm: str
    name: str
    images: int
    cells: Cells


class Turned(Frozen):
    """A probe image that a strategy reads otherwise than the baselines do.

    Attributes:
        label: its class. image: PNG bytes as base64, small.
        before, after: shares of the baselines and of the strategy's models that classify it
            rightly, 0..1.
        baseline_map, map: mean maps of both, as of ``Probe.maps``.
    """

    strategy: str
    index: int
    label: str
    image: str
    before: float
    after: float
    baseline_map: Cells
    map: Cells


def png(image: np.ndarray, most: int | None = None) -> str:
    """Return an image, float [row, column, channel], as PNG in base64.

    Values in 0..1 are shown as they are, others stretched to that range; more or fewer
    channels than a colour image has are shown as their mean.

    Args:
        most: pixels of the longer side at most; None: as many as there are.
    """
    from PIL import Image

    if image.min() < 0 or image.max() > 1:
        image = (image - image.min()) / max(float(np.ptp(image)), 1e-12)
    if image.shape[-1] != 3:
        image = image.mean(axis=-1, keepdims=True)
    pixels = (np.clip(image, 0, 1) * 255).round().astype(np.uint8)
    picture = Image.fromarray(pixels[..., 0] if pixels.shape[-1] == 1 else pixels)
    if most is not None:
        picture.thumbnail((most, most), Image.Resampling.BILINEAR)
    buffer = io.BytesIO()
    picture.save(buffer, "PNG")
    return base64.b64encode(buffer.getvalue()).decode("ascii")
