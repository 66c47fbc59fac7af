"""KPCA-CAM: as Eigen-CAM, with what cells have in common found by kernel PCA."""

from typing import Any

import numpy as np

from cam_augment.registry import CAMS


@CAMS.add("kpcacam", form="model", targeted=False)
def kpcacam(look: Any, images: np.ndarray, targets: np.ndarray) -> Any:
    """KPCA-CAM: activations projected on their first kernel component (Karmani et al. 2024).

    The first principal component of the cells in the feature space of the sigmoid kernel
    tanh(a·b / K + 1), with a and b the activations of two cells, less their mean over cells, and
    K the number of channels; it has no target.

    A component has no sign of its own: the one is taken in which cells of more activation score
    higher. The component is centred, so the map is cut where a cell is below the mean.

    Args:
        look: the network and the layer. targets: not used.
        images: float32 [image, row, column, channel].

    Returns:
        float32 [image, row, column] before the ReLU; zero where all cells are alike.
    """
    activations = look.activations(images).astype(np.float64)
    cells = activations.reshape(len(images), -1, activations.shape[-1])
    return np.stack([_component(image) for image in cells]).reshape(activations.shape[:3])


def _component(cells: np.ndarray) -> np.ndarray:
    """Return the first kernel component of cells [cell, channel], float64 [cell]."""
    from sklearn.decomposition import KernelPCA  # loading it takes longer than a report may

    centred = cells - cells.mean(axis=0)
    if not centred.any():
        return np.zeros(len(cells))
    method = KernelPCA(1, kernel="sigmoid", eigen_solver="dense")
    component = method.fit_transform(centred)[:, 0]
    upright = component @ centred.sum(axis=1) >= 0
    return component if upright else -component
