"""How right models are where they are so sure, arm by arm."""

import numpy as np

from cam_augment.impact.arms import Arms
from cam_augment.impact.scalars import finite_or_none
from cam_augment.records.reliability import ReliabilityCurve
from cam_augment.statistics.calibration import error_of, reliability
from cam_augment.statistics.predictions import Predictions


def reliability_curves(arms: Arms) -> tuple[ReliabilityCurve, ...]:
    """Return the reliability curve of every arm with models, on the test images."""
    return tuple(_curve(arms, label) for label in arms.labels if arms.fits(label))


def _curve(arms: Arms, label: str) -> ReliabilityCurve:
    curves = [
        reliability(Predictions(fit.test_logits[None], arms.labels_of(fit)))
        for fit in arms.fits(label)
    ]
    # An empty bin, where many images are equally sure, is none of its model's.
    confidence, right = (
        np.ma.masked_invalid(np.concatenate(part)).mean(axis=0).filled(np.nan)
        for part in ([c.confidence for c in curves], [c.right for c in curves])
    )
    return ReliabilityCurve(
        arm=label,
        confidence=tuple(map(finite_or_none, confidence)),
        right=tuple(map(finite_or_none, right)),
        error=finite_or_none(np.mean([error_of(curve) for curve in curves])),
    )
