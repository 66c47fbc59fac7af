"""Similarity and distance of two maps as distributions: each map divided by its sum.

None of these knows where a cell lies: attention that moves by one cell and attention that
moves across the image are equally far. ``wasserstein`` and ``regional_shift`` know it.
"""

import numpy as np
from numpy.typing import ArrayLike

from cam_augment.metrics.bundle import bundle
from cam_augment.metrics.grid import shares
from cam_augment.metrics.similarity import products
from cam_augment.registry import METRICS

TINY = np.finfo(np.float64).tiny


def flat_shares(maps: ArrayLike) -> np.ndarray:
    """Prepare ``sim``: each cell's share of its map, float64 [image, cell].

    Args:
        maps: float [image, row, column], not negative.
    """
    stack = shares(maps)
    return stack.reshape(len(stack), -1)


def roots(maps: ArrayLike) -> np.ndarray:
    """Prepare ``hellinger``: square roots of the shares, float64 [image, cell].

    Args:
        maps: float [image, row, column], not negative.
    """
    return np.sqrt(flat_shares(maps))


def with_information(maps: ArrayLike) -> np.ndarray:
    """Prepare ``jensen_shannon``: the shares p, and the sum of p ln p, of each map.

    Args:
        maps: float [image, row, column], not negative. Returned: [image] with the fields
            ``shares``, [cell], and ``information``.
    """
    p = flat_shares(maps)
    return bundle(shares=p, information=_information(p))


def _information(p: np.ndarray) -> np.ndarray:
    # 0 ln 0 = 0: the least positive number stands in for zero, and the product vanishes.
    return products(p, np.log(np.maximum(p, TINY)))


@METRICS.add(
    version=1,
    compares="maps",
    better="higher",
    optimum=1.0,
    title="shared\nattention",
    unit="1 − share",
    prepare=flat_shares,
)
def sim(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Similarity SIM (histogram intersection) of two maps: sum of min(p, q), 0..1.

    The sum of min(p, q), which is 1 less the total variation of p and q.

    Args:
        a, b: as ``flat_shares`` prepares them, [image, cell]. Returned: float64 [image].
    """
    return np.minimum(1, np.minimum(a, b).sum(axis=1))


@METRICS.add(
    version=1,
    compares="maps",
    better="lower",
    optimum=0.0,
    title="Jensen-Shannon",
    unit="nats",
    prepare=with_information,
)
def jensen_shannon(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Jensen-Shannon divergence of two maps, in nats, 0..ln 2 (the divergence, not its root).

    [KL(p || m) + KL(q || m)] / 2 with m = (p + q) / 2 (Lin 1991). Finite wherever one map
    is zero.

    Args:
        a, b: as ``with_information`` prepares them, [image]. Returned: float64 [image].
    """
    entropies = a["information"] + b["information"]
    joint = _information((a["shares"] + b["shares"]) / 2)
    return np.clip(entropies / 2 - joint, 0, np.log(2))


@METRICS.add(
    version=1,
    compares="maps",
    better="lower",
    optimum=0.0,
    title="Hellinger",
    unit="0 to 1",
    prepare=roots,
)
def hellinger(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Hellinger distance of two maps: root of half the sum of (√p - √q)², 0..1.

    Args:
        a, b: as ``roots`` prepares them, [image, cell]. Returned: float64 [image].
    """
    difference = a - b
    return np.minimum(1, np.sqrt(products(difference, difference) / 2))
