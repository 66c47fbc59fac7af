"""What people hand over as arrays: lists, tensors, arrays of other libraries."""

from typing import Any

import numpy as np

from cam_augment.base.errors import InputError


def as_array(subject: str, values: Any) -> np.ndarray:
    """Return an array of what a person hands over; an array is returned as it is.

    Args:
        subject: what it is, such as ``Answers: maps``; messages begin with it.

    Raises:
        InputError: rows are of several lengths, or it is nothing that NumPy knows.
    """
    if isinstance(values, np.ndarray):
        return values
    try:
        return np.asarray(values)
    except MemoryError:
        raise
    except Exception as error:  # of several sizes in a list; or a tensor's own, of its gradients
        raise InputError(f"{subject} are not an array: {error}") from None
