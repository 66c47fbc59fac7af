"""Gain in accuracy beside the cost saved, strategy by strategy."""

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from cam_augment.plan import BASELINE
from cam_augment.records import Effect, ImpactProfile
from cam_augment.report import phrases, price, queries, words
from cam_augment.report.figures import style
from cam_augment.report.figures.keys import verdict_keys
from cam_augment.report.figures.marks import summary
from cam_augment.report.figures.rows import Panel, row_panels
from cam_augment.report.figures.sizes import Size
from cam_augment.report.language import say
from cam_augment.report.parts import Figure, figure
from cam_augment.report.words import amount, is_known, points, span
from cam_augment.statistics.scoring import COST

if TYPE_CHECKING:
    from matplotlib.axes import Axes


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
        draw=partial(_draw, profile, names),
    )


def _most_saved_first(profile: ImpactProfile) -> list[str]:
    names = [strategy.strategy for strategy in profile.strategies]
    estimates = ((name, profile.effect(name, "gain_cost").estimate) for name in names)
    savings = {name: saving for name, saving in estimates if is_known(saving)}
    return sorted(savings, key=lambda name: -savings[name])


def _draw(profile: ImpactProfile, names: list[str], size: Size) -> style.Drawing:
    verdicts = queries.verdicts(profile)
    effects = {side: [profile.effect(name, side.question) for name in names] for side in SIDES}
    panels = [
        Panel(say(side.label), [[side.write(effect) for effect in effects[side]]]) for side in SIDES
    ]
    keys = verdict_keys(verdicts[name] for name in names)
    drawing, every_axes = row_panels(size, [*map(words.visible, names)], panels, keys)
    for axes, side in zip(every_axes, SIDES, strict=True):
        _band(axes, effects[side], side)
        for row, effect in enumerate(effects[side]):
            summary(axes, row, effect, verdicts[effect.strategy], side.scale)
    return drawing


def _band(axes: "Axes", effects: list[Effect], side: Side) -> None:
    noise = next((effect.noise for effect in effects if is_known(effect.noise)), None)
    if noise is not None:
        axes.axvspan(-noise * side.scale, noise * side.scale, color=style.BAND, lw=0, zorder=0)
    axes.axvline(0, color=style.INK, lw=0.8, zorder=1)
