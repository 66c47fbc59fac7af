"""Files that tasks read: a worker maps them where its machine has them under their paths.

A worker elsewhere gets each once, in pieces through the scheduler, into the folder of Dask's
scratch space that all workers of its machine share.
"""

import hashlib
import os
from collections import Counter
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cam_augment.base.errors import InputError
from cam_augment.base.mapped import Absent, Mapped, copies
from cam_augment.base.stop import STOP

if TYPE_CHECKING:
    from distributed import Client

PIECE = 2**24  # bytes
TRIES = 3  # of bringing the files to one worker
_arriving: dict[str, Any] = {}  # in a worker: SHA-256 of a file to the hash of what came by now


@dataclass(frozen=True)
class Lacking:
    """A task that was not done, since its worker's machine has not the files that it reads."""

    worker: str


def lacks(worker: Any, files: Sequence[Mapped]) -> bool:
    """Return whether a worker's machine lacks any of some files, asked in that worker."""
    for file in files:
        copies.setdefault(file.sha256, _place(worker, file))
        try:
            _ = file.array
        except Absent:
            return True
    return False


def forget(worker: Any, files: Sequence[Mapped]) -> None:
    """Remove what came to a worker's machine; where the files lie there themselves, they stay."""
    for file in files:
        copies.pop(file.sha256, None)
        with suppress(OSError):
            _place(worker, file).unlink()


class Bringer:
    """Brings files to workers whose machines lack them."""

    def __init__(self, client: "Client", files: Sequence[Mapped]):
        self._client = client
        self._files = files
        self._tries: Counter[str] = Counter()

    def bring(self, worker: str) -> None:
        """Send all files to a worker, unless they were sent; one that has gone gets none.

        Raises:
            InputError: it has no room for them, or did not get them whole.
        """
        for file in self._files:
            try:
                if self._tell(worker, _expects, file):
                    self._send(worker, file)
            except OSError as error:
                if error.errno is None:  # of the connection: the task goes elsewhere
                    return
                reason = (error.strerror or str(error)).lower()
                raise InputError(f"the worker {worker} cannot keep the images: {reason}") from None

    def _send(self, worker: str, file: Mapped) -> None:
        self._tries[worker] += 1
        if self._tries[worker] > TRIES * len(self._files):
            raise InputError(f"the worker {worker} does not get the images whole")
        with open(file.path, "rb") as source:
            while content := source.read(PIECE):
                STOP.check()
                self._tell(worker, _receive, file, content)
        self._tell(worker, _finish, file)

    def _tell(self, worker: str, function: Any, *arguments: Any) -> Any:
        return self._client.run(function, *arguments, workers=[worker]).get(worker)


def _expects(file: Mapped, dask_worker: Any) -> bool:
    """Make ready for a file, in the worker; return whether it is lacking."""
    if not lacks(dask_worker, [file]):
        return False
    place = _aside(dask_worker, file)
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_bytes(b"")
    _arriving[file.sha256] = hashlib.sha256()
    return True


def _receive(file: Mapped, content: bytes, dask_worker: Any) -> None:
    with open(_aside(dask_worker, file), "ab") as target:
        target.write(content)
    _arriving[file.sha256].update(content)


def _finish(file: Mapped, dask_worker: Any) -> None:
    """Put a file in place that came whole."""
    aside = _aside(dask_worker, file)
    if _arriving.pop(file.sha256).hexdigest() == file.sha256:
        os.utime(aside, ns=(file.modified, file.modified))
        os.replace(aside, _place(dask_worker, file))
    else:
        aside.unlink()


def _place(worker: Any, file: Mapped) -> Path:
    return Path(worker.local_directory).parent / f"cam_augment-{file.sha256}"


def _aside(worker: Any, file: Mapped) -> Path:
    return Path(worker.local_directory) / f"cam_augment-{file.sha256}"
