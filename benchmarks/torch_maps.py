"""small_cnn's layout in torch, and the CAM libraries that are installed for it."""

from collections.abc import Callable

import numpy as np
import torch
from torch import nn

WIDTHS = (16, 32, 64, 64)


def network(classes: int = 10) -> nn.Sequential:
    """Return the layout of small_cnn, with random weights; layer 13 holds the features."""
    layers, before = [], 1
    for stage, width in enumerate(WIDTHS):
        layers += [nn.Conv2d(before, width, 3, padding=1, bias=False), nn.BatchNorm2d(width)]
        layers += [nn.ReLU()] + ([nn.MaxPool2d(2)] if stage < 2 else [])
        before = width
    head = [nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(before, classes)]
    return nn.Sequential(*layers, *head).eval()


def works(images: np.ndarray) -> dict[str, Callable[[], object]]:
    """Return torch's forward pass and each library's Grad-CAM of all images.

    Raises:
        ImportError: neither pytorch-grad-cam nor torchcam is installed.
    """
    torch.set_num_threads(1)
    model, given = network(), torch.from_numpy(images.transpose(0, 3, 1, 2).copy())

    def forward():
        with torch.inference_mode():
            return model(given)

    found = {"forward": forward, **_pytorch_grad_cam(model, given), **_torchcam(model, given)}
    if len(found) == 1:
        raise ImportError("neither pytorch-grad-cam nor torchcam is installed")
    return found


def _pytorch_grad_cam(model, given) -> dict[str, Callable[[], object]]:
    try:
        from pytorch_grad_cam import GradCAM, GradCAMPlusPlus
    except ImportError:
        return {}
    made = {}
    for kind in (GradCAM, GradCAMPlusPlus):
        method = kind(model=model, target_layers=[model[-4]])
        made[f"pytorch-grad-cam {kind.__name__}"] = lambda method=method: method(given)
    return made


def _torchcam(model, given) -> dict[str, Callable[[], object]]:
    try:
        from torchcam.methods import GradCAM
    except ImportError:
        return {}
    # Hooks of its own: a network apart, so that nobody else's pass is slowed.
    own = network()
    method = GradCAM(own, target_layer=own[-4])

    def work():
        logits = own(given)
        return method(logits.argmax(dim=1).tolist(), logits)

    return {"torchcam GradCAM": work}
