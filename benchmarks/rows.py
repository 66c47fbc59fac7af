"""One measured line of the benchmarks, and how it comes from two lists of times."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from statistics import median
from typing import Any

FASTER = "times faster"


@dataclass(frozen=True)
class Row:
    """One figure: a ratio of two measured sides, or a measured number by itself.

    Attributes:
        part: benchmark it belongs to. what: what was measured. against: the other side.
        unit: what ``value`` counts; ``low`` and ``high`` are its least and greatest repeat.
        aim: ``">= 5"``, ``"<= 15"``, ``"= 0"`` (the range holds it), or None.
        ours, theirs: median of either side, in seconds unless the note says otherwise.
        note: samples, scaling, versions: what a reader must know.
    """

    part: str
    what: str
    against: str
    unit: str
    value: float
    low: float
    high: float
    aim: str | None = None
    ours: float | None = None
    theirs: float | None = None
    repeats: int = 1
    note: str = ""

    @property
    def met(self) -> bool | None:
        """Whether the aim is reached; None without an aim."""
        if self.aim is None:
            return None
        sense, number = self.aim.split()
        wanted = float(number)
        if sense == "=":
            return self.low <= wanted <= self.high
        return self.value >= wanted if sense == ">=" else self.value <= wanted

    @classmethod
    def of(cls, plain: Mapping[str, Any]) -> "Row":
        """Return the row that ``plain`` was made of."""
        return cls(**{key: value for key, value in plain.items() if key != "met"})

    def plain(self) -> dict[str, Any]:
        """Return the row as plain values, for JSON."""
        return asdict(self) | {"met": self.met}


def ratio(
    part: str,
    what: str,
    against: str,
    unit: str,
    above: Sequence[float],
    below: Sequence[float],
    **more: Any,
) -> Row:
    """Return the row of ``above / below``, repeat by repeat: median, least, greatest.

    >>> ratio("p", "w", "a", "x", [2.0, 3.0, 8.0], [1.0, 1.0, 2.0]).value
    3.0
    """
    ratios = [a / b for a, b in zip(above, below, strict=True)]
    return number(part, what, ratios, unit, against=against, **more)


def faster(
    part: str,
    what: str,
    against: str,
    ours: Sequence[float],
    theirs: Sequence[float],
    **more: Any,
) -> Row:
    """Return how many times faster ours is than theirs (seconds of the same work)."""
    sides = {"ours": median(ours), "theirs": median(theirs)}
    return ratio(part, what, against, FASTER, theirs, ours, **(sides | more))


def number(
    part: str, what: str, values: Sequence[float], unit: str, *, against: str = "", **more: Any
) -> Row:
    """Return the row of a number measured ``len(values)`` times."""
    return Row(
        part,
        what,
        against,
        unit,
        value=median(values),
        low=min(values),
        high=max(values),
        repeats=len(values),
        **more,
    )
