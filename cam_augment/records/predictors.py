"""Predictors of the gain: scores over strategies, and over images inside one strategy."""

from pydantic import Field

from cam_augment.plan import Frozen
from cam_augment.records.values import Number
from cam_augment.statistics.significance import Change, Prediction


class Correlation(Frozen):
    """How well one score predicts the gain, over strategies.

    The score ``mean`` stands for prediction by the mean gain of the other strategies.

    Attributes:
        strategies: how many have both the score and a gain.
        rho, low, high: Spearman's rank correlation, -1..1, and its interval.
        mild, rho_mild: how many strategies change accuracy by less than 2 points either way, and
            the rank correlation over these: whether more is predicted than destruction.
        p: by permutation; for the primary score alone, for the others corrected together by the
            maximum. finding: the sign of rho, where p is beyond noise.
        q2, error: Q squared (1 or less; 0 is the mean of the others) and mean absolute error (a
            fraction of accuracy), for whole families of strategies left out, or for single
            strategies. q2_p: permutation p of Q squared.
        prediction: whether the primary score predicts. None for the others: their p of Q squared
            is not corrected for the number of scores.
        reliability: of the score, 0..1, from halves of the models. ceiling: the largest rho that
            reliabilities of score and gain leave room for.
        must_beat: whether it costs no more than the primary score, which therefore has to beat it.
        error_excess, error_excess_p: mean absolute error of the primary score less that of this
            one, and p by sign changes of whole families, corrected over all such scores (Holm).
        error_excess_finding: ``falls`` where the primary score beats this one.
    """

    score: str
    primary: bool
    strategies: int
    rho: Number
    low: Number
    high: Number
    p: Number
    finding: Change | None = None
    mild: int | None = None
    rho_mild: Number = None
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


class PartialCorrelation(Frozen):
    """The partial rank correlation of a score with the gain, given other scores.

    Attributes:
        given: the other scores. strategies: how many have all of them.
        rho, low, high, p: the correlation, -1..1, its interval, and its p.
        finding: the sign of rho, where p is beyond noise.
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
    """What predictions of the gain rest on, besides the correlations.

    Attributes:
        families: number of families of strategies (a family: the same steps at any settings).
        by_family: whether whole families, and not single strategies, were left out, permuted
            and drawn.
        gain_reliability: of the gain, 0..1, from halves of the models.
        predictors: predictor to strategy to value, where it is defined.
        partials: correlations of the primary score with the gain, given predictors.
    """

    families: int
    by_family: bool
    gain_reliability: Number = None
    predictors: dict[str, dict[str, float]] = Field(default_factory=dict)
    partials: tuple[PartialCorrelation, ...] = ()


class WithinStrategy(Frozen):
    """Inside one strategy: whether the true class gained where attention moved.

    Attributes:
        images: probe images that count.
        probability_change: mean change of the true class's probability on the probe images,
            strategy less baselines, -1..1.
        rho, p: rank correlation over images, within classes, of the excess shift with the change
            of the true class's probability, and its p by relabelling whole models. low, high:
            interval of rho over images, of these models.
        classes, rho_classes, p_classes: the same over the means of classes.
        p_adjusted, p_classes_adjusted: corrected over strategies.
        finding, finding_classes: the sign of rho, where the corrected p is beyond noise.
    """

    strategy: str
    images: int
    probability_change: Number
    rho: Number
    low: Number = None
    high: Number = None
    p: Number
    p_adjusted: Number = None
    finding: Change | None = None
    classes: int
    rho_classes: Number
    p_classes: Number
    p_classes_adjusted: Number = None
    finding_classes: Change | None = None
