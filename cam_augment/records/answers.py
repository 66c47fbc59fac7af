"""What came out of a training, what a model answered, and scores between maps."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from cam_augment.plan import Run
from cam_augment.records.values import freeze


@dataclass(frozen=True, eq=False)
class Training:
    """What came out of one training: weights, and how they came about.

    Attributes:
        run: what was trained, for the first plan that asked for it: others may ask for the
            same weights with other test or probe images.
        history: float64 [epoch] by name: ``loss``, ``accuracy``, ``validation_loss``,
            ``validation_accuracy`` (loss in nats; accuracy in 0..1).
        seconds: wall time of the training.
        environment: package versions, machine and contents of the data it was made with.
        model: the model as the bytes of a ``.keras`` file.
        former: key of the fit it was in a store of the layout before, if it was in one.
    """

    run: Run
    history: Mapping[str, np.ndarray]
    seconds: float
    environment: Mapping[str, Any]
    model: bytes = field(repr=False, default=b"")
    former: str | None = None

    def __post_init__(self) -> None:
        freeze(self)


@dataclass(frozen=True, eq=False)
class OfTiles:
    """What a model says of single tiles of its test pictures.

    Attributes:
        logits: float32 [tile, class]. labels: int64 [tile]. clear: bool [tile], whether the
            tile's class is known. picture: int64 [tile], the number of its picture.
    """

    logits: np.ndarray
    labels: np.ndarray
    clear: np.ndarray
    picture: np.ndarray

    def __post_init__(self) -> None:
        freeze(self)


@dataclass(frozen=True, eq=False)
class Fit:
    """One trained model, as far as its answers go.

    Attributes:
        run: all that decided its weights.
        test_logits: float32 [test image, class]; of pictures that are cut into tiles each one's
            worst tile, float32 [test picture, class].
        probe_logits: float32 [probe image, class].
        history, seconds, environment: of its training, see ``Training``.
        test_labels: int64 [test image, or picture], of a run that has test images of its own; None:
            the data set's.
        tiles: what it says of single tiles, where test pictures are cut into such.
    """

    run: Run
    test_logits: np.ndarray
    probe_logits: np.ndarray
    history: Mapping[str, np.ndarray]
    seconds: float
    environment: Mapping[str, Any]
    test_labels: np.ndarray | None = None
    tiles: OfTiles | None = None

    def __post_init__(self) -> None:
        freeze(self)


@dataclass(frozen=True, eq=False)
class Maps:
    """One model's class activation maps of the probe set, on the layer's native grid.

    Attributes:
        run: key of the model's run, in the plan that asked first.
        cam: label of the method, as in the plan.
        layer: path of the layer.
        values: float32 [image, row, column], 0 or more; a degenerate map is 0 everywhere.
        remarks: what a reader must know of the network, by kind. ``outputs``: a code
            (``networks.Ending.code``) where it does not end in logits. ``passed_over``: a later
            layer whose grid is too small.
    """

    run: str
    cam: str
    layer: str
    values: np.ndarray
    remarks: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        freeze(self)


@dataclass(frozen=True, eq=False)
class Scores:
    """One metric between the maps (or predictions) of all pairs of models.

    Attributes:
        metric: the metric's name.
        values: float32 [model, model, image], the metric as a distance (0: the maps are equal),
            symmetric, 0 on the diagonal; NaN where a map of the pair is degenerate.
        distance: float64 [model, model], the mean of ``values`` over images.
    """

    metric: str
    values: np.ndarray
    distance: np.ndarray

    def __post_init__(self) -> None:
        freeze(self)
