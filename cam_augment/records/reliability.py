"""Whether an arm's models are as often right as they are sure."""

from cam_augment.plan import Frozen
from cam_augment.records.values import Number


class ReliabilityCurve(Frozen):
    """The reliability curve of an arm, mean over its models, from the least sure images on.

    Attributes:
        confidence, right: of each bin of equally many test images, the mean probability of the
            predicted class and the share that is right, 0..1.
        error: the expected calibration error, mean over the models, 0..1.
    """

    arm: str
    confidence: tuple[Number, ...]
    right: tuple[Number, ...]
    error: Number
