"""Corrections for asking one question of many strategies."""

from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import ArrayLike

from cam_augment.statistics.design import Blocks, smallest_p
from cam_augment.statistics.significance import are_significant


def holm(p: Sequence[float | None]) -> np.ndarray:
    """Return Holm's adjusted p values, float64, in the order given.

    The k-th smallest of m is multiplied by m - k + 1, made monotone and cut at 1 (Holm
    1979). None and NaN come back as NaN and are not counted among the m.

    >>> holm([0.01, 0.04, None, 0.03])
    array([0.03, 0.06,  nan, 0.06])
    """
    return adjust(p, "holm")


def benjamini_hochberg(p: Sequence[float | None]) -> np.ndarray:
    """Return Benjamini and Hochberg's adjusted p values, float64, in the order given.

    The k-th smallest of m is multiplied by m / k and made monotone from above (Benjamini
    and Hochberg 1995). None and NaN come back as NaN and are not counted among the m.

    >>> benjamini_hochberg([0.01, 0.04, None, 0.02])
    array([0.03, 0.04,  nan, 0.03])
    """
    return adjust(p, "bh")


def corrected(
    p: Iterable[float | None], method: str, apart: Sequence[bool] | None = None
) -> list[float | None]:
    """Return p values corrected by a plan's ``correction``; None where none was known.

    Args:
        apart: which of them stand outside the family, each by itself: they stay as they are.

    >>> corrected([0.01, None, 0.03], "holm")
    [0.02, None, 0.03]
    >>> corrected([0.01, 0.02, 0.03], "holm", apart=[False, True, False])
    [0.02, 0.02, 0.03]
    """
    values = np.array(list(p), dtype=np.float64)
    outside = np.zeros(len(values), bool) if apart is None else np.asarray(apart, bool)
    adjusted = np.where(outside, values, adjust(np.where(outside, np.nan, values), method))
    return [None if np.isnan(value) else float(value) for value in adjusted]


def adjust(
    p: ArrayLike | Sequence[float | None], method: str, others: int | np.ndarray = 0
) -> np.ndarray:
    """Return adjusted p values [..., comparison], each family along the last axis.

    Args:
        p: float [..., comparison]; None and NaN stay NaN and are not counted.
        method: ``holm`` or ``bh``. others: members of the family with p = 1 that are not
            listed; an int, or [..., 1].

    >>> adjust([[0.01, 0.04], [0.02, np.nan]], "holm", others=1)
    array([[0.03, 0.08],
           [0.04,  nan]])
    """
    p = np.array(p, dtype=np.float64)
    order = np.argsort(p, axis=-1, kind="stable")  # NaN last
    ascending = np.take_along_axis(p, order, axis=-1)
    count = np.isfinite(p).sum(axis=-1, keepdims=True) + others
    adjusted = np.minimum(1, CORRECTIONS[method](ascending, count))
    result = np.empty_like(p)
    np.put_along_axis(result, order, adjusted, axis=-1)
    return np.where(np.isnan(p), np.nan, result)


def deciding_levels(
    p: ArrayLike, alpha: float, method: str = "holm", others: int | np.ndarray = 0
) -> np.ndarray:
    """Return the level at which each p is judged in its family, float [..., comparison].

    A p is at most its level exactly where its adjusted p is at most alpha. Under Holm that is
    alpha / (m - r + 1) for the r-th smallest while they are rejected, and alpha / (m - R) for
    the rest, R the number of those rejected; under Benjamini-Hochberg alpha max(R, 1) / m for
    all. Arguments as in ``adjust``.

    >>> deciding_levels([0.01, 0.9, 0.5], 0.06).round(3)
    array([0.02, 0.03, 0.03])
    """
    p = np.asarray(p, dtype=np.float64)
    count = np.isfinite(p).sum(axis=-1, keepdims=True) + others
    rejected = are_significant(adjust(p, method, others), alpha)
    total = rejected.sum(axis=-1, keepdims=True)
    if method == "bh":
        levels = np.broadcast_to(alpha * np.maximum(total, 1) / count, p.shape)
        return np.where(np.isnan(p), np.nan, levels)
    rank = np.argsort(np.argsort(p, axis=-1, kind="stable"), axis=-1, kind="stable")
    members = np.where(rejected, count - rank, count - total)
    return np.where(np.isnan(p), np.nan, alpha / np.maximum(members, 1))


def _holm(ascending: np.ndarray, count: np.ndarray) -> np.ndarray:
    factors = count - np.arange(ascending.shape[-1])
    return np.maximum.accumulate(ascending * factors, axis=-1)


def _benjamini_hochberg(ascending: np.ndarray, count: np.ndarray) -> np.ndarray:
    factors = count / np.arange(1, ascending.shape[-1] + 1)
    descending = np.flip(ascending * factors, axis=-1)
    return np.flip(np.fmin.accumulate(descending, axis=-1), axis=-1)


CORRECTIONS = {"holm": _holm, "bh": _benjamini_hochberg}


def smallest_adjusted_p(
    n_a: int,
    n_b: int,
    comparisons: int,
    method: str = "holm",
    limit: int | None = None,
    blocks: Blocks = None,
) -> float:
    """Return the least adjusted p that a design can reach, 0..1.

    See ``least_adjusted``; ``limit`` and ``blocks`` are as in ``smallest_p``.

    Raises:
        ValueError: ``method`` is neither ``holm`` nor ``bh``.

    >>> round(smallest_adjusted_p(4, 8, comparisons=10), 4)
    0.0202
    """
    return least_adjusted(smallest_p(n_a, n_b, limit, blocks), comparisons, method)


def least_adjusted(p: float, comparisons: int, method: str) -> float:
    """Return what the least p of a design can become by correction, 0..1.

    Under Holm (``holm``) the smallest of ``comparisons`` p values is multiplied by their
    number, whatever the others are. Under Benjamini-Hochberg (``bh``) it is not multiplied
    when every comparison reaches its least p, which is what this returns.

    Raises:
        ValueError: ``method`` is neither ``holm`` nor ``bh``.

    >>> least_adjusted(0.002, 10, "holm"), least_adjusted(0.002, 10, "bh")
    (0.02, 0.002)
    """
    if method not in CORRECTIONS:
        raise ValueError(f"method: received {method!r}; expected 'holm' or 'bh'")
    return min(1.0, (comparisons if method == "holm" else 1) * p)
