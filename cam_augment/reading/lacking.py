"""What programs write where a value is lacking, such as pandas of an empty cell."""

from typing import Any

LACKING = ("nan", "nat", "n/a", "na", "<na>", "null", "none", "#n/a")


def is_lacking(value: Any) -> bool:
    """Return whether a value is none, as Python, NumPy, pandas or a table's text has it.

    >>> [is_lacking(value) for value in (None, float("nan"), "", " NaN ", "nancy", 0)]
    [True, True, True, True, False, False]
    """
    text = str(value).strip().casefold()
    return not text or text in LACKING
