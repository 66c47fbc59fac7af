"""Exact optimal transport between two maps of one grid.

For a ground cost that is a metric, mass that both maps have in a cell may stay there, so
only the surplus cells of one have to feed the surplus cells of the other: a problem of
about half as many rows and columns (Villani 2009, "Optimal Transport", ch. 6).
"""

import os
from contextlib import contextmanager
from functools import cache, lru_cache

import numpy as np

ITERATIONS = 1_000_000
BACKENDS = ("TENSORFLOW", "PYTORCH", "JAX", "CUPY")


@contextmanager
def _without_backends():
    # POT imports every deep-learning library that it finds, unless it is told not to.
    names = [f"POT_BACKEND_DISABLE_{backend}" for backend in BACKENDS]
    added = [name for name in names if name not in os.environ]
    os.environ.update(dict.fromkeys(added, "1"))
    try:
        yield
    finally:
        for name in added:
            del os.environ[name]


@cache
def _solver():
    # The compiled network simplex itself: POT's checks around it cost more than the
    # solution of a 7x7 grid.
    with _without_backends():
        from ot.lp.emd_wrap import emd_c
    return emd_c


@lru_cache(maxsize=16)
def ground(rows: int, columns: int) -> np.ndarray:
    """Return the Euclidean distances between cells, in cells, float64 [cell, cell]."""
    row, column = np.divmod(np.arange(rows * columns), columns)
    cost = np.hypot(row[:, None] - row, column[:, None] - column)
    cost.setflags(write=False)
    return cost


def least_work(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Return the Wasserstein-1 distances in cells, float64 [image]; NaN where a map is NaN.

    ``a`` and ``b`` are float64 [image, row, column], each map of sum 1.
    """
    cost = ground(*a.shape[1:])
    surplus = (a - b).reshape(len(a), -1)
    return np.array([_work(image, cost) for image in surplus])


def _work(surplus: np.ndarray, cost: np.ndarray) -> float:
    if np.isnan(surplus[0]):
        return np.nan
    sources, = np.nonzero(surplus > 0)
    sinks, = np.nonzero(surplus < 0)
    if not len(sources) or not len(sinks):
        return 0.0
    supply, demand = surplus[sources], -surplus[sinks]
    # Rounding leaves the two sums a few 1e-16 apart; the solver wants them equal.
    demand *= supply.sum() / demand.sum()
    return _solver()(supply, demand, cost[sources[:, None], sinks], ITERATIONS, 1)[1]
