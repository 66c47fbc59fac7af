"""Deletion and insertion, a pair of panels for each look: map, centre and random order."""

import math
from collections.abc import Iterable
from functools import partial
from typing import TYPE_CHECKING

from cam_augment.records import Faithfulness, ImpactProfile, Removal
from cam_augment.report import queries, words
from cam_augment.report.figures import style
from cam_augment.report.figures.keys import KEY_LINE, Key, key_lines, write_keys
from cam_augment.report.figures.sizes import HEIGHT, SMALL, Size, fit
from cam_augment.report.language import say, sentences
from cam_augment.report.parts import Figure, figure

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.typing import LineStyleType

LEFT, EDGE, FOOT = 0.45, 0.12, 0.38  # inches beside and below the panels
GAP, BETWEEN = 0.24, 0.4  # between the panels of a look, between looks
HEIGHT_OF_ROW, PANEL = 1.6, 0.73  # inches of a row of looks, and the panels' share of it

LINES: "dict[str, tuple[LineStyleType, str, str]]" = {
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
        draw=partial(_draw, faithful),
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


def _draw(faithful: tuple[Faithfulness, ...], size: Size) -> style.Drawing:
    across = 1 if size.is_narrow else min(2, len(faithful))
    down = math.ceil(len(faithful) / across)
    keys = [Key(say(name), colour, line=line) for line, colour, name in LINES.values()]
    head = 0.4 + KEY_LINE * key_lines(keys, size.width)
    pair = (size.width - LEFT - EDGE + BETWEEN) / across
    width = (pair - BETWEEN - GAP) / 2
    row = min(HEIGHT_OF_ROW, (HEIGHT - head - FOOT) / down)
    drawing = style.canvas(size.width, head + down * row - (row - PANEL * row) + FOOT)
    for i, item in enumerate(faithful):
        bottom = FOOT + (down - 1 - i // across) * row
        left = LEFT + (i % across) * pair
        for side, test in enumerate((item.deletion, item.insertion)):
            axes = style.place(drawing, left + side * (width + GAP), bottom, width, PANEL * row)
            _panel(axes, test)
            _ticks(
                axes, side, first=i % across == 0 and side == 0, last=i + across >= len(faithful)
            )
            if side == 0:
                name = fit(words.visible(queries.of_map(item)), 2 * width, lines=1, bold=True)
                axes.annotate(name, (0, 1), (0, 15), xycoords="axes fraction",
                              textcoords="offset points", weight="bold")  # fmt: skip
    write_keys(drawing, keys)
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
    axes.set_title(say("insertion" if side else "deletion"), loc="right", pad=3)
    axes.set_xticks(range(0, 101, 50))
    axes.set_yticks((0, 0.5, 1))
    axes.tick_params(length=2, labelsize=SMALL, labelbottom=last, labelleft=side == 0)
    if last:
        label = say("cells shown, %" if side else "cells covered, %")
        axes.set_xlabel(label, labelpad=1)
    if first:
        axes.set_ylabel(say("probability"), labelpad=2)
