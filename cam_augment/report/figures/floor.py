"""Attention against the floor of seed noise: C and W beside F."""

from functools import partial
from typing import TYPE_CHECKING

from cam_augment.records import Effect, ImpactProfile, StrategyProfile
from cam_augment.report import naming, queries, words
from cam_augment.report.figures import style
from cam_augment.report.figures.keys import Key, verdict_keys
from cam_augment.report.figures.rows import Panel, row_panels
from cam_augment.report.figures.sizes import Size
from cam_augment.report.language import say
from cam_augment.report.parts import Figure, figure

if TYPE_CHECKING:
    from matplotlib.axes import Axes


@figure("attention", 1)
def attention_floor(profile: ImpactProfile) -> Figure | None:
    """How far maps lie from the baselines', beside what seeds alone do."""
    floor = queries.floor(profile)
    if floor is None:
        return None
    return Figure(
        name="attention_floor",
        title=say("How far attention moves, against seed noise"),
        caption=say(
            "Mean distance of two models' maps of one image ({axis}). Vertical line: F = {floor}, "
            "two baselines: what {noise} alone do. Filled mark: C, strategy against baseline. "
            "Ring: W, two models of the strategy; left of F, its seeds agree more. On the right: "
            "excess shift E = 2C − F − W with its interval; ●: beyond seed noise. Shape and "
            "colour: the verdict.",
            axis=_axis(profile),
            floor=words.number(floor),
            noise=queries.noise(profile),
        ),
        alt=_alt(profile),
        draw=partial(_draw, profile, floor),
    )


def _axis(profile: ImpactProfile) -> str:
    metric = profile.plan.primary
    return say(", ").join([naming.metric_name(metric), naming.metric_unit(metric)])


def _alt(profile: ImpactProfile) -> str:
    values = (
        f"{words.visible(s.strategy)} {words.number(_shift(profile, s).estimate)}"
        for s in profile.strategies
    )
    return say("Excess shift of attention by strategy: {values}.", values=say("; ").join(values))


def _shift(profile: ImpactProfile, strategy: StrategyProfile) -> Effect:
    return profile.effect(strategy.strategy, queries.primary(profile))


def _draw(profile: ImpactProfile, floor: float, size: Size) -> style.Drawing:
    strategies = queries.ranked(profile)
    shifts = [_shift(profile, strategy) for strategy in strategies]
    panel = Panel(
        say("mean distance of maps ({axis})", axis=_axis(profile)),
        [[*map(_text, shifts)], [words.number(shift.estimate) for shift in shifts]],
    )
    keys = [
        Key(say("F: {noise} alone", noise=queries.noise(profile)), style.INK, line="-"),
        Key(say("C: strategy and baseline"), style.INK, "o"),
        Key(say("W: two of the strategy"), style.INK, "o", is_filled=False),
        *verdict_keys(strategy.conclusion for strategy in strategies),
    ]
    names = [words.visible(strategy.strategy) for strategy in strategies]
    drawing, (axes,) = row_panels(size, names, [panel], keys)
    axes.axvline(floor, color=style.INK, lw=1)
    for row, strategy in enumerate(strategies):
        _row(axes, row, strategy)
    return drawing


def _row(axes: "Axes", row: int, strategy: StrategyProfile) -> None:
    colour = style.COLOURS[strategy.conclusion]
    if words.is_known(strategy.between) and words.is_known(strategy.within):
        axes.plot([strategy.within, strategy.between], [row, row], color="#aaaaaa", lw=1, zorder=1)
    if words.is_known(strategy.within):
        axes.plot(strategy.within, row, "o", ms=4.5, mfc="white", mec=colour, mew=1)
    if words.is_known(strategy.between):
        marker = style.MARKERS[strategy.conclusion]
        axes.plot(strategy.between, row, marker=marker, ms=5.5, color=colour, mec="white", mew=0.4)


def _text(effect: Effect) -> str:
    if not words.is_known(effect.estimate):
        return say("E not measured")
    sign = "●" if effect.beyond_noise else "○"
    ends = words.span(effect.low, effect.high, words.number)
    return f"E {words.number(effect.estimate)} {ends} {sign}"
