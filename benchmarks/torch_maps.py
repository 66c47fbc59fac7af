"""A Keras network's layout in torch, and the CAM libraries that are installed for it."""

from collections import OrderedDict
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from torch import nn

if TYPE_CHECKING:
    import keras

FEATURES = "features"


def network(model: "keras.Model") -> tuple[nn.Sequential, nn.Module]:
    """Return a Keras chain's layout in torch, weights drawn anew, and its layer of features."""
    layers: dict[str, nn.Module] = {}
    channels = model.input_shape[-1]
    for layer in model.layers[1:]:
        name, width = layer.name.replace(".", "_"), layer.output.shape[-1]
        layers[name] = _twin(layer, channels, width)
        channels = width
    return nn.Sequential(OrderedDict(layers)).eval(), layers[FEATURES]


def _twin(layer: "keras.layers.Layer", before: int, width: int) -> nn.Module:
    """Return torch's layer for one of Keras', ``before`` channels in and ``width`` out."""
    import keras

    if isinstance(layer, keras.layers.Conv2D):
        size = layer.kernel_size[0]
        return nn.Conv2d(before, width, size, padding=size // 2, bias=layer.use_bias)
    if isinstance(layer, keras.layers.Dense):
        return nn.Linear(before, width)
    return {
        keras.layers.BatchNormalization: lambda: nn.BatchNorm2d(width),
        keras.layers.ReLU: nn.ReLU,
        keras.layers.MaxPooling2D: lambda: nn.MaxPool2d(2),
        keras.layers.GlobalAveragePooling2D: lambda: nn.Sequential(
            nn.AdaptiveAvgPool2d(1), nn.Flatten()
        ),
    }[next(kind for kind in type(layer).__mro__ if kind.__module__.startswith("keras."))]()


def works(
    model: "keras.Model", images: np.ndarray, targets: np.ndarray
) -> dict[str, Callable[[], object]]:
    """Return torch's forward pass and each library's Grad-CAM of all images' targets.

    Raises:
        ImportError: neither pytorch-grad-cam nor torchcam is installed.
    """
    torch.set_num_threads(1)
    tensor = torch.from_numpy(images.transpose(0, 3, 1, 2).copy())
    plain, _ = network(model)

    def forward() -> Any:
        with torch.inference_mode():
            return plain(tensor)

    classes = targets.tolist()
    passes = {"forward": forward}
    passes |= _pytorch_grad_cam(model, tensor, classes) | _torchcam(model, tensor, classes)
    if len(passes) == 1:
        raise ImportError("neither pytorch-grad-cam nor torchcam is installed")
    return passes


def _pytorch_grad_cam(
    model: "keras.Model", tensor: Any, classes: Any
) -> dict[str, Callable[[], object]]:
    try:
        from pytorch_grad_cam import GradCAM, GradCAMPlusPlus
        from pytorch_grad_cam.utils.model_targets import ClassifierOutputTarget
    except ImportError:
        return {}
    works: dict[str, Callable[[], object]] = {}
    targets = [ClassifierOutputTarget(index) for index in classes]
    for kind in (GradCAM, GradCAMPlusPlus):
        copy, layer = network(model)  # it leaves hooks, which would slow anybody else's pass
        method = kind(model=copy, target_layers=[layer])
        works[f"pytorch-grad-cam {kind.__name__}"] = partial(method, tensor, targets)
    return works


def _torchcam(model: "keras.Model", tensor: Any, classes: Any) -> dict[str, Callable[[], object]]:
    try:
        from torchcam.methods import GradCAM
    except ImportError:
        return {}
    copy, layer = network(model)
    method = GradCAM(copy, target_layer=layer)

    def work() -> Any:
        logits = copy(tensor)
        return method(classes, logits)

    return {"torchcam GradCAM": work}
