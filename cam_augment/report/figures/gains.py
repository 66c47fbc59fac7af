"""Gains: every run, the mean, its interval, and the baselines' spread."""

import statistics
from typing import TYPE_CHECKING

from cam_augment.plan import BASELINE
from cam_augment.records import Effect, ImpactProfile
from cam_augment.report import queries, words
from cam_augment.report.figures import style
from cam_augment.report.language import say
from cam_augment.report.parts import Figure, figure

if TYPE_CHECKING:
    from matplotlib.axes import Axes

ROW = 0.34


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
            "0 is the baselines' mean {score} ({mean}). A small dot is one trained model; the "
            "large mark is the strategy's mean, the line its {interval}. The grey band is "
            "seed noise: the baselines' mean ± 1 standard deviation. Unit: percentage points. p: "
            "{test}, corrected over strategies.",
            score=queries.score(profile),
            mean=queries.score_value(profile, mean),
            interval=queries.interval(profile),
            test=queries.test(profile),
        ),
        alt=say("Gains in percentage points: {gains}.", gains=say("; ").join(_gains(profile))),
        draw=lambda: _draw(profile),
        phone=700,
        shown=False,
    )


def _gains(profile: ImpactProfile) -> list[str]:
    return [
        f"{words.visible(s.strategy)} {words.points(profile.effect(s.strategy, 'gain').estimate)}"
        for s in queries.ranked(profile)
    ]


def _draw(profile: ImpactProfile) -> style.Drawing:
    strategies = [strategy.strategy for strategy in queries.ranked(profile)]
    names = [*strategies, BASELINE]
    labels = [words.short(name) for name in names]
    margin, height = style.room_for(labels) + 0.1, ROW * len(names)
    drawing = style.canvas(margin + 7.5, height + 0.55)
    axes = style.place(drawing, margin, 0.5, 5.0, height)
    _band(axes, profile)
    for row, name in enumerate(names):
        verdict = queries.verdicts(profile).get(name, BASELINE)
        values = [100 * gain for gain in queries.gains_of_runs(profile, name)]
        axes.plot(
            values, [row] * len(values), "o", ms=3.6, mfc="white", mec=style.COLOURS[verdict],
            mew=0.9, zorder=3,
        )  # fmt: skip
        _summary(axes, profile.effect(name, "gain"), row, verdict)
    axes.set(ylim=(len(names) - 0.4, -0.6), xlabel=say("gain (percentage points)"))
    style.frame_rows(axes, labels)
    return drawing


def _band(axes: "Axes", profile: ImpactProfile) -> None:
    values = queries.gains_of_runs(profile, BASELINE)
    sd = statistics.stdev(values) * 100 if len(values) > 1 else 0
    axes.axvspan(-sd, sd, color=style.BAND, lw=0, zorder=0)
    axes.axvline(0, color=style.INK, lw=0.8, zorder=1)
    axes.annotate(
        say("seed noise ± {sd}", sd=f"{sd:.2f}"), (1.02, len(profile.strategies)),
        xycoords=("axes fraction", "data"), va="center", fontsize=8, color=style.PALE,
    )  # fmt: skip


def _summary(axes: "Axes", effect: Effect, row: int, verdict: str) -> None:
    if not words.is_known(effect.estimate):
        return
    colour = style.COLOURS[verdict]
    if words.is_known(effect.low) and words.is_known(effect.high):
        axes.plot([effect.low * 100, effect.high * 100], [row, row], color=colour, lw=2, zorder=2)
    axes.plot(effect.estimate * 100, row, marker=style.MARKERS[verdict], color=colour, ms=8,
              zorder=4, mec="white", mew=0.6)  # fmt: skip
    text = f"{words.points(effect.estimate)} {words.span(effect.low, effect.high, words.points)}"
    p = words.p_phrase(effect.p_adjusted)
    axes.annotate(
        f"{text}  {p}", (1.02, row), xycoords=("axes fraction", "data"),
        va="center", fontsize=8,
    )  # fmt: skip
