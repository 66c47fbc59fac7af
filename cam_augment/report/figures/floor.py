"""Attention against the floor of seed noise: C and W beside F."""

from typing import TYPE_CHECKING

from cam_augment.records import Effect, ImpactProfile, StrategyProfile
from cam_augment.report import queries, words
from cam_augment.report.figures import style
from cam_augment.report.language import say
from cam_augment.report.parts import Figure, figure

if TYPE_CHECKING:
    from matplotlib.axes import Axes

ROW = 0.32


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
            "excess shift E = 2C − F − W with its interval.",
            axis=_axis(profile),
            floor=words.number(floor),
            noise=queries.noise(profile),
        ),
        alt=_alt(profile),
        draw=lambda: _draw(profile, floor),
        phone=700,
    )


def _axis(profile: ImpactProfile) -> str:
    metric = profile.plan.primary
    return say(", ").join([words.metric_name(metric), words.metric_unit(metric)])


def _alt(profile: ImpactProfile) -> str:
    values = (
        f"{words.visible(s.strategy)} {words.number(_shift(profile, s).estimate)}"
        for s in profile.strategies
    )
    return say("Excess shift of attention by strategy: {values}.", values=say("; ").join(values))


def _shift(profile: ImpactProfile, strategy: StrategyProfile) -> Effect:
    return profile.effect(strategy.strategy, queries.primary(profile))


def _draw(profile: ImpactProfile, floor: float) -> style.Drawing:
    strategies = queries.ranked(profile)
    labels = [words.short(s.strategy) for s in strategies]
    margin, height = style.room_for(labels) + 0.1, ROW * len(strategies)
    drawing = style.canvas(margin + 7.3, height + 0.85)
    axes = style.place(drawing, margin, 0.5, 5.2, height)
    axes.axvline(floor, color=style.INK, lw=1)
    axes.annotate(say("F: {noise} alone", noise=queries.noise(profile)), (floor, 1), (0, 3),
                  xycoords=("data", "axes fraction"), textcoords="offset points", ha="center",
                  fontsize=8)  # fmt: skip
    for row, strategy in enumerate(strategies):
        _row(axes, row, strategy)
        _number(axes, row, _shift(profile, strategy))
    axes.set(
        ylim=(len(strategies) - 0.5, -0.5),
        xlabel=say("mean distance of maps ({axis})", axis=_axis(profile)),
    )
    style.frame_rows(axes, labels, width=0.5, grid="both")
    return drawing


def _row(axes: "Axes", row: int, strategy: StrategyProfile) -> None:
    colour = style.COLOURS[strategy.conclusion]
    if words.is_known(strategy.between) and words.is_known(strategy.within):
        axes.plot(
            [strategy.within, strategy.between], [row, row], color="#aaaaaa", lw=1.2, zorder=1
        )
    if words.is_known(strategy.within):
        axes.plot(strategy.within, row, "o", ms=6, mfc="white", mec=colour, mew=1.4)
    if words.is_known(strategy.between):
        marker = style.MARKERS[strategy.conclusion]
        axes.plot(strategy.between, row, marker=marker, ms=7.5, color=colour, mec="white", mew=0.5)


def _number(axes: "Axes", row: int, effect: Effect) -> None:
    if not words.is_known(effect.estimate):
        text = say("E not measured")
    else:
        sign = "●" if effect.beyond_noise else "○"
        ends = words.span(effect.low, effect.high, words.number)
        text = f"E {words.number(effect.estimate)} {ends} {sign}"
    axes.annotate(text, (1.03, row), xycoords=("axes fraction", "data"), va="center", fontsize=8)
