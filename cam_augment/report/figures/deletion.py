"""Deletion and insertion, a pair of panels for each look: map, centre and random order."""

import math
from collections.abc import Iterable
from typing import TYPE_CHECKING

from cam_augment.records import Faithfulness, ImpactProfile, Removal
from cam_augment.report import queries, words
from cam_augment.report.figures import style
from cam_augment.report.language import say, sentences
from cam_augment.report.parts import Figure, figure

if TYPE_CHECKING:
    from matplotlib.axes import Axes

WIDTH, HEIGHT, GAP, ROW = {1: 3.1, 2: 2.15}, 1.25, (0.2, 0.45), 0.5  # by looks in a row

LINES = {
    "map": ("-", style.BLUE, "the map's highest cells first"),
    "centre": ("--", style.ORANGE, "cells nearest to the middle first"),
    "random": (":", style.INK, "cells in a random order"),
}


@figure("validity", 17)
def deletion_curves(profile: ImpactProfile) -> Figure | None:
    """How fast the class goes when its cells go, and comes when they come."""
    faithful = profile.faithful
    if not faithful:
        return None
    return Figure(
        name="deletion_curves",
        title=say("What is left when cells are covered, and what comes when they are shown"),
        caption=say(
            "Two panels beside each other are one look. Across: the share of the cells that are "
            "covered by the mean probe image (deletion) or shown on it (insertion). Up: the mean "
            "probability of the class that the map speaks for. Blue: the map's highest cells "
            "first; a good map falls fastest in deletion and rises fastest in insertion. Orange, "
            "dashed: the cells nearest to the middle first. Black, dotted: a random order. Line: "
            "mean over baselines; band: from the least to the greatest baseline."
        ),
        alt=sentences(say("Deletion and insertion."), *map(_sentence, faithful)),
        draw=lambda: _draw(faithful),
        phone=700,
    )


def _sentence(faithful: Faithfulness) -> str:
    def scores(test: Removal) -> str:
        parts = (f"{say(order)} {words.number(value)}" for order, value in test.score.items())
        return say(", ").join(parts)

    return say(
        "{look}: deletion {deletion}; insertion {insertion}.",
        look=words.visible(queries.of_map(faithful)),
        deletion=scores(faithful.deletion),
        insertion=scores(faithful.insertion),
    )


def _draw(faithful: tuple[Faithfulness, ...]) -> style.Drawing:
    across = min(2, len(faithful))
    down = math.ceil(len(faithful) / across)
    width, pair = WIDTH[across], 2 * WIDTH[across] + sum(GAP)
    drawing = style.canvas(0.55 + across * pair, down * (HEIGHT + ROW) + 0.45)
    for i, item in enumerate(faithful):
        bottom = 0.45 + (down - 1 - i // across) * (HEIGHT + ROW)
        for side, test in enumerate((item.deletion, item.insertion)):
            left = 0.55 + (i % across) * pair + side * (width + GAP[0])
            axes = style.place(drawing, left, bottom, width, HEIGHT)
            _panel(axes, test)
            _ticks(axes, side, first=left < 1, last=i + across >= len(faithful))
            if side == 0:
                name = words.short(queries.of_map(item), 34)
                axes.set_title(name, loc="left", pad=3, weight="bold")
    lines = (
        (left, line, colour, say(name))
        for left, (line, colour, name) in zip((0.55, 2.75, 5.15), LINES.values(), strict=True)
    )
    style.name_lines(drawing, lines)
    return drawing


def _panel(axes: "Axes", test: Removal) -> None:
    for order, (line, colour, _) in LINES.items():
        steps = len(test.curve[order]) - 1
        shares = [100 * step / steps for step in range(steps + 1)]
        low, high, mean = (_numbers(values[order]) for values in (test.low, test.high, test.curve))
        axes.fill_between(shares, low, high, color=colour, alpha=0.15, lw=0)
        axes.plot(shares, mean, line, color=colour, lw=1.4)
    axes.set(xlim=(0, 100), ylim=(0, 1))
    axes.grid(color=style.RULE, lw=0.4)
    axes.set_axisbelow(True)


def _numbers(values: Iterable[float | None]) -> list[float]:
    return [math.nan if value is None else value for value in values]


def _ticks(axes: "Axes", side: int, first: bool, last: bool) -> None:
    place, align = ((0.03, 0.88), "left") if side else ((0.97, 0.88), "right")
    axes.annotate(
        say("insertion" if side else "deletion"), place, xycoords="axes fraction", ha=align
    )
    axes.set_xticks(range(0, 101, 25))
    axes.set_yticks((0, 0.5, 1))
    axes.tick_params(length=2, labelsize=7, labelbottom=last, labelleft=side == 0)
    if last:
        label = say("cells shown, %" if side else "cells covered, %")
        axes.set_xlabel(label, fontsize=7.5, labelpad=1)
    if first:
        axes.set_ylabel(say("probability"), fontsize=7.5, labelpad=2)
