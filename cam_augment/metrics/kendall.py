"""Kendall's rank correlation: do two maps order each pair of cells alike?"""

import numpy as np
from numpy.typing import ArrayLike

from cam_augment.metrics.bundle import bundle
from cam_augment.metrics.similarity import cells
from cam_augment.registry import METRICS

BLOCK = 1 << 22  # pairs of cells that are compared at once
WORD = 64


def orders(maps: ArrayLike) -> np.ndarray:
    """Prepare ``kendall``: for each pair of cells, is the first greater, and do they differ?

    Returns:
        structured [image]: ``greater`` and ``untied``, uint64 [word] with 64 pairs to a word,
        and ``pairs``, the number of untied ones; NaN where a map is degenerate or constant.
        A map of N cells takes N(N-1)/8 bytes: 0.3 kB for 7x7, 5 kB for 14x14.

    Args:
        maps: float [image, row, column], not negative.
    """
    values = cells(maps)
    first, second = np.triu_indices(values.shape[1], k=1)
    bits = np.zeros((2, len(values), -(-len(first) // WORD) * (WORD // 8)), np.uint8)
    step = max(1, BLOCK // max(1, len(first)))
    for start in range(0, len(values), step):
        block = slice(start, start + step)
        one, later = (values[block].take(cell, axis=1) for cell in (first, second))
        for place, answer in enumerate((one > later, one != later)):
            octets = np.packbits(answer, axis=1)
            bits[place, block, : octets.shape[1]] = octets
    greater, untied = bits.view(np.uint64)
    pairs = np.where(np.isnan(values[:, 0]), np.nan, _count(untied))
    return bundle(greater=greater, untied=untied, pairs=pairs)


def _count(bits: np.ndarray) -> np.ndarray:
    return np.bitwise_count(bits).sum(axis=1, dtype=np.int64)


@METRICS.add(
    version=1,
    compares="maps",
    better="higher",
    optimum=1.0,
    title="Kendall",
    unit="1 − τ",
    prepare=orders,
)
def kendall(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Kendall's rank correlation tau-b of the cells of two maps, -1..1.

    (C - D) / √(U_a U_b) over pairs of cells: C are ordered alike by both maps, D the other
    way round, and U are the pairs that a map does not tie (Kendall 1945). The counts are
    exact.

    Args:
        a, b: as ``orders`` prepares them, [image]. Returned: float64 [image].
    """
    untied = a["untied"] & b["untied"]
    discordant = _count((a["greater"] ^ b["greater"]) & untied)
    return (_count(untied) - 2 * discordant) / np.sqrt(a["pairs"] * b["pairs"])
