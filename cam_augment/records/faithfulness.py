"""How faithful maps are to the models: deletion, insertion, fresh weights."""

from cam_augment.plan import Frozen
from cam_augment.records.values import Number

ALIKE = 0.9  # above this correlation with maps under fresh weights, maps do not show the model


class Estimate(Frozen):
    """A mean over models and images with its interval over both (level 1 - alpha)."""

    estimate: Number = None
    low: Number = None
    high: Number = None


class Removal(Frozen):
    """Deletion or insertion under one look, mean over baselines and images.

    Attributes:
        score: order of the cells (``map``, ``centre``, ``random``) to the probability of the
            explained class, mean over the steps, 0..1.
        against: ``centre``, ``random`` to the paired difference, score of the map less score of
            that order.
        better: orders that the map beats: the whole interval of the difference is below 0 in
            deletion, above 0 in insertion. worse: orders that beat the map.
        curve: order to the mean probability after each step, 0..1. low, high: the same of the
            model with the least and with the greatest mean.
    """

    score: dict[str, Number]
    against: dict[str, Estimate]
    better: tuple[str, ...]
    worse: tuple[str, ...] = ()
    curve: dict[str, tuple[Number, ...]]
    low: dict[str, tuple[Number, ...]]
    high: dict[str, tuple[Number, ...]]


class Faithfulness(Frozen):
    """How faithful the baselines' maps under one look are to the models.

    Attributes:
        look: the method, or the label of the check. own: whether it is the plan's own look.
        targeted: whether the method explains a class.
        models, images: baselines, and images that count in at least one of them.
        deletion, insertion: the highest cells of a map covered, or shown, first.
        alike: ``last``, ``all`` to Pearson's r, -1..1, of a map with the map of the same image
            after the last layer, or all layers, got fresh random weights (Adebayo et al. 2018).
        alike_share: ``last``, ``all`` to the share of images with such an r, 0..1.
        chance: mean Pearson's r of maps of different images.
    """

    look: str
    own: bool
    targeted: bool
    grid: tuple[int, int]
    models: int
    images: int
    deletion: Removal
    insertion: Removal
    alike: dict[str, Estimate]
    alike_share: dict[str, float]
    chance: Number

    @property
    def shows_image(self) -> bool:
        """Whether maps stay nearly the same under fresh weights, so do not show the model."""
        alike = self.alike["all"].estimate
        return alike is not None and alike > ALIKE
