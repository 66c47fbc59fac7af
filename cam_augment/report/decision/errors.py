"""Misses against false alarms as drawn: a curve for the baselines and one for each strategy."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from cam_augment.plan import BASELINE
from cam_augment.records import ImpactProfile
from cam_augment.records.errors import ArmErrors, ErrorCurves
from cam_augment.report import phrases, price, queries
from cam_augment.report.decision.forest import Mark
from cam_augment.report.language import say, sentences
from cam_augment.report.words import amount, short, visible

WIDTH, HEIGHT = 300, 170  # of the plot, in units of the drawing
ROOM = 1.7  # times the largest number of mistakes that is decided for
STEPS = (1, 2, 5)  # times a power of ten, between ticks
MOST_TICKS = 5
LONGEST = 16  # letters of a class in the name of an axis


@dataclass(frozen=True)
class Line:
    """The curve of one arm.

    Attributes:
        verdict: of the strategy; of the baselines ``baseline``. mean: as a path; seeds: a path a
            model. point: where its decisions are, from the left and from above.
    """

    arm: str
    verdict: str
    mean: str
    seeds: tuple[str, ...]
    point: tuple[float, float]


@dataclass(frozen=True)
class Chart:
    """A drawing of several arms.

    Attributes:
        across, up: names of the axes. ticks_across, ticks_up: places in units of the drawing.
        equal: a path of all that costs as much as the baselines do at their cheapest; or nothing.
        text: what it shows, in words.
    """

    lines: tuple[Line, ...]
    across: str
    up: str
    ticks_across: tuple[Mark, ...]
    ticks_up: tuple[Mark, ...]
    equal: str
    text: str


@dataclass(frozen=True)
class Frame:
    """What all charts of a profile share: the curves, and what an error costs."""

    profile: ImpactProfile
    curves: ErrorCurves

    @property
    def weights(self) -> tuple[float, float] | None:
        """What a false alarm and a miss cost; alike without costs; None where misses differ."""
        costs = self.profile.costs
        if costs is None:
            return 1.0, 1.0
        kinds = price.kinds_of(costs, self.profile.classes, self.curves.good)
        return None if kinds is None else (kinds[1], kinds[0])

    def chart(self, arms: Sequence[ArmErrors], text: str) -> Chart:
        """Return a chart of some arms, the baselines first."""
        right, top = self._limits(arms)
        verdicts = {s.strategy: s.conclusion for s in self.profile.strategies}
        good = short(visible(self.curves.good), LONGEST)
        return Chart(
            lines=tuple(
                Line(
                    arm.arm,
                    verdicts.get(arm.arm, BASELINE),
                    self._path(mean_of(arm), right, top),
                    tuple(self._path(seed, right, top) for seed in arm.misses),
                    _place(arm.point[0] or 0.0, arm.point[1] or 0.0, right, top),
                )
                for arm in arms
            ),
            across=say(phrases.ERRORS["across"], good=good),
            up=say(phrases.ERRORS["up"], good=good),
            ticks_across=_ticks(right, WIDTH),
            ticks_up=tuple(Mark(HEIGHT - mark.place, mark.text) for mark in _ticks(top, HEIGHT)),
            equal=self._equal(arms[0], right, top),
            text=text,
        )

    def _limits(self, arms: Sequence[ArmErrors]) -> tuple[float, float]:
        """Return the ends of the axes: around all decisions, and where the baselines cost least."""
        most = max(seed[0] for arm in self.curves.arms for seed in arm.misses)
        ends = self.curves.false_alarms[-1] or 1.0, most or 1.0
        cheapest = self._cheapest(arms[0]) or (0.0, 0.0)
        around = [
            max(ROOM * max(arm.point[axis] or 0.0 for arm in arms), 1.1 * cheapest[axis])
            for axis in (0, 1)
        ]
        right, top = (max(a, 0.02 * end) for a, end in zip(around, ends, strict=True))
        return right, top

    def _cheapest(self, arm: ArmErrors) -> tuple[float, float] | None:
        """Return the false alarms and misses at which an arm costs least, in the mean."""
        if self.weights is None or not all(self.weights):
            return None
        pairs = zip(self.curves.false_alarms, mean_of(arm), strict=True)
        return min(pairs, key=self._cost)

    def _cost(self, pair: tuple[float, float]) -> float:
        return sum(w * x for w, x in zip(self.weights or (), pair, strict=True))

    def _path(self, misses: Iterable[float], right: float, top: float) -> str:
        places = [_place(x, y, right, top)
                  for x, y in zip(self.curves.false_alarms, misses, strict=True)]  # fmt: skip
        inside = sum(x <= WIDTH for x, _ in places) + 1  # and the first beyond
        return "M" + "L".join(f"{x:g} {y:g}" for x, y in places[:inside])

    def _equal(self, baselines: ArmErrors, right: float, top: float) -> str:
        cheapest = self._cheapest(baselines)
        if cheapest is None or self.weights is None:
            return ""
        (alarm, miss), least = self.weights, self._cost(cheapest)
        ends = [(0.0, least / miss), (least / alarm, 0.0)]
        (x, y), (z, w) = (_place(*end, right, top) for end in ends)
        return f"M{x:g} {y:g}L{z:g} {w:g}"

    def at(self, arm: ArmErrors, alarms: float) -> float:
        """Return what an arm misses, in the mean, where so many false alarms are allowed."""
        place = np.searchsorted(self.curves.false_alarms, alarms, side="right") - 1
        return float(mean_of(arm)[max(0, int(place))])


def mean_of(arm: ArmErrors) -> list[float]:
    """Return an arm's misses, mean over its models, for each number of false alarms."""
    return np.mean(arm.misses, axis=0).tolist()


def _place(x: float, y: float, right: float, top: float) -> tuple[float, float]:
    return round(WIDTH * x / right, 1), round(HEIGHT * (1 - y / top), 1)


def _ticks(end: float, length: float) -> tuple[Mark, ...]:
    power = 10 ** np.floor(np.log10(end))
    sizes = [step * power * scale for scale in (0.1, 1) for step in STEPS]
    size = next((size for size in sizes if end / size <= MOST_TICKS), end)
    values = np.arange(0, end + size / 1e6, size)
    return tuple(Mark(round(float(length * v / end), 1), f"{float(v):g}") for v in values)


def overview(profile: ImpactProfile) -> Chart | None:
    """Return the chart of all arms; None where there are no curves."""
    frame = _frame(profile)
    if frame is None:
        return None
    arms = {arm.arm: arm for arm in frame.curves.arms}
    names = [strategy.strategy for strategy in queries.ranked(profile)]
    others = [arms[name] for name in names if name in arms]
    return frame.chart([arms[BASELINE], *others], _text(frame, arms[BASELINE], others))


def charts(profile: ImpactProfile) -> dict[str, Chart]:
    """Return each strategy's chart, beside the baselines."""
    frame = _frame(profile)
    if frame is None:
        return {}
    arms = {arm.arm: arm for arm in frame.curves.arms}
    before = arms.pop(BASELINE)
    return {
        name: frame.chart([before, arm], _text(frame, before, [arm])) for name, arm in arms.items()
    }


def _frame(profile: ImpactProfile) -> Frame | None:
    curves = profile.errors
    if curves is None or all(arm.arm != BASELINE for arm in curves.arms):
        return None
    return Frame(profile, curves)


def _text(frame: Frame, before: ArmErrors, others: Sequence[ArmErrors]) -> str:
    alarms = before.point[0] or 0.0
    rows = [
        say(phrases.ERRORS["arm"], arm=visible(arm.arm), misses=amount(frame.at(arm, alarms)))
        for arm in others
    ]
    return say(
        phrases.ERRORS["at"],
        alarms=amount(alarms),
        misses=amount(frame.at(before, alarms)),
        rows=say(", ").join(rows),
    )


def legend(profile: ImpactProfile) -> str:
    """Return how to read the charts."""
    frame = _frame(profile)
    if frame is None:
        return ""
    line = "" if frame.weights is None else "costs" if profile.costs else "mistakes"
    mark = "cheaper" if profile.costs and profile.costs.fitted else "likeliest"
    parts = ("legend", mark, line)
    return sentences(*(say(phrases.ERRORS[part]) for part in parts if part))
