"""Gains: every run, the mean, its interval, and the baselines' spread."""

import statistics
from functools import partial
from typing import TYPE_CHECKING

from cam_augment.plan import BASELINE
from cam_augment.records import Effect, ImpactProfile
from cam_augment.report import queries, words
from cam_augment.report.figures import style
from cam_augment.report.figures.keys import verdict_keys
from cam_augment.report.figures.marks import dots, summary
from cam_augment.report.figures.rows import Panel, row_panels
from cam_augment.report.figures.sizes import Size
from cam_augment.report.language import say
from cam_augment.report.parts import Figure, figure

if TYPE_CHECKING:
    from matplotlib.axes import Axes


@figure("verdicts", 2)
def gains(profile: ImpactProfile) -> Figure | None:
    """Every model's score against the baselines' mean."""
    mean = queries.mean(profile, profile.plan.gain)
    if mean is None:
        return None
    return Figure(
        name="gains",
        title=say("Gain, every model shown"),
        caption=say(
            "0 is the baselines' mean {score} ({mean}). A ring is one trained model; the mark is "
            "the strategy's mean, the line its {interval}; filled: beyond seed noise, hollow: "
            "within it. Shape and colour: the verdict. Grey band: the baselines' mean ± 1 "
            "standard deviation. Unit: percentage points. p: {test}, corrected over strategies.",
            score=queries.score(profile),
            mean=queries.score_value(profile, mean),
            interval=queries.interval(profile),
            test=queries.test(profile),
        ),
        alt=say("Gains in percentage points: {gains}.", gains=say("; ").join(_gains(profile))),
        draw=partial(_draw, profile),
        shown=False,
    )


def _gains(profile: ImpactProfile) -> list[str]:
    return [
        f"{words.visible(s.strategy)} {words.points(profile.effect(s.strategy, 'gain').estimate)}"
        for s in queries.ranked(profile)
    ]


def _draw(profile: ImpactProfile, size: Size) -> style.Drawing:
    strategies = [strategy.strategy for strategy in queries.ranked(profile)]
    verdicts = queries.verdicts(profile)
    effects = [profile.effect(name, "gain") for name in strategies]
    noise = say("seed noise ± {sd}", sd=f"{_spread(profile):.2f}")
    texts = [
        [
            *(f"{_numbers(effect)}  {words.p_phrase(effect.p_adjusted)}" for effect in effects),
            noise,
        ],
        [*map(_numbers, effects), noise],
        [*(words.points(effect.estimate) for effect in effects), ""],
    ]
    names = [*map(words.visible, strategies), say("baseline")]
    drawing, (axes,) = row_panels(
        size,
        names,
        [Panel(say("gain (percentage points)"), texts)],
        verdict_keys(verdicts.values()),
    )
    _band(axes, profile)
    for row, name in enumerate([*strategies, BASELINE]):
        dots(axes, row, [100 * gain for gain in queries.gains_of_runs(profile, name)])
    for row, effect in enumerate(effects):
        summary(axes, row, effect, verdicts[effect.strategy], 100)
    return drawing


def _spread(profile: ImpactProfile) -> float:
    values = queries.gains_of_runs(profile, BASELINE)
    return statistics.stdev(values) * 100 if len(values) > 1 else 0


def _numbers(effect: Effect) -> str:
    return f"{words.points(effect.estimate)} {words.span(effect.low, effect.high, words.points)}"


def _band(axes: "Axes", profile: ImpactProfile) -> None:
    sd = _spread(profile)
    axes.axvspan(-sd, sd, color=style.BAND, lw=0, zorder=0)
    axes.axvline(0, color=style.INK, lw=0.8, zorder=1)
