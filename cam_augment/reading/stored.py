"""Rows of an array in an npz file, read by blocks: the array may be larger than memory."""

import math
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from cam_augment.base.errors import InputError
from cam_augment.reading.names import reason, shown
from cam_augment.reading.npz import check_packing, head_of, opened_npz

_BLOCK = 2**26  # bytes that are read at a time


class Stored:
    """An array in an npz file, of which rows are read as they pass by.

    Attributes:
        shape, dtype: what the array's head announces; as much is in the file.

    Raises:
        InputError: the file cannot be read, lacks the array, or it holds Python objects, values
            in Fortran's order, or not what it announces.
    """

    def __init__(self, path: Path, name: str):
        self._path, self._name = path, name
        with opened_npz(path, None) as archive:
            head = head_of(path, archive, name)
            check_packing(path, archive, name, head)
        if head.is_fortran or not head.shape:
            raise InputError(
                f"{shown(path)}: array '{name}' is not stored row by row; save it by numpy.savez"
            )
        self.shape, self.dtype, self._start = head.shape, head.dtype, head.length
        self.ndim = len(self.shape)

    def __len__(self) -> int:
        return self.shape[0]

    def passing(self, indices: np.ndarray) -> Iterator[np.ndarray]:
        """Yield rows [row, ...] in the order of the file, some at a time, which is read to its end.

        Args:
            indices: int [row], rising.

        Raises:
            InputError: the file cannot be read to its end, or is not as it was packed.
        """
        size = math.prod(self.shape[1:]) * self.dtype.itemsize
        try:
            yield from self._passing(indices, max(1, _BLOCK // max(1, size)), size)
        except InputError:
            raise
        except Exception as error:  # a broken archive raises errors of many kinds
            raise InputError(
                f"{shown(self._path)}: array '{self._name}' cannot be read: {reason(error)}"
            ) from None

    def _passing(self, indices: np.ndarray, step: int, size: int) -> Iterator[np.ndarray]:
        with opened_npz(self._path, None) as archive, archive.open(f"{self._name}.npy") as file:
            file.read(self._start)
            for first in range(0, len(self), step):
                count = min(step, len(self) - first)
                content = file.read(count * size)
                if len(content) != count * size:
                    raise ValueError("it holds less than it announces")
                block = np.frombuffer(content, self.dtype).reshape(count, *self.shape[1:])
                part = slice(*np.searchsorted(indices, [first, first + count]))
                yield block[indices[part] - first]
            if file.read(1):  # to the end, where zip holds the content against its CRC
                raise ValueError("it holds more than it announces")
