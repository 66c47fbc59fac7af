"""Structural similarity: do two maps agree in level, contrast and pattern, place by place?

Wang, Bovik, Sheikh, Simoncelli (2004). The window is 3x3: on a grid of 7x7 the usual 7x7
window would be a single one.
"""

from functools import lru_cache

import numpy as np
from numpy.typing import ArrayLike

from cam_augment.metrics.bundle import bundle
from cam_augment.metrics.similarity import minmax
from cam_augment.registry import METRICS

WINDOW = 3
SAMPLE = WINDOW**2 / (WINDOW**2 - 1)  # variances of a sample, not of a population
LEVEL, CONTRAST = 0.01**2, 0.03**2  # K1 and K2 of the paper, for values of range 1


@lru_cache(maxsize=16)
def averaging(rows: int, columns: int) -> np.ndarray:
    """Return the weights [cell, window] that average the cells of each window.

    Only windows that lie wholly on the grid count: (rows - 2) x (columns - 2) of them.
    """
    down, across = (
        np.abs(np.arange(1, count - 1) - np.arange(count)[:, None]) <= WINDOW // 2
        for count in (rows, columns)
    )
    weights = np.kron(down, across) / WINDOW**2
    weights.setflags(write=False)
    return weights


def _averages(values: np.ndarray) -> np.ndarray:
    weights = averaging(*values.shape[1:])
    return values.reshape(len(values), -1) @ weights


def windows(maps: ArrayLike) -> np.ndarray:
    """Prepare ``ssim``: maps stretched to 0..1, with mean and variance of every 3x3 window.

    Args:
        maps: float [image, row, column]. Returned: [image] with the fields ``values``,
            [row, column], ``mean``, ``square`` and ``variance``, [window].
    """
    values = minmax(maps).reshape(np.shape(maps))
    mean = _averages(values)
    variance = SAMPLE * (_averages(values**2) - mean**2)
    return bundle(values=values, mean=mean, square=mean**2, variance=variance)


@METRICS.add(
    version=1,
    compares="maps",
    better="higher",
    optimum=1.0,
    title="SSIM",
    unit="1 − SSIM",
    prepare=windows,
)
def ssim(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Structural similarity SSIM of two min-max scaled maps, 3x3 windows, -1..1.

    The mean over windows of (2 m_a m_b + c) (2 s_ab + d) / ((m_a² + m_b² + c) (s_a² + s_b² + d))
    with the windows' means m, variances s² and covariance s_ab (of a sample), c = .01², d = .03²
    (Wang et al. 2004); windows lie wholly on the grid. Below 3x3 cells there is none: NaN.

    Args:
        a, b: as ``windows`` prepares them, [image]. Returned: float64 [image].
    """
    if a["mean"].shape[1] == 0:
        return np.full(len(a), np.nan)
    product = a["mean"] * b["mean"]
    covariance = SAMPLE * (_averages(a["values"] * b["values"]) - product)
    level = (2 * product + LEVEL) / (a["square"] + b["square"] + LEVEL)
    pattern = (2 * covariance + CONTRAST) / (a["variance"] + b["variance"] + CONTRAST)
    return np.minimum(1, (level * pattern).mean(axis=1))
