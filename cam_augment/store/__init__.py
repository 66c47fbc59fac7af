"""Where answers are kept: a folder per key, complete or absent, and sound or set aside.

A training and what its model answered are kept apart, so that new questions train nothing. An
answer is a ``record.json`` with plain values and checksums, an ``arrays.npz`` and, where there is
one, a ``model.keras``. It is written aside, flushed, and renamed: a reader sees all
of it or nothing. What is read is held against the checksums; what does not agree with them is
moved to ``damaged/``, told of in one line, and missing again. Nothing is pickled.
"""

import os
import re
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from cam_augment.base.errors import InputError, writing
from cam_augment.records import Fit, Maps, Training
from cam_augment.store import entry
from cam_augment.store.entry import Damaged
from cam_augment.store.kinds import FIELDS, FITS, HISTORY, TRAININGS, reader_of
from cam_augment.store.use import Use, alone, making

__all__ = ["ASIDE", "DAMAGED", "FITS", "MODEL", "TRAININGS", "Damaged", "Place", "Store"]

DAMAGED = "damaged"
ASIDE = ".aside-"
MODEL = "model.keras"
SEARCHES = "searches"
JOURNAL = "journal.log"
_NAME = re.compile(r"\w[\w-]*", re.ASCII)
_KEY = re.compile(r"[0-9a-f]{32}")  # as ``plan.digest`` writes them


@dataclass(frozen=True)
class Place:
    """Where one answer lies. ``kind``: name of its folder, such as ``maps``."""

    kind: str
    key: str
    path: Path


class Store:
    """Trainings, answers and scores under their keys, below one folder.

    Args:
        folder: where answers are kept; made when the first one comes.
        set_aside: whether what is found damaged is moved to ``damaged/``; else it stays
            where it is, and counts as missing all the same, and pictures that the store lacks are
            read without being kept.
        tell: called with one line for each answer found damaged (default: to stderr).

    Raises:
        InputError: whatever is asked of the folder: it cannot be read or written.
    """

    def __init__(
        self,
        folder: str | Path,
        *,
        set_aside: bool = True,
        tell: Callable[[str], None] | None = None,
    ):
        self.folder = Path(folder)
        self.sets_aside = set_aside
        self._tell = tell or _to_stderr
        self._told: set[str] = set()
        self._sound: set[tuple] = set()
        self._use: Use | None = None
        self._is_alone = False

    @contextmanager
    def in_use(self) -> Iterator[None]:
        """Keep what is in the store from being removed meanwhile (see ``alone``)."""
        if self._is_alone or self._use is not None:
            if self._use is not None:
                self._use.begin()
            yield
            return
        self._use = Use(self.folder)
        try:
            self._use.begin()
            yield
        finally:
            self._use.end()
            self._use = None

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Let no study begin to use the store.

        Raises:
            InputError: one does now.
        """
        with alone(self.folder):
            self._is_alone = True
            try:
                yield
            finally:
                self._is_alone = False

    def has_training(self, key: str) -> bool:
        """Whether a training lies there, sound."""
        return self.has(TRAININGS, key)

    def has(self, kind: str, key: str) -> bool:
        """Whether there is a sound answer of a kind (a folder's name, such as "maps").

        Record and arrays are read and held against their checksums, once for each state of
        the files; a model's file only in its size.
        """
        path = self._path(kind, key)
        if not os.path.lexists(path):
            return False
        stamp = entry.stamp(path)
        if stamp not in self._sound:
            try:
                self._load(kind, key)
            except Damaged:
                return False
            self._sound.add(stamp)
        return True

    def put_training(self, key: str, training: Training) -> None:
        """Keep a training; without a model's bytes, as one whose weights are forgotten."""
        record = {
            "run": training.run.model_dump(mode="json"),
            "seconds": training.seconds,
            "environment": dict(training.environment),
        }
        if training.former is not None:
            record["former"] = training.former
        arrays = {f"{HISTORY}{name}": values for name, values in training.history.items()}
        blobs = {MODEL: training.model} if training.model else {}
        self._put(TRAININGS, key, record, arrays, blobs)

    def training(self, key: str) -> Training:
        """Return the training under a key, without its model's bytes (see ``model_bytes``)."""
        return self._load(TRAININGS, key)

    def former_fit(self, key: str) -> Fit:
        """Return a fit as the layout before kept it."""
        return self._load(FITS, key)

    def has_model(self, key: str, kind: str = TRAININGS) -> bool:
        """Whether a training that is there has its weights: they may have been forgotten."""
        return self.guarded(kind, key, lambda path: entry.has_file(path, MODEL))

    def model_bytes(self, key: str, kind: str = TRAININGS) -> bytes:
        """Return the ``.keras`` file of a training; all of it is damaged where that is."""
        return self.guarded(kind, key, lambda path: entry.read_file(path, MODEL))

    def forget_model(self, key: str) -> None:
        """Remove a training's ``.keras`` file; the training stays readable."""
        path = self._path(TRAININGS, key)
        with writing(path):
            self.guarded(TRAININGS, key, lambda path: entry.forget(path, MODEL))

    def put_maps(self, key: str, maps: Maps) -> None:
        """Keep a run's maps, see ``Maps``."""
        record: dict[str, Any] = {"run": maps.run, "cam": maps.cam, "layer": maps.layer}
        if maps.remarks:
            record["remarks"] = dict(maps.remarks)
        self._put("maps", key, record, {"values": maps.values})

    def maps(self, key: str) -> Maps:
        """Return a run's maps.

        Raises:
            Damaged: what lies there is not what was put there.
        """
        return self._load("maps", key)

    def put_arrays(self, kind: str, key: str, arrays: Mapping[str, np.ndarray]) -> None:
        """Keep arrays that are expensive to compute (kind: a folder's name, such as "scores").

        Args:
            arrays: by name, of any shape; numbers only.
        """
        self._put(kind, key, {}, arrays)

    def arrays(self, kind: str, key: str) -> dict[str, np.ndarray]:
        """Return arrays by name, as they were put.

        Raises:
            Damaged: what lies there is not what was put there.
        """
        return self._load(kind, key)

    def put_answer(self, kind: str, key: str, answer: Maps | Mapping[str, np.ndarray]) -> None:
        """Keep what a run answered to a question of a kind.

        Args:
            answer: arrays by name, of any shape; numbers only.
        """
        if isinstance(answer, Maps):
            self.put_maps(key, answer)
        else:
            self.put_arrays(kind, key, answer)

    def answer(self, kind: str, key: str) -> Maps | dict[str, np.ndarray]:
        """Return an answer's arrays by name, as they were put.

        Raises:
            Damaged: what lies there is not what was put there.
        """
        return self._load(kind, key)

    @contextmanager
    def journal(self, key: str) -> Iterator[Path]:
        """Give the path of the journal of a search, alone; wait while another one has it."""
        path = self._path(SEARCHES, key)
        with writing(path.parent):
            path.mkdir(parents=True, exist_ok=True)
            with making(path):
                yield path / JOURNAL

    def places(self) -> Iterator[Place]:
        """Yield where every answer lies, sound or not, in order; foreign files are left out."""
        for kind in _children(self.folder):
            if kind.name != DAMAGED and _NAME.fullmatch(kind.name) and kind.is_dir():
                for key in self.keys(kind.name):
                    yield Place(kind.name, key, kind / key)

    def keys(self, kind: str) -> list[str]:
        """Return the keys of all answers of a kind, sound or not, in order."""
        paths = _children(self.folder / kind)
        return [path.name for path in paths if _KEY.fullmatch(path.name)]

    def leftovers(self) -> list[Path]:
        """Return the folders that killed writers left aside; none of them is an answer."""
        kinds = (kind for kind in _children(self.folder) if kind.is_dir())
        return [path for kind in kinds for path in _children(kind) if path.name.startswith(ASIDE)]

    def damage(self, kind: str, key: str, *, all_files: bool = True) -> str | None:
        """Return what is wrong with an answer, None if it is sound; nothing is moved.

        Args:
            all_files: every byte is read; else only the record, and the files' sizes.
        """
        path = self._path(kind, key)
        try:
            if not all_files:
                entry.open_entry(path, FIELDS.get(kind, ()))
                return None
            reader_of(kind)(entry.read(path, FIELDS.get(kind, ())))
            entry.check_files(path)
        except Damaged as error:
            return str(error)
        return None

    def set_aside(self, kind: str, key: str, why: str) -> None:
        """Move a damaged answer to ``damaged/``, under a name of its own, and tell of it."""
        path = self._path(kind, key)
        try:
            where = f"moved to {self._moved(path, f'{kind}-{key}')}"
        except FileNotFoundError:
            return  # somebody else has moved it
        except OSError as error:
            where = f"it cannot be moved aside: {error.strerror}"
        self._say(f"damaged: {path}: {why}; {where}")

    def _moved(self, path: Path, name: str) -> Path:
        folder = self.folder / DAMAGED
        folder.mkdir(exist_ok=True)
        target, number = folder / name, 1
        while os.path.lexists(target):
            number += 1
            target = folder / f"{name}-{number}"
        os.rename(path, target)
        return target

    def _path(self, kind: str, key: str) -> Path:
        for name in (kind, key):
            if not _NAME.fullmatch(name) or kind == DAMAGED:
                raise InputError(
                    f"store: received {kind!r}, {key!r}; a kind and a key are letters, digits, "
                    f"_ and -, and no kind is '{DAMAGED}'"
                )
        return self.folder / kind / key

    def _load(self, kind: str, key: str) -> Any:
        read = reader_of(kind)
        return self.guarded(kind, key, lambda path: read(entry.read(path, FIELDS.get(kind, ()))))

    def guarded(self, kind: str, key: str, ask: Callable[[Path], Any]) -> Any:
        """Ask an answer's folder; where it is damaged, say so, and set it aside if that is wanted.

        Raises:
            Damaged: it is.
        """
        path = self._path(kind, key)
        try:
            return ask(path)
        except Damaged as error:
            if self.sets_aside:
                self.set_aside(kind, key, str(error))
            else:
                self._say(f"damaged: {path}: {error}")
            raise Damaged(f"{path}: damaged: {error}; asking again makes it anew") from None

    def _say(self, line: str) -> None:
        if line not in self._told:
            self._told.add(line)
            self._tell(line)

    def _put(
        self,
        kind: str,
        key: str,
        record: Mapping[str, Any],
        arrays: Mapping[str, np.ndarray],
        blobs: Mapping[str, bytes] = {},
    ) -> None:
        final = self._path(kind, key)
        with writing(final.parent):
            final.parent.mkdir(parents=True, exist_ok=True)
        if self._use:
            self._use.begin()  # it may have to wait, and nothing is half written here
        with writing(final.parent):
            aside = Path(tempfile.mkdtemp(prefix=ASIDE, dir=final.parent))
            try:
                entry.write(aside, record, arrays, blobs)
                self.place(aside, kind, key)
            finally:
                shutil.rmtree(aside, ignore_errors=True)

    def place(self, aside: Path, kind: str, key: str) -> None:
        """Move ``aside`` into place; a sound answer that is already there stays."""
        final = self._path(kind, key)
        try:
            aside.rename(final)
        except OSError:
            if not os.path.lexists(final):
                raise
            if not self.has(kind, key):
                aside.rename(final)


def _children(folder: Path) -> list[Path]:
    try:
        return sorted(folder.iterdir())
    except FileNotFoundError:
        return []
    except OSError as error:
        raise InputError(f"'{folder}' cannot be read: {error.strerror}") from None


def _to_stderr(line: str) -> None:
    print(line, file=sys.stderr)
