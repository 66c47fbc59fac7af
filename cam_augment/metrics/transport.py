"""Exact optimal transport between two maps of one grid.

For a ground cost that is a metric, mass that both maps have in a cell may stay there, so
only the surplus cells of one have to feed the surplus cells of the other: a problem of
about half as many rows and columns (Villani 2009, "Optimal Transport", ch. 6).
"""

from functools import lru_cache

import numpy as np

from cam_augment.base.compat import transport_solver

SMALL = 64  # cells: what one word of the simplex holds
ITERATIONS = 1_000_000


@lru_cache(maxsize=16)
def ground(rows: int, columns: int) -> np.ndarray:
    """Return the Euclidean distances between cells, in cells, float64 [cell, cell]."""
    row, column = np.divmod(np.arange(rows * columns), columns)
    cost = np.hypot(row[:, None] - row, column[:, None] - column)
    cost.setflags(write=False)
    return cost


@lru_cache(maxsize=16)
def nearest(rows: int, columns: int) -> np.ndarray:
    """Return for each cell all cells from the nearest on, int64 [cell, cell]."""
    return np.argsort(ground(rows, columns), axis=1, kind="stable")


def prepare() -> None:
    """Load the compiled solver, or compile it where it never was: that takes seconds."""
    corner, across = np.eye(4)[:1].reshape(1, 2, 2), np.eye(4)[3:].reshape(1, 2, 2)
    least_work(corner, across)


def least_work(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Return the Wasserstein-1 distances in cells, float64 [image]; NaN where a map is NaN.

    ``a`` and ``b`` are float64 [image, row, column], each map of sum 1. Grids of up to 64
    cells are solved by our own compiled simplex, a stack at a time; larger ones by POT's,
    one by one. Either lets other threads run meanwhile.
    """
    surplus = (a - b).reshape(len(a), -1)
    work = np.full(len(a), np.nan)
    sound = np.isfinite(surplus).all(axis=1)
    work[sound] = _solve(surplus[sound], *a.shape[1:])
    return work


def _solve(surplus: np.ndarray, rows: int, columns: int) -> np.ndarray:
    if rows * columns > SMALL:
        return _one_by_one(surplus, ground(rows, columns))
    from cam_augment.metrics import simplex

    work = np.empty(len(surplus))
    simplex.solve(surplus, ground(rows, columns), nearest(rows, columns), work)
    if (unsolved := work < 0).any():
        work[unsolved] = _one_by_one(surplus[unsolved], ground(rows, columns))
    return work


def _one_by_one(surplus: np.ndarray, cost: np.ndarray) -> np.ndarray:
    supply, demand = np.maximum(surplus, 0), np.maximum(-surplus, 0)
    total, pairs = supply.sum(axis=1), demand.sum(axis=1)
    # Rounding leaves the two sums a few 1e-16 apart; the solver wants them equal.
    demand *= np.divide(total, pairs, out=np.zeros(len(surplus)), where=pairs > 0)[:, None]
    work = np.zeros(len(surplus))
    for image in np.flatnonzero((total > 0) & (pairs > 0)):
        work[image] = _work(supply[image], demand[image], cost)
    return work


def _work(supply: np.ndarray, demand: np.ndarray, cost: np.ndarray) -> float:
    sources, sinks = supply > 0, demand > 0
    between = cost.compress(sources, axis=0).compress(sinks, axis=1)
    _, work, _, _, result = transport_solver()(
        supply[sources], demand[sinks], between, ITERATIONS, 1
    )
    if result != 1:
        raise RuntimeError(f"optimal transport ended with code {result}; expected 1 (optimal)")
    return work
