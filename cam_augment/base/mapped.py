"""Arrays in files: written image by image, mapped by every process that reads them.

All processes of a machine share the pages of a mapped file, and the system gives them back
when memory is short: none of them is a process's own.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np

_AT_ONCE = 2**24  # bytes that are read at a time
# The white of pictures, by the type of their values.
WHITE: Mapping[np.dtype, int] = {np.dtype(np.uint8): 255, np.dtype(np.uint16): 65535}


class Absent(Exception):
    """A file is not on this machine.

    Attributes:
        file: the ``Mapped`` that it holds.
    """

    def __init__(self, file: Mapped):
        super().__init__(f"{file.path} is not on this machine as it was written")
        self.file = file

    def __reduce__(self) -> tuple:
        return Absent, (self.file,)


# Where this process has the files that lie elsewhere under their paths, by their SHA-256.
copies: dict[str, Path] = {}


@dataclass(frozen=True)
class Mapped:
    """An array in a file: rows one after the other, no head.

    It travels as these fields. Where the path leads to the same file, that is mapped; else a copy
    of it, which ``copies`` names.

    Attributes:
        path: absolute. dtype, shape: of the array.
        white: stored value that is read as 1; None: values are read as they are stored.
        modified: nanoseconds since the epoch, when the file was written.
        sha256: of its bytes.
    """

    path: Path
    dtype: str
    shape: tuple[int, ...]
    white: int | None
    modified: int
    sha256: str

    @property
    def size(self) -> int:
        """Bytes of the file."""
        return int(np.prod(self.shape)) * np.dtype(self.dtype).itemsize

    @cached_property
    def array(self) -> np.ndarray:
        """The array, read-only.

        Raises:
            Absent: neither the path nor a copy leads to it.
        """
        for path in filter(None, (self.path, copies.get(self.sha256))):
            if self.is_at(path):
                return mapped(path, self.dtype, self.shape)
        raise Absent(self)

    def is_at(self, path: Path) -> bool:
        """Return whether a file is this one: by its size and time, or else by its bytes."""
        try:
            state = os.stat(path)
        except OSError:
            return False
        if state.st_size != self.size:
            return False
        return state.st_mtime_ns == self.modified or sha256_of(path) == self.sha256

    def __getstate__(self) -> Mapping[str, Any]:
        return {name: value for name, value in self.__dict__.items() if name != "array"}


def mapped(path: Path, dtype: str, shape: tuple[int, ...]) -> np.ndarray:
    """Return an array that lies in a file, read-only. An empty one cannot be mapped.

    Args:
        dtype: as NumPy names it. shape: that of the array, [image, ...].
    """
    if 0 in shape:
        return np.zeros(shape, dtype)
    return np.asarray(np.memmap(path, dtype, "r", shape=shape))


def sha256_of(path: Path) -> str:
    """Return the SHA-256 of a file of any size, in hexadecimal digits."""
    hasher = hashlib.sha256()
    with open(path, "rb") as file:
        while content := file.read(_AT_ONCE):
            hasher.update(content)
    return hasher.hexdigest()


class Writer:
    """Writes images to a file, one after the other, in the narrowest type that holds them all.

    Numbers in 0..1 are kept as bytes or words where these say them to the last bit, and else as
    they are. What is written is written anew in the few cases where a later image needs more.

    Args:
        path: of a file that is made.

    Attributes:
        white: stored value that is read as 1; None: values are stored as they are read.
    """

    def __init__(self, path: Path):
        self.path = path
        self.white: int | None = None
        self._file = _new(path)
        self._hasher = hashlib.sha256()
        self._dtype: np.dtype | None = None
        self._shape: tuple[int, ...] = ()
        self._count = 0

    def __enter__(self) -> Writer:
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()

    def add(self, image: np.ndarray) -> None:
        """Write one image [row, column, channel]: float32 in 0..1, bytes or words, or a mask.

        A grey one among coloured ones gets three equal channels.

        Raises:
            OSError: it cannot be written.
        """
        dtype, white = _narrowest(image)
        if self._dtype is None:
            self._dtype, self.white, self._shape = dtype, white, image.shape
        shape = np.broadcast_shapes(self._shape, image.shape)
        wider = dtype if dtype.itemsize > self._dtype.itemsize else self._dtype
        if (shape, wider) != (self._shape, self._dtype):
            self._widen(shape, wider)
        self._write(image)

    def close(self) -> Mapped:
        """Return the array, all of it on the disk."""
        self._file.flush()
        os.fsync(self._file.fileno())
        self._file.close()
        return Mapped(
            self.path,
            str(self._dtype or "float32"),
            (self._count, *self._shape),
            self.white,
            os.stat(self.path).st_mtime_ns,
            self._hasher.hexdigest(),
        )

    def _widen(self, shape: tuple[int, ...], dtype: np.dtype) -> None:
        """Write all anew, as images of a shape and a type that hold more."""
        assert self._dtype is not None
        self._file.close()
        before = mapped(self.path, str(self._dtype), (self._count, *self._shape))
        white = self.white
        os.unlink(self.path)  # what is mapped stays
        self._file, self._hasher = _new(self.path), hashlib.sha256()
        self._dtype, self._shape, self._count = dtype, shape, 0
        self.white = WHITE.get(dtype)
        for image in before:
            self._write(image if white is None else image / np.float32(white))

    def _write(self, image: np.ndarray) -> None:
        image = np.broadcast_to(image, self._shape)
        if self.white is not None and image.dtype == np.float32:
            image = np.rint(image * np.float32(self.white))
        content = np.ascontiguousarray(image, self._dtype).tobytes()
        self._file.write(content)
        self._hasher.update(content)
        self._count += 1


def _new(path: Path) -> BinaryIO:
    return open(path, "wb")


def _narrowest(image: np.ndarray) -> tuple[np.dtype, int | None]:
    """Return the type that says an image to the last bit, and its white.

    >>> _narrowest(np.array([0, 0.2, 1], np.float32))
    (dtype('uint8'), 255)
    >>> _narrowest(np.array([0, 0.3, 1.5], np.float32))
    (dtype('float32'), None)
    """
    if image.dtype == np.float32:
        for dtype, white in WHITE.items():
            codes = np.rint(image * np.float32(white))
            if ((codes >= 0) & (codes <= white) & (codes / np.float32(white) == image)).all():
                return dtype, white
    return image.dtype, WHITE.get(image.dtype)
