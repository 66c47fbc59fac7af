"""small_cnn's layout in torch, and the CAM libraries that are installed for it."""

from collections.abc import Callable

import numpy as np
import torch
from torch import nn

WIDTHS = (16, 32, 48, 64)


def network(classes: int = 10) -> nn.Sequential:
    """Return the layout of small_cnn, with random weights; the fourth last holds the features."""
    layers, before = [], 1
    for stage, width in enumerate(WIDTHS):
        layers += [nn.Conv2d(before, width, 3, padding=1, bias=False)]
        layers += [nn.MaxPool2d(2)] * (stage < 2) + [nn.BatchNorm2d(width), nn.ReLU()]
        before = width
    head = [nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(before, classes)]
    return nn.Sequential(*layers, *head).eval()


def works(images: np.ndarray, targets: np.ndarray) -> dict[str, Callable[[], object]]:
    """Return torch's forward pass and each library's Grad-CAM of all images' targets.

    Raises:
        ImportError: neither pytorch-grad-cam nor torchcam is installed.
    """
    torch.set_num_threads(1)
    model, given = network(), torch.from_numpy(images.transpose(0, 3, 1, 2).copy())

    def forward():
        with torch.inference_mode():
            return model(given)

    classes = targets.tolist()
    found = {"forward": forward, **_pytorch_grad_cam(given, classes), **_torchcam(given, classes)}
    if len(found) == 1:
        raise ImportError("neither pytorch-grad-cam nor torchcam is installed")
    return found


def _pytorch_grad_cam(given, classes) -> dict[str, Callable[[], object]]:
    try:
        from pytorch_grad_cam import GradCAM, GradCAMPlusPlus
        from pytorch_grad_cam.utils.model_targets import ClassifierOutputTarget
    except ImportError:
        return {}
    made, wanted = {}, [ClassifierOutputTarget(each) for each in classes]
    for kind in (GradCAM, GradCAMPlusPlus):
        own = network()  # it leaves hooks, which would slow anybody else's pass
        method = kind(model=own, target_layers=[own[-4]])
        made[f"pytorch-grad-cam {kind.__name__}"] = lambda method=method: method(given, wanted)
    return made


def _torchcam(given, classes) -> dict[str, Callable[[], object]]:
    try:
        from torchcam.methods import GradCAM
    except ImportError:
        return {}
    own = network()
    method = GradCAM(own, target_layer=own[-4])

    def work():
        logits = own(given)
        return method(classes, logits)

    return {"torchcam GradCAM": work}
