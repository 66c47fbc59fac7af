"""What lies in a folder and below it, without being led round."""

import os
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath, PureWindowsPath

from cam_augment.base.errors import InputError
from cam_augment.reading.finder import normal
from cam_augment.reading.formats import is_picture
from cam_augment.reading.names import reason, shown
from cam_augment.reading.videos import is_video

_DEEPEST = 32
# What network storage and desktops put beside people's files, in small letters.
_SYSTEM = (
    "__macosx", "@eadir", "@recycle", "@recently-snapshot", "@tmp", "#recycle", "#snapshot",
    "$recycle.bin", "recycler", "recycled", "system volume information", "lost+found", "~snapshot",
    "network trash folder", "temporary items", "thevolumesettingsfolder", "_gsdata_", "__pycache__",
    "found.000", "lost.dir",
)  # fmt: skip


@dataclass(frozen=True)
class Tree:
    """A folder and all below it.

    Attributes:
        path: where it is. name: its name, in Unicode's composed form.
        folders: the folders in it, by name. pictures: the picture files in it, by name.
        files: other files in it, by name.
        hidden: how many hidden files and folders are in it; they are left out.
        system: names of the folders in it that desktops and network storage made, left out too.
    """

    path: Path
    name: str
    folders: tuple["Tree", ...] = ()
    pictures: tuple[Path, ...] = ()
    files: tuple[Path, ...] = ()
    hidden: int = 0
    system: tuple[str, ...] = field(default=())

    @property
    def all(self) -> Iterator["Tree"]:
        """The folder and all below it, depth first."""
        yield self
        for folder in self.folders:
            yield from folder.all

    @property
    def all_pictures(self) -> list[Path]:
        """The pictures in it and in all folders below it."""
        return [picture for tree in self.all for picture in tree.pictures]


def scan(folder: Path, apart: Collection[Path] = (), videos: bool = False) -> Tree:
    """Return a folder with all below it.

    Links to files and to folders are followed, but not to a folder that the link lies in.

    Args:
        apart: folders and files that are passed over, as their real paths.
        videos: whether videos count as pictures, too.

    Raises:
        InputError: a folder cannot be read, a link leads round, or folders are very deep.
    """
    return _scan(folder, frozenset(apart), videos, (Path(os.path.realpath(folder)),))


def _scan(folder: Path, apart: frozenset[Path], videos: bool, above: tuple[Path, ...]) -> Tree:
    if len(above) > _DEEPEST:
        raise InputError(f"{shown(folder)}: more than {_DEEPEST} folders deep")
    folders: list[Tree] = []
    pictures: list[Path] = []
    files: list[Path] = []
    system: list[str] = []
    hidden = 0
    for entry in entries(folder):
        path = Path(entry.path)
        if apart and Path(os.path.realpath(path)) in apart:
            continue
        if normal(entry.name).lower() in _SYSTEM:
            system.append(entry.name)
        elif entry.name.startswith("."):
            hidden += 1
        elif os.path.isdir(path):
            folders.append(_scan(path, apart, videos, (*above, _followed(path, above))))
        elif _counts(entry.path, videos) and (is_file(entry) or _is_broken_link(entry)):
            pictures.append(path)
        else:
            files.append(path)
    name = normal(folder.name)
    return Tree(folder, name, tuple(folders), tuple(pictures), tuple(files), hidden, tuple(system))


def _counts(path: str, videos: bool) -> bool:
    return (videos and is_video(path)) or is_picture(path)


def _followed(path: Path, above: tuple[Path, ...]) -> Path:
    """Return where a folder really is.

    Raises:
        InputError: a link leads to a folder in which it lies.
    """
    real = Path(os.path.realpath(path))
    if path.is_symlink() and any(place.is_relative_to(real) for place in above):
        raise InputError(
            f"{shown(path)}: a link to a folder in which it lies itself, so it leads round in a "
            "loop; take it out"
        )
    return real


def entries(folder: Path) -> list[os.DirEntry]:
    """Return what lies in a folder, by name.

    Raises:
        InputError: it cannot be read.
    """
    try:
        with os.scandir(folder) as listing:
            return sorted(listing, key=lambda entry: entry.name)
    except OSError as error:
        raise InputError(f"{shown(folder)}: cannot be read: {reason(error)}") from None


def folders(folder: Path) -> list[str]:
    """Return the names of the folders in a folder, hidden ones left out.

    Raises:
        InputError: it cannot be read.
    """
    return [
        entry.name
        for entry in entries(folder)
        if os.path.isdir(entry.path) and not entry.name.startswith(".")
    ]


def is_file(entry: os.DirEntry) -> bool:
    """Return whether an entry is a file or a link to one; False where links go in a circle."""
    return os.path.isfile(entry.path)


def _is_broken_link(entry: os.DirEntry) -> bool:
    return entry.is_symlink() and not os.path.exists(entry.path)


def inside(root: Path, written: str, where: str) -> Path:
    """Return the path below ``root`` that a table or a list of regions names.

    Args:
        written: what it says, with slashes of either kind: a path below ``root``, or an absolute
            one that lies there. where: file and line.

    Raises:
        InputError: it leads out of the folder.
    """
    absolute = below(root, written)
    parts = PurePosixPath((absolute or written).replace("\\", "/")).parts
    away = ".." in parts or (absolute is None and is_absolute(written))
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


def is_absolute(written: str) -> bool:
    """Return whether a path begins at a root or a drive of some system."""
    return written.startswith(("/", "\\")) or bool(PureWindowsPath(written).drive)


def below(root: Path, written: str) -> str | None:
    """Return the part below ``root`` of an absolute path; None of other paths."""
    for top in (Path(os.path.abspath(root)), Path(os.path.realpath(root))):
        if Path(written).is_relative_to(top) and Path(written) != top:
            return Path(written).relative_to(top).as_posix()
    return None
