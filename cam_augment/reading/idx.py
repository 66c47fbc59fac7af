"""Read arrays of the idx format, in which MNIST and Fashion-MNIST were published.

Four bytes (0, 0, the type, the number of axes), the length of each axis as a big-endian
32-bit number, then the values (LeCun, http://yann.lecun.com/exdb/mnist).
"""

import gzip
import math
import struct
import zlib
from pathlib import Path

import numpy as np

from cam_augment.base.errors import InputError
from cam_augment.reading.files import check_file
from cam_augment.reading.names import reason, shown

_UNSIGNED_BYTE = 8
_MOST = 2**30  # values: a file that says more is not one of these


def read_idx(path: Path, axes: int) -> np.ndarray:
    """Return the unsigned bytes of a gzip-packed idx file: uint8, of ``axes`` axes.

    No more is unpacked than the head of the file announces.

    Raises:
        InputError: the file cannot be read, is no such file, or is not complete.
    """
    check_file(path)
    try:
        with gzip.open(path) as file:
            shape = _shape(path, file.read(4 + 4 * axes), axes)
            values = file.read(math.prod(shape) + 1)
    except (OSError, EOFError, zlib.error) as error:
        raise InputError(f"{shown(path)}: cannot be read: {reason(error)}") from None
    if len(values) != math.prod(shape):
        amount = "more" if len(values) > math.prod(shape) else f"{len(values):,}"
        raise InputError(f"{shown(path)}: announces {math.prod(shape):,} values and holds {amount}")
    return np.frombuffer(values, np.uint8).reshape(shape)


def _shape(path: Path, head: bytes, axes: int) -> tuple[int, ...]:
    if len(head) < 4 + 4 * axes or head[:4] != bytes([0, 0, _UNSIGNED_BYTE, axes]):
        raise InputError(
            f"{shown(path)}: this is not an idx file of unsigned bytes with {axes} axes"
        )
    shape = struct.unpack(f">{axes}I", head[4:])
    if math.prod(shape) > _MOST:
        raise InputError(f"{shown(path)}: announces {math.prod(shape):,} values; at most {_MOST:,}")
    return shape
