"""Methods provided by tf-keras-vis, normalised there to 0..1 for each image."""

import warnings
from typing import Annotated

import numpy as np
from pydantic import Field

from cam_augment.registry import CAMS


@CAMS.add("scorecam", form="model")
def scorecam(
    model,
    layer: str,
    images: np.ndarray,
    targets: np.ndarray,
    *,
    block: Annotated[int, Field(ge=1, le=4096)] = 20,
) -> np.ndarray:
    """Score-CAM: channels weighed by the score of the image they mask (Wang et al. 2020).

    Computed by tf-keras-vis on the native grid: each channel, upsampled, masks the image;
    memory grows with block x channels x pixels.

    Args:
        model: a functional ``keras.Model`` ending in logits; it is not changed.
        layer: name of the layer to look at.
        images: float32 [image, row, column, channel]. targets: int [image].
        block: images per pass.

    Returns:
        float32 [image, row, column], 0..1.
    """
    from tf_keras_vis.scorecam import Scorecam
    from tf_keras_vis.utils.scores import CategoricalScore

    method = Scorecam(model, clone=False)
    with warnings.catch_warnings():
        # It hands a list to a model with one input, and Keras says so at every call.
        warnings.filterwarnings("ignore", category=UserWarning, module="keras")
        maps = [
            method(
                CategoricalScore(targets[start : start + block].tolist()),
                images[start : start + block],
                penultimate_layer=layer,
                seek_penultimate_conv_layer=False,
                expand_cam=False,
            )
            for start in range(0, len(images), block)
        ]
    return np.concatenate([np.asarray(stack, np.float32) for stack in maps])
