"""What mistakes cost, and the mix of parts in production, by class name.

The short form has one good class. A defect that is called good is a miss; a good part that is
called a defect is a false alarm. The full form names true class, predicted class and cost.
"""

import math
import re
import unicodedata
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

import numpy as np
from pydantic import Field

from cam_augment.base.errors import InputError, nearest
from cam_augment.plan.values import TEXT, PlanValue

SHORT = ("miss", "false_alarm", "confusion")
CURRENCY = re.compile(r"[^\W\d_]+( [^\W\d_]+)*")  # letters of any script
MOST_LETTERS = 16
ROUNDING = 1e-3  # shares that people rounded sum to 1 within this


class Costs(PlanValue):
    """What each mistake costs, in any unit; a right decision costs nothing.

    In a plan: ``"miss=50,false_alarm=1,good=clean"``, a table of these, or a table of true class
    to predicted class to cost.
    """

    spelling: ClassVar = "table"
    input_schema: ClassVar = {"anyOf": [TEXT, {"type": "object"}]}

    good: str | None = Field(
        None, description="The class of parts without a defect; none: the full form named none."
    )
    miss: float | None = Field(
        None, description="Of the short form: a defect that is called good. None: the full form."
    )
    false_alarm: float | None = Field(
        None, description="Of the short form: good that is called a defect."
    )
    confusion: float = Field(
        0.0, description="Of the short form: a defect that is taken for another."
    )
    rows: dict[str, dict[str, float]] | None = Field(
        None,
        description="Of the full form: true class to predicted class to cost; what is not named "
        "costs nothing.",
    )

    @classmethod
    def parse(cls, value: Any) -> "Costs":
        """Read ``"miss=50,false_alarm=1,good=clean"`` or a table of either form.

        >>> Costs.parse("miss=50,false_alarm=1,good=clean").miss
        50.0

        Raises:
            InputError: a cost is not a number of 0 or more, a right decision costs something,
                or no mistake does.
        """
        if isinstance(value, Costs):
            return value
        fields = _pairs(value) if isinstance(value, str) else value
        if not isinstance(fields, Mapping) or not fields:
            raise InputError(
                f"received {value!r}; expected miss, false_alarm and good, or a table of true "
                "class to predicted class to cost"
            )
        is_full = any(isinstance(cost, Mapping) for cost in fields.values())
        costs = cls._full(fields) if is_full else cls._short(fields)
        if not any(costs._values()):
            raise InputError("no mistake costs anything: name one cost above 0")
        return costs

    @classmethod
    def _short(cls, fields: Mapping[str, Any]) -> "Costs":
        names = (*SHORT, "good")
        unknown = next((name for name in fields if name not in names), None)
        if unknown is not None:
            raise InputError(
                f"no '{unknown}' in the short form (received {fields[unknown]!r})."
                f"{nearest(str(unknown), names)} Allowed: {', '.join(names)}; or a table for "
                "each true class"
            )
        absent = next((n for n in ("miss", "false_alarm", "good") if n not in fields), None)
        if absent is not None:
            raise InputError(f"the short form lacks '{absent}'; it has miss, false_alarm and good")
        costs = {name: _cost(fields[name], name) for name in SHORT if name in fields}
        return cls(good=_name(fields["good"]), **costs)

    @classmethod
    def _full(cls, fields: Mapping[str, Any]) -> "Costs":
        rows = {str(name): row for name, row in fields.items()}
        # A class may be called "good" too: its costs are a table; the good class is a name.
        good = None if isinstance(rows.get("good"), Mapping) else rows.pop("good", None)
        for true, row in rows.items():
            if not isinstance(row, Mapping):
                raise InputError(
                    f"{true}: received {row!r}; with a table for one class, all are tables of "
                    "predicted class to cost"
                )
            rows[true] = {str(name): _cost(cost, f"{true}.{name}") for name, cost in row.items()}
            if rows[true].get(true):
                raise InputError(
                    f"{true}.{true}: received {rows[true][true]:g}; a right decision costs 0"
                )
        return cls(good=None if good is None else _name(good), rows=rows)

    def _values(self) -> list[float]:
        if self.rows is None:
            costs = (self.miss, self.false_alarm, self.confusion)
            return [cost for cost in costs if cost is not None]
        return [cost for row in self.rows.values() for cost in row.values()]

    @property
    def toml(self) -> dict[str, Any]:
        """The costs as they stand in a plan's file."""
        good = {} if self.good is None else {"good": self.good}
        if self.rows is not None:
            return good | self.rows
        return {name: getattr(self, name) for name in SHORT} | good

    def matrix(self, classes: Sequence[str]) -> np.ndarray:
        """Return the cost of each decision, float64 [true class, predicted class].

        Raises:
            InputError: a class is not one of ``classes``.
        """
        place = {name: index for index, name in enumerate(classes)}
        costs = np.zeros((len(classes), len(classes)))
        if self.good is not None:
            _check_class("costs", self.good, classes)
        if self.rows is not None:
            for true, row in self.rows.items():
                for predicted, cost in row.items():
                    for name in (true, predicted):
                        _check_class("costs", name, classes)
                    costs[place[true], place[predicted]] = cost
            return costs
        is_good = np.array([name == self.good for name in classes])
        costs[:] = self.confusion
        costs[:, is_good], costs[is_good, :] = self.miss, self.false_alarm
        np.fill_diagonal(costs, 0)
        return costs


def parts_of(value: Any) -> dict[str, float]:
    """Return shares of production from ``"clean=0.98,pit=0.02"`` or a table of class to share.

    Raises:
        InputError: a share is not in 0..1, or they sum to more than 1.
    """
    fields = _pairs(value) if isinstance(value, str) else value
    if not isinstance(fields, Mapping) or not fields:
        raise InputError(f"received {value!r}; expected a table of class to share, 0 to 1")
    shares = {str(name): _cost(share, str(name), "a share") for name, share in fields.items()}
    excess = next((name for name, share in shares.items() if share > 1), None)
    if excess is not None:
        raise InputError(f"{excess}: received {shares[excess]:g}; a share is 0 to 1")
    if sum(shares.values()) > 1 + ROUNDING:
        raise InputError(f"the shares sum to {sum(shares.values()):g}; at most 1")
    return shares


def currency_of(value: Any) -> str:
    """Return the name of a currency: a code, a word or two, or a sign.

    Raises:
        InputError: it is none, or has more than 16 characters.
    """
    is_text = isinstance(value, str) and len(value) <= MOST_LETTERS
    if not is_text or not _is_currency(value):
        raise InputError(
            f"received {value!r}; expected a code, a word or a sign, such as EUR, yen or $, of at "
            f"most {MOST_LETTERS} characters"
        )
    return value


def _is_currency(text: str) -> bool:
    is_sign = len(text) == 1 and unicodedata.category(text) == "Sc"
    return is_sign or CURRENCY.fullmatch(text) is not None


def production(
    parts: Mapping[str, float] | None, classes: Sequence[str], labels: np.ndarray
) -> np.ndarray:
    """Return the share of every class in production, float64 [class], with sum 1.

    Without ``parts``: the shares among the test images. With ``parts``, the classes that it does
    not name share the rest in their proportions among the test images.

    Args:
        labels: int [test image], each an index into ``classes``.

    Raises:
        InputError: an unknown class, shares that do not sum to 1, or a share of a class
            without test images.

    >>> production({"clean": 0.9}, ["clean", "pit", "stain"], np.array([0, 1, 1, 1, 2])).round(3)
    array([0.9  , 0.075, 0.025])
    """
    counts = np.bincount(labels, minlength=len(classes)).astype(float)
    if parts is None:
        return counts / counts.sum()
    for name in parts:
        _check_class("parts", name, classes)
    shares = np.array([parts.get(name, 0.0) for name in classes])
    unnamed = np.where([name in parts for name in classes], 0.0, counts)
    rest = max(0.0, 1 - shares.sum())
    if rest and unnamed.any():
        shares = shares + rest * unnamed / unnamed.sum()
    if abs(shares.sum() - 1) > ROUNDING:
        raise InputError(
            f"parts: the shares sum to {shares.sum():g}, and no other class has test images; "
            "they must sum to 1"
        )
    absent = next((n for n, s, c in zip(classes, shares, counts, strict=True) if s and not c), None)
    if absent is not None:
        raise InputError(
            f"parts: '{absent}' has a share of {parts[absent]:g}, but no test image tells what it "
            "costs: leave it out, or add test images"
        )
    return shares / shares.sum()


def check_costs(
    costs: Costs | None,
    parts: Mapping[str, float] | None,
    classes: Sequence[str],
    labels: np.ndarray,
) -> None:
    """Raise InputError where costs or parts do not fit the data's classes and test images.

    Args:
        labels: int [test image], each an index into ``classes``.
    """
    if costs is not None:
        costs.matrix(classes)
        production(parts, classes, labels)


def _pairs(text: str) -> dict[str, str]:
    """Return ``key=value`` pairs, parted by commas, as a dictionary."""
    pairs = {}
    for piece in filter(None, map(str.strip, text.split(","))):
        name, equals, value = piece.partition("=")
        if not equals:
            raise InputError(f"received '{text}'; written name=number,name=number")
        pairs[name.strip()] = value.strip()
    return pairs


def _cost(value: Any, name: str, subject: str = "a cost") -> float:
    try:
        number = math.nan if isinstance(value, bool) else float(value)
    except (TypeError, ValueError, OverflowError):
        number = math.nan
    if not (math.isfinite(number) and number >= 0):
        raise InputError(f"{name}: received {value!r}; {subject} is a finite number, 0 or more")
    return number


def _name(value: Any) -> str:
    if not isinstance(value, str) or not value:
        raise InputError(f"good: received {value!r}; expected the name of the good class")
    return value


def _check_class(field: str, name: str, classes: Sequence[str]) -> None:
    if name not in classes:
        raise InputError(
            f"{field}: no class '{name}' in the data.{nearest(name, classes)} "
            f"Allowed: {', '.join(classes)}"
        )
