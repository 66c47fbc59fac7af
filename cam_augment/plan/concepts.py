"""How many factors describe what models see in patches, and what a person calls them."""

from collections.abc import Mapping
from typing import Any, ClassVar

from pydantic import Field

from cam_augment.base.errors import InputError, nearest
from cam_augment.plan.checks import check_unique
from cam_augment.plan.values import TEXT, PlanValue

FIELDS = ("factors", "names")
MOST_FACTORS = 32
MOST_LETTERS = 40


class Concepts(PlanValue):
    """The factors of the baselines' activations that a plan asks for.

    In a plan: ``8``, or a table of ``factors`` and ``names``.
    """

    spelling: ClassVar = "whole number, or table"
    input_schema: ClassVar = {
        "anyOf": [TEXT, {"type": "integer", "minimum": 0}, {"type": "object"}]
    }

    factors: int = Field(description="How many.")
    names: tuple[str, ...] = Field(
        (),
        description="What they are called, in the order of their numbers, which is that of use; "
        "none: by these. With other baselines the order may change.",
    )

    @classmethod
    def parse(cls, value: Any) -> "Concepts | None":
        """Read a number of factors, as text too, or a table; None of 0 factors.

        >>> Concepts.parse({"factors": 2, "names": ["edges", "dots"]}).names
        ('edges', 'dots')
        >>> Concepts.parse("8").factors, Concepts.parse(0)
        (8, None)

        Raises:
            InputError: it is neither, too many factors, or not one name for each.
        """
        if value is None or isinstance(value, Concepts):
            return value
        fields = value if isinstance(value, Mapping) else {"factors": value}
        for name in fields:
            if name not in FIELDS:
                raise InputError(
                    f"no field '{name}' (received {fields[name]!r}).{nearest(str(name), FIELDS)} "
                    f"Allowed: {', '.join(FIELDS)}"
                )
        if "factors" not in fields:
            raise InputError("the table lacks 'factors', the number of them")
        factors = _number(fields["factors"])
        names = _names(fields.get("names", ()))
        if names and len(names) != factors:
            raise InputError(
                f"names: received {len(names)} for {factors} factors; one for each, or none"
            )
        return cls(factors=factors, names=names) if factors else None

    @property
    def toml(self) -> dict[str, Any]:
        """The factors as they stand in a plan's file."""
        return {"factors": self.factors} | ({"names": list(self.names)} if self.names else {})


def _number(value: Any) -> int:
    text = value.strip() if isinstance(value, str) else value
    number = int(text) if isinstance(text, str) and text.isdecimal() else text
    if isinstance(number, bool) or not isinstance(number, int) or not 0 <= number <= MOST_FACTORS:
        raise InputError(
            f"received {value!r}; a whole number of factors, 0 (none) to {MOST_FACTORS}, or a "
            "table of factors and names"
        )
    return number


def _names(values: Any) -> tuple[str, ...]:
    if not isinstance(values, (list, tuple)):
        raise InputError(f"names: received {values!r}; a list with a name for each factor")
    for name in values:
        good = isinstance(name, str) and name.strip() and name.isprintable()
        if not good or len(name) > MOST_LETTERS:
            raise InputError(f"names: received {name!r}; a name has 1 to {MOST_LETTERS} letters")
    names = tuple(name.strip() for name in values)
    check_unique(names, "factor")
    return names
