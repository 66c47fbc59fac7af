"""One answer's folder: what is written into it, and suspicion of all that is read from it.

``record.json`` names the length and SHA-256 of every other file, and its own SHA-256, taken
of its canonical JSON without that field. Answers written before there were checksums are
told by having neither; of them the zip archive's own CRC-32 is all that can be checked.
"""

import errno
import hashlib
import io
import json
import os
import stat
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from cam_augment.base.errors import InputError
from cam_augment.base.mapped import sha256_of
from cam_augment.reading.npz import read_npz

RECORD = "record.json"
ARRAYS = "arrays.npz"
FILES, SEAL = "files", "sha256"


class Damaged(InputError):
    """What lies under a key is not what was put there."""


@dataclass(frozen=True, eq=False)
class Entry:
    """An answer as it was read.

    Attributes:
        record: its plain values. arrays: by name.
    """

    record: Mapping[str, Any]
    arrays: dict[str, np.ndarray]


# ---- writing


def write(
    folder: Path,
    record: Mapping[str, Any],
    arrays: Mapping[str, np.ndarray],
    blobs: Mapping[str, bytes],
    files: Mapping[str, Mapping[str, Any]] = {},
) -> None:
    """Write an answer into a folder, its record last, and flush every file.

    Args:
        arrays: by name, of any shape. blobs: bytes of further files by name.
        files: files that are in the folder already, flushed, with their checksums.
    """
    buffer = io.BytesIO()
    np.savez(buffer, **arrays)  # type: ignore[arg-type]  # no array is called 'allow_pickle'
    contents = {ARRAYS: buffer.getvalue(), **blobs}
    for name, content in contents.items():
        _write(folder / name, content)
    sums = {name: checksum(content) for name, content in contents.items()}
    _write(folder / RECORD, _sealed(record, sums | dict(files)))


def forget(folder: Path, name: str) -> None:
    """Remove a file of an answer, and its checksum before it: killed between, it is sound.

    Raises:
        Damaged: the answer was not sound before.
    """
    record, files = open_entry(folder)
    if files is None:
        files = {ARRAYS: checksum(_read(folder, ARRAYS))}
    rest = {file: mark for file, mark in files.items() if file != name}
    _write(folder / f"{RECORD}.new", _sealed(record, rest))
    os.replace(folder / f"{RECORD}.new", folder / RECORD)
    (folder / name).unlink(missing_ok=True)


def checksum(content: bytes) -> dict[str, Any]:
    """Return a file's length in bytes and its SHA-256."""
    return {"bytes": len(content), "sha256": hashlib.sha256(content).hexdigest()}


def _sealed(record: Mapping[str, Any], files: Mapping[str, Any]) -> bytes:
    content = {**record, FILES: files}
    text = json.dumps({**content, SEAL: _seal(content)}, allow_nan=False, indent=1)
    return text.encode()


def _seal(content: Mapping[str, Any]) -> str:
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()


def _write(path: Path, content: bytes) -> None:
    with open(path, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


# ---- reading


def read(folder: Path, fields: Collection[str] = ()) -> Entry:
    """Return an answer, held against its checksums.

    Args:
        fields: what its record must have.

    Raises:
        Damaged: it is not what was written. InputError: it is not there, or may not be read.
    """
    record, files = open_entry(folder, fields)
    content = _read_checked(folder, ARRAYS, files)
    with damaging(f"{ARRAYS} cannot be read"):
        arrays = read_npz(Path(ARRAYS), content=content)
    return Entry(record, arrays)


def open_entry(
    folder: Path, fields: Collection[str] = ()
) -> tuple[dict[str, Any], dict[str, Any] | None]:
    """Return the record's values, and its files' checksums (None: written before there were).

    All files are there and have their lengths.
    """
    text = _read(folder, RECORD)
    with damaging(f"{RECORD} is not valid JSON"):
        record = json.loads(text)
    if not isinstance(record, dict):
        raise Damaged(f"{RECORD} is not a JSON object")
    files = _files(record)
    missing = [field for field in fields if field not in record]
    if missing:
        raise Damaged(f"{RECORD} has no field '{missing[0]}'")
    for name in [ARRAYS] if files is None else files:
        size = _plain(folder, name).st_size
        if files is not None and size != files[name]["bytes"]:
            raise Damaged(f"{name} has {size:,} bytes of {files[name]['bytes']:,}")
    return record, files


def has_file(folder: Path, name: str) -> bool:
    """Whether an answer has a further file, such as a model, that was not forgotten."""
    _, files = open_entry(folder)
    return os.path.lexists(folder / name) if files is None else name in files


def read_file(folder: Path, name: str) -> bytes:
    """Return a further file of an answer, held against its checksum."""
    return _read_checked(folder, name, open_entry(folder)[1])


def check_files(folder: Path) -> None:
    """Read every further file of an answer, of any size, and hold it against its checksum.

    Raises:
        Damaged: one is not what was written.
    """
    _, files = open_entry(folder)
    for name, mark in (files or {}).items():
        if name != ARRAYS and sha256_of(folder / name) != mark["sha256"]:
            raise Damaged(f"{name} does not agree with its checksum")


def stamp(folder: Path) -> tuple:
    """Return what changes when a file of an answer is written to."""
    try:
        states = [("", os.lstat(folder))]
        with os.scandir(folder) as files:
            states += [(file.name, file.stat(follow_symlinks=False)) for file in files]
    except OSError:  # reading it will say why
        states = []
    return folder, *sorted((n, s.st_ino, s.st_size, s.st_mtime_ns) for n, s in states)


@contextmanager
def damaging(content: str) -> Iterator[None]:
    """Take any error inside for damage: parsers of spoiled bytes may raise what they like."""
    try:
        yield
    except InputError as error:
        raise Damaged(str(error)) from None
    except Exception as error:
        why = " ".join(str(error).split())
        raise Damaged(f"{content}: {why or type(error).__name__}") from None


def _files(record: dict[str, Any]) -> dict[str, Any] | None:
    """Take the checksums out of a record and return them, where it agrees with its own."""
    seal = record.pop(SEAL, None)
    if seal is None and FILES not in record:
        return None
    if seal != _seal(record):
        raise Damaged(f"{RECORD} does not agree with its checksum")
    files = record.pop(FILES, None)
    with damaging(f"{RECORD} has no list of files"):
        for name, mark in files.items():
            if os.path.basename(name) != name or type(mark["bytes"]) is not int:
                raise ValueError(f"received {name!r}")
            str(mark["sha256"])
        files[ARRAYS]
    return files


def _read_checked(folder: Path, name: str, files: Mapping[str, Any] | None) -> bytes:
    content = _read(folder, name)
    if files is not None and checksum(content) != files[name]:
        raise Damaged(f"{name} does not agree with its checksum")
    return content


def _read(folder: Path, name: str) -> bytes:
    _plain(folder, name)
    try:
        return (folder / name).read_bytes()
    except OSError as error:
        raise _unreadable(folder / name, error) from None


def _plain(folder: Path, name: str) -> os.stat_result:
    """Return the state of a file; links could lead anywhere, and pipes would never end."""
    try:
        if not stat.S_ISDIR(os.lstat(folder).st_mode):
            raise Damaged("not a folder")
    except OSError as error:
        raise InputError(f"{folder}: cannot be read: {error.strerror}") from None
    try:
        state = os.lstat(folder / name)
    except FileNotFoundError:
        raise Damaged(f"{name} is missing") from None
    except OSError as error:
        raise _unreadable(folder / name, error) from None
    if not stat.S_ISREG(state.st_mode):
        raise Damaged(f"{name} is not a plain file")
    return state


def _unreadable(path: Path, error: OSError) -> InputError:
    """Return the error to raise: a broken disk is damage, a lack of permission is not."""
    if error.errno == errno.EIO:
        return Damaged(f"{path.name} cannot be read: {error.strerror}")
    return InputError(f"{path}: cannot be read: {error.strerror}")
