"""What models see in patches of the probe images, by factors that the baselines share."""

from cam_augment.plan import Frozen
from cam_augment.records.values import Number


class Patch(Frozen):
    """A patch that shows a factor strongly: a cell of the layer's grid in one probe image.

    Attributes:
        index: of the probe image. label: its class. row, column: the cell, from 0.
        image: PNG bytes as base64, of the patch with what lies around it.
        box: left, right, top and bottom of the cell in it, shares of its width and height.
    """

    index: int
    label: str
    row: int
    column: int
    image: str
    box: tuple[float, float, float, float]


class Factor(Frozen):
    """A factor of the baselines' activations.

    Attributes:
        name: as the plan has it, or empty. use: arm to the share of its models' activations that
            falls to the factor, 0..1, their mean. patches: that show it most, in order; none
            where the plan's ``gallery`` keeps pictures out of the report.
    """

    name: str
    use: dict[str, Number]
    patches: tuple[Patch, ...]


class Concepts(Frozen):
    """The factors, the one that baselines use most first, and how far they explain each arm.

    What strategies change are effects: ``common_share``, and ``factors.1`` and so on of each.

    Attributes:
        patches: that models were asked about. explained: arm to the share of its models'
            activations that all factors explain, 0..1, their mean. most: the same of any so many
            factors at most, of each model by itself. common: explained over most, of each model.
    """

    patches: int
    common: dict[str, Number]
    explained: dict[str, Number]
    most: dict[str, Number]
    factors: tuple[Factor, ...]
