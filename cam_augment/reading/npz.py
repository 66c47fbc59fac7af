"""Read arrays from an npz file: what its heads announce is checked, pickles are refused."""

import io
import math
import struct
import zipfile
from collections.abc import Collection
from pathlib import Path
from typing import IO, NamedTuple, Protocol

import numpy as np
from numpy.lib import format as npy

from cam_augment.base.errors import InputError
from cam_augment.reading.files import check_file
from cam_augment.reading.names import reason, shown

MOST = 2**32  # bytes of one array at once
_BOMB = 2**28  # bytes that may be packed however tightly
_HEAD = 10_000  # bytes of an array's head: NumPy's own limit
_END = struct.Struct("<4s4H2LH")  # of a zip file; the fifth number is how many entries it has
_MANY = 2**16 - 1  # stands there where the number is told elsewhere, since it is too large
_TIGHTEST = 200  # times: pictures are packed to no such fraction of what they are
_DEFLATED = 1032  # times: nothing is packed more tightly by zip's method; masks nearly so much


def names_in(path: Path, content: bytes | None = None) -> set[str]:
    """Return the names of the arrays in a file.

    Raises:
        InputError: the file cannot be read or is no npz file.
    """
    with opened_npz(path, content) as archive:
        return {name.removesuffix(".npy") for name in archive.namelist()}


def read_npz(
    path: Path,
    names: Collection[str] | None = None,
    content: bytes | None = None,
    sparse: Collection[str] = (),
) -> dict[str, np.ndarray]:
    """Return the named arrays.

    Args:
        names: which ones (default: all). content: the file's bytes, where they were read
            already; ``path`` is only its name then.
        sparse: arrays that may be nearly empty, such as masks, and are packed tightly.

    Returns:
        The arrays by name, each of the shape that the file says.

    Raises:
        InputError: the file cannot be read, lacks an array, or one of them holds Python
            objects, which would have to be unpickled, or not what it announces.
    """
    present = names_in(path, content)
    names = sorted(present) if names is None else names
    missing = sorted(set(names) - present)
    if missing:
        names_present = shown(", ".join(sorted(present)) or "none")
        raise InputError(f"{shown(path)}: no array '{missing[0]}'. There are: {names_present}")
    with opened_npz(path, content) as archive:
        return {name: _array(path, archive, name, name in sparse) for name in names}


def opened_npz(path: Path, content: bytes | None) -> zipfile.ZipFile:
    """Return an npz file, opened; ``content``: its bytes, where they were read already.

    Raises:
        InputError: the file cannot be read or is no npz file.
    """
    if content is None:
        check_file(path)
    try:
        archive = zipfile.ZipFile(path if content is None else io.BytesIO(content))
        _check_count(archive)
        return archive
    except Exception as error:  # a broken archive raises errors of many kinds
        problem = (
            "this is not an npz file" if zipfile.BadZipFile is type(error) else "cannot be read"
        )
        raise InputError(f"{shown(path)}: {problem}: {reason(error)}") from None


def _check_count(archive: zipfile.ZipFile) -> None:
    """Raise BadZipFile where the directory holds fewer or more entries than its end announces.

    A byte that is wrong in the length of one entry's comment makes it swallow the next entry, and
    Python's ``zipfile`` counts none.
    """
    file = archive.fp
    assert file is not None  # it has just been opened
    file.seek(-(_END.size + len(archive.comment)), io.SEEK_END)
    announced = _END.unpack(file.read(_END.size))[4]
    count = len(archive.infolist())
    if announced not in (count, _MANY):
        archive.close()
        raise zipfile.BadZipFile(f"it announces {announced} entries and has {count}")


class Shaped(Protocol):
    """An array, or what stands for one in a file."""

    @property
    def shape(self) -> tuple[int, ...]: ...
    @property
    def dtype(self) -> np.dtype: ...
    @property
    def ndim(self) -> int: ...


class Head(NamedTuple):
    """What the head of an array announces, and its length in bytes."""

    shape: tuple[int, ...]
    dtype: np.dtype
    is_fortran: bool
    length: int


def head_of(path: Path, archive: zipfile.ZipFile, name: str) -> Head:
    """Return the head of an array.

    Raises:
        InputError: there is no such array, its head cannot be read, or it holds Python objects.
    """
    try:
        member = archive.getinfo(f"{name}.npy")
        with archive.open(member) as file:
            _check_head(path, name, file.read(12))
        with archive.open(member) as file:
            head = _head(file)
    except InputError:
        raise
    except KeyError:
        names_present = ", ".join(
            sorted(entry.removesuffix(".npy") for entry in archive.namelist())
        )
        raise InputError(
            f"{shown(path)}: no array '{name}'. There are: {shown(names_present or 'none')}"
        ) from None
    except Exception as error:  # numpy's head of an array is a Python literal
        raise InputError(f"{shown(path)}: array '{name}' cannot be read: {reason(error)}") from None
    if head.dtype.hasobject:
        raise InputError(
            f"{shown(path)}: array '{name}' holds Python objects; such pickles can run any code "
            "and are not read"
        )
    return head


def check_packing(
    path: Path, archive: zipfile.ZipFile, name: str, head: Head, sparse: bool = False
) -> int:
    """Return the bytes that an array announces.

    Args:
        sparse: whether it may be nearly empty; of booleans any may.

    Raises:
        InputError: the file holds fewer, or has packed them as no pictures are.
    """
    member = archive.getinfo(f"{name}.npy")
    size = math.prod(head.shape) * head.dtype.itemsize
    if not 0 <= size <= member.file_size:
        raise InputError(
            f"{shown(path)}: array '{name}' announces {size:,} bytes; it holds {member.file_size:,}"
        )
    tightest = _DEFLATED if sparse or head.dtype.kind == "b" else _TIGHTEST
    if size > max(_BOMB, tightest * member.compress_size):
        raise InputError(
            f"{shown(path)}: array '{name}' has {size:,} bytes packed into "
            f"{member.compress_size:,}, as no pictures are"
        )
    return size


def _array(path: Path, archive: zipfile.ZipFile, name: str, sparse: bool) -> np.ndarray:
    size = check_packing(path, archive, name, head_of(path, archive, name), sparse)
    if size > MOST:
        raise InputError(
            f"{shown(path)}: array '{name}' announces {size:,} bytes; at most {MOST:,} are read at "
            "once"
        )
    try:
        with archive.open(f"{name}.npy") as file:
            array = npy.read_array(file, allow_pickle=False)
            if file.read(1):  # to the end, where zip holds the content against its CRC
                raise ValueError("it holds more than it announces")
            return array
    except Exception as error:  # a broken archive raises errors of many kinds
        raise InputError(f"{shown(path)}: array '{name}' cannot be read: {reason(error)}") from None


def _check_head(path: Path, name: str, start: bytes) -> None:
    """Raise InputError where an array's head is longer than any: NumPy reads it whole first."""
    ends = 10 if start[6:7] == b"\x01" else 12
    length = int.from_bytes(start[8:ends], "little")
    if length > _HEAD:
        raise InputError(
            f"{shown(path)}: array '{name}' has a head of {length:,} bytes; at most {_HEAD:,} are "
            "read"
        )


def _head(file: IO[bytes]) -> Head:
    version = npy.read_magic(file)
    read_header = npy.read_array_header_1_0 if version == (1, 0) else npy.read_array_header_2_0
    shape, is_fortran, dtype = read_header(file)
    return Head(shape, dtype, is_fortran, file.tell())


def check_pixels(path: Path, name: str, images: Shaped, channels: Collection[int]) -> None:
    """Raise InputError unless these are bytes [image, row, column] or with such channels."""
    colours = images.shape[3] if images.ndim == 4 else 1
    if images.dtype != np.uint8 or images.ndim not in (3, 4) or colours not in channels:
        expected = " or ".join(str(channel) for channel in channels)
        raise InputError(
            f"{shown(path)}: array '{name}' is {images.dtype} {list(images.shape)}; expected "
            f"uint8 [image, row, column] or a fourth axis of {expected}"
        )


def check_labels(
    path: Path, name: str, labels: np.ndarray, images: int, classes: int | None = None
) -> np.ndarray:
    """Return labels as int64 [image].

    Raises:
        InputError: they are no whole numbers from 0, below ``classes``, one for each image.
    """
    if labels.dtype.kind not in "iu" or labels.shape not in ((images,), (images, 1)):
        raise InputError(
            f"{shown(path)}: array '{name}' is {labels.dtype} {list(labels.shape)}; expected one "
            f"whole number for each of {images:,} images"
        )
    labels = labels.reshape(-1)
    most = 2**31 if classes is None else classes
    if images and not 0 <= int(labels.min()) <= int(labels.max()) < most:
        raise InputError(
            f"{shown(path)}: array '{name}' has labels {labels.min()} to {labels.max()}; expected "
            f"0 to {most - 1:,}"
        )
    return labels.astype(np.int64)
