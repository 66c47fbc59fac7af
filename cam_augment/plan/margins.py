"""Margins: what is worth having and what may be lost, stated before there are results."""

import math
from collections.abc import Mapping
from typing import Any, ClassVar

from pydantic import Field

from cam_augment.base.errors import InputError, nearest
from cam_augment.plan.values import TEXT, PlanValue

NAMES = ("gain", "class", "focus", "cost")


class Margins(PlanValue):
    """The margins that verdicts hold effects against.

    In a plan: ``"gain=0.01,class=0.05"`` or a table; what is not named keeps its default.
    """

    spelling: ClassVar = "table"
    input_schema: ClassVar = {"anyOf": [TEXT, {"type": "object"}]}

    gain: float = Field(0.005, description="Of a score in 0 to 1: the least gain worth having.")
    recall: float = Field(
        0.02, description="Called `class` in a plan: the loss of a class's recall that matters."
    )
    focus: float = Field(0.05, description="Share of the baselines' focus whose loss matters.")
    cost: float = Field(0.01, description="Share of the baselines' cost worth saving.")

    @classmethod
    def parse(cls, value: Any) -> "Margins":
        """Read ``"gain=0.01,class=0.05"`` or a table of these.

        >>> Margins.parse("gain=0.01").toml
        {'gain': 0.01, 'class': 0.02, 'focus': 0.05, 'cost': 0.01}

        Raises:
            InputError: no such margin, or one that is no number above 0 and at most 1.
        """
        if isinstance(value, Margins):
            return value
        fields = _pairs(value) if isinstance(value, str) else value
        if not isinstance(fields, Mapping):
            raise InputError(f"received {value!r}; expected a table of {', '.join(NAMES)}")
        for name in fields:
            if name not in NAMES:
                raise InputError(
                    f"no margin '{name}' (received {fields[name]!r}).{nearest(str(name), NAMES)} "
                    f"Allowed: {', '.join(NAMES)}"
                )
        numbers = {name: _margin(name, number) for name, number in fields.items()}
        return cls(**{"recall" if name == "class" else name: n for name, n in numbers.items()})

    @property
    def toml(self) -> dict[str, float]:
        """The margins as they stand in a plan's file."""
        return {"gain": self.gain, "class": self.recall, "focus": self.focus, "cost": self.cost}


def _pairs(text: str) -> dict[str, str]:
    pairs = {}
    for item in text.split(","):
        name, equals, value = item.partition("=")
        if not equals:
            raise InputError(f"received '{item.strip()}'; expected NAME=NUMBER, such as gain=0.01")
        pairs[name.strip()] = value.strip()
    return pairs


def _margin(name: str, value: Any) -> float:
    try:
        number = float(value) if not isinstance(value, bool) else math.nan
    except (TypeError, ValueError):
        number = math.nan
    if not 0 < number <= 1:
        raise InputError(f"{name}: received {value!r}; a margin is a number above 0, at most 1")
    return number
