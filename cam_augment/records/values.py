"""Building blocks of records: read-only arrays, and numbers that may be missing."""

from dataclasses import fields
from typing import Any

import numpy as np

from cam_augment.base.arrays import as_array

Number = float | None
_ARRAYS = (np.ndarray, np.ndarray | None, "np.ndarray", "np.ndarray | None")  # types of fields


def freeze(record: Any) -> None:
    """Make the arrays of a frozen dataclass read-only; what should be one becomes one.

    Raises:
        InputError: what a field of an array holds cannot be made one, such as a ragged list.
    """
    for field in fields(record):
        value = getattr(record, field.name)
        if field.type in _ARRAYS and value is not None:
            value = as_array(f"{type(record).__name__}: {field.name}", value)
        if isinstance(value, np.ndarray):
            value = value.view()
            value.setflags(write=False)
            object.__setattr__(record, field.name, value)
