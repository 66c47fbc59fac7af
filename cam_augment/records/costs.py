"""What mistakes cost, arm by arm."""

from cam_augment.plan import Frozen
from cam_augment.records.values import Number


class ArmCost(Frozen):
    """What an arm's models cost per 1,000 parts of production, mean over its models.

    Attributes:
        cost: by the decisions of least expected cost; None where none could be fitted.
        cost_argmax: by plain decisions, for the likeliest class.
        mistakes, misses, false_alarms: parts of 1,000 that are decided wrongly; that are
            defects and called good; that are good and called a defect. By the decisions
            that ``cost`` is of, else by plain ones; ``_argmax``: by plain ones.
        temperature: median over its models.
    """

    arm: str
    cost: Number
    cost_argmax: Number
    mistakes: Number
    mistakes_argmax: Number
    misses: Number = None
    misses_argmax: Number = None
    false_alarms: Number = None
    false_alarms_argmax: Number = None
    temperature: Number = None


class ExpectedCosts(Frozen):
    """What mistakes cost, by the plan's costs and production mix.

    Attributes:
        fitted: whether models decide by least expected cost, fitted on validation images;
            else for the likeliest class.
        good: the class without a defect, where the plan names one.
        matrix: [true class][predicted class]. shares: class to its share of production.
        blind, blind_class: what 1,000 parts cost without a look at them, and the class that
            all are called then.
    """

    fitted: bool
    good: str | None
    matrix: tuple[tuple[float, ...], ...]
    shares: dict[str, float]
    blind: float
    blind_class: str
    arms: tuple[ArmCost, ...]
