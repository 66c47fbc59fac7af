"""A small residual network for images of 28 to 64 pixels."""

from typing import Annotated, Any

from pydantic import Field

from cam_augment.architectures.layers import MOMENTUM
from cam_augment.base.lazy import keras
from cam_augment.registry import ARCHITECTURES

FEATURES = "features"
STAGES = ("stage_1", "stage_2", FEATURES)


@ARCHITECTURES.add(version=1, layer=FEATURES)
def resnet(
    shape: tuple[int, int, int],
    classes: int,
    *,
    width: Annotated[int, Field(ge=4, le=256)] = 16,
    blocks: Annotated[int, Field(ge=1, le=18)] = 1,
    dropout: Annotated[float, Field(ge=0, le=0.9)] = 0.0,
) -> Any:
    """A residual network of three stages, average pooling, one dense layer.

    He et al. (2016), Section 4.2: a convolution, three stages of residual blocks of two
    convolutions each, 6 x ``blocks`` + 2 layers in all. Each stage but the first halves the
    grid and doubles the channels. Where the shape changes, the shortcut is a 1x1 convolution
    (their option B).

    The grid of the last stage is a quarter of the input's: 7x7 for 28x28 pixels. The network
    ends in logits; its class activation maps are taken at ``features``, or by option at
    ``stage_1`` (the input's grid) or ``stage_2`` (half of it).

    Args:
        shape: rows, columns and channels of the images (values 0..1).
        classes: number of logits.
        width: channels of the first stage; the next have two and four times as many.
        blocks: residual blocks per stage.
        dropout: share of the pooled features that each training step leaves out.

    Returns:
        A functional ``keras.Model``: float32 [image, row, column, channel] -> [image, class].
    """
    image = keras.Input(shape, name="image")
    x = keras.layers.ReLU(name="stem")(_convolved(image, width))
    for stage, last in enumerate(STAGES):
        for block in range(blocks):
            strides = 2 if stage and block == 0 else 1
            name = f"stage_{stage + 1}_block_{block + 1}"
            x = _block(x, width * 2**stage, strides, name, last if block == blocks - 1 else name)
    x = keras.layers.GlobalAveragePooling2D()(x)
    x = keras.layers.Dropout(dropout)(x) if dropout else x
    return keras.Model(image, keras.layers.Dense(classes, name="logits")(x))


def _block(x: Any, channels: int, strides: int, name: str, last: str) -> Any:
    """Return ``x`` and what two convolutions make of it, added and cut at zero."""
    y = keras.layers.ReLU(name=f"{name}_inside")(_convolved(x, channels, strides=strides))
    y = _convolved(y, channels)
    same = strides == 1 and x.shape[-1] == channels
    shortcut = x if same else _convolved(x, channels, size=1, strides=strides)
    return keras.layers.ReLU(name=last)(keras.layers.Add()([shortcut, y]))


def _convolved(x: Any, channels: int, size: int = 3, strides: int = 1) -> Any:
    from cam_augment.architectures.layers.normalization import FusedBatchNormalization

    x = keras.layers.Conv2D(
        channels, size, strides=strides, padding="same", use_bias=False,
        kernel_initializer="he_normal",
    )(x)  # fmt: skip
    return FusedBatchNormalization(momentum=MOMENTUM)(x)
