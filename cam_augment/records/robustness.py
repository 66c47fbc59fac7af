"""How well models predict corrupted test images."""

from cam_augment.plan import Frozen
from cam_augment.records.values import Number


class Corrupted(Frozen):
    """One corruption, and the score of every arm on images that it has changed.

    Attributes:
        strengths: the weakest first, in ``unit``. strategies: labels of the plan's strategies
            that change training images likewise.
        scores: arm to the score at each strength, mean over its models, 0..1.
    """

    name: str
    family: str
    unit: str
    strengths: tuple[float, ...]
    strategies: tuple[str, ...]
    scores: dict[str, tuple[Number, ...]]


class Robustness(Frozen):
    """The robustness of all arms: its gains are effects, ``robustness`` and by family.

    Attributes:
        images: test images of each variant. score: the name of the score, of single decisions.
        clean: arm to its score on the same images as they are, 0..1.
    """

    images: int
    score: str
    clean: dict[str, Number]
    corruptions: tuple[Corrupted, ...]
