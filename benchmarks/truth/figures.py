"""The figures: quantiles of p under no effect, and shortcuts against the truth."""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import numpy as np

from benchmarks.truth.alarms import Alarm
from benchmarks.truth.shortcut import KEPT, Condition
from cam_augment.report.figures import style

if TYPE_CHECKING:
    from matplotlib.figure import Figure

LINES = ("-", "--", ":", "-.")
TRUTHS = {
    "breaks": ("^", style.COLOURS["adopt"]),
    "keeps": ("o", style.INK),
    "deepens": ("v", style.COLOURS["avoid"]),
}


def quantiles(alarms: Sequence[Alarm], name: Callable[[str], str]) -> "Figure":
    """Return the sorted p of every question against what chance alone gives."""
    drawing = style.canvas(6.8, 3.8)
    axes = style.place(drawing, 0.6, 0.55, 2.9, 2.9)
    axes.plot([0, 1], [0, 1], color=style.RULE, lw=1)
    colours = (style.INK, style.BLUE, style.COLOURS["avoid"], style.COLOURS["adopt"])
    for place, alarm in enumerate(alarms):
        count = len(alarm.ps)
        expected = (np.arange(count) + 0.5) / count
        axes.step(
            expected, alarm.ps, where="mid", lw=1, color=colours[place % len(colours)],
            ls=LINES[(place // len(colours)) % len(LINES)], label=name(alarm.question),
        )  # fmt: skip
    axes.set(
        xlim=(0, 1), ylim=(0, 1), xlabel="expected quantile", ylabel="p",
        title="p of studies of nothing",
    )  # fmt: skip
    drawing.legend(*axes.get_legend_handles_labels(), loc="center left",
                   bbox_to_anchor=(3.65 / 6.8, 0.5), fontsize=7)  # fmt: skip
    return drawing


def order(rho: float | None, p: float | None) -> str:
    """Return how two orders agree.

    >>> order(0.8123, 0.0021), order(None, None)
    ('0.81 (p 0.002)', 'not defined')
    """
    return "not defined" if rho is None else f"{rho:.2f} (p {p:.3f})"


def shortcuts(conditions: Sequence[Condition]) -> "Figure":
    """Return what the study sees against what is true, a column per condition."""
    shown = list(conditions[0].arms[0].scores)
    drawing = style.canvas(0.7 + 1.9 * len(conditions), 0.65 + 1.75 * len(shown))
    for column, condition in enumerate(conditions):
        for row, score in enumerate(shown):
            bottom = 0.75 + 1.75 * (len(shown) - 1 - row)
            axes = style.place(drawing, 0.75 + 1.9 * column, bottom, 1.4, 1.15)
            axes.axhline(0, color=style.RULE, lw=0.8)
            axes.axvline(0, color=style.RULE, lw=0.8)
            for arm in condition.arms:
                mark, colour = TRUTHS[arm.truth]
                axes.plot(arm.scores[score], 100 * arm.causal[KEPT], mark, ms=4, color=colour)
            axes.set_title(f"{condition.name}\n{order(*condition.orders[score][KEPT])}", fontsize=7)
            axes.set_xlabel(score, fontsize=6)
            axes.tick_params(labelsize=6)
            if not column:
                axes.set_ylabel("kept without\nthe mark, points", fontsize=7)
    handles = [
        drawing.axes[0].plot([], [], mark, ms=4, color=colour, label=name)[0]
        for name, (mark, colour) in TRUTHS.items()
    ]
    drawing.legend(handles=handles, loc="lower right", ncols=len(handles), fontsize=7)
    return drawing
