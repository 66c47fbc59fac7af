"""What was found of how faithful the maps are."""

from cam_augment.plan import Frozen
from cam_augment.records.values import Number

ALIKE = 0.9  # maps that correlate more under fresh weights do not look at the model


class Estimate(Frozen):
    """A mean over models and images with its interval over both (level 1 - alpha)."""

    estimate: Number = None
    low: Number = None
    high: Number = None


class Removal(Frozen):
    """Deletion or insertion under one look, mean over the baselines' models and images.

    Attributes:
        score: order of the cells (``map``, ``centre``, ``random``) to the mean probability of
            the look's class over the steps, 0..1.
        against: ``centre``, ``random`` to the map's score less that order's, paired.
        better: those of them against which the map is better: the interval leaves out zero
            on the side below it in deletion, above it in insertion. worse: the other side.
        curve: order to the mean probability after each step; low, high: the least and the
            greatest model's own mean.
    """

    score: dict[str, Number]
    against: dict[str, Estimate]
    better: tuple[str, ...]
    worse: tuple[str, ...] = ()
    curve: dict[str, tuple[Number, ...]]
    low: dict[str, tuple[Number, ...]]
    high: dict[str, tuple[Number, ...]]


class Faithful(Frozen):
    """Are the baselines' maps under one look faithful to the models?

    Attributes:
        look: the method, or the check as the plan names it. own: whether it is the plan's own.
        targeted: whether the method speaks for a class.
        models, images: baselines, and images that count in one of them at least.
        deletion, insertion: covering, and showing, the highest cells first.
        alike: ``last``, ``all`` to the mean Pearson's r of a map with that under a last layer,
            under weights, drawn anew. alike_share: to the share of images that have it.
        chance: mean Pearson's r of the maps of different images.
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
        """Whether maps stay nearly the same under fresh weights: they do not show the model."""
        alike = self.alike["all"].estimate
        return alike is not None and alike > ALIKE
