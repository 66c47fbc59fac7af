"""Several arrays of one stack as one: what a metric prepares when one array is not enough."""

import numpy as np


def bundle(**arrays: np.ndarray) -> np.ndarray:
    """Return ``arrays``, each [image, ...], as one structured array [image].

    A prepared stack is asked for its length and cut by image; this keeps both meanings.

    >>> both = bundle(values=np.ones((2, 3)), total=np.full(2, 3.0))
    >>> both.shape, both["values"].shape, both["total"].shape
    ((2,), (2, 3), (2,))
    """
    images = len(next(iter(arrays.values())))
    fields = [(name, part.dtype, part.shape[1:]) for name, part in arrays.items()]
    stack = np.empty(images, dtype=fields)
    for name, part in arrays.items():
        stack[name] = part
    return stack
