"""What records are made of: read-only arrays, and numbers that may be missing."""

from dataclasses import fields
from typing import Any

import numpy as np

Number = float | None


def freeze(record: Any) -> None:
    for each in fields(record):
        value = getattr(record, each.name)
        if isinstance(value, np.ndarray):
            value = value.view()
            value.setflags(write=False)
            object.__setattr__(record, each.name, value)
