"""Misses against false alarms, arm by arm."""

from cam_augment.plan import Frozen
from cam_augment.records.values import Number


class ArmErrors(Frozen):
    """What thresholds would make of an arm's models.

    Attributes:
        misses: of each model, defects that are called good, per 1,000 parts of production, at the
            threshold that gives so many false alarms as ``ErrorCurves.false_alarms`` says.
        point: false alarms and misses of the decisions that the arm is judged by, mean over models.
    """

    arm: str
    misses: tuple[tuple[float, ...], ...]
    point: tuple[Number, Number]


class ErrorCurves(Frozen):
    """Misses against false alarms, for every arm with models.

    Attributes:
        good: the class without a defect. false_alarms: good parts that are called a defect, per
            1,000 parts of production, from none on.
    """

    good: str
    false_alarms: tuple[float, ...]
    arms: tuple[ArmErrors, ...]
