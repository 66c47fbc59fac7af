"""A folder of pictures that a case spoils, and how it is refused."""

import shutil
import struct
import zlib
from pathlib import Path

import pytest

from cam_augment.base.errors import InputError
from cam_augment.plan import Plan
from cam_augment.study.run import load_data
from tests.own_pictures import class_folders


def clean_copy(once, folder: Path) -> Path:
    """Copy 30 pictures of three classes into ``folder``, for a case to spoil."""
    clean = once("clean", lambda place: class_folders(place / "p"))
    return Path(shutil.copytree(clean / "p", folder / "p"))


def refused(settings: dict) -> str:
    with pytest.raises(InputError) as caught:
        load_data(Plan.make({"dataset": {"name": "folder", **settings}}))
    line = str(caught.value)
    assert line.isprintable()
    assert len(line) < 900
    return line


def png_of(rows: int, columns: int) -> bytes:
    """A PNG file that announces a size and holds next to nothing."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        check = struct.pack(">I", zlib.crc32(kind + data))
        return struct.pack(">I", len(data)) + kind + data + check

    head = struct.pack(">IIBBBBB", columns, rows, 8, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(b"\0" * 99))


def nothing(root):
    pass
