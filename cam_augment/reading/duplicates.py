"""Find pictures that are nearly the same: difference hashes, then a look at their detail."""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
from PIL import Image

from cam_augment.base.stack import Stack

NEAR = 3  # of 64 bits may differ
_BANDS = 4  # a pair that differs in no more than NEAR bits agrees in one of NEAR + 1 bands
_THUMB = 32
_BLOCK = 4
_ALIKE = 0.94  # correlation of detail: stored anew, halved, lighter or noisier ones have more
_PLAIN = 0.004  # a standard deviation of detail below which there is none
_SAME = 0.02  # mean difference below which two pictures without detail are the same
_AT_ONCE = 2_000  # pictures of one band that are compared with each other
_ROWS = 256  # of them at a time


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


def near_pairs(
    hashes: np.ndarray, thumbs: np.ndarray | Stack, parts: np.ndarray
) -> list[tuple[int, int]]:
    """Return which pictures nearly repeat one of an earlier part, each with the first of them.

    Hashes of a pair differ in at most ``NEAR`` bits, and the detail of its thumbnails (less
    the mean of each block of 4x4) correlates by .94 or more: other parts in the same light
    have other detail. Two without detail have blocks that differ by less than .02 on average.
    Of more than 2,000 pictures that share a quarter of their hashes only neighbours in a
    sorted order are compared.

    Args:
        hashes: uint64 [picture]. thumbs: float32 [picture, 32, 32] in 0..1.
        parts: int [picture]; negative: left out.

    Returns:
        Sorted pairs of indices: a picture of a part, and one of a later part that nearly
        repeats it. Each of the latter has one pair for each part before its own, at most.
    """
    nobody = len(hashes)
    first = np.full((nobody, max(0, parts.max(initial=-1)) + 1), nobody)
    for block in _blocks(hashes, parts):
        for one, two in _near(hashes[block], thumbs[block], parts[block]):
            np.minimum.at(first, (block[two], parts[block[one]]), block[one])
    later, part = np.nonzero(first < nobody)
    return sorted(zip(first[later, part].tolist(), later.tolist(), strict=True))


def _blocks(hashes: np.ndarray, parts: np.ndarray) -> Iterator[np.ndarray]:
    """Yield indices [picture] of pictures that agree in one band of their hashes."""
    bands = hashes.view(np.uint16).reshape(len(hashes), _BANDS)
    places = np.flatnonzero(parts >= 0)
    for band in range(_BANDS):
        order = places[np.lexsort((hashes[places], bands[places, band]))]
        cuts = np.flatnonzero(np.diff(bands[order, band])) + 1
        for members in np.split(order, cuts):
            for start in range(0, len(members), _AT_ONCE):
                block = members[start : start + _AT_ONCE]
                if len(block) > 1 and np.ptp(parts[block]):
                    yield block


def _near(
    hashes: np.ndarray, thumbs: np.ndarray, parts: np.ndarray
) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Yield places in a block [pair], [pair] of pictures that are near, the earlier part first."""
    earlier = None
    for start in range(0, len(hashes), _ROWS):
        rows = slice(start, start + _ROWS)
        near = np.bitwise_count(hashes[rows, None] ^ hashes) <= NEAR
        near &= parts[rows, None] < parts
        if near.any():
            earlier = earlier or _Seen.of(thumbs)
            near &= earlier.alike(rows)
            one, two = np.nonzero(near)
            yield one + start, two


class _Seen(NamedTuple):
    """Thumbnails as they are compared: float32 [picture, value], and bool [picture].

    ``detail`` is what differs from the mean of its block, of length 1; ``means`` are those.
    """

    detail: np.ndarray
    means: np.ndarray
    plain: np.ndarray

    @classmethod
    def of(cls, thumbs: np.ndarray) -> "_Seen":
        blocks = _THUMB // _BLOCK
        cut = thumbs.reshape(len(thumbs), blocks, _BLOCK, blocks, _BLOCK)
        means = cut.mean((2, 4), keepdims=True)
        detail = (cut - means).reshape(len(thumbs), _THUMB**2)
        length = np.sqrt((detail**2).sum(axis=1, keepdims=True))
        plain = length[:, 0] < _PLAIN * _THUMB
        return cls(detail / np.maximum(length, 1e-12), means.reshape(len(thumbs), -1), plain)

    def alike(self, rows: slice) -> np.ndarray:
        """Return which pictures show the same as those of some rows: bool [row, picture]."""
        is_alike = self.detail[rows] @ self.detail.T >= _ALIKE
        plain = np.flatnonzero(self.plain)
        for row in np.flatnonzero(self.plain[rows]):
            differs = np.abs(self.means[rows][row] - self.means[plain]).mean(axis=1)
            is_alike[row, plain] = differs < _SAME
        return is_alike
