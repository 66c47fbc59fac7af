"""Find pictures that are nearly the same: difference hashes, then a look at their detail."""

from collections.abc import Iterator

import numpy as np
from PIL import Image

NEAR = 3  # of 64 bits may differ
_BANDS = 4  # a pair that differs in no more than NEAR bits agrees in one of NEAR + 1 bands
_THUMB = 32
_BLOCK = 4
_ALIKE = 0.94  # correlation of detail: stored anew, halved, lighter or noisier ones have more
_PLAIN = 0.004  # a standard deviation of detail below which there is none
_SAME = 0.02  # mean difference below which two pictures without detail are the same
_AT_ONCE = 4_000  # pictures of one band that are compared with each other


def describe(grey: np.ndarray) -> tuple[np.uint64, np.ndarray]:
    """Return a picture's difference hash and its thumbnail.

    Bit (row, column) of the hash says that the picture, averaged to 8 rows and 9 columns, is
    brighter to the right (N. Krawetz, "Kind of Like That", 2013).

    Args:
        grey: float32 [row, column].

    Returns:
        64 bits, and float32 [32, 32].
    """
    small = _shrunk(grey, 8, 9)
    bits = small[:, 1:] > small[:, :-1]
    return np.packbits(bits).view(np.uint64)[0], _shrunk(grey, _THUMB, _THUMB)


def _shrunk(grey: np.ndarray, rows: int, columns: int) -> np.ndarray:
    image = Image.fromarray(np.ascontiguousarray(grey, np.float32))
    return np.asarray(image.resize((columns, rows), Image.Resampling.BOX))


def near_pairs(hashes: np.ndarray, thumbs: np.ndarray, parts: np.ndarray) -> list[tuple[int, int]]:
    """Return pairs of pictures of different parts that are nearly the same.

    Hashes of a pair differ in at most ``NEAR`` bits, and the detail of its thumbnails (less
    the mean of each block of 4x4) correlates by .94 or more: other parts in the same light
    have other detail. Two without detail differ by less than .02 on average. Of more than
    4,000 pictures that share a quarter of their hashes only neighbours in a sorted order are
    compared.

    Args:
        hashes: uint64 [picture]. thumbs: float32 [picture, 32, 32] in 0..1.
        parts: int [picture]; negative: left out.

    Returns:
        Sorted pairs of indices, the lower part first.
    """
    found: set[tuple[int, int]] = set()
    for first, second in _candidates(hashes, parts):
        close = np.bitwise_count(hashes[first] ^ hashes[second]) <= NEAR
        close &= parts[first] != parts[second]
        if not close.any():
            continue
        first, second = first[close], second[close]
        alike = _alike(thumbs[first], thumbs[second])
        found |= {
            (int(a), int(b)) if parts[a] <= parts[b] else (int(b), int(a))
            for a, b in zip(first[alike], second[alike], strict=True)
        }
    return sorted(found)


def _alike(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """Return which thumbnails [pair, row, column] show the same as their others: bool [pair]."""
    one, two = _detail(first), _detail(second)
    energy = np.sqrt((one**2).mean(1) * (two**2).mean(1))
    plain = (one.std(1) < _PLAIN) & (two.std(1) < _PLAIN)
    correlation = (one * two).mean(1) / np.maximum(energy, 1e-12)
    same = np.abs(first - second).mean((1, 2)) < _SAME
    return np.where(plain, same, correlation >= _ALIKE)


def _detail(thumbs: np.ndarray) -> np.ndarray:
    """Return what differs from the mean of its block: [picture, value]."""
    blocks = _THUMB // _BLOCK
    cut = thumbs.reshape(len(thumbs), blocks, _BLOCK, blocks, _BLOCK)
    return (cut - cut.mean((2, 4), keepdims=True)).reshape(len(thumbs), _THUMB**2)


def _candidates(hashes: np.ndarray, parts: np.ndarray) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Yield index pairs [pair], [pair] that agree in one band of their hashes."""
    bands = hashes.view(np.uint16).reshape(len(hashes), _BANDS)
    known = np.flatnonzero(parts >= 0)
    for band in range(_BANDS):
        order = known[np.lexsort((hashes[known], bands[known, band]))]
        cuts = np.flatnonzero(np.diff(bands[order, band])) + 1
        for members in np.split(order, cuts):
            for start in range(0, len(members), _AT_ONCE):
                block = members[start : start + _AT_ONCE]
                if len(block) > 1 and np.ptp(parts[block]):
                    yield from _pairs(block)


def _pairs(block: np.ndarray) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Yield all pairs of a block, those of one distance in the order at a time."""
    for distance in range(1, len(block)):
        yield block[:-distance], block[distance:]
