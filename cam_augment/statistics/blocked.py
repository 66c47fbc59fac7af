"""Welch's t with blocks: a difference of two groups, what their blocks share taken off.

The model is value = group + block + noise, the noise with a variance of its own in each
group. Least squares gives the difference. With R, what takes a vector to its residuals, and
Q_g, the sum of squared residuals of group g,

    E[Q_g] = sum over groups h of s_h^2 * (sum of R_ij^2 over i in g, j in h),

two equations for the two variances s^2 of the noise (Rao 1970, MINQUE with the groups as
components). So the variance of the difference, l_A s_A^2 + l_B s_B^2, is c_A Q_A + c_B Q_B,
and its degrees of freedom follow as Satterthwaite's (1946). With one block this is Welch's t
to the letter, and with one model of each group in every block the paired t.
"""

from typing import NamedTuple

import numpy as np

from cam_augment.statistics.design import Design
from cam_augment.statistics.student import Interval, around, satterthwaite


class Spread(NamedTuple):
    """The variance of an estimate and its degrees of freedom; NaN where it is not known."""

    variance: float
    df: float


class Blocked:
    """The difference of a design's groups by least squares, and its variance.

    Attributes:
        weights: float [model]; the difference is their sum of products with the values.
    """

    def __init__(self, design: Design):
        group = np.stack([design.group, ~design.group], axis=1).astype(float)
        effects = np.concatenate([group, np.eye(len(design.sizes))[design.block]], axis=1)
        self.residuals = np.eye(len(group)) - effects @ np.linalg.pinv(effects)
        self.weights = design.differences(np.eye(len(group)), design.group[None])[0]
        self._group = group
        self._mixed = group.T @ self.residuals**2 @ group
        squares = group.T @ self.weights**2
        factors = np.linalg.pinv(self._mixed) @ squares
        solvable = np.allclose(self._mixed @ factors, squares, rtol=1e-6, atol=0)
        # Missing models can make a factor a little less than 0: 0 is the safe side.
        self._factors = np.maximum(factors, 0) if solvable else np.full(2, np.nan)

    def form(self, values: np.ndarray) -> np.ndarray:
        """Return the variance [...] of the difference of each of ``values`` [model, ...]."""
        squares = (self.residuals @ values) ** 2
        return np.tensordot(self._group @ self._factors, squares, axes=1)

    def spread(self, values: np.ndarray) -> Spread:
        """Return the variance of the difference of ``values`` [model], with its df."""
        variance = float(self.form(values))
        if not variance > 0:
            return Spread(variance, np.inf)
        components = np.linalg.pinv(self._mixed) @ (self._group.T @ (self.residuals @ values) ** 2)
        noise = self._group @ np.clip(components, 0, None)
        product = (self.residuals * (self._group @ self._factors)) @ self.residuals * noise
        return Spread(variance, float(np.trace(product) ** 2 / np.sum(product * product.T)))


def blocked_interval(values: np.ndarray, design: Design, alpha: float) -> Interval:
    """Return the interval of the difference over models and, where there are several, images.

    Both are samples. By means m of the models over the images, and single images i,

        V = V(models) + max(0, V(images) - V(cells)),

    the variances of the difference of m over models, of the difference of i over images, and
    what the noise of single cells adds to the latter: ``form`` of i less m, averaged, over
    the number of images. So each is counted once, as in two-way clustering.

    Args:
        values: float [model, image] without NaN; a single image is one number per model.
    """
    images = values.shape[1]
    if not images:
        return Interval(np.nan, np.nan)
    model, means = Blocked(design), values.mean(axis=1)
    models = model.spread(means)
    parts = [(models.variance, models.df)]
    if images > 1:
        cells = model.form(values - means[:, None]).sum() / (images * (images - 1))
        image_part = (model.weights @ values).var(ddof=1) / images - cells
        parts.append((max(0.0, float(image_part)), images - 1))
    variance = sum(part for part, _ in parts)
    return around(model.weights @ means, variance, satterthwaite(variance, parts), alpha)
