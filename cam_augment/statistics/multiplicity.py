"""Corrections for asking one question of many strategies."""

from collections.abc import Iterable, Sequence

import numpy as np

from cam_augment.statistics.design import smallest_p


def holm(p: Sequence[float | None]) -> np.ndarray:
    """Return Holm's adjusted p values, float64, in the order given.

    The k-th smallest of m is multiplied by m - k + 1, made monotone and cut at 1 (Holm
    1979). None and NaN come back as NaN and are not counted among the m.

    >>> holm([0.01, 0.04, None, 0.03])
    array([0.03, 0.06,  nan, 0.06])
    """
    return _adjust(p, _holm)


def benjamini_hochberg(p: Sequence[float | None]) -> np.ndarray:
    """Return Benjamini and Hochberg's adjusted p values, float64, in the order given.

    The k-th smallest of m is multiplied by m / k and made monotone from above (Benjamini
    and Hochberg 1995). None and NaN come back as NaN and are not counted among the m.

    >>> benjamini_hochberg([0.01, 0.04, None, 0.02])
    array([0.03, 0.04,  nan, 0.03])
    """
    return _adjust(p, _benjamini_hochberg)


CORRECTIONS = {"holm": holm, "bh": benjamini_hochberg}


def corrected(p: Iterable[float | None], method: str) -> list[float | None]:
    """Return p values corrected by a plan's ``correction``; None where none was known.

    >>> corrected([0.01, None, 0.03], "holm")
    [0.02, None, 0.03]
    """
    adjusted = CORRECTIONS[method](list(p))
    return [None if np.isnan(value) else float(value) for value in adjusted]


def _adjust(p, ordered) -> np.ndarray:
    p = np.array(p, dtype=np.float64)
    defined = np.flatnonzero(~np.isnan(p))
    order = defined[np.argsort(p[defined], kind="stable")]
    p[order] = np.minimum(1, ordered(p[order]))
    return p


def _holm(ascending: np.ndarray) -> np.ndarray:
    return np.maximum.accumulate(ascending * np.arange(len(ascending), 0, -1))


def _benjamini_hochberg(ascending: np.ndarray) -> np.ndarray:
    m = len(ascending)
    return np.minimum.accumulate((ascending * m / np.arange(1, m + 1))[::-1])[::-1]


def smallest_adjusted_p(
    n_a: int,
    n_b: int,
    comparisons: int,
    method: str = "holm",
    limit: int | None = None,
    blocks=None,
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
