"""Hashes of images, by which keys name data: taken once of what lies in files, and noted there."""

import hashlib
import json
import os
import tempfile
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

import numpy as np

from cam_augment.base.stack import Stack
from cam_augment.plan import digest

NOTED = "hashes.json"  # beside the files
_MOST = 1000  # hashes that are noted
Arrays = Sequence[np.ndarray | Stack]


def hash_of(arrays: Arrays) -> str:
    """Return 32 hexadecimal digits of the SHA-256 of arrays as they are read, with their shapes.

    Of images in files it is looked up: 50,000 of 256x256 have 37 GiB as they are read.
    """
    files = [array.file for array in arrays if isinstance(array, Stack) and array.file]
    if not files:
        return _hash(arrays)
    notes, key = files[0].path.parent / NOTED, digest([_identity(array) for array in arrays])
    noted = _read(notes)
    if key not in noted:
        noted = {**dict(list(noted.items())[1 - _MOST :]), key: _hash(arrays)}
        _write(notes, noted)
    return noted[key]


def _hash(arrays: Arrays) -> str:
    hasher = hashlib.sha256()
    for array in arrays:
        hasher.update(str((array.shape, array.dtype)).encode())
        for block in array.blocks() if isinstance(array, Stack) else [array]:
            hasher.update(np.ascontiguousarray(block).data)
    return hasher.hexdigest()[:32]


def _identity(array: np.ndarray | Stack) -> list:
    """Return what tells an array apart: a file by its own hash, and by which rows are meant."""
    if isinstance(array, Stack) and array.file:
        rows = hashlib.sha256(np.ascontiguousarray(array.rows, np.int64).data).hexdigest()
        return [array.file.sha256, array.file.dtype, list(array.file.shape), array.white, rows]
    return [_hash([array])]


def _read(path: Path) -> dict[str, str]:
    """Return the hashes that are noted; none where the notes are not as they were written."""
    try:
        noted, seal = json.loads(path.read_bytes())
        return noted if seal == digest(noted) else {}
    except (OSError, ValueError, TypeError):
        return {}


def _write(path: Path, noted: dict[str, str]) -> None:
    """Note hashes; where nothing can be written they are taken again the next time."""
    with suppress(OSError):
        number, aside = tempfile.mkstemp(prefix=f".{NOTED}-", dir=path.parent)
        try:
            with open(number, "w") as file:
                json.dump([noted, digest(noted)], file)
            os.replace(aside, path)
        except OSError:
            os.unlink(aside)
