"""What questions, metrics and scores are called, in the current language."""

from dataclasses import dataclass, replace
from typing import Any

from cam_augment.records.effects import OF_ONE_FACTOR, OF_TILES
from cam_augment.registry import METRICS, MetricEntry
from cam_augment.report.language import say
from cam_augment.report.words import amount, is_known, number
from cam_augment.statistics.scoring import SCORES


@dataclass(frozen=True)
class Question:
    """The words for an effect.

    Attributes:
        name: what the effect is, in full. head: the same for the heading of a column, on two
            lines at most.
        unit: of the estimate as written. scale: factor from the record to that unit.
        digits: decimals as written; None: three digits that matter.
        group: heading over neighbouring columns.
        signed: whether it may go both ways (a shift is about 0 or more).
    """

    name: str
    head: str
    unit: str
    group: str
    scale: float = 1.0
    digits: int | None = 3
    signed: bool = True

    def write(self, value: Any, sign: bool = True, digits: int | None = None) -> str:
        """Return an estimate in this question's unit, without the unit's name.

        Args:
            digits: decimals (default: the question's own).
        """
        value_in_unit = value * self.scale if is_known(value) else None
        digits = self.digits if digits is None else digits
        if digits is None:
            return amount(value_in_unit, sign)
        return number(value_in_unit, digits, sign)


_PREDICTION, _SHIFT, _SHAPE = "prediction", "attention moved", "attention's shape"

_PLACE, _PREDICTOR, _ROBUSTNESS = "marked places", "predictor", "robustness"
OF_FAMILY = "robustness."  # before the family of corruptions, in questions on one of them

_FRAMES = "from frame to frame"
_FACTORS = "factors"

QUESTIONS = {
    "gain": Question("gain", "gain", "points", _PREDICTION, 100, 2),
    "gain_cost": Question("cost saved", "cost\nsaved", "per 1,000 parts", _PREDICTION, 1, None),
    "affinity": Question("affinity", "affinity", "share kept", _PREDICTOR),
    "diversity": Question("diversity", "diversity", "times", _PREDICTOR),
    "one_epoch_accuracy": Question(
        "accuracy after one epoch", "one\nepoch", "points", _PREDICTOR, 100, 2
    ),
    "equivariance": Question("CAM equivariance", "equi-\nvariance", "distance", _PREDICTOR),
    "mean": Question("the mean of the others", "mean", "points", _PREDICTOR, 100, 2),
    "robustness": Question("robustness", "all", "points", _ROBUSTNESS, 100, 2),
    "flicker": Question("flicker of maps", "flicker", "distance", _FRAMES),
    "flips": Question("flips of predictions", "flips", "points", _FRAMES, 100, 1),
    "flicker_at_flips": Question(
        "flicker at flips", "flicker\nat flips", "points", _FRAMES, 100, 1
    ),
    "following": Question("motion that is followed", "followed", "points", _FRAMES, 100, 1),
    "common_share": Question("common share", "common\nshare", "points", _FACTORS, 100, 2),
    "agreement": Question("disagreement of seeds (W − F)", "differ\n(W − F)", "distance", "seeds"),
}

FROM_FRAME_TO_FRAME = tuple(name for name, entry in QUESTIONS.items() if entry.group == _FRAMES)


def metric_name(metric: str) -> str:
    """Return a metric's name for people.

    >>> metric_name("pearson"), metric_name("my_metric")
    ('Pearson', 'my metric')
    """
    if metric not in METRICS:  # it was measured where another package has it
        return metric.replace("_", " ")
    return say(METRICS[metric].heading).replace("-\n", "").replace("\n", say(" "))


def metric_unit(metric: str) -> str:
    """Return the unit of a metric's distance."""
    return say((metric in METRICS and METRICS[metric].unit) or "distance")


def question(name: str) -> Question:
    """Return the words for an effect; for an unknown one they are made from its name.

    >>> question("excess_shift.pearson").name, question("gini").name
    ('excess shift by Pearson', 'change of Gini index')
    """
    if name in QUESTIONS:
        return _translate(QUESTIONS[name])
    if name.startswith(OF_TILES):
        whole = gain(name.removeprefix(OF_TILES))
        return replace(whole, name=say("{gain}, tile by tile", gain=whole.name))
    if name.startswith("gain_"):
        return gain(name.removeprefix("gain_"))
    if name.startswith(OF_ONE_FACTOR):
        return of_factor(factor(int(name.removeprefix(OF_ONE_FACTOR))))
    family = name.removeprefix(OF_FAMILY)
    if family != name:
        words = say("robustness against {family}", family=say(family))
        return replace(_translate(QUESTIONS["robustness"]), name=words, head=say(family))
    metric = name.removeprefix("excess_shift.")
    if metric in METRICS:
        return _of_metric(METRICS[metric])
    plain = name.replace("_", " ").replace(".", " ")
    return Question(say("change of {name}", name=plain), plain, "", say("other"))


def factor(number: int) -> str:
    """Return what a factor is called where the plan has no name for it.

    >>> factor(3)
    'factor 3'
    """
    return say("factor {number}", number=number)


def of_factor(name: str) -> Question:
    """Return the words for the use of a factor.

    >>> of_factor("edges").name
    'use of edges'
    """
    return Question(say("use of {factor}", factor=name), name, say("points"), say(_FACTORS), 100, 2)


def _of_metric(metric: MetricEntry) -> Question:
    """Return the words for how far strategies change what a metric measures."""
    title, ending = metric_name(metric.name), (metric.scale, metric.digits)
    head, unit = say(metric.heading), say(metric.unit)
    if metric.compares == "maps":
        name = say("excess shift by {metric}", metric=title)
        return Question(name, head, metric_unit(metric.name), say(_SHIFT), *ending, signed=False)
    if metric.compares == "predictions":
        name = say("excess shift of {metric}", metric=title)
        return Question(name, head, unit, say(_PREDICTION), *ending, signed=False)
    group = _SHAPE if metric.compares == "map" else _PLACE
    return Question(say("change of {name}", name=title), head, unit, say(group), *ending)


def _translate(question: Question) -> Question:
    return replace(
        question,
        name=say(question.name),
        head=say(question.head),
        unit=say(question.unit),
        group=say(question.group),
    )


SCALARS = {
    "flips": "flips of predictions",
    "following": "motion that is followed",
    "cost": "cost per 1,000 parts",
    "cost_argmax": "cost, likeliest class",
    "cost_fitted": "cost, least expected",
}


def score(name: str) -> str:
    """Return the name of a score that may decide on a gain.

    >>> score("macro_f1"), score("recall_at_fpr:0.01")
    ('macro-F1', 'recall at FPR 0.01')
    """
    word, _, rate = name.partition(":")
    return say(SCORES[word].title, rate=rate)


def gain(name: str) -> Question:
    """Return the words for the gain in a score.

    >>> gain("macro_f1").name, gain("log_loss").name, gain("cost").unit
    ('gain in macro-F1', 'fall of log-loss', '% of cost')
    """
    word, _, rate = name.partition(":")
    entry = SCORES[word]
    return Question(
        say(entry.gain, score=score(name)),
        say(entry.head, rate=rate),
        say(entry.unit),
        say(_PREDICTION),
        entry.scale,
        entry.digits,
    )


def scalar(name: str) -> str:
    """Return a scalar's name as a heading.

    >>> scalar("macro_f1"), scalar("spread")
    ('Macro-F1', 'Spatial spread')
    """
    if name in METRICS:
        words = metric_name(name)
    elif name not in SCALARS and name.partition(":")[0] in SCORES:
        words = score(name)
    elif name.startswith(OF_ONE_FACTOR):
        words = question(name).name
    else:
        words = say(SCALARS.get(name, name.replace("_", " ")))
    return words[0].upper() + words[1:]
