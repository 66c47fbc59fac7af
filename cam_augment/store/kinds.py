"""What an answer of each kind is made of: its record's fields and its arrays."""

from collections.abc import Callable
from typing import Any

import numpy as np

from cam_augment.plan import Run
from cam_augment.records import Fit, Maps, Training
from cam_augment.store import entry
from cam_augment.store.entry import Entry

TRAININGS = "trainings"
FITS = "fits"  # of the layout before: trainings with their predictions
HISTORY = "history."  # before the names of a training's history in its arrays

Reader = Callable[[Entry], Any]


def _training_of(answer: Entry) -> Training:
    with entry.damaging("its fields or arrays are not those of a training"):
        return Training(**_common(answer), former=answer.record.get("former"))


def _fit_of(answer: Entry) -> Fit:
    with entry.damaging("its fields or arrays are not those of a fit"):
        test, probe = answer.arrays["test_logits"], answer.arrays["probe_logits"]
        return Fit(test_logits=test, probe_logits=probe, **_common(answer))


def _common(answer: Entry) -> dict[str, Any]:
    """Return what trainings and fits have in common, by the names of their fields."""
    record, arrays = answer.record, answer.arrays
    return {
        "run": Run.model_validate(record["run"]),
        "history": {
            name.removeprefix(HISTORY): values
            for name, values in arrays.items()
            if name.startswith(HISTORY)
        },
        "seconds": record["seconds"],
        "environment": record["environment"],
    }


def _maps_of(answer: Entry) -> Maps:
    record = answer.record
    with entry.damaging("its fields or arrays are not those of maps"):
        remarks = {str(kind): str(words) for kind, words in record.get("remarks", {}).items()}
        values = answer.arrays["values"]
        return Maps(record["run"], record["cam"], record["layer"], values, remarks)


def _arrays_of(answer: Entry) -> dict[str, np.ndarray]:
    return answer.arrays


_TRAINED = ("run", "seconds", "environment")
FIELDS = {TRAININGS: _TRAINED, FITS: _TRAINED, "maps": ("run", "cam", "layer")}
_READERS: dict[str, Reader] = {
    TRAININGS: _training_of,
    FITS: _fit_of,
    "maps": _maps_of,
}


def reader_of(kind: str) -> Reader:
    """Return what makes an answer of a kind of what was read of its folder."""
    return _READERS.get(kind, _arrays_of)
