"""Attention beyond its shift: marked regions, focus, further looks, folds."""

from collections.abc import Iterable
from typing import Literal

from cam_augment.plan import Frozen
from cam_augment.records.notices import Notice
from cam_augment.records.values import Number
from cam_augment.statistics.significance import Change, is_missed


class Pointing(Frozen):
    """How often an arm's attention hits the marked regions in the images of a class.

    The pointing game of Zhang et al. 2018, corrected for chance.

    Attributes:
        images: how many of the class have a mask.
        hit: share of maps whose strongest cell touches the image's mask, 0..1.
        chance: the same with the masks of the other images (of other groups) of the class, 0..1.
        beyond, low, high: (hit - chance) / (1 - chance) and its interval over models and
            images; 0 at chance, 1 where every map hits.
        place, there: the ninth of the image (0 top left, 8 bottom right, row by row) with most
            strongest cells, and the share of strongest cells that lie in it, 0..1.
    """

    arm: str
    name: str
    images: int
    hit: Number
    chance: Number
    beyond: Number
    low: Number
    high: Number
    place: int
    there: Number

    @property
    def missed(self) -> bool:
        """Whether attention, beyond doubt, misses the marked regions in most images."""
        return is_missed(self.high, self.chance)

    def notice(self, code: str) -> Notice:
        """Return a notice on the class, and where attention goes instead of its marks."""
        names = ("name", "hit", "chance", "place", "there")
        return Notice.of(code, **{name: getattr(self, name) for name in names})


def missed_classes(pointings: Iterable[Pointing], arm: str) -> tuple[Pointing, ...]:
    """Return the classes whose marked regions an arm, beyond doubt, misses in most images."""
    return tuple(pointing for pointing in pointings if pointing.arm == arm and pointing.missed)


class FocusIn(Frozen):
    """How a strategy changes focus in the images of one class, or with marks of one size.

    Attributes:
        question: the metric.
        by, name: how the images were grouped, and the group: a class, or a third of the marked
            images by the mask's share of the image (``small``, ``medium``, ``large``).
        images: their number. least, most: range of the mask's share of the image, 0..1.
        baseline, own: mean of the metric over the models of the baselines and of the strategy.
        estimate, low, high: own less baseline, and its interval over models.
        p: exact relabelling test, corrected over classes (or sizes) by the maximum.
        p_adjusted: corrected over strategies too. finding: what it shows.
    """

    strategy: str
    question: str
    by: Literal["class", "size"]
    name: str
    images: int
    least: float
    most: float
    baseline: Number
    own: Number
    estimate: Number = None
    low: Number = None
    high: Number = None
    p: Number = None
    p_adjusted: Number = None
    finding: Change | None = None


class SplitNoise(Frozen):
    """With cross-validation: noise from the choice of the fold beside noise from the seed.

    Attributes:
        folds: number in the plan. models: number in the study, all arms.
        seed, split: standard deviations of test accuracy (a fraction) from variance components:
            between models of one arm and fold, and what the choice of the fold adds.
        share, low, high: the fold's part of the variance, 0..1, and its interval.
        same_fold, other_fold: mean primary distance of two models of one arm, of the same and
            of different folds, over the arms that have both.
        pairs: number of pairs of models of the same arm and fold.
    """

    folds: int
    models: int
    seed: Number
    split: Number
    share: Number
    low: Number
    high: Number
    same_fold: Number
    other_fold: Number
    pairs: int


class CheckResult(Frozen):
    """Whether attention under a further look agrees with that under the plan's own.

    Attributes:
        look: label of the check. grid: rows and columns of its maps.
        shift: strategy to its primary excess shift under this look.
        beyond: strategies whose shift is beyond seed noise under this look (corrected p).
        flips: strategies whose shift is beyond seed noise under one of the two looks only.
        kendall, low, high: Kendall's tau-b between the orders of the strategies by shift under
            the two looks, -1..1, and its interval over resampled probe images.
    """

    look: str
    grid: tuple[int, int]
    shift: dict[str, Number]
    beyond: tuple[str, ...]
    flips: tuple[str, ...]
    kendall: Number
    low: Number
    high: Number
