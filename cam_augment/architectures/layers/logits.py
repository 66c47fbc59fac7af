"""Models that somebody else made, as this package needs them: ending in logits."""

from cam_augment.base.errors import InputError
from cam_augment.base.lazy import keras


def ending_in_logits(model, who: str = "compare"):
    """Return a functional model with the same weights that ends in logits.

    A map is made of the logit: a softmax changes it. The model handed in stays as it is.

    Args:
        model: a ``keras.Model``. who: what asks, for the message.

    Raises:
        InputError: the model has not one input and one output, or was never built.
    """
    if len(getattr(model, "inputs", None) or ()) != 1 or len(model.outputs) != 1:
        raise InputError(
            f"{who}: models are functional or sequential, built, one input, one output"
        )
    last = model.layers[-1]
    activation = getattr(last, "activation", None)
    if isinstance(last, keras.layers.Softmax) or (
        isinstance(last, keras.layers.Activation) and activation is keras.activations.softmax
    ):
        return keras.Model(model.inputs[0], last.input)
    if activation is keras.activations.softmax:
        linear = type(last).from_config(last.get_config() | {"activation": "linear"})
        logits = linear(last.input)
        linear.set_weights(last.get_weights())
        return keras.Model(model.inputs[0], logits)
    return keras.Model(model.inputs[0], model.outputs[0])
