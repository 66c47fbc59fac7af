"""The default network, its initial weights changed in their lowest bit: another processor.

A processor that rounds otherwise draws trainings anew as this does. The seeds are those of the
default study, so nothing else differs.
"""

from typing import Any

import numpy as np

from cam_augment.architectures.small_cnn import small_cnn


def flipped(shape: tuple[int, int, int], classes: int) -> Any:
    """Return the network with the lowest bit of every drawn weight flipped."""
    network = small_cnn(shape, classes)
    network.set_weights([_flip(values) for values in network.get_weights()])
    return network


def _flip(values: np.ndarray) -> np.ndarray:
    """Return weights, float32, each with its lowest mantissa bit flipped; a zero stays."""
    bits = np.ascontiguousarray(values, np.float32).view(np.uint32) ^ 1
    return np.where(values == 0, values, bits.view(np.float32))
