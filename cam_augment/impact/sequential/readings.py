"""One stage of a study in rounds: what the models so far show, against all arms' noise.

The four questions that a verdict rests on, each with its p by itself, and the share of the
whole design's information that it holds.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from cam_augment.impact.arms import Arms
from cam_augment.impact.scalars import LEAST_RUNS
from cam_augment.plan import BASELINE
from cam_augment.statistics import (
    Noise,
    difference_variance,
    energy_noise,
    energy_variance,
    excess_of,
    pooled_difference,
    pooled_energy,
    pooled_noise,
)

GAIN, SHIFT, WORST, FOCUS = "gain", "shift", "worst", "focus"
TWO_SIDED = (GAIN, FOCUS)


@dataclass(frozen=True)
class Reading:
    """One question of one strategy at one stage.

    Attributes:
        z: the statistic; of a two-sided question with its sign. p: one-sided, in the
            direction of z's sign.
        fraction: of the whole design's information, 0..1.
        estimate: the effect. variance: of it, by models' noise. df: of that noise.
        number: how many classes vary.
    """

    z: float
    p: float
    fraction: float
    estimate: float
    variance: float
    df: int
    number: int = 1

    @property
    def score(self) -> float:
        """The standard normal value that is as rare as this statistic alone."""
        from scipy.special import ndtri

        return float(-ndtri(np.clip(self.p, 1e-300, 1)))


def read(
    arms: Arms,
    labels: Sequence[str],
    distances: Mapping[str, np.ndarray],
    focus: Mapping[str, np.ndarray] | None,
) -> dict[str, dict[str, Reading]]:
    """Return question to strategy to its reading, for strategies with enough models.

    Args:
        labels: strategies that are analysed; the noise is that of all arms.
        distances: strategy to mean primary distances [model, model], its own models first.
        focus: arm to the focus of each run, where masks exist.
    """
    if len(arms.baselines) < LEAST_RUNS:
        return {}
    eligible = [label for label in labels if len(arms.fits(label)) >= LEAST_RUNS]
    accuracy = {label: arms.accuracy(label) for label in arms.labels}
    readings = {
        GAIN: _differences(arms, eligible, accuracy),
        SHIFT: _shifts(arms, eligible, distances),
        WORST: _worst(arms, eligible),
    }
    if focus is not None:
        readings[FOCUS] = _differences(arms, eligible, focus)
    return readings


def _differences(
    arms: Arms, labels: Iterable[str], values: Mapping[str, np.ndarray]
) -> dict[str, Reading]:
    values = {label: runs[np.isfinite(runs)] for label, runs in values.items()}
    noise, base = pooled_noise(list(values.values())), values[BASELINE]
    return _readings(
        {
            label: _difference(arms, values[label].mean() - base.mean(), len(values[label]), noise)
            for label in labels
            if len(values[label]) >= LEAST_RUNS
        }
    )


def _readings(by_strategy: Mapping[str, Reading | None]) -> dict[str, Reading]:
    """Leave out the strategies of which nothing can be read: without noise there is no test."""
    return {label: reading for label, reading in by_strategy.items() if reading is not None}


def _difference(arms: Arms, estimate: float, size: int, noise: Noise) -> Reading | None:
    base = len(arms.baselines)
    test = pooled_difference(abs(estimate), size, base, noise)
    if np.isnan(test.p):
        return None
    now = difference_variance(size, base)
    share = min(1.0, difference_variance(arms.plan.seeds, base) / now)
    z = float(np.copysign(test.z, estimate))
    return Reading(z, float(test.p), share, float(estimate), float(noise.sd**2 * now), noise.df)


def _worst(arms: Arms, labels: Iterable[str]) -> dict[str, Reading]:
    """The class that loses most for its noise.

    Recalls have tails too long for a t test far out: this one only predicts here.
    """
    recall = {label: arms.recall(label) for label in arms.labels}
    noise, base = pooled_noise(list(recall.values())), recall[BASELINE]
    sd = np.asarray(noise.sd)
    varies = np.flatnonzero(sd > 0)
    readings = {}
    for label in labels if len(varies) else ():
        losses, size = base.mean(axis=0) - recall[label].mean(axis=0), len(recall[label])
        worst = int(varies[np.argmax(losses[varies] / sd[varies])])
        reading = _difference(arms, -losses[worst], size, Noise(sd[worst], noise.df))
        if reading is not None:
            rare = reading.p if losses[worst] > 0 else 1 - reading.p
            readings[label] = replace(reading, z=-reading.z, p=rare, number=len(varies))
    return readings


def _shifts(
    arms: Arms, labels: Iterable[str], distances: Mapping[str, np.ndarray]
) -> dict[str, Reading]:
    return _readings(
        {
            label: _shift(arms, distances[label], len(arms.fits(label)))
            for label in labels
            if label in distances
        }
    )


def _shift(arms: Arms, distance: np.ndarray, size: int) -> Reading | None:
    base, noise = len(arms.baselines), energy_noise(distance[size:, size:])
    test = pooled_energy(excess_of(distance, size), size, base, noise)
    if np.isnan(test.p):
        return None
    now = energy_variance(size, base)
    share = min(1.0, energy_variance(arms.plan.seeds, base) / now)
    variance = float(noise.sd**2 * now)
    return Reading(float(test.z), float(test.p), share, test.estimate, variance, noise.df)
