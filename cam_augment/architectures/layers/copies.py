"""A network made again from its layers' configurations, with the same weights or fresh ones."""

from collections.abc import Callable
from typing import Any

import numpy as np

from cam_augment.base.lazy import keras
from cam_augment.networks.taps import layers_by_path

_RELATIVE, _ABSOLUTE = 1e-4, 1e-5  # by which equal networks may differ that are compiled apart


def copied(
    model: Any, image: Any = None, make: Callable[[Any], Any] | None = None, fresh: bool = False
) -> Any:
    """Return a copy of a functional model.

    What is random in the copy, such as its dropout, draws seeds of its own.

    Args:
        model: a functional ``keras.Model`` with one input.
        image: the ``keras.Input`` to build on, else one like the model's.
        make: layer to the layer that stands in its place, else its like.
        fresh: True leaves the weights as they are initialised, but for what preprocessing
            layers know of the data.
    """
    make = make or (lambda layer: type(layer).from_config(layer.get_config()))
    twin = keras.models.clone_model(model, input_tensors=image, clone_function=make)
    if not fresh:
        twin.set_weights(model.get_weights())
    for old, new in zip(_adapted(model), _adapted(twin), strict=True):
        new.set_weights(old.get_weights())
        new.finalize_state()  # what it computes with is another copy of its weights
    return twin


def _adapted(model: Any) -> list:
    """Return the layers that know something of the data, wherever in the model they lie."""
    return [layer for layer in layers_by_path(model).values() if hasattr(layer, "finalize_state")]


def agree(outputs: Any, copy_outputs: Any) -> bool:
    """Return whether a copy's outputs are its model's, which no configuration warrants.

    A layer may keep what it knows as a plain attribute, which is in no copy.
    """
    return np.allclose(outputs, copy_outputs, _RELATIVE, _ABSOLUTE, equal_nan=True)
