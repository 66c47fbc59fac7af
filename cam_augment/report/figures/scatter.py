"""Score against gain: does the gain go with the change of attention?"""

from cam_augment.records import ImpactProfile
from cam_augment.report import look, words
from cam_augment.report.figures import style
from cam_augment.report.figures.labels import spread_out
from cam_augment.report.language import say
from cam_augment.report.parts import Figure, figure


@figure("score", 1)
def score_against_gain(profile: ImpactProfile) -> Figure | None:
    """The primary score and the gain of every strategy, and every score's correlation."""
    dots = _dots(profile)
    if not dots:
        return None
    main = next((c for c in profile.correlations if c.primary), None)
    found = (
        say("Spearman's ρ = {rho}, {p}", rho=words.number(main.rho, 2), p=words.p_phrase(main.p))
        if main
        else ""
    )
    return Figure(
        name="score_against_gain",
        title=say("The change of attention against the gain"),
        caption=say(
            "Left: a mark is a strategy; across, how far it moves attention (excess shift E, "
            "{unit}); up, its gain in percentage points of accuracy; thin lines: intervals. "
            "{found}. Right: the rank correlation of every score with the gain, with its interval, "
            "the best predictor above; filled: the score that this plan fixed beforehand. An "
            "interval across 0 leaves open even the direction.",
            unit=words.metric_unit(profile.plan.primary),
            found=found,
        ),
        alt=say(
            "Scatter plot of excess shift against gain for {strategies} strategies. {found}.",
            strategies=len(dots),
            found=found,
        ),
        draw=lambda: _draw(profile, dots),
        phone=760,
    )


def _dots(profile: ImpactProfile) -> list[tuple]:
    found = look.effects(profile)
    dots = []
    for each in profile.strategies:
        shift = found.get((each.strategy, look.primary(profile)))
        gain = found.get((each.strategy, "gain"))
        if shift and gain and words.known(shift.estimate) and words.known(gain.estimate):
            dots.append((each, shift, gain))
    return dots


def _draw(profile: ImpactProfile, dots):
    scores = [c for c in look.scores(profile) if words.known(c.rho)]
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


def _scatter(axes, profile: ImpactProfile, dots) -> None:
    for each, shift, gain in dots:
        x, y = shift.estimate, gain.estimate * 100
        colour = style.COLOURS[each.verdict]
        thin = {"color": colour, "lw": 0.8, "alpha": 0.6, "zorder": 1}
        if words.known(shift.low) and words.known(shift.high):
            axes.plot([shift.low, shift.high], [y, y], **thin)
        if words.known(gain.low) and words.known(gain.high):
            axes.plot([x, x], [gain.low * 100, gain.high * 100], **thin)
        axes.plot(x, y, style.MARKERS[each.verdict], color=colour, ms=7, mec="white", mew=0.6)
    axes.axhline(0, color=style.INK, lw=0.7, zorder=0)
    axes.margins(0.1, 0.12)
    axes.set(
        xlabel=say(
            "excess shift E of attention ({unit})", unit=words.metric_unit(profile.plan.primary)
        ),
        ylabel=say("gain in accuracy (points)"),
    )
    axes.grid(color=style.RULE, lw=0.5)
    axes.set_axisbelow(True)
    spread_out(
        axes,
        [(shift.estimate, gain.estimate * 100) for _, shift, gain in dots],
        [words.short(each.strategy, 20) for each, *_ in dots],
    )


def _forest(axes, scores, labels) -> None:
    for row, each in enumerate(scores):
        if words.known(each.low) and words.known(each.high):
            axes.plot([each.low, each.high], [row, row], color=style.BLUE, lw=1.4)
        fill = style.BLUE if each.primary else "white"
        axes.plot(each.rho, row, "o", ms=6, mfc=fill, mec=style.BLUE, mew=1.3)
        text = words.p_phrase(each.p)
        axes.annotate(text, (1.04, row), xycoords=("axes fraction", "data"), va="center",
                      fontsize=7.5)  # fmt: skip
    axes.axvline(0, color=style.INK, lw=0.7, zorder=0)
    axes.set(xlim=(-1, 1), ylim=(len(scores) - 0.5, -0.5), xlabel=say("ρ with the gain"))
    axes.set_yticks(range(len(scores)), labels)
    axes.tick_params(axis="y", length=0)
    axes.grid(axis="x", color=style.RULE, lw=0.5)
    axes.set_axisbelow(True)
    axes.spines["left"].set_visible(False)
