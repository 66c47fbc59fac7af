"""Score against gain: does the gain go with the change of attention?"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from cam_augment.records import Correlation, Effect, ImpactProfile, StrategyProfile
from cam_augment.report import queries, words
from cam_augment.report.figures import style
from cam_augment.report.figures.labels import spread_out
from cam_augment.report.language import say
from cam_augment.report.parts import Figure, figure

if TYPE_CHECKING:
    from matplotlib.axes import Axes


@dataclass(frozen=True)
class Dot:
    """One strategy: its shift across, its gain in points up, each with its interval."""

    strategy: StrategyProfile
    shift: float
    gain: float
    shift_ends: tuple[float, float] | None
    gain_ends: tuple[float, float] | None


@figure("paper", 30)
def score_against_gain(profile: ImpactProfile) -> Figure | None:
    """The primary score and the gain of every strategy, and every score's correlation."""
    dots = _dots(profile)
    if not dots:
        return None
    main = next((c for c in profile.correlations if c.primary), None)
    result = (
        say("Spearman's ρ = {rho}, {p}", rho=words.number(main.rho, 2), p=words.p_phrase(main.p))
        if main
        else ""
    )
    return Figure(
        name="score_against_gain",
        title=say("The change of attention against the gain"),
        caption=say(
            "Left: a mark is a strategy; across, how far it moves attention (excess shift E, "
            "{unit}); up, its gain in percentage points of {score}; thin lines: intervals. "
            "{found}. Right: the rank correlation of every score with the gain, with its interval, "
            "the best predictor above; filled: the score that this plan fixed beforehand. An "
            "interval across 0 leaves open even the direction.",
            unit=words.metric_unit(profile.plan.primary),
            score=queries.score(profile),
            found=result,
        ),
        alt=say(
            "Scatter plot of excess shift against gain for {strategies} strategies. {found}.",
            strategies=len(dots),
            found=result,
        ),
        draw=lambda: _draw(profile, dots),
        phone=760,
    )


def _dots(profile: ImpactProfile) -> list[Dot]:
    dots = []
    for strategy in profile.strategies:
        shift = profile.effect(strategy.strategy, queries.primary(profile))
        gain = profile.effect(strategy.strategy, "gain")
        if words.is_known(shift.estimate) and words.is_known(gain.estimate):
            ends = _ends(shift, 1), _ends(gain, 100)
            dots.append(Dot(strategy, shift.estimate, gain.estimate * 100, *ends))
    return dots


def _ends(effect: Effect, scale: float) -> tuple[float, float] | None:
    if not (words.is_known(effect.low) and words.is_known(effect.high)):
        return None
    return effect.low * scale, effect.high * scale


def _draw(profile: ImpactProfile, dots: Sequence[Dot]) -> style.Drawing:
    scores = [c for c in queries.scores(profile) if words.is_known(c.rho)]
    labels = [words.short(words.question(c.score).name, 44) for c in scores]
    room = style.room_for(labels) if labels else 0
    tall = max(3.2, 0.2 * len(scores) + 0.3, 0.12 * len(dots))
    drawing = style.canvas(5.1 + (room + 3.2 if scores else 0), tall + 0.7)
    axes = style.place(drawing, 0.65, 0.5, 4.3, tall)
    _scatter(axes, profile, dots)
    if scores:
        height = min(tall - 0.1, 0.3 * len(scores) + 0.3)
        right = style.place(drawing, 5.2 + room, tall + 0.5 - height, 2.3, height)
        _forest(right, scores, labels)
    return drawing


def _scatter(axes: "Axes", profile: ImpactProfile, dots: Sequence[Dot]) -> None:
    for dot in dots:
        x, y, verdict = dot.shift, dot.gain, dot.strategy.conclusion
        colour = style.COLOURS[verdict]
        if dot.shift_ends:
            axes.plot(dot.shift_ends, [y, y], color=colour, lw=0.8, alpha=0.6, zorder=1)
        if dot.gain_ends:
            axes.plot([x, x], dot.gain_ends, color=colour, lw=0.8, alpha=0.6, zorder=1)
        axes.plot(x, y, marker=style.MARKERS[verdict], color=colour, ms=7, mec="white", mew=0.6)
    axes.axhline(0, color=style.INK, lw=0.7, zorder=0)
    axes.margins(0.1, 0.12)
    axes.set(
        xlabel=say(
            "excess shift E of attention ({unit})", unit=words.metric_unit(profile.plan.primary)
        ),
        ylabel=say("gain (points)"),
    )
    axes.grid(color=style.RULE, lw=0.5)
    axes.set_axisbelow(True)
    spread_out(
        axes,
        [(dot.shift, dot.gain) for dot in dots],
        [words.short(dot.strategy.strategy, 20) for dot in dots],
    )


def _forest(axes: "Axes", scores: Sequence[Correlation], labels: Sequence[str]) -> None:
    for row, score in enumerate(scores):
        if words.is_known(score.low) and words.is_known(score.high):
            axes.plot([score.low, score.high], [row, row], color=style.BLUE, lw=1.4)
        fill = style.BLUE if score.primary else "white"
        if words.is_known(score.rho):
            axes.plot(score.rho, row, "o", ms=6, mfc=fill, mec=style.BLUE, mew=1.3)
        text = words.p_phrase(score.p)
        axes.annotate(text, (1.04, row), xycoords=("axes fraction", "data"), va="center",
                      fontsize=7.5)  # fmt: skip
    axes.axvline(0, color=style.INK, lw=0.7, zorder=0)
    axes.set(xlim=(-1, 1), ylim=(len(scores) - 0.5, -0.5), xlabel=say("ρ with the gain"))
    style.frame_rows(axes, labels, width=0.5)
