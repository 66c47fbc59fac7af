"""Folders that a command is to write to, looked at before it begins."""

import os
from pathlib import Path
from tempfile import NamedTemporaryFile

from cam_augment.base.errors import InputError, writing


def check_writable(folder: Path, option: str) -> None:
    """Raise InputError unless ``folder`` can be made or written to; write nothing."""
    parent = folder.absolute()
    while not _is_there(parent, option):
        parent = parent.parent
    if not os.path.isdir(parent):
        kind = "a file" if os.path.exists(parent) else "a link to nothing"
        raise InputError(f"option {option}: '{folder}': '{parent.name}' is {kind}, not a folder")
    if not os.access(parent, os.W_OK | os.X_OK):
        raise InputError(f"option {option}: '{folder}' cannot be written to")


def check_file(path: Path, option: str) -> None:
    """Raise InputError unless a file can be written there; write nothing."""
    if os.path.isdir(path):
        raise InputError(f"option {option}: '{path}' is a folder; name a file")
    if not os.path.isdir(path.absolute().parent):
        raise InputError(f"option {option}: '{path}': there is no folder '{path.parent}'")
    check_writable(path.absolute().parent, option)


def write_file(path: Path, content: bytes) -> None:
    """Write a file whole or not at all; into a device or a pipe as it comes.

    Raises:
        InputError: it cannot be written.
    """
    place = Path(os.path.realpath(path))
    with writing(place.parent):
        if os.path.exists(place) and not os.path.isfile(place):
            place.write_bytes(content)
            return
        with NamedTemporaryFile(dir=place.parent, prefix=".", delete=False) as file:
            aside = Path(file.name)
            try:
                file.write(content)
                file.flush()
                aside.chmod(0o666 & ~_umask())
                aside.replace(place)
            except BaseException:
                aside.unlink(missing_ok=True)
                raise


def _umask() -> int:
    """Return what new files of this process are not allowed; it can only be read by setting it."""
    mask = os.umask(0)
    os.umask(mask)
    return mask


def _is_there(path: Path, option: str) -> bool:
    """Return whether a name is taken, be it by a link that leads nowhere or round."""
    try:
        os.lstat(path)
    except (FileNotFoundError, NotADirectoryError, PermissionError):
        return False
    except (OSError, ValueError) as error:  # no file can be called so
        reason = getattr(error, "strerror", None) or error
        raise InputError(f"option {option}: '{path}' cannot be made: {reason}") from None
    return True
