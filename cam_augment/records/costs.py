"""What mistakes cost, arm by arm."""

from typing import Literal

from cam_augment.plan import Frozen
from cam_augment.records.values import Number

DecisionRule = Literal["fitted", "argmax"]


class ArmCost(Frozen):
    """What an arm costs per 1,000 parts of production, mean over its models.

    Attributes:
        cost: with decisions of least expected cost; None where they could not be fitted.
        cost_argmax: with plain decisions, for the likeliest class.
        mistakes: wrong decisions per 1,000 parts. misses: defects that are called good.
            false_alarms: good parts that are called a defect. With the decisions of ``cost``,
            or with plain ones where that is None; those in ``_argmax`` with plain ones.
        temperature: of the calibration, median over its models.
        rule: the decisions by which the arm is judged, those that cost it less: ``fitted``, of
            least expected cost, or ``argmax``, for the likeliest class.
    """

    arm: str
    rule: DecisionRule
    cost: Number
    cost_argmax: Number
    mistakes: Number
    mistakes_argmax: Number
    misses: Number = None
    misses_argmax: Number = None
    false_alarms: Number = None
    false_alarms_argmax: Number = None
    temperature: Number = None

    def judged(self, number: str) -> Number:
        """Return ``cost``, ``misses`` and the like, with the decisions that it is judged by."""
        return getattr(self, number if self.rule == "fitted" else f"{number}_argmax")


class ExpectedCosts(Frozen):
    """What mistakes cost, by the costs and the production mix of the plan.

    Attributes:
        fitted: whether models can decide for the least expected cost, with probabilities
            calibrated on validation images; else all decide for the likeliest class.
        good: the class without a defect, where the plan names one.
        matrix: cost of a decision, ``[true class][predicted class]``. shares: class to its share of
            production, 0..1.
        blind, blind_class: what 1,000 parts cost where all are called one class unseen, and the
            class for which that is least.
    """

    fitted: bool
    good: str | None
    matrix: tuple[tuple[float, ...], ...]
    shares: dict[str, float]
    blind: float
    blind_class: str
    arms: tuple[ArmCost, ...]
