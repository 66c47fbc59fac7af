"""Similarity and distance by region: the image is cut in 3x3 regions of equal size.

A cell that lies on a cut belongs to its regions by the parts of its area. So the regions
are the same places of the image on every grid, and a flip carries them into one another.
"""

import numpy as np
from numpy.typing import ArrayLike

from cam_augment.metrics.bundle import bundle
from cam_augment.metrics.grid import as_stack, shares
from cam_augment.metrics.similarity import products
from cam_augment.registry import METRICS

REGIONS = 3  # along each axis


def parts(count: int) -> np.ndarray:
    """Return which part of each of ``count`` cells lies in each third of an axis, 0..1.

    >>> parts(4).round(3)
    array([[1.   , 0.333, 0.   , 0.   ],
           [0.   , 0.667, 0.667, 0.   ],
           [0.   , 0.   , 0.333, 1.   ]])
    """
    # In thirds of a cell everything is a whole number, and a part of zero is exactly zero.
    cuts, edges = count * np.arange(REGIONS + 1), REGIONS * np.arange(count + 1)
    end = np.minimum(cuts[1:, None], edges[1:])
    start = np.maximum(cuts[:-1, None], edges[:-1])
    return np.maximum(0, end - start) / REGIONS


def region_shares(maps: ArrayLike) -> np.ndarray:
    """Prepare ``regional_shift``: the attention in each region, float64 [image, 9].

    Args:
        maps: float [image, row, column], not negative.
    """
    stack = shares(maps)
    _, rows, columns = stack.shape
    return (parts(rows) @ stack @ parts(columns).T).reshape(len(stack), -1)


@METRICS.add(
    version=1,
    compares="maps",
    better="lower",
    optimum=0.0,
    title="moved between\nregions",
    unit="share",
    prepare=region_shares,
)
def regional_shift(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Share of the attention of two maps that lies in another ninth of the image, 0..1.

    Half the sum over 3x3 regions of |P - Q|, with P and Q the sums of p and q in a region.
    What moves within a region is not seen.

    Args:
        a, b: as ``region_shares`` prepares them, [image, 9]. Returned: float64 [image].
    """
    return np.minimum(1, np.abs(a - b).sum(axis=1) / 2)


def standard_regions(maps: ArrayLike) -> np.ndarray:
    """Prepare ``regional_pearson``: the cells of each region, centred and of length 1.

    Cells weigh by the part of them that lies in the region. ``values`` has the regions one
    after the other, so that one sum of products is the sum of nine correlations. ``varies``
    says which regions are not constant; a constant one has values of 0.

    Args:
        maps: float [image, row, column], not negative. Returned: [image] with the fields
            ``values``, [part of a cell], and ``varies``, [region].
    """
    stack = as_stack(maps)
    down, across = parts(stack.shape[1]), parts(stack.shape[2])
    values, varies = [], []
    images = np.arange(len(stack))
    for row, column in np.ndindex(REGIONS, REGIONS):
        place = np.ix_(images, np.flatnonzero(down[row]), np.flatnonzero(across[column]))
        region = stack[place].reshape(len(stack), -1)
        weight = np.outer(down[row], across[column])
        varies.append(region.min(axis=1) < region.max(axis=1))
        values.append(_standard(region, weight[weight > 0], varies[-1]))
    dark = np.isnan(stack[:, :1, 0])
    return bundle(
        values=np.where(dark, np.nan, np.concatenate(values, axis=1)),
        varies=np.stack(varies, axis=1),
    )


def _standard(region: np.ndarray, weight: np.ndarray, varies: np.ndarray) -> np.ndarray:
    """Return the values times the roots of their weights, so that products sum to a correlation."""
    result = np.zeros_like(region)
    sound = region[varies]
    centred = sound - np.average(sound, axis=1, weights=weight)[:, None]
    scaled = centred * np.sqrt(weight)
    result[varies] = scaled / np.sqrt((scaled**2).sum(axis=1, keepdims=True))
    return result


@METRICS.add(
    version=1,
    compares="maps",
    better="higher",
    optimum=1.0,
    title="regional\nPearson",
    unit="1 − r",
    prepare=standard_regions,
)
def regional_pearson(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Pearson's correlation of two maps within each ninth of the image, averaged, -1..1.

    The mean over 3x3 regions. A region in which one map is constant and the other is not
    counts as 0; one in which both are constant does not count. NaN where none counts. What
    moves from region to region is not seen, and agreement on the background adds nothing.

    Args:
        a, b: as ``standard_regions`` prepares them, [image]. Returned: float64 [image].
    """
    regions = (a["varies"] | b["varies"]).sum(axis=1)
    total = products(a["values"], b["values"])
    return np.clip(total / np.where(regions > 0, regions, np.nan), -1, 1)
