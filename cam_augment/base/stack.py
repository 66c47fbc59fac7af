"""Images and masks by the thousand: kept as they are stored, and numbers only where they are read.

Pictures have 8 or 16 bits a value, and models take float32 in 0..1, which is four times as
much. So a stack keeps what is stored, in memory or in a file that is mapped, and whoever reads
a block of it gets the numbers of that block.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from numpy.lib.mixins import NDArrayOperatorsMixin

from cam_augment.base.arrays import as_array
from cam_augment.base.mapped import WHITE, Mapped

CACHED_BYTES = 2**18  # that a core's own cache holds beside other things
BLOCK_BYTES = 2**24  # of what is read at once: memory of this size is used again, not got anew


class Stack(NDArrayOperatorsMixin):
    """Images or masks of one size, read like a NumPy array: ``stack[index]`` are numbers.

    Whatever else an array can do, a stack does with all of its numbers, which are read for it:
    arithmetic, NumPy's functions, the methods of arrays. It is never written to.

    Args:
        stored: [image, row, column, ...], in memory or in a file.
        white: the stored value that is read as 1, its type being a whole number; None: values are
            read as they are stored. A file says it itself.
        rows: int [image], the rows of ``stored`` that are meant, in their order; None: all.

    Attributes:
        white: as above.
    """

    def __init__(
        self,
        stored: np.ndarray | Mapped,
        white: int | None = None,
        rows: np.ndarray | None = None,
    ):
        self._source = stored if isinstance(stored, Mapped) else _locked(stored)
        self.white = stored.white if isinstance(stored, Mapped) else white
        self._rows = None if rows is None else _locked(np.asarray(rows))

    @classmethod
    def of_images(cls, images: np.ndarray | Stack) -> Stack:
        """Return images as a stack: float32 in 0..1, or uint8 or uint16 from black to white."""
        if isinstance(images, Stack):
            return images
        array = as_array("images", images)
        return cls(array, WHITE.get(array.dtype))

    @classmethod
    def of_masks(cls, masks: np.ndarray | Stack) -> Stack:
        """Return masks, bool [image, row, column], as a stack."""
        return masks if isinstance(masks, Stack) else cls(as_array("masks", masks))

    @classmethod
    def joined(cls, stacks: Sequence[Stack]) -> Stack:
        """Return the images of several stacks, one after the other; those of one array uncopied.

        >>> Stack.joined([Stack(np.zeros((2, 4, 4))), Stack(np.ones((3, 4, 4)))]).shape
        (5, 4, 4)
        """
        first = stacks[0]
        if all(stack._is_of(first) for stack in stacks):
            return cls(first._source, first.white, np.concatenate([s.rows for s in stacks]))
        if all((s.white, s._stored.dtype) == (first.white, first._stored.dtype) for s in stacks):
            return cls(np.concatenate([s._stored[s.rows] for s in stacks]), first.white)
        return cls(np.concatenate([np.asarray(stack) for stack in stacks]))

    def pick(self, indices: np.ndarray) -> Stack:
        """Return some of the images, without reading them.

        Args:
            indices: int [image].
        """
        return Stack(self._source, self.white, self.rows[indices])

    @property
    def file(self) -> Mapped | None:
        """The file that the images lie in; None: they are in memory."""
        return self._source if isinstance(self._source, Mapped) else None

    @property
    def rows(self) -> np.ndarray:
        """Which rows of the file, or of the array, the images are, int64 [image]."""
        return np.arange(len(self)) if self._rows is None else self._rows

    def _is_of(self, other: Stack) -> bool:
        """Whether both are rows of one file, or of one array."""
        if self.file is not None:
            return self.file == other.file
        return self._source is other._source

    def in_memory(self) -> Stack:
        """Return the same images, for when the file's name will lead nowhere."""
        return Stack(self._stored, self.white, self._rows)

    @property
    def _stored(self) -> np.ndarray:
        return self._source.array if isinstance(self._source, Mapped) else self._source

    def __len__(self) -> int:
        return self._source.shape[0] if self._rows is None else len(self._rows)

    @property
    def shape(self) -> tuple[int, ...]:
        """Of all that can be read: [image, row, column, ...]."""
        return (len(self), *self._source.shape[1:])

    @property
    def ndim(self) -> int:
        """How many axes it has, that of images too."""
        return len(self._source.shape)

    @property
    def dtype(self) -> np.dtype:
        """Of what is read."""
        return np.dtype(np.float32 if self.white else self._source.dtype)

    def __getitem__(self, index: Any) -> np.ndarray:
        """Return what an index of NumPy's picks; all that its first part picks is read for it."""
        first, *rest = index if isinstance(index, tuple) else (index,)
        if first is Ellipsis:
            return self[:][index]
        numbers = self._numbers(first)
        return numbers[(*[slice(None)] * (numbers.ndim == self.ndim), *rest)] if rest else numbers

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> np.ndarray:
        return np.array(self[:], dtype, copy=copy)

    def __eq__(self, other: object) -> bool:
        raise TypeError("a stack is compared by its numbers, as stack[:] or in blocks")

    __ne__ = __eq__
    __hash__ = object.__hash__

    def blocks(self) -> Iterator[np.ndarray]:
        """Yield all of it, [image, row, column, ...], in order, some images at a time."""
        size = int(np.prod(self.shape[1:])) * self.dtype.itemsize
        step = max(1, BLOCK_BYTES // max(1, size))
        for start in range(0, len(self), step):
            yield self[start : start + step]

    def __iter__(self) -> Iterator[np.ndarray]:
        for block in self.blocks():
            yield from block

    def __array_ufunc__(self, ufunc: np.ufunc, method: str, *inputs: Any, **options: Any) -> Any:
        if any(isinstance(place, Stack) for place in options.get("out", ())):
            raise TypeError("a stack is not written to; change stack[:], an array of its numbers")
        numbers = [one[:] if isinstance(one, Stack) else one for one in inputs]
        return getattr(ufunc, method)(*numbers, **options)

    def __getattr__(self, name: str) -> Any:
        """Return what an array of the same numbers has by this name, such as ``mean``."""
        if name.startswith("_") or not hasattr(np.ndarray, name):
            raise AttributeError(f"a stack of images has no '{name}'")
        return getattr(self[:], name)

    def areas(self) -> np.ndarray:
        """Return how much is marked in each mask, int64 [image]: its pixels."""
        counts = [np.count_nonzero(block, axis=(1, 2)) for block in self.blocks()]
        return np.concatenate([np.zeros(0, np.int64), *counts])

    def _numbers(self, index: Any) -> np.ndarray:
        rows = index if self._rows is None else self._rows[index]
        if self.white is None:
            return self._stored[rows]
        if isinstance(rows, np.ndarray) and rows.ndim == 1 and rows.dtype.kind in "iu":
            return _picked(self._stored, rows, np.float32(self.white))
        return self._stored[rows] / np.float32(self.white)


def _picked(stored: np.ndarray, rows: np.ndarray, white: np.float32) -> np.ndarray:
    """Return rows of what is stored over its white, float32.

    A few at a time: what is picked is a copy, which is read again while the processor still has it.
    """
    numbers = np.empty((len(rows), *stored.shape[1:]), np.float32)
    step = max(1, CACHED_BYTES // max(1, stored[:1].nbytes))
    for start in range(0, len(rows), step):
        part = slice(start, start + step)
        np.divide(stored[rows[part]], white, out=numbers[part])
    return numbers


def _locked(array: np.ndarray) -> np.ndarray:
    """Return an array that nobody writes into by this name."""
    if array.flags.writeable:
        array = array.view()
        array.setflags(write=False)
    return array
