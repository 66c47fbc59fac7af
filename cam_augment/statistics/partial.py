"""What is left of a rank correlation, given other scores?"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike

from cam_augment.statistics.correlation import ROUNDING, by_blocks


def partial_rho(variables: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Return Spearman's correlation of the first two variables given the others.

    Args:
        variables: float [variable, point], without NaN.
        weights: float [draw, point], how often each point counts.

    Returns:
        float64 [draw]; NaN where a variable is constant, or follows from the given ones.
    """
    signs = np.sign(variables[:, :, None] - variables[:, None, :])
    ranks = np.einsum("vij,dj->dvi", signs, weights) / 2  # average ranks, centred
    products = np.einsum("dvi,dwi,di->dvw", ranks, ranks, weights)
    scale = np.sqrt(np.einsum("dvv->dv", products))
    with np.errstate(invalid="ignore", divide="ignore"):
        correlations = products / (scale[:, :, None] * scale[:, None, :])
    rho = np.full(len(weights), np.nan)
    defined = np.isfinite(correlations).all(axis=(1, 2))
    rho[defined] = _partial_correlation(correlations[defined])
    return rho


def _partial_correlation(correlations: np.ndarray) -> np.ndarray:
    """Return the partial correlation of the first two, from matrices [draw, v, v]."""
    pair, others = correlations[:, :2, :2], correlations[:, 2:, 2:]
    if others.shape[1]:
        cross = correlations[:, :2, 2:]
        pair = pair - cross @ np.linalg.pinv(others) @ np.swapaxes(cross, 1, 2)
    first, second = pair[:, 0, 0], pair[:, 1, 1]
    vary = (first > ROUNDING) & (second > ROUNDING)
    size = np.sqrt(np.where(vary, first * second, 1))
    return np.where(vary, np.clip(pair[:, 0, 1] / size, -1, 1), np.nan)


def partial_rank_correlation(
    x: ArrayLike, y: ArrayLike, given: Sequence[np.ndarray] | np.ndarray, orders: np.ndarray
) -> tuple[float, float]:
    """Return Spearman's correlation of x and y given other scores, and its two-sided p.

    What least squares on the ranks of ``given`` leaves of the ranks of x and of y is
    correlated. p by Freedman and Lane (1983): what is left of y is put in every order and
    added to what was fitted, and the correlation made anew. NaN where nothing is left.

    Args:
        x, y: float [point], without NaN. given: float [score, point].
        orders: int [order, point], the observed one first.
    """
    variables = np.array([x, y, *given], float)
    rho = partial_rho(variables, np.ones((1, len(variables[0]))))[0]
    if np.isnan(rho):
        return np.nan, np.nan
    ranks = np.sign(variables[:, :, None] - variables[:, None, :]).sum(axis=2) / 2
    basis, sizes, _ = np.linalg.svd(ranks[2:].T, full_matrices=False)
    basis = basis[:, sizes > ROUNDING * sizes.max(initial=0)]
    x_rest, y_rest = (side - basis @ (basis.T @ side) for side in ranks[:2])

    def size(rows: np.ndarray) -> np.ndarray:
        permuted = y_rest[rows]
        power = (permuted**2).sum(axis=1) - ((permuted @ basis) ** 2).sum(axis=1)
        return np.abs(permuted @ x_rest) / np.sqrt(np.maximum(power, ROUNDING) * (x_rest @ x_rest))

    correlations = by_blocks(orders, size)
    return float(rho), float(np.mean(correlations >= correlations[0] - ROUNDING))
