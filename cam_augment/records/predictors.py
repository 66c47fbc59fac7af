"""What predicts the gain: scores over strategies, and inside one strategy."""

from pydantic import Field

from cam_augment.plan import Frozen
from cam_augment.records.values import Number
from cam_augment.statistics.significance import Change, Prediction


class Correlation(Frozen):
    """Does one score predict the gain, over strategies? The score ``mean`` is no score at all.

    Attributes:
        rho, p: Spearman's rank correlation with its permutation p (primary score: alone;
            others: corrected together by the max-statistic). low, high: its interval.
        finding: which way they go together; beyond noise by p.
        q2, error: Q squared and mean absolute error (fraction of accuracy) of families of
            strategies left out, or of single strategies. q2_p: its permutation p.
        prediction: whether the primary score predicts; None for the others, whose p of Q
            squared is not corrected for looking at all of them.
        reliability: of the score, from halves of the models. ceiling: the largest
            correlation that such a score and such a gain can show.
        must_beat: whether it costs no more than the primary score and has to be beaten.
        error_excess, error_excess_p: the primary score's mean absolute error less this one's,
            and its p by changes of sign of whole families, corrected over those to be beaten
            (Holm). error_excess_finding: ``falls``: the primary score beats this one.
    """

    score: str
    primary: bool
    strategies: int
    rho: Number
    low: Number
    high: Number
    p: Number
    finding: Change | None = None
    q2: Number
    error: Number
    q2_p: Number = None
    prediction: Prediction | None = None
    reliability: Number = None
    ceiling: Number = None
    must_beat: bool = False
    error_excess: Number = None
    error_excess_p: Number = None
    error_excess_finding: Change | None = None


class Partial(Frozen):
    """What is left of a score's rank correlation with the gain, given other scores.

    Attributes:
        rho, low, high, p: the partial rank correlation, its interval and its p.
        finding: which way it goes; beyond noise by p.
    """

    score: str
    given: tuple[str, ...]
    strategies: int
    rho: Number
    low: Number
    high: Number
    p: Number
    finding: Change | None = None


class GainPrediction(Frozen):
    """What scores against gain rests on, beside the correlations.

    Attributes:
        families: how many families of strategies were judged (a family: the same steps at
            any settings). by_family: whether whole families were left out, permuted and
            drawn; if not, single strategies.
        gain_reliability: of the gain, from halves of the models.
        predictors: predictor to strategy to its value, where it is defined.
        partials: what is left of the primary score.
    """

    families: int
    by_family: bool
    gain_reliability: Number = None
    predictors: dict[str, dict[str, float]] = Field(default_factory=dict)
    partials: tuple[Partial, ...] = ()


class Within(Frozen):
    """Inside one strategy: did the true class gain where attention moved?

    Attributes:
        images: probe images that count. probability_change: mean change of the true class'
            probability on the probe images, strategy less baseline.
        rho, p: rank correlation, within classes, of each image's excess shift with the
            change of its true class' probability; p by relabelling whole models.
        classes, rho_classes, p_classes: the same over the classes' means.
        p_adjusted, p_classes_adjusted: corrected over strategies. finding, finding_classes:
            which way they go; beyond noise by these.
    """

    strategy: str
    images: int
    probability_change: Number
    rho: Number
    p: Number
    p_adjusted: Number = None
    finding: Change | None = None
    classes: int
    rho_classes: Number
    p_classes: Number
    p_classes_adjusted: Number = None
    finding_classes: Change | None = None
