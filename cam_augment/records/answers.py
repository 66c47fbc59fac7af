"""What a model answered: its fit, its maps, and scores between maps."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from cam_augment.plan import Run
from cam_augment.records.values import freeze


@dataclass(frozen=True, eq=False)
class Fit:
    """One trained model, as far as its answers go.

    Attributes:
        run: what was trained.
        test_logits: float32 [test image, class].
        probe_logits: float32 [probe image, class].
        history: float64 [epoch] by name: ``loss``, ``accuracy``, ``validation_loss``,
            ``validation_accuracy`` (loss in nats; accuracy in 0..1).
        seconds: wall time of the training.
        environment: package versions, machine and data fingerprint it was made with.
        model: the model as the bytes of a ``.keras`` file.
    """

    run: Run
    test_logits: np.ndarray
    probe_logits: np.ndarray
    history: Mapping[str, np.ndarray]
    seconds: float
    environment: Mapping[str, Any]
    model: bytes = field(repr=False, default=b"")

    def __post_init__(self):
        freeze(self)


@dataclass(frozen=True, eq=False)
class Maps:
    """One model's class activation maps of the probe set, on the layer's native grid.

    Attributes:
        run: key of the run whose model was looked at.
        cam: the method, by its label in the plan.
        layer: path of the layer.
        values: float32 [image, row, column], not negative; all zero where degenerate.
        remarks: what a reader must know of the network, by kind: ``outputs``, where it does not
            end in logits, a code (``networks.Ending.code``), and ``passed_over``, a later layer
            whose grid is too small.
    """

    run: str
    cam: str
    layer: str
    values: np.ndarray
    remarks: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self):
        freeze(self)


@dataclass(frozen=True, eq=False)
class Scores:
    """One metric between the maps (or predictions) of all pairs of models.

    Attributes:
        metric: the metric's name.
        values: float32 [model, model, image], the metric as a distance (0 where two maps are
            equal), symmetric, zero on the diagonal; NaN where a map of the pair is degenerate.
        distance: float64 [model, model], its mean over images.
    """

    metric: str
    values: np.ndarray
    distance: np.ndarray

    def __post_init__(self):
        freeze(self)
