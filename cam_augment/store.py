"""Where answers are kept: a folder per key, complete or absent.

An answer is a ``record.json`` with plain values, an ``arrays.npz`` and, where there is
one, a ``model.keras``. It is written aside, flushed, and renamed: a reader sees all of
it or nothing. Nothing is pickled.
"""

import json
import os
import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from cam_augment.plan import Run
from cam_augment.records import Fit, Maps


class Store:
    """Fits, maps and scores under their keys, below one folder."""

    def __init__(self, folder: str | Path):
        self.folder = Path(folder)

    def has_fit(self, key: str) -> bool:
        return self.has("fits", key)

    def has(self, kind: str, key: str) -> bool:
        """Whether there is an answer of a kind (a folder's name, such as "maps")."""
        return (self._path(kind, key) / "record.json").is_file()

    def put_fit(self, key: str, fit: Fit) -> None:
        record = {
            "run": fit.run.model_dump(mode="json"),
            "seconds": fit.seconds,
            "environment": dict(fit.environment),
        }
        arrays = {"test_logits": fit.test_logits, "probe_logits": fit.probe_logits}
        arrays |= {f"history.{name}": values for name, values in fit.history.items()}
        self._put("fits", key, record, arrays, {"model.keras": fit.model})

    def fit(self, key: str) -> Fit:
        """Return the fit under a key, without its model's bytes (see ``model_bytes``)."""
        record, arrays = self._get("fits", key)
        history = {
            name.removeprefix("history."): values
            for name, values in arrays.items()
            if name.startswith("history.")
        }
        return Fit(
            run=Run.model_validate(record["run"]),
            test_logits=arrays["test_logits"],
            probe_logits=arrays["probe_logits"],
            history=history,
            seconds=record["seconds"],
            environment=record["environment"],
        )

    def model_bytes(self, key: str) -> bytes:
        """Return the ``.keras`` file of a fit."""
        return (self._path("fits", key) / "model.keras").read_bytes()

    def put_maps(self, key: str, maps: Maps) -> None:
        record = {"run": maps.run, "cam": maps.cam, "layer": maps.layer}
        self._put("maps", key, record, {"values": maps.values})

    def maps(self, key: str) -> Maps:
        record, arrays = self._get("maps", key)
        return Maps(**record, values=arrays["values"])

    def put_arrays(self, kind: str, key: str, arrays: Mapping[str, np.ndarray]) -> None:
        """Keep arrays that are dear to compute (kind: a folder's name, such as "scores")."""
        self._put(kind, key, {}, arrays)

    def arrays(self, kind: str, key: str) -> dict[str, np.ndarray]:
        return self._get(kind, key)[1]

    def _path(self, kind: str, key: str) -> Path:
        return self.folder / kind / key

    def _get(self, kind: str, key: str) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
        path = self._path(kind, key)
        record = json.loads((path / "record.json").read_text("utf-8"))
        with np.load(path / "arrays.npz", allow_pickle=False) as arrays:
            return record, {name: arrays[name] for name in arrays.files}

    def _put(
        self,
        kind: str,
        key: str,
        record: Mapping[str, Any],
        arrays: Mapping[str, np.ndarray],
        blobs: Mapping[str, bytes] = {},
    ) -> None:
        parent = self.folder / kind
        parent.mkdir(parents=True, exist_ok=True)
        aside = Path(tempfile.mkdtemp(prefix=".aside-", dir=parent))
        try:
            with open(aside / "arrays.npz", "wb") as file:
                np.savez(file, **arrays)
                _flush(file)
            for name, blob in blobs.items():
                with open(aside / name, "wb") as file:
                    file.write(blob)
                    _flush(file)
            with open(aside / "record.json", "w", encoding="utf-8") as file:
                json.dump(record, file, allow_nan=False, indent=1)
                _flush(file)
            _rename(aside, parent / key)
        finally:
            shutil.rmtree(aside, ignore_errors=True)


def _flush(file) -> None:
    file.flush()
    os.fsync(file.fileno())


def _rename(aside: Path, final: Path) -> None:
    """Move ``aside`` into place; an equal answer that is already there stays."""
    try:
        aside.rename(final)
    except OSError:
        if not (final / "record.json").is_file():
            raise
