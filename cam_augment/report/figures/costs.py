"""Gain in accuracy beside the cost saved, strategy by strategy."""

from dataclasses import dataclass

from cam_augment.plan import BASELINE
from cam_augment.records import Effect, ImpactProfile
from cam_augment.report import look, phrases, price, words
from cam_augment.report.figures import style
from cam_augment.report.language import say
from cam_augment.report.parts import Figure, figure
from cam_augment.report.words import amount, known, percent, points, span

ROW, WIDTH, TEXT = 0.34, 2.7, 1.75  # inches: a row, a panel, the numbers beside it


@dataclass(frozen=True)
class Side:
    """One of the two panels: its question, what is written below, its unit's factor."""

    question: str
    label: str
    scale: float

    def write(self, effect: Effect) -> str:
        """Return the effect with its interval."""
        three = effect.estimate, effect.low, effect.high
        write = points if self.question == "gain" else words.amounts(*three)
        ends = span(effect.low, effect.high, write, sign=True)
        return f"{write(effect.estimate, sign=True)} {ends}".strip()


SIDES = (
    Side("gain", phrases.SAVING_FIGURE["gain"], 100),
    Side("gain_cost", phrases.SAVING_FIGURE["saved"], 1),
)


@figure("gains", 3)
def gain_and_saving(profile: ImpactProfile) -> Figure | None:
    """What each strategy gains and what it saves, with intervals; only with costs."""
    names = _most_saved_first(profile)
    if profile.costs is None or not names:
        return None
    before = price.of_arm(profile).get(BASELINE)
    found = look.effects(profile)
    rows = [
        say(
            phrases.SAVING_FIGURE["row"],
            strategy=words.visible(name),
            gain=points(_estimate(found, name, "gain")),
            saved=amount(_estimate(found, name, "gain_cost"), True),
        )
        for name in names
    ]
    return Figure(
        name="gain_and_saving",
        title=say(phrases.SAVING_FIGURE["title"]),
        caption=say(
            phrases.SAVING_FIGURE["caption"],
            before=amount(price.paid(before)) if before else words.DASH,
            level=percent(1 - profile.plan.alpha, 0),
        ),
        alt=say(phrases.SAVING_FIGURE["alt"], rows=say("; ").join(rows)),
        draw=lambda: _draw(profile, names),
        phone=820,
    )


def _estimate(found: dict, name: str, question: str) -> float | None:
    effect = found.get((name, question))
    return effect.estimate if effect else None


def _most_saved_first(profile: ImpactProfile) -> list[str]:
    found = look.effects(profile)
    saved = {each.strategy: _estimate(found, each.strategy, "gain_cost")
             for each in profile.strategies}  # fmt: skip
    return sorted((name for name in saved if known(saved[name])), key=lambda name: -saved[name])


def _draw(profile: ImpactProfile, names: list[str]):
    labels = [words.short(name) for name in names]
    left, height = style.room_for(labels) + 0.1, ROW * len(names)
    drawing = style.canvas(left + 2 * (WIDTH + TEXT), height + 0.55)
    for place, side in enumerate(SIDES):
        axes = style.place(drawing, left + place * (WIDTH + TEXT), 0.5, WIDTH, height)
        _panel(axes, profile, names, side)
        axes.set_yticks(range(len(names)), labels if place == 0 else [""] * len(names))
    return drawing


def _panel(axes, profile: ImpactProfile, names: list[str], side: Side) -> None:
    found, verdicts = look.effects(profile), look.verdicts(profile)
    effects = [found.get((name, side.question)) for name in names]
    noise = [each.noise for each in effects if each and known(each.noise)]
    if noise:
        axes.axvspan(-noise[0] * side.scale, noise[0] * side.scale, color=style.BAND, lw=0)
    axes.axvline(0, color=style.INK, lw=0.8, zorder=1)
    for row, (name, effect) in enumerate(zip(names, effects, strict=True)):
        if effect and known(effect.estimate):
            _mark(axes, row, effect, verdicts[name], look.beyond(effect), side)
    axes.set(ylim=(len(names) - 0.4, -0.6), xlabel=say(side.label))
    axes.tick_params(axis="y", length=0)
    axes.grid(axis="x", color=style.RULE, lw=0.6)
    axes.set_axisbelow(True)
    axes.spines["left"].set_visible(False)


def _mark(axes, row: int, effect: Effect, verdict: str, beyond: bool, side: Side) -> None:
    colour = style.COLOURS[verdict]
    if known(effect.low) and known(effect.high):
        ends = [effect.low * side.scale, effect.high * side.scale]
        axes.plot(ends, [row, row], color=colour, lw=2, zorder=2)
    axes.plot(
        effect.estimate * side.scale, row, style.MARKERS[verdict], ms=7.5, zorder=4, mew=1.3,
        mec=colour, mfc=colour if beyond else "white",
    )  # fmt: skip
    axes.annotate(
        side.write(effect), (1.03, row),
        xycoords=("axes fraction", "data"), va="center", fontsize=7.8,
        weight="bold" if beyond else "normal",
    )  # fmt: skip
