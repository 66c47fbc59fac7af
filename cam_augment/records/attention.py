"""What was found of attention beside its shift: marks, focus, other looks, folds."""

from typing import Literal

from cam_augment.plan import Frozen
from cam_augment.records.values import Number
from cam_augment.statistics.significance import Change, is_missed


class Pointing(Frozen):
    """Does an arm's attention find what is marked in the images of a class?

    Attributes:
        images: of the class, with a mask. hit: share of maps whose strongest cell touches
            the image's mask. chance: the same with the masks of the class's other images.
        beyond, low, high: (hit - chance) / (1 - chance) with its interval over models and
            images: 0 is chance, 1 is always.
        place, there: the ninth of the image (0 top left, 8 bottom right, row by row) where
            strongest cells lie most often, and the share of them there.
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
        """Whether attention does not follow the marks in most images, beyond doubt."""
        return is_missed(self.high, self.chance)


class FocusIn(Frozen):
    """How a strategy changes focus in the images of one class, or of one size of what is marked.

    Attributes:
        question: the metric. by: what the images have in common. name: of the class, or
            ``small``, ``medium``, ``large``: thirds of the marked images by the mask's share.
        images: how many. least, most: the masks' shares of these images, 0..1.
        baseline, own: mean of the metric, baselines and strategy.
        estimate, low, high: own less baseline with its interval over models.
        p: exact relabelling test, corrected over the classes, or sizes, by the maximum.
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
    """With cross-validation: how much is due to the fold left out, how much to the seed.

    Attributes:
        folds: of the plan. models: of the study, all arms.
        seed, split: standard deviations of test accuracy (fraction) between models of one
            arm: of one fold, and what another fold adds; from their variance components.
        share, low, high: split's part of the variance, 0..1, with its interval.
        same_fold, other_fold: mean primary distance of two models of one arm, of the same
            and of different folds, over arms that have both.
        pairs: pairs of models of the same arm and fold.
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


class Checked(Frozen):
    """Would another look at the same models say the same of attention?

    Attributes:
        look: the check, as the plan names it. grid: of its maps.
        shift: strategy to the primary excess shift under this look.
        beyond: strategies whose shift is beyond seed noise under this look (corrected p).
        flips: strategies of which this look says another thing than the plan's own.
        kendall, low, high: tau-b of the strategies' order by shift under the two looks,
            with its interval over resampled probe images.
    """

    look: str
    grid: tuple[int, int]
    shift: dict[str, Number]
    beyond: tuple[str, ...]
    flips: tuple[str, ...]
    kendall: Number
    low: Number
    high: Number
