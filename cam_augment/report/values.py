"""How the values of a notice are written, by the field of the sentence that holds them."""

import math
from collections.abc import Callable, Mapping
from functools import partial
from string import Formatter
from typing import Any

from cam_augment.report import phrases
from cam_augment.report.language import say
from cam_augment.report.naming import score
from cam_augment.report.words import (
    amount,
    amounts,
    digits_apart,
    is_known,
    number,
    p_value,
    percent,
    points,
    span,
)

Values = Mapping[str, Any]

whole_percent = partial(percent, digits=0)


def fill(texts: phrases.Texts, values: Values) -> str:
    """Return the text of a notice in the current language, its fields filled in."""
    text = texts if isinstance(texts, str) else texts[_second(values)]
    fields = [name for _, name, _, _ in Formatter().parse(text) if name]
    return say(text, **{name: _write(name, values) for name in fields})


def _second(values: Values) -> bool:
    if "contrary" in values:
        return values["contrary"]
    return next((values[name] for name in ("count", "more") if name in values), 1) != 1


def _write(field: str, values: Values) -> str:
    write = WRITERS.get(field)
    return write(values) if write else str(values[field])


def place(ninth: int) -> str:
    """Return the name of a ninth of the image, see ``Pointing.place``.

    >>> place(0), place(4)
    ('top left', 'centre')
    """
    return say(phrases.PLACES[ninth])


def _single(name: str, write: Callable[[Any], str]) -> Callable[[Values], str]:
    return lambda values: write(values[name])


# -- effects ------------------------------------------------------------------------------


def _change(values: Values) -> str:
    """Return a change of accuracy with its interval, if models vary and so have one."""
    interval = span(values["low"], values["high"], points, sign=False)
    return f"{say(phrases.POINTS, points=points(values['estimate']))} {interval}".strip()


def _plain_points(value: float) -> str:
    """Return a margin in points, with as many decimals as it has."""
    return f"{100 * value:g}"


def _beside_margin(values: Values, name: str, digits: int = 2) -> str:
    """Return a change in points, which does not read as the margin where it is not."""
    change, margin = values[name], values.get("margin")
    if is_known(change) and margin is not None:
        limit = math.copysign(100 * margin, change)
        digits = digits_apart(100 * change, limit, digits)
    return points(change, digits)


def _most(values: Values) -> str:
    """Return the most that a gain may be in points, or a share."""
    if "bound_high" in values:
        return _beside_margin(values, "bound_high")
    return percent(values["most"])


def _moved(values: Values) -> str:
    """Return a change of focus with its interval."""
    interval = span(values["low"], values["high"], partial(number, digits=2), sign=True)
    return f"{number(values['estimate'], 2, sign=True)} {interval}".strip()


def _saving(values: Values, sign: int) -> str:
    """Return a saving (with sign -1: a cost) per 1,000 parts with its interval."""
    limits = (values["low"], values["high"])
    low, high = sorted(sign * end for end in limits) if None not in limits else limits
    estimate = sign * values["estimate"]
    write = amounts(estimate, low, high)
    return f"{write(estimate)} {span(low, high, write)}".strip()


def why_unsettled(low: float | None) -> str:
    """Return why an effect with a small p is not beyond noise.

    Args:
        low: lower end of its interval, None where there is none.
    """
    return say(phrases.UNSETTLED["no interval" if low is None else "zero"])


def _design(values: Values) -> str:
    """Return the least gain that the design can find, in words."""
    least = values["smallest_gain"]
    if least is None:
        return say(phrases.DESIGN["nothing"])
    return say(phrases.DESIGN["least"], least=points(least, sign=False))


# -- lists --------------------------------------------------------------------------------


def _all(values: Values, name: str) -> str:
    return say(", ").join(map(str, values[name]))


def _some(values: Values, name: str, separator: str, write: Callable[[str], str] = str) -> str:
    """Return the first few of a list by name, and the number of the others."""
    names = [write(value) for value in values[name]]
    more = values["count"] - len(names)
    rest = [say(phrases.MORE, count=f"{more:,}")] if more > 0 else []
    return say(separator).join([*names, *rest])


def _quote(name: str) -> str:
    return say(phrases.QUOTED, name=name)


def _overlaps(values: Values) -> str:
    return say(", ").join(say(phrases.OVERLAP, **overlap) for overlap in values["overlaps"])


def _pairs(values: Values) -> str:
    return say("; ").join(say(phrases.PAIR, first=a, second=b) for a, b in values["pairs"])


def _files(values: Values) -> str:
    counts = [(texts, values["files"].get(kind)) for kind, texts in phrases.FILES.items()]
    return say(", ").join(fill(texts, {"count": count}) for texts, count in counts if count)


def _rules(values: Values) -> str:
    counts = [(texts, values["rules"].get(rule)) for rule, texts in phrases.RULES.items()]
    return say(", ").join(fill(texts, {"count": count}) for texts, count in counts if count)


def _layout(values: Values) -> str:
    return say(phrases.LAYOUTS[values["kind"]])


def _left_out(values: Values) -> str:
    return say(phrases.LEFT_OUT[values["why"]])


def _classes(values: Values) -> str:
    return say(", ").join(say(phrases.LACKING, **group) for group in values["classes"])


_SHARES = ("share", "hit", "chance", "there")
_AMOUNTS = (
    "fitted", "plain", "fitted_baseline", "plain_baseline", "parts", "blind", "baseline_cost",
)  # fmt: skip
_TILES = ("pictures", "marked", "enough", "unclear")
_LOSSES = ("loss", "loss_low", "loss_high")
WRITERS: dict[str, Callable[[Values], str]] = {
    **{name: _single(name, whole_percent) for name in _SHARES},
    **{name: _single(name, amount) for name in _AMOUNTS},
    "count": _single("count", "{:,}".format),
    "r": _single("r", partial(number, digits=2)),
    "p": _single("p", p_value),
    "place": _single("place", place),
    "test": _single("test", say),
    "kind": _single("kind", say),
    **{name: partial(_beside_margin, name=name, digits=1) for name in _LOSSES},
    "margin": _single("margin", _plain_points),
    "least": partial(_beside_margin, name="bound_low"),
    "most": _most,
    "moved": _moved,
    "score": _single("score", score),
    **{name: _single(name, "{:,}".format) for name in ("more", "now", "then", *_TILES)},
    "strategies_count": _single("strategies", str),
    "rare": _single("share", percent),
    "change": _change,
    "saved": partial(_saving, sign=1),
    "cost": partial(_saving, sign=-1),
    "unsettled": _single("low", why_unsettled),
    "design": _design,
    "strategies": partial(_all, name="strategies"),
    "values": partial(_all, name="values"),
    "messages": partial(_some, name="messages", separator="; "),
    "names": partial(_some, name="names", separator=", "),
    "groups": partial(_some, name="groups", separator=", ", write=_quote),
    "overlaps": _overlaps,
    "pairs": _pairs,
    "files": _files,
    "rules": _rules,
    "layout": _layout,
    "why": _left_out,
    "white": _single("white", "{:,}".format),
    "classes": _classes,
}
