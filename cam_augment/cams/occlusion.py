"""Occlusion: how much of the target's logit goes when a part of the image is hidden."""

from typing import Annotated, Any, Literal

import numpy as np
from pydantic import Field

from cam_augment.cams.grid import overlap, shares
from cam_augment.cams.variants import each_variant
from cam_augment.registry import CAMS


@CAMS.add("occlusion", form="model")
def occlusion(
    look: Any,
    images: np.ndarray,
    targets: np.ndarray,
    *,
    window: Annotated[float, Field(ge=1, le=16)] = 2.0,
    stride: Annotated[float, Field(ge=0.125, le=1)] = 1.0,
    fill: Literal["zero", "mean"] = "zero",
) -> np.ndarray:
    """Occlusion: the fall of the target's logit under a sliding window (Zeiler and Fergus 2014).

    By how much y falls where a window of cells is covered, mean over the windows.

    A pixel's value is the mean fall over the windows that hide it; a cell's value is the mean
    of its pixels. The driver then cuts the map at zero. By default there is one window about
    the middle of each cell; at the edges they hang over and hide less.

    Args:
        look: the network and the layer. targets: int64 [image].
        images: float32 [image, row, column, channel].
        window, stride: sides of the windows and the steps between them, in cells of the
            layer's grid. Steps are shortened to what divides the grid evenly.
        fill: what hides: zero (black for images in 0..1) or the image's mean for each colour.

    Returns:
        float32 [image, row, column] before the ReLU.
    """
    lines = list(zip(look.grid, images.shape[1:3], strict=True))
    down, across = (windows(*line, window, stride) for line in lines)
    falls = _falls(look, images, targets, down, across, fill)
    rows, columns = (
        _to_cells(hides, *line) for hides, line in zip((down, across), lines, strict=True)
    )
    return (rows @ falls @ columns.T).astype(np.float32)


def windows(cells: int, pixels: int, window: float, stride: float) -> np.ndarray:
    """Return the share of each pixel of a line that each window hides, float32 [window, pixel].

    Every pixel is hidden by some, because no stride is wider than a window. A pixel on the
    edge of a window is hidden in part: rounded edges would make the two sides unequal.

    >>> windows(2, 4, 1.5, 1.0)
    array([[1. , 1. , 0.5, 0. ],
           [0. , 0.5, 1. , 1. ]], dtype=float32)
    """
    count = int(np.ceil(cells / stride))
    middles, reach = (np.arange(count) + 0.5) * pixels / count, window / 2 * pixels / cells
    return shares(middles - reach, middles + reach, pixels).astype(np.float32)


def _to_cells(hides: np.ndarray, cells: int, pixels: int) -> np.ndarray:
    """Return how much each window counts in each cell of a line, float64 [cell, window]."""
    return overlap(cells, pixels) @ (hides / hides.sum(axis=0)).T * cells / pixels


def _falls(
    look: Any,
    images: np.ndarray,
    targets: np.ndarray,
    down: np.ndarray,
    across: np.ndarray,
    fill: str,
) -> np.ndarray:
    """Return the fall of the logit under each window, float32 [image, down, across]."""
    colours = images.mean(axis=(1, 2), keepdims=True) * np.float32(fill == "mean")
    hidden = look.traced("occlusion", lambda *tensors: _hidden(look, *tensors))

    def work(image, window):
        row, column = np.divmod(window, len(across))
        return hidden(images[image], targets[image], down[row], across[column], colours[image])

    scores = each_variant(len(images), len(down) * len(across), look.block, work)
    whole = look.traced("scores", look.scores)(images, targets).numpy()
    return (whole[:, None] - scores).reshape(len(images), len(down), len(across))


def _hidden(look, images, targets, down, across, colours):
    """Return the logits with one window hidden in each image, float32 [image]."""
    share = down[:, :, None, None] * across[:, None, :, None]
    return look.scores(images + share * (colours - images), targets)
