"""Runs that take part, their predictions in the store until somebody asks for them."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np

from cam_augment.base.recent import Recent
from cam_augment.datasets.folds import test_of
from cam_augment.plan import Run
from cam_augment.records import DataSet, Fit, Training
from cam_augment.records.answers import OfTiles
from cam_augment.records.values import freeze
from cam_augment.store import Store
from cam_augment.study.requests import Request

LOGITS_BYTES = 2**29  # of predictions in memory: 50,000 images of 1,000 classes take 200 MB a model


@dataclass(frozen=True, eq=False)
class Predicted:
    """What a run predicts; see the attributes of ``records.Fit``."""

    test_logits: np.ndarray
    probe_logits: np.ndarray
    test_labels: np.ndarray | None = None
    tiles: OfTiles | None = None

    def __post_init__(self) -> None:
        freeze(self)

    @property
    def bytes(self) -> int:
        """What it takes in memory."""
        of_tiles = 0 if self.tiles is None else self.tiles.logits.nbytes
        return self.test_logits.nbytes + self.probe_logits.nbytes + of_tiles


class StoredFit(Fit):
    """A fit that reads its predictions when they are asked for.

    Args:
        run: of the plan that asks. training: of the run. read: returns what the run predicts.
    """

    _read: Callable[[], Predicted]

    def __init__(self, run: Run, training: Training, read: Callable[[], Predicted]):
        about = {"run": run, "_read": read}
        about |= {name: getattr(training, name) for name in ("history", "seconds", "environment")}
        for name, value in about.items():
            object.__setattr__(self, name, value)  # it is frozen

    @property
    def test_logits(self) -> np.ndarray:
        """float32 [image, class], of test images, or of the pictures that are cut into tiles."""
        return self._read().test_logits

    @property
    def probe_logits(self) -> np.ndarray:
        """float32 [image, class], of the probe images."""
        return self._read().probe_logits

    @property
    def test_labels(self) -> np.ndarray | None:
        """int [image] where the run judges images of its own, else None."""
        return self._read().test_labels

    @property
    def tiles(self) -> OfTiles | None:
        """The answers on tiles, where pictures are cut."""
        return self._read().tiles


def fits_of(part: Sequence[Request], store: Store, data: DataSet) -> list[Fit]:
    """Return runs that take part, with their predictions as the store holds them.

    No more than ``LOGITS_BYTES`` of these are in memory, but for the one that is read last.

    Raises:
        Damaged: a training cannot be read; or predictions, when they are asked for.
    """
    recent = Recent[Predicted](LOGITS_BYTES, lambda predicted: predicted.bytes)
    return [_fit(request, store, data, recent) for request in part]


def fit_of(request: Request, store: Store, data: DataSet) -> Fit:
    """Return one run that takes part; see ``fits_of``."""
    return fits_of([request], store, data)[0]


def _fit(request: Request, store: Store, data: DataSet, recent: Recent[Predicted]) -> Fit:
    training = store.training(request.training_key)
    read = partial(_predicted, request, store, data)
    return StoredFit(request.run, training, lambda: recent.get(request.run.key, read))


def _predicted(request: Request, store: Store, data: DataSet) -> Predicted:
    questions = map(request.predictions, ("test", "probe"))
    test_answer, probe_answer = (
        store.arrays(question.kind, question.key) for question in questions
    )
    logits, probe, labels = test_answer["logits"], probe_answer["logits"], test_answer.get("labels")
    if data.test.tiles is None:
        return Predicted(logits, probe, labels)
    test = test_of(data, request.run)
    assert test.tiles is not None
    return Predicted(
        test_logits=test.judged(logits),
        probe_logits=probe,
        test_labels=None if labels is None else test.judged_labels,
        tiles=OfTiles(logits, test.labels, test.tiles.clear, test.tiles.picture),
    )
