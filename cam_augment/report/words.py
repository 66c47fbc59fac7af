"""How numbers and names are written for people: units, signs, p values without false digits."""

import math
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, TypeGuard, TypeVar

from cam_augment.records.effects import OF_TILES
from cam_augment.registry import METRICS, MetricEntry
from cam_augment.report.language import say
from cam_augment.statistics.scoring import SCORES

MINUS = "\N{MINUS SIGN}"
DASH = "\N{EN DASH}"
# Verdicts, best first, with their signs; the last two are of rules before margins.
SYMBOLS = {
    "adopt": "▲",
    "trade-off": "◆",
    "undecided": "⬢",
    "no gain worth having": "■",
    "avoid": "▼",
    "quiet": "○",
    "not quiet": "✖",
    "care": "◆",
    "no effect seen": "○",
}
VERDICTS = tuple(SYMBOLS)

Value = TypeVar("Value")
Write = Callable[..., str]  # a number to its text; ``sign=True`` asks for the sign


def is_known(value: Value | None) -> TypeGuard[Value]:
    """Return whether there is a value: neither None nor NaN."""
    return value is not None and not (isinstance(value, float) and math.isnan(value))


def visible(text: Any) -> str:
    """Return ``text`` with visible signs in place of control and direction characters.

    >>> visible("a\\tb\\x07")
    'a␉b␇'
    """
    text = str(text)
    return text if text.isprintable() else "".join(map(_visible, text))


def _visible(character: str) -> str:
    code = ord(character)
    if code < 32:
        return chr(0x2400 + code)
    return "\N{REPLACEMENT CHARACTER}" if unicodedata.category(character) in _HIDDEN else character


_HIDDEN = {"Cc", "Cf", "Cs", "Zl", "Zp"}


def short(text: Any, length: int = 26) -> str:
    """Return ``text`` for a place in a figure: at most ``length`` characters.

    >>> short("a very long name of a strategy", 12)
    'a very long…'
    """
    text = visible(text)
    return text if len(text) <= length else text[: length - 1].rstrip() + "…"


def number(value: Any, digits: int = 3, sign: bool = False) -> str:
    """Return a number with a true minus sign, or a dash where there is none.

    >>> number(-0.01234), number(0.5, 2, sign=True), number(None), number(-0.0001)
    ('−0.012', '+0.50', '–', '0.000')
    """
    if not is_known(value):
        return DASH
    text = f"{value:+.{digits}f}" if sign else f"{value:.{digits}f}"
    if not float(text):
        text = text.lstrip("+-")
    return text.replace("-", MINUS)


def amount(value: Any, sign: bool = False) -> str:
    """Return an amount of any unit, to three digits that matter.

    >>> amount(1234.5), amount(-12.34), amount(0.5, sign=True), amount(0)
    ('1234', '−12.3', '+0.500', '0')
    """
    if not is_known(value) or not value:
        return number(value, 0)
    return number(value, min(6, max(0, 2 - math.floor(math.log10(abs(value))))), sign)


def amounts(estimate: Any, low: Any, high: Any) -> Write:
    """Return a function that writes an amount and its interval to the same decimals.

    Three digits matter in the larger of the amount and the width of its interval.

    >>> write = amounts(2.43, 0.03, 4.83)
    >>> write(2.43), write(0.03, sign=True)
    ('2.43', '+0.03')
    """
    return partial(number, digits=max(0, _digits(estimate, low, high)))


def sums(estimate: Any, low: Any, high: Any) -> Write:
    """Return a function that writes large amounts, as ``amounts``, rounded before the point, too.

    >>> write = sums(22335.7, 1961.8, 42709.6)
    >>> write(22335.7, sign=True), write(1961.8), write(None)
    ('+22,300', '2,000', '–')
    """
    digits = _digits(estimate, low, high)

    def write(value: Any, sign: bool = False) -> str:
        if not is_known(value):
            return DASH
        text = f"{round(value, digits):{'+' if sign else ''},.{max(0, digits)}f}"
        return (text if float(text.replace(",", "")) else text.lstrip("+-")).replace("-", MINUS)

    return write


def _digits(estimate: Any, low: Any, high: Any) -> int:
    """Return how many decimals matter in an amount, 6 at most; below 0, of those before it."""
    ends = (low, high) if is_known(low) and is_known(high) else (0, 0)
    size = max(abs(estimate), ends[1] - ends[0])
    return min(6, 2 - math.floor(math.log10(size))) if size > 0 else 0


def points(value: Any, digits: int = 2, sign: bool = True) -> str:
    """Return a fraction as percentage points.

    >>> points(0.0077)
    '+0.77'
    """
    return number(value * 100 if is_known(value) else None, digits, sign)


def percent(value: Any, digits: int = 1) -> str:
    r"""Return a fraction as a percentage, with a space before its sign that does not break.

    >>> percent(0.93456)
    '93.5\xa0%'
    """
    return f"{points(value, digits, sign=False)}\N{NO-BREAK SPACE}%" if is_known(value) else DASH


def span(low: Any, high: Any, write: Write = number, **options: Any) -> str:
    """Return an interval.

    >>> span(0.002, 0.011, points)
    '[+0.20, +1.10]'
    """
    if not (is_known(low) and is_known(high)):
        return ""
    return f"[{write(low, **options)}, {write(high, **options)}]"


def p_value(p: Any) -> str:
    """Return a p value with the digits that matter.

    >>> p_value(0.00202), p_value(0.1133), p_value(1.0), p_value(1e-6)
    ('0.002', '0.11', '1.00', '< 0.001')
    """
    if not is_known(p):
        return DASH
    if p < 0.001:
        return "< 0.001"
    return f"{p:.3f}" if p < 0.0995 else f"{p:.2f}"


def p_phrase(p: Any) -> str:
    """Return ``p = 0.002`` or ``p < 0.001``, or nothing.

    >>> p_phrase(0.002), p_phrase(1e-9), p_phrase(None)
    ('p = 0.002', 'p < 0.001', '')
    """
    if not is_known(p):
        return ""
    text = p_value(p)
    return f"p {text}" if text.startswith("<") else f"p = {text}"


def listing(words: list[str]) -> str:
    """Return words in a row.

    >>> listing(["a", "b", "c"])
    'a, b and c'
    """
    return say(" and ").join([say(", ").join(words[:-1]), words[-1]] if len(words) > 1 else words)


def count(amount: int, one: str, many: str | None = None) -> str:
    """Return an amount with its noun.

    >>> count(1, "run"), count(2, "run")
    ('1 run', '2 runs')
    """
    noun = one if amount == 1 else many or one + "s"
    return say(f"{{count}} {noun}", count=f"{amount:,}")


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

    def write(self, value: Any, sign: bool = True) -> str:
        """Return an estimate in this question's unit, without the unit's name."""
        value_in_unit = value * self.scale if is_known(value) else None
        return (
            amount(value_in_unit, sign)
            if self.digits is None
            else number(value_in_unit, self.digits, sign)
        )


_PREDICTION, _SHIFT, _SHAPE = "prediction", "attention moved", "attention's shape"
_PLACE, _PREDICTOR, _ROBUSTNESS = "marked places", "predictor", "robustness"

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
    "agreement": Question("disagreement of seeds (W − F)", "differ\n(W − F)", "distance", "seeds"),
}


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
    family = name.removeprefix("robustness.")
    if family != name:
        words = say("robustness against {family}", family=say(family))
        return replace(_translate(QUESTIONS["robustness"]), name=words, head=say(family))
    metric = name.removeprefix("excess_shift.")
    if metric in METRICS:
        return _of_metric(METRICS[metric])
    plain = name.replace("_", " ").replace(".", " ")
    return Question(say("change of {name}", name=plain), plain, "", say("other"))


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
    else:
        words = say(SCALARS.get(name, name.replace("_", " ")))
    return words[0].upper() + words[1:]


def verdict(name: str) -> str:
    """Return a verdict with its sign.

    >>> verdict("adopt")
    '▲ adopt'
    """
    return f"{SYMBOLS[name]} {say(name)}"
