"""How steady maps and predictions are from frame to frame of the probe sequences."""

from cam_augment.plan import Frozen
from cam_augment.records.pictures import Cells


class FrameView(Frozen):
    """A frame with the map and the prediction of one model of each of two arms.

    Attributes:
        frame: its number or time in the sequence. label: its class.
        image: PNG bytes as base64, small.
        maps: arm to [row][column] on the native grid, the map divided by its sum; 0 everywhere
            where it is degenerate. predicted: arm to the name of the class.
    """

    frame: float
    label: str
    image: str
    maps: dict[str, Cells]
    predicted: dict[str, str]


class Strip(Frozen):
    """Successive frames of one sequence, as a baseline and a model of one strategy see them.

    Attributes:
        sequence: its name. frames: in order.
    """

    sequence: str
    strategy: str
    frames: tuple[FrameView, ...]


class Steadiness(Frozen):
    """What was compared of sequences; what came of it are effects and ``points``.

    Attributes:
        sequences, frames: of the probe images, that have pairs. pairs: of successive frames that
            are compared.
        repeated: pairs left out, since both frames are the same picture. changing: pairs left out,
            since their classes differ. interrupted: pairs left out, since frames between them are
            lacking. marked: pairs in both frames of which something is marked.
        metric: of the distances of maps.
    """

    sequences: int
    frames: int
    pairs: int
    repeated: int
    changing: int
    interrupted: int = 0
    marked: int
    metric: str
    strip: Strip | None = None
