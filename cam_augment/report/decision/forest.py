"""The drawing of a strategy's row: every model, the mean, and the interval that decides.

Places are in percent of the drawing's width, so that it fits any screen without a distortion.
"""

import statistics
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from math import asinh

from cam_augment.plan import BASELINE
from cam_augment.records import ImpactProfile
from cam_augment.report import queries, words

POINTS = 100  # in a whole
EDGE = 3.0  # percent of the width left free at either side
TICKS = (0.5, 1, 2, 5, 10, 20, 50, 100)
GAP = 7.0  # percent of the width between two ticks, at least


@dataclass(frozen=True)
class Axis:
    """Places of values: even about 0, up to about ``unit``; beyond it more and more compressed.

    Attributes:
        unit: value at which the compression sets in. low, high: ends of the axis.
    """

    unit: float
    low: float
    high: float

    def place(self, value: float) -> float:
        """Return where a value stands, in percent of the width.

        >>> Axis(1.0, -2.0, 2.0).place(0.0)
        50.0
        """
        left, right, at = (asinh(x / self.unit) for x in (self.low, self.high, value))
        share = (min(max(at, left), right) - left) / (right - left)
        return round(EDGE + (100 - 2 * EDGE) * share, 2)


@dataclass(frozen=True)
class Mark:
    """Something at a place: a tick with its label, a model with its value."""

    place: float
    text: str


@dataclass(frozen=True)
class Forest:
    """What all rows share.

    Attributes:
        band: places of the margins. zero: place of the baselines' mean. baselines: models.
    """

    axis: Axis
    ticks: tuple[Mark, ...]
    band: tuple[float, float]
    zero: float
    baselines: tuple[Mark, ...]

    def marks(self, gains: Iterable[float]) -> tuple[Mark, ...]:
        """Return models at the places of their gains, fractions."""
        return tuple(Mark(self.axis.place(POINTS * g), words.points(g)) for g in gains)


def forest(profile: ImpactProfile) -> Forest:
    """Return the axis of a profile's gains, the margins and the baselines on it."""
    margin = POINTS * profile.plan.gain_margin
    axis = _axis(profile, margin)
    band = axis.place(-margin), axis.place(margin)
    scenery = Forest(axis, _ticks(axis), band, axis.place(0), ())
    baselines = scenery.marks(queries.gains_of_runs(profile, BASELINE))
    return replace(scenery, baselines=baselines)


def _axis(profile: ImpactProfile, margin: float) -> Axis:
    effects = [profile.effect(strategy.strategy, "gain") for strategy in profile.strategies]
    ends = [
        POINTS * end
        for effect in effects
        for end in (effect.low, effect.high, effect.estimate)
        if words.is_known(end)
    ]
    halves = [
        POINTS * (effect.high - effect.low) / 2
        for effect in effects
        if words.is_known(effect.low) and words.is_known(effect.high)
    ]
    gains = (gain for arm in profile.arms for gain in queries.gains_of_runs(profile, arm))
    models = [POINTS * gain for gain in gains]
    reach = [*ends, *models, -2 * margin, 2 * margin]
    unit = max(2 * margin, statistics.median(halves) if halves else 0)
    return Axis(unit, min(reach), max(reach))


def _ticks(axis: Axis) -> tuple[Mark, ...]:
    marks = [Mark(axis.place(0), "0")]
    for sign in (-1, 1):
        marks += _outwards(axis, [sign * tick for tick in TICKS], marks[0].place)
    return tuple(sorted(marks, key=lambda mark: mark.place))


def _outwards(axis: Axis, values: Sequence[float], start: float) -> list[Mark]:
    """Return ticks from 0 outwards, those left out that stand too near to the one before."""
    marks: list[Mark] = []
    last = start
    for value in values:
        place = axis.place(value)
        if axis.low <= value <= axis.high and abs(place - last) >= GAP:
            marks.append(Mark(place, words.number(value, 1 if value % 1 else 0, sign=True)))
            last = place
    return marks
