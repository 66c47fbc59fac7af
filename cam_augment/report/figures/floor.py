"""Attention against the floor of seed noise: C and W beside F."""

from cam_augment.records import ImpactProfile
from cam_augment.report import look, words
from cam_augment.report.figures import style
from cam_augment.report.language import say
from cam_augment.report.parts import Figure, figure

ROW = 0.32


@figure("attention", 1)
def attention_floor(profile: ImpactProfile) -> Figure | None:
    """How far maps lie from the baselines', beside what seeds alone do."""
    floor = look.floor(profile)
    if floor is None:
        return None
    return Figure(
        name="attention_floor",
        title=say("How far attention moves, against seed noise"),
        caption=say(
            "Mean distance of two models' maps of one image ({axis}). Vertical line: F = {floor}, "
            "two baselines: what {noise} alone do. Filled mark: C, strategy against baseline. "
            "Ring: W, two models of the strategy; left of F, its seeds agree more. On the right: "
            "excess shift E = 2C − F − W, and p.",
            axis=_axis(profile),
            floor=words.number(floor),
            noise=look.noise(profile),
        ),
        alt=_alt(profile),
        draw=lambda: _draw(profile, floor),
        phone=700,
    )


def _axis(profile: ImpactProfile) -> str:
    metric = profile.plan.primary
    return say(", ").join([words.metric_name(metric), words.metric_unit(metric)])


def _alt(profile: ImpactProfile) -> str:
    found = look.effects(profile)
    values = (
        f"{words.visible(s.strategy)} {words.number(e.estimate)}"
        for s in profile.strategies
        if (e := found.get((s.strategy, look.primary(profile))))
    )
    return say("Excess shift of attention by strategy: {values}.", values=say("; ").join(values))


def _draw(profile: ImpactProfile, floor: float):
    found = look.effects(profile)

    def shift(each) -> float:
        effect = found.get((each.strategy, look.primary(profile)))
        return effect.estimate if effect and words.known(effect.estimate) else float("-inf")

    ordered = sorted(profile.strategies, key=shift)
    labels = [words.short(s.strategy) for s in ordered]
    left, height = style.room_for(labels) + 0.1, ROW * len(ordered)
    drawing = style.canvas(left + 7.3, height + 0.85)
    axes = style.place(drawing, left, 0.5, 5.2, height)
    axes.axvline(floor, color=style.INK, lw=1)
    axes.annotate(say("F: {noise} alone", noise=look.noise(profile)), (floor, 1), (0, 3),
                  xycoords=("data", "axes fraction"), textcoords="offset points", ha="center",
                  fontsize=8)  # fmt: skip
    for row, each in enumerate(ordered):
        _row(axes, row, each)
        _number(axes, profile, row, found.get((each.strategy, look.primary(profile))))
    axes.set(
        ylim=(len(ordered) - 0.5, -0.5),
        xlabel=say("mean distance of maps ({axis})", axis=_axis(profile)),
    )
    axes.set_yticks(range(len(ordered)), labels)
    axes.tick_params(axis="y", length=0)
    axes.grid(axis="both", color=style.RULE, lw=0.5)
    axes.set_axisbelow(True)
    axes.spines["left"].set_visible(False)
    return drawing


def _row(axes, row: int, each) -> None:
    colour = style.COLOURS[each.verdict]
    if words.known(each.between) and words.known(each.within):
        axes.plot([each.within, each.between], [row, row], color="#aaaaaa", lw=1.2, zorder=1)
    if words.known(each.within):
        axes.plot(each.within, row, "o", ms=6, mfc="white", mec=colour, mew=1.4)
    if words.known(each.between):
        marker = style.MARKERS[each.verdict]
        axes.plot(each.between, row, marker, ms=7.5, color=colour, mec="white", mew=0.5)


def _number(axes, profile: ImpactProfile, row: int, effect) -> None:
    if effect is None or not words.known(effect.estimate):
        text = say("E not measured")
    else:
        sign = "●" if look.beyond(effect) else "○"
        text = f"E {words.number(effect.estimate)} {sign}  {words.p_phrase(effect.p)}"
    axes.annotate(text, (1.03, row), xycoords=("axes fraction", "data"), va="center", fontsize=8)
