"""Gain in accuracy beside the cost saved, strategy by strategy."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from cam_augment.plan import BASELINE
from cam_augment.records import Effect, ImpactProfile
from cam_augment.report import phrases, price, queries, words
from cam_augment.report.figures import style
from cam_augment.report.language import say
from cam_augment.report.parts import Figure, figure
from cam_augment.report.words import amount, is_known, points, span
from cam_augment.statistics.scoring import COST

if TYPE_CHECKING:
    from matplotlib.axes import Axes

ROW, WIDTH, TEXT = 0.34, 2.7, 1.75  # inches: a row, a panel, the numbers beside it


@dataclass(frozen=True)
class Side:
    """One of the two panels.

    Attributes:
        question: key of the effect. label: of the axis. scale: factor to its unit.
    """

    question: str
    label: str
    scale: float

    def write(self, effect: Effect) -> str:
        """Return the effect with its interval."""
        numbers = effect.estimate, effect.low, effect.high
        write = points if self.question == "gain" else words.amounts(*numbers)
        ends = span(effect.low, effect.high, write, sign=True)
        return f"{write(effect.estimate, sign=True)} {ends}".strip()


SIDES = (
    Side("gain", phrases.SAVING_FIGURE["gain"], 100),
    Side("gain_cost", phrases.SAVING_FIGURE["saved"], 1),
)


@figure("paper", 11)
def gain_and_saving(profile: ImpactProfile) -> Figure | None:
    """What each strategy gains and what it saves, with intervals; only with costs."""
    names = _most_saved_first(profile)
    if profile.costs is None or profile.plan.gain == COST or not names:
        return None
    before = price.of_arm(profile).get(BASELINE)
    rows = [
        say(
            phrases.SAVING_FIGURE["row"],
            strategy=words.visible(name),
            gain=points(profile.effect(name, "gain").estimate),
            saved=amount(profile.effect(name, "gain_cost").estimate, True),
        )
        for name in names
    ]
    return Figure(
        name="gain_and_saving",
        title=say(phrases.SAVING_FIGURE["title"]),
        caption=say(
            phrases.SAVING_FIGURE["caption"],
            before=amount(before.judged("cost")) if before else words.DASH,
            score=queries.score(profile),
            interval=queries.interval(profile),
        ),
        alt=say(phrases.SAVING_FIGURE["alt"], rows=say("; ").join(rows)),
        draw=lambda: _draw(profile, names),
        phone=820,
    )


def _most_saved_first(profile: ImpactProfile) -> list[str]:
    names = [strategy.strategy for strategy in profile.strategies]
    estimates = ((name, profile.effect(name, "gain_cost").estimate) for name in names)
    savings = {name: saving for name, saving in estimates if is_known(saving)}
    return sorted(savings, key=lambda name: -savings[name])


def _draw(profile: ImpactProfile, names: list[str]) -> style.Drawing:
    labels = [words.short(name) for name in names]
    margin, height = style.room_for(labels) + 0.1, ROW * len(names)
    drawing = style.canvas(margin + 2 * (WIDTH + TEXT), height + 0.55)
    for place, side in enumerate(SIDES):
        axes = style.place(drawing, margin + place * (WIDTH + TEXT), 0.5, WIDTH, height)
        _panel(axes, profile, names, side)
        style.frame_rows(axes, labels if place == 0 else [""] * len(names))
    return drawing


def _panel(axes: "Axes", profile: ImpactProfile, names: list[str], side: Side) -> None:
    verdicts = queries.verdicts(profile)
    effects = [profile.effect(name, side.question) for name in names]
    noise = next((effect.noise for effect in effects if is_known(effect.noise)), None)
    if noise is not None:
        axes.axvspan(-noise * side.scale, noise * side.scale, color=style.BAND, lw=0)
    axes.axvline(0, color=style.INK, lw=0.8, zorder=1)
    for row, (name, effect) in enumerate(zip(names, effects, strict=True)):
        _mark(axes, row, effect, verdicts[name], side)
    axes.set(ylim=(len(names) - 0.4, -0.6), xlabel=say(side.label))


def _mark(axes: "Axes", row: int, effect: Effect, verdict: str, side: Side) -> None:
    if not is_known(effect.estimate):
        return
    colour, beyond = style.COLOURS[verdict], effect.beyond_noise
    if is_known(effect.low) and is_known(effect.high):
        ends = [effect.low * side.scale, effect.high * side.scale]
        axes.plot(ends, [row, row], color=colour, lw=2, zorder=2)
    axes.plot(
        effect.estimate * side.scale, row, marker=style.MARKERS[verdict], ms=7.5, zorder=4, mew=1.3,
        mec=colour, mfc=colour if beyond else "white",
    )  # fmt: skip
    axes.annotate(
        side.write(effect), (1.03, row),
        xycoords=("axes fraction", "data"), va="center", fontsize=7.8,
        weight="bold" if beyond else "normal",
    )  # fmt: skip
