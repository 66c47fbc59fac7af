"""EfficientNet-B0 of ``keras.applications``, random or trained on ImageNet."""

from typing import Annotated, Any, Literal

from pydantic import Field

from cam_augment.base.lazy import keras
from cam_augment.registry import ARCHITECTURES

FEATURES = "top_activation"
FILE, ADDRESS = "efficientnetb0_notop.h5", "https://storage.googleapis.com/keras-applications/"


@ARCHITECTURES.add(version=2, layer=FEATURES, base=FEATURES)
def efficientnet_b0(
    shape: tuple[int, int, int],
    classes: int,
    *,
    weights: Literal["none", "imagenet"] = "none",
    input_size: Annotated[int, Field(ge=32, le=512)] = 128,
    dropout: Annotated[float, Field(ge=0, le=0.9)] = 0.0,
) -> Any:
    """EfficientNet-B0 (Tan and Le 2019), average pooling, one dense layer.

    Images are scaled to ``input_size`` inside the network and to 0..255, which the network
    itself brings to the range that it wants. The last grid is a 32nd of the size: 4x4 for
    the default of 128, 7x7 for the 224 that the network was made for. Class activation maps
    are taken at ``top_activation``; other layers have Keras' own names.

    With ``imagenet`` the base starts from weights trained on ImageNet, the same for every
    run, and its normalisation stays; the dense layer is random. Keras fetches them once,
    into ``$KERAS_HOME/models``.

    Args:
        shape: rows, columns and channels (1 or 3) of the images (values 0..1).
        classes: number of logits.
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
    x = enlarged(image, input_size, 255.0, 0.0)
    trained = weights == "imagenet"
    if trained:
        weights_file(FILE, ADDRESS)  # so that Keras finds it, whole
    base = keras.applications.EfficientNetB0(
        input_tensor=x, include_top=False, weights="imagenet" if trained else None
    )
    return headed(normalised(base, trained), classes, dropout)
