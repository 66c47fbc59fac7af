"""A network made again from its layers' configurations, with the same weights or fresh ones."""

from collections.abc import Callable
from typing import Any

from cam_augment.base.lazy import keras


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
    for old, new in zip(model.layers, twin.layers, strict=True):
        if hasattr(new, "finalize_state"):
            new.set_weights(old.get_weights())
            new.finalize_state()  # what it computes with is another copy of its weights
    return twin
