"""Pictures that were read, kept in a store: each set in a folder of its own, mapped from there.

Images and masks are files of numbers without a head; ``record.json`` has their types and shapes,
and the checksums of all files. A file is read whole and held against its checksum where its size
or its time is not that of when it was written: then it was copied, or somebody wrote into it.
"""

import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cam_augment.base.errors import unwritable, writing
from cam_augment.base.keeper import Contents, Make, Unkept
from cam_augment.base.mapped import Mapped
from cam_augment.base.stack import Stack
from cam_augment.store import entry
from cam_augment.store.entry import Damaged
from cam_augment.store.use import LOCK, making

if TYPE_CHECKING:
    from cam_augment.store import Store

KIND = "pictures"
ASIDE = ".aside-"
_FIELDS = ("contents", "stacks")


class Pictures:
    """Keeps in a store what was read (see ``base.keeper``).

    Where the store sets nothing aside it is only looked at: what it lacks goes with this process.

    Attributes:
        keys: of all that was asked for.
    """

    def __init__(self, store: "Store"):
        self._store = store
        self.keys: set[str] = set()

    @property
    def folder(self) -> Path:
        """The store's folder."""
        return self._store.folder

    def keep(self, key: str, make: Make) -> Contents:
        """Return what is kept under a key; what is not there is made aside, and put in place.

        Of several commands that lack the same, one makes it, and the others wait.

        Raises:
            InputError: the store cannot be written to; or ``make`` does.
        """
        self.keys.add(key)
        contents = self._read_key(key)
        if contents is not None:
            return contents
        if not self._store.sets_aside:
            return Unkept().keep(key, make)
        folder = self._store.folder / KIND
        with _new_folders(folder, self._store.folder), making(folder), self._store.in_use():
            contents = self._read_key(key)
            if contents is None:
                self._make(folder, key, make)
                contents = self._read_key(key)
        assert contents is not None
        return contents

    def _make(self, folder: Path, key: str, make: Make) -> None:
        with unwritable(folder):
            aside = Path(tempfile.mkdtemp(prefix=ASIDE, dir=folder))
            try:
                contents = make(aside)
                with writing(folder):
                    _write(aside, contents)
                    self._store.place(aside, KIND, key)
            finally:
                shutil.rmtree(aside, ignore_errors=True)

    def _read_key(self, key: str) -> Contents | None:
        """Return what is kept under a key; None: nothing, or what is damaged."""
        if not self._store.has(KIND, key):
            return None
        try:
            return self._store.guarded(KIND, key, _read)
        except Damaged:
            return None


@contextmanager
def _new_folders(*folders: Path) -> Iterator[None]:
    """Make a folder and those above it; where what follows fails, they go again, empty."""
    new = [folder for folder in folders if not folder.exists()]
    with writing(folders[0]):
        folders[0].mkdir(parents=True, exist_ok=True)
    try:
        yield
    except BaseException:
        for folder in new:
            with suppress(OSError):
                (folder / LOCK).unlink(missing_ok=True)
                folder.rmdir()
        raise


def _write(folder: Path, contents: Contents) -> None:
    """Write the record beside the files that are there, and flush it."""
    stacks: dict[str, Any] = {}
    sums: dict[str, Mapping[str, Any]] = {}
    arrays = dict(contents.arrays)
    for name, stack in contents.stacks.items():
        file = stack.file
        assert file is not None
        stacks[name] = {
            "file": file.path.name,
            "dtype": file.dtype,
            "shape": file.shape,
            "white": file.white,
            "modified": file.modified,
        }
        sums[file.path.name] = {"bytes": file.size, "sha256": file.sha256}
        arrays[f"rows.{name}"] = stack.rows
    for path in folder.iterdir():
        if path.name not in sums:
            path.unlink()
    record = {"contents": contents.record, "stacks": stacks}
    entry.write(folder, record, arrays, {}, sums)


def _read(folder: Path) -> Contents:
    """Return what a folder holds.

    Raises:
        Damaged: it is not what was written.
    """
    stored = entry.read(folder, _FIELDS)
    _, sums = entry.open_entry(folder)
    arrays = dict(stored.arrays)
    stacks: dict[str, Stack] = {}
    with entry.damaging("its fields or arrays are not those of pictures"):
        for name, part in stored.record["stacks"].items():
            assert sums is not None
            mark = sums[part["file"]]
            path = (folder / part["file"]).resolve()
            file = Mapped(path, part["dtype"], tuple(part["shape"]), part["white"],
                          part["modified"], mark["sha256"])  # fmt: skip
            if not file.is_at(path):
                raise Damaged(f"{part['file']} does not agree with its checksum")
            stacks[name] = Stack(file, rows=arrays.pop(f"rows.{name}"))
    return Contents(stored.record["contents"], arrays, stacks)
