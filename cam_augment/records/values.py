"""Building blocks of records: read-only arrays, and numbers that may be missing."""

from dataclasses import fields
from typing import Any

import numpy as np

Number = float | None


def freeze(record: Any) -> None:
    """Make the arrays of a frozen dataclass read-only."""
    for field in fields(record):
        value = getattr(record, field.name)
        if isinstance(value, np.ndarray):
            value = value.view()
            value.setflags(write=False)
            object.__setattr__(record, field.name, value)
