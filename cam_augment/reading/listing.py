"""Which pictures lie in a folder, without being led out of it."""

import os
from collections import Counter
from collections.abc import Collection, Iterator
from pathlib import Path, PurePosixPath, PureWindowsPath

from cam_augment.base.errors import InputError
from cam_augment.reading.names import reason, shown
from cam_augment.reading.pictures import ENDINGS

_DEEPEST = 32


def entries(folder: Path) -> list[os.DirEntry]:
    """Return what lies in a folder, by name.

    Raises:
        InputError: it cannot be read.
    """
    try:
        with os.scandir(folder) as found:
            return sorted(found, key=lambda entry: entry.name)
    except OSError as error:
        raise InputError(f"{shown(folder)}: cannot be read: {reason(error)}") from None


def folders(folder: Path, apart: Collection[Path] = ()) -> list[str]:
    """Return the names of the folders in a folder, hidden ones and ``apart`` left out.

    Raises:
        InputError: it cannot be read, or one of them is a link to a folder.
    """
    return [
        entry.name
        for entry in entries(folder)
        if _is_folder(entry)
        and not _hidden(entry.name)
        and Path(os.path.realpath(entry.path)) not in apart
    ]


def pictures(folder: Path, ignored: Counter) -> Iterator[Path]:
    """Yield the picture files in a folder and all folders below it, by name.

    Hidden files and files that are no pictures by their name are counted in ``ignored``
    (``hidden``, ``other``). Links to files are followed.

    Raises:
        InputError: a folder cannot be read, or is a link, which may lead anywhere or round.
    """
    waiting = [(folder, 0)]
    while waiting:
        at, depth = waiting.pop()
        if depth > _DEEPEST:
            raise InputError(f"{shown(at)}: more than {_DEEPEST} folders deep")
        inner = []
        for entry in entries(at):
            if _hidden(entry.name):
                ignored["hidden"] += 1
            elif _is_folder(entry):
                inner.append((Path(entry.path), depth + 1))
            elif is_picture(entry.name) and (is_file(entry) or _broken_link(entry)):
                yield Path(entry.path)
            else:
                ignored["other"] += 1
        waiting += reversed(inner)


def is_picture(name: str) -> bool:
    """Return whether a file's name is that of a picture."""
    return name.lower().endswith(ENDINGS)


def _hidden(name: str) -> bool:
    return name.startswith((".", "__MACOSX"))


def _broken_link(entry: os.DirEntry) -> bool:
    return entry.is_symlink() and not os.path.exists(entry.path)


def is_file(entry: os.DirEntry) -> bool:
    """Return whether an entry is a file or a link to one; False where links go in a circle."""
    return os.path.isfile(entry.path)


def _is_folder(entry: os.DirEntry) -> bool:
    if os.path.isdir(entry.path) and entry.is_symlink():
        raise InputError(
            f"{shown(entry.path)}: a link to a folder, which may lead anywhere or round in a "
            "loop; put the folder itself there"
        )
    return os.path.isdir(entry.path)


def inside(root: Path, written: str, where: str) -> Path:
    """Return the path below ``root`` that a table or a list of regions names.

    Args:
        written: what it says, with slashes of either kind. where: file and line.

    Raises:
        InputError: it leads out of the folder.
    """
    parts = PurePosixPath(written.replace("\\", "/")).parts
    away = ".." in parts or written.startswith(("/", "\\")) or PureWindowsPath(written).drive
    if not parts or away or "\0" in written:
        raise InputError(f"{where}: '{shown(written)}' leads out of the folder {shown(root)}")
    path = root.joinpath(*parts)
    try:
        stays = path.parent.resolve().is_relative_to(root.resolve())
    except (OSError, RuntimeError, ValueError):  # a loop of links, a name that no file can have
        stays = False
    if not stays:
        raise InputError(f"{where}: '{shown(written)}' leads out of the folder {shown(root)}")
    return path
