"""Learning curves of every arm, and what they say about overfitting."""

from typing import Literal

import numpy as np

from cam_augment.impact.arms import Arms
from cam_augment.records import Curve

RISE = 0.05


def curves(arms: Arms) -> tuple[Curve, ...]:
    """Return the mean learning curves of every arm whose runs were trained here."""
    return tuple(
        _curve(label, arms)
        for label in arms.labels
        if arms.fits(label) and all(fit.history for fit in arms.fits(label))
    )


def _curve(label: str, arms: Arms) -> Curve:
    names = ("loss", "validation_loss", "accuracy", "validation_accuracy")
    mean = {
        name: np.mean([fit.history[name] for fit in arms.fits(label)], axis=0) for name in names
    }
    best = int(mean["validation_loss"].argmin())
    return Curve(
        strategy=label,
        **{name: tuple(float(v) for v in values) for name, values in mean.items()},
        best_epoch=best + 1,
        reading=reading(mean["validation_loss"]),
    )


def reading(validation_loss: np.ndarray) -> Literal["overfits", "falling", "level"]:
    """Return what a validation loss [epoch] says, see ``Curve``.

    Args:
        validation_loss: float [epoch].

    >>> reading(np.array([1.0, 0.5, 0.6]))
    'overfits'
    >>> reading(np.array([1.0, 0.5, 0.4]))
    'falling'
    """
    best, last = int(validation_loss.argmin()), len(validation_loss) - 1
    rise = validation_loss[-1] / validation_loss[best] - 1
    if rise > RISE:
        return "overfits"
    return "falling" if best == last else "level"
