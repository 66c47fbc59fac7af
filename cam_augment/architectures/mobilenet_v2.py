"""MobileNetV2 of ``keras.applications``, random or trained on ImageNet."""

from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field
from pydantic_core import PydanticCustomError

from cam_augment.base.lazy import keras
from cam_augment.registry import ARCHITECTURES

FEATURES = "out_relu"
WIDTHS = (0.35, 0.5, 0.75, 1.0, 1.3, 1.4)
ADDRESS = "https://storage.googleapis.com/tensorflow/keras-applications/mobilenet_v2/"


def _offered(alpha: float) -> float:
    if alpha not in WIDTHS:
        raise PydanticCustomError("alpha", f"allowed: {', '.join(map(str, WIDTHS))}")
    return alpha


@ARCHITECTURES.add(version=2, layer=FEATURES, base=FEATURES)
def mobilenet_v2(
    shape: tuple[int, int, int],
    classes: int,
    *,
    alpha: Annotated[float, AfterValidator(_offered)] = 0.35,
    weights: Literal["none", "imagenet"] = "none",
    input_size: Annotated[int, Field(ge=32, le=512)] = 128,
    dropout: Annotated[float, Field(ge=0, le=0.9)] = 0.0,
) -> Any:
    """MobileNetV2 (Sandler et al. 2018), average pooling, one dense layer.

    Images are scaled to ``input_size`` inside the network and to -1..1. The last grid is a
    32nd of that: 4x4 for the default of 128, the least that a map says anything on. Class
    activation maps are taken at ``out_relu``; other layers have Keras' own names.

    With ``imagenet`` the base starts from weights trained on ImageNet, the same for every
    run, and its normalisation stays; the dense layer is random. They are those trained on
    224x224 pixels, whatever ``input_size`` is. Keras fetches them once, into
    ``$KERAS_HOME/models``.

    Args:
        shape: rows, columns and channels (1 or 3) of the images (values 0..1).
        classes: number of logits.
        alpha: the network's width.
        weights: what the base starts from.
        input_size: pixels of the shorter side, inside.
        dropout: share of the pooled features that each training step leaves out.

    Returns:
        A functional ``keras.Model``: float32 [image, row, column, channel] -> [image, class].

    Raises:
        InputError: images of other channels, or weights that cannot be had.
    """
    from cam_augment.architectures.layers.applications import (
        enlarged,
        headed,
        normalised,
        weights_file,
    )

    image = keras.Input(shape, name="image")
    base = keras.applications.MobileNetV2(
        input_tensor=enlarged(image, input_size, 2.0, -1.0),
        alpha=alpha, include_top=False, weights=None,
    )  # fmt: skip
    trained = weights == "imagenet"
    if trained:
        name = f"mobilenet_v2_weights_tf_dim_ordering_tf_kernels_{alpha}_224_no_top.h5"
        base.load_weights(weights_file(name, ADDRESS))
    return headed(normalised(base, trained), classes, dropout)
