"""One look at a study in rounds: what the models so far show, against all arms' noise.

The four questions that a verdict rests on, each with its p by itself, and the share of the
whole design's information that it holds.
"""

from collections.abc import Collection, Mapping, Sequence
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
    worst_class_test,
)

GAIN, SHIFT, WORST, FOCUS = "gain", "shift", "worst", "focus"
TWO_SIDED = (GAIN, FOCUS)


@dataclass(frozen=True)
class Reading:
    """One question of one strategy at one look.

    Attributes:
        z: the statistic; of a two-sided question with its sign. p: one-sided, in the
            direction of z's sign.
        fraction: of the whole design's information, 0..1.
        estimate: the effect. variance: of it, by models' noise. df: of that noise.
        number, index: of classes: how many vary, and which one is meant.
        exact: p of the exact test, where that one is what counts.
    """

    z: float
    p: float
    fraction: float
    estimate: float
    variance: float
    df: int
    number: int = 1
    index: int | None = None
    exact: float | None = None

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
    whole: Collection[str] = (),
) -> dict[str, dict[str, Reading]]:
    """Return question to strategy to its reading, for strategies with enough models.

    Args:
        labels: strategies that are looked at; the noise is that of all arms.
        distances: strategy to mean primary distances [model, model], its own models first.
        focus: arm to the focus of each run, where masks exist.
        whole: strategies that get no more models: of these the exact test of classes is made.
    """
    if len(arms.baselines) < LEAST_RUNS:
        return {}
    judged = [label for label in labels if len(arms.fits(label)) >= LEAST_RUNS]
    accuracy = {label: arms.accuracy(label) for label in arms.labels}
    found = {
        GAIN: _differences(arms, judged, accuracy),
        SHIFT: _shifts(arms, judged, distances),
        WORST: _worst(arms, judged, whole),
    }
    if focus is not None:
        found[FOCUS] = _differences(arms, judged, focus)
    return {question: {k: v for k, v in each.items() if v} for question, each in found.items()}


def _differences(arms: Arms, labels, values: Mapping[str, np.ndarray]) -> dict:
    values = {label: runs[np.isfinite(runs)] for label, runs in values.items()}
    noise, base = pooled_noise(list(values.values())), values[BASELINE]
    return {
        label: _difference(arms, values[label].mean() - base.mean(), len(values[label]), noise)
        for label in labels
        if len(values[label]) >= LEAST_RUNS
    }


def _difference(arms: Arms, estimate: float, own: int, noise: Noise) -> Reading | None:
    base = len(arms.baselines)
    found = pooled_difference(abs(estimate), own, base, noise)
    if np.isnan(found.p):
        return None
    now = difference_variance(own, base)
    share = min(1.0, difference_variance(arms.plan.seeds, base) / now)
    z = float(np.copysign(found.z, estimate))
    return Reading(z, float(found.p), share, float(estimate), float(noise.sd**2 * now), noise.df)


def _worst(arms: Arms, labels, whole: Collection[str]) -> dict:
    """The class that loses most for its noise; the exact test of it once there come no more models.

    Recalls have tails too long for a t test far out: that one only predicts here.
    """
    recall = {label: arms.recall(label) for label in arms.labels}
    noise, base = pooled_noise(list(recall.values())), recall[BASELINE]
    varies = [index for index, sd in enumerate(noise.sd) if sd > 0]
    found = {}
    for label in labels if varies else ():
        losses, own = base.mean(axis=0) - recall[label].mean(axis=0), len(recall[label])
        worst, exact = max(varies, key=lambda index: losses[index] / noise.sd[index]), None
        if label in whole:
            tested = worst_class_test(recall[label], base, limit=arms.plan.permutations)
            worst, exact = tested.index, tested.p
        told = _difference(arms, -losses[worst], own, Noise(noise.sd[worst], noise.df))
        if told is not None:
            rare = told.p if losses[worst] > 0 else 1 - told.p
            found[label] = replace(
                told, z=-told.z, p=rare, number=len(varies), index=worst, exact=exact
            )
    return found


def _shifts(arms: Arms, labels, distances: Mapping[str, np.ndarray]) -> dict:
    return {
        label: _shift(arms, distances[label], len(arms.fits(label)))
        for label in labels
        if label in distances
    }


def _shift(arms: Arms, distance: np.ndarray, own: int) -> Reading | None:
    base, noise = len(arms.baselines), energy_noise(distance[own:, own:])
    found = pooled_energy(excess_of(distance, own), own, base, noise)
    if np.isnan(found.p):
        return None
    now = energy_variance(own, base)
    share = min(1.0, energy_variance(arms.plan.seeds, base) / now)
    variance = float(noise.sd**2 * now)
    return Reading(float(found.z), float(found.p), share, found.estimate, variance, noise.df)
