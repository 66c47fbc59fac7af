"""A small convolutional network that trains in seconds on a core."""

from typing import Annotated, Any

from pydantic import Field

from cam_augment.architectures.layers import MOMENTUM
from cam_augment.base.lazy import keras
from cam_augment.registry import ARCHITECTURES

FEATURES = "features"
STAGES = ("stage_1", "stage_2", FEATURES)  # Keras' own names would change from build to build


@ARCHITECTURES.add(version=1, layer=FEATURES, half_precision=True)
def small_cnn(
    shape: tuple[int, int, int],
    classes: int,
    *,
    width: Annotated[int, Field(ge=4, le=512)] = 16,
    dropout: Annotated[float, Field(ge=0, le=0.9)] = 0.0,
) -> Any:
    """Three convolutions with batch normalisation, average pooling, one dense layer.

    The grid of the last convolution is a quarter of the input's: 7x7 for 28x28 pixels.
    The network ends in logits; its class activation maps are taken at ``features``, or by
    option at ``stage_1`` or ``stage_2``, whose grids are a half and a quarter of the input's.

    Args:
        shape: rows, columns and channels of the images (values 0..1).
        classes: number of logits.
        width: channels of the first convolution; the next have two and four times as many.
        dropout: share of the pooled features that each training step leaves out.

    Returns:
        A functional ``keras.Model``: float32 [image, row, column, channel] -> [image, class].
    """
    from cam_augment.architectures.layers.normalization import FusedBatchNormalization

    image = keras.Input(shape, name="image")
    x = image
    for stage, channels in enumerate((width, 2 * width, 4 * width)):
        x = keras.layers.Conv2D(channels, 3, padding="same", use_bias=False)(x)
        # Pooled first, there is a quarter as much to normalise, and training is faster.
        x = keras.layers.MaxPooling2D()(x) if stage < 2 else x
        x = FusedBatchNormalization(momentum=MOMENTUM)(x)
        x = keras.layers.ReLU(name=STAGES[stage])(x)
    x = keras.layers.GlobalAveragePooling2D()(x)
    x = keras.layers.Dropout(dropout)(x) if dropout else x
    return keras.Model(image, keras.layers.Dense(classes, name="logits")(x))
