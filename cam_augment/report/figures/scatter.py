"""Score against gain: does the gain go with the change of attention?"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from cam_augment.records import Correlation, Effect, ImpactProfile, StrategyProfile
from cam_augment.report import naming, queries, words
from cam_augment.report.figures import style
from cam_augment.report.figures.keys import KEY_LINE, Key, key_lines, verdict_keys, write_keys
from cam_augment.report.figures.labels import spread_out
from cam_augment.report.figures.sizes import SMALL, Size, fit, widest
from cam_augment.report.language import say, sentences
from cam_augment.report.parts import Figure, figure

if TYPE_CHECKING:
    from matplotlib.axes import Axes

LEFT, FOOT, EDGE, ROW = 0.42, 0.4, 0.12, 0.18  # inches: beside, below, right of panels; a score
LONGEST = 1.3  # inches of a name beside a dot
NAMED = {True: 5, False: 14}  # dots with names beside them, at most; of a narrow drawing first


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
        caption=_caption(profile, result),
        alt=say(
            "Scatter plot of excess shift against gain for {strategies} strategies. {found}.",
            strategies=len(dots),
            found=result,
        ),
        draw=partial(_draw, profile, dots),
    )


def _caption(profile: ImpactProfile, result: str) -> str:
    caption = say(
        "A mark of a strategy: across, how far it moves attention (excess shift E, {unit}); "
        "up, its gain in percentage points of {score}; thin lines: intervals. {found}. Beside "
        "or below: the rank correlation of every score with the gain, with its interval, the "
        "best predictor above; filled: the score that this plan fixed beforehand. An interval "
        "across 0 leaves open even the direction.",
        unit=naming.metric_unit(profile.plan.primary),
        score=queries.score(profile),
        found=result,
    )
    return sentences(caption, _of_stages(profile))


def _of_stages(profile: ImpactProfile) -> str:
    """Return what marks and correlations are of, where they need not be of the same models."""
    if not profile.plan.more_models:
        return ""
    return say(
        "Marks show effects as they stand, those that an earlier stage decided as it found them; "
        "correlations are of all models that there are in the end."
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


def _draw(profile: ImpactProfile, dots: Sequence[Dot], size: Size) -> style.Drawing:
    scores = [c for c in queries.scores(profile) if words.is_known(c.rho)]
    keys, names = _names(dots, size)
    head = 0.06 + KEY_LINE * key_lines(keys, size.width)
    beside = bool(scores) and not size.is_narrow
    wide = (0.52 * size.width if beside else size.width - EDGE) - LEFT
    tall = max(2.3, 0.7 * wide)
    rows = ROW * len(scores) + FOOT if scores else 0.0
    if beside:
        tall = max(tall, rows - FOOT)
    below = 0.0 if beside else rows
    drawing = style.canvas(size.width, head + tall + FOOT + below)
    write_keys(drawing, keys)
    axes = style.place(drawing, LEFT, below + FOOT, wide, tall)
    _scatter(axes, profile, dots, names)
    if scores:
        start = LEFT + wide + 0.15 if beside else 0.0
        top = below + FOOT + tall if beside else below
        _forest(drawing, scores, start, top, size.width - start)
    return drawing


def _names(dots: Sequence[Dot], size: Size) -> tuple[list[Key], list[str]]:
    """Return what is explained above the drawing, and a name for each dot.

    Where names would not find room beside their dots, these have numbers.
    """
    names = [words.visible(dot.strategy.strategy) for dot in dots]
    verdicts = [dot.strategy.conclusion for dot in dots]
    if len(dots) <= NAMED[size.is_narrow]:
        return verdict_keys(verdicts), [fit(name, LONGEST, SMALL, lines=1) for name in names]
    widest = size.width - 0.4
    keys = [
        Key(
            fit(f"{number} {name}", widest, lines=1), style.COLOURS[verdict], style.MARKERS[verdict]
        )
        for number, (name, verdict) in enumerate(zip(names, verdicts, strict=True), start=1)
    ]
    return keys, [str(number) for number in range(1, len(dots) + 1)]


def _scatter(
    axes: "Axes", profile: ImpactProfile, dots: Sequence[Dot], names: Sequence[str]
) -> None:
    for dot in dots:
        x, y, verdict = dot.shift, dot.gain, dot.strategy.conclusion
        colour = style.COLOURS[verdict]
        if dot.shift_ends:
            axes.plot(dot.shift_ends, [y, y], color=colour, lw=0.7, alpha=0.5, zorder=1)
        if dot.gain_ends:
            axes.plot([x, x], dot.gain_ends, color=colour, lw=0.7, alpha=0.5, zorder=1)
        axes.plot(x, y, marker=style.MARKERS[verdict], color=colour, ms=5.5, mec="white", mew=0.5)
    axes.axhline(0, color=style.INK, lw=0.7, zorder=0)
    axes.margins(0.1, 0.12)
    axes.locator_params(axis="x", nbins=6)
    axes.set(
        xlabel=say(
            "excess shift E of attention ({unit})", unit=naming.metric_unit(profile.plan.primary)
        ),
        ylabel=say("gain (points)"),
    )
    axes.grid(color=style.RULE, lw=0.5)
    axes.set_axisbelow(True)
    spread_out(axes, [(dot.shift, dot.gain) for dot in dots], names)


def _forest(
    drawing: style.Drawing, scores: Sequence[Correlation], left: float, top: float, room: float
) -> None:
    """Draw the correlation of every score with the gain, from ``top`` downwards, in inches."""
    texts = [words.p_phrase(score.p) for score in scores]
    beside = widest(texts, SMALL) + 0.07
    names = [fit(naming.question(c.score).name, 0.6 * room, SMALL, lines=1) for c in scores]
    before = widest(names, SMALL) + 0.1
    height = ROW * len(scores)
    axes = style.place(drawing, left + before, top - height, room - before - beside - 0.02, height)
    for row, (score, text) in enumerate(zip(scores, texts, strict=True)):
        if words.is_known(score.low) and words.is_known(score.high):
            axes.plot([score.low, score.high], [row, row], color=style.BLUE, lw=1.2)
        fill = style.BLUE if score.primary else "white"
        if words.is_known(score.rho):
            axes.plot(score.rho, row, "o", ms=4.5, mfc=fill, mec=style.BLUE, mew=1)
        axes.annotate(text, (1, row), (5, 0), xycoords=("axes fraction", "data"),
                      textcoords="offset points", va="center", fontsize=SMALL)  # fmt: skip
    axes.axvline(0, color=style.INK, lw=0.7, zorder=0)
    axes.set(xlim=(-1, 1), ylim=(len(scores) - 0.5, -0.5))
    axes.set_xlabel(say("ρ with the gain"), labelpad=2)
    style.frame_rows(axes, names, width=0.5)
    axes.tick_params(axis="y", labelsize=SMALL)
    axes.set_xticks([-1, 0, 1], [f"{words.MINUS}1", "0", "1"])
