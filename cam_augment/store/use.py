"""A store in use: studies share it, and what removes from it waits until it is alone.

The lock is of the operating system, on the file ``.lock`` of the store, and goes with the process
that holds it, however that ends. On file systems that know no locks there is none.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from cam_augment.base.errors import InputError

try:
    import fcntl
except ImportError:  # Windows
    fcntl = None  # type: ignore[assignment]

LOCK = ".lock"


class Use:
    """Shared lock held while a study uses a store; taken at once, or when its folder is made."""

    def __init__(self, folder: Path):
        self._folder = folder
        self._file: BinaryIO | None = None

    def begin(self) -> None:
        """Wait until nothing is removed from the store; it is in use then until ``end``."""
        if self._file is None and self._folder.is_dir():
            self._file = _open_lock(self._folder)
            if self._file:
                _lock(self._file, shared=True, wait=True)

    def end(self) -> None:
        """Let others remove from the store again; a second time changes nothing."""
        if self._file:
            self._file.close()
            self._file = None


@contextmanager
def alone(folder: Path) -> Iterator[None]:
    """Let nobody begin to use a store while something is removed from it.

    Raises:
        InputError: somebody uses it now.
    """
    file = _open_lock(folder)
    try:
        if file and not _lock(file, shared=False, wait=False):
            raise InputError(
                f"store '{folder}': a study works with it now, and what it needs could go; nothing "
                "was removed"
            )
        yield
    finally:
        if file:
            file.close()


@contextmanager
def making(folder: Path) -> Iterator[None]:
    """Wait until nobody else makes something in a folder, and let nobody begin meanwhile."""
    file = _open_lock(folder)
    try:
        if file:
            _lock(file, shared=False, wait=True)
        yield
    finally:
        if file:
            file.close()


def _open_lock(folder: Path) -> BinaryIO | None:
    """Return the lock's file; None where it cannot be written, and so nothing else either."""
    try:
        return open(folder / LOCK, "ab") if fcntl else None
    except OSError:
        return None


def _lock(file: BinaryIO, *, shared: bool, wait: bool) -> bool:
    operation = (fcntl.LOCK_SH if shared else fcntl.LOCK_EX) | (0 if wait else fcntl.LOCK_NB)
    try:
        fcntl.flock(file, operation)
    except BlockingIOError:
        return False
    except OSError:  # no locks on this file system
        return True
    return True
