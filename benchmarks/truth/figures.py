"""Two figures: quantiles of p under no effect, and how often effects of each size are found."""

from collections.abc import Callable, Sequence

import numpy as np

from benchmarks.truth.alarms import Alarm
from benchmarks.truth.repeat import Found
from cam_augment.report.figures import style

LINES = ("-", "--", ":", "-.")
MARKS = ("o", "s", "^", "D")


def quantiles(found: Sequence[Alarm], name: Callable[[str], str]):
    """Return the sorted p of every question against what chance alone gives."""
    drawing = style.canvas(6.8, 3.8)
    axes = style.place(drawing, 0.6, 0.55, 2.9, 2.9)
    axes.plot([0, 1], [0, 1], color=style.RULE, lw=1)
    colours = (style.INK, style.BLUE, style.COLOURS["avoid"], style.COLOURS["adopt"])
    for place, alarm in enumerate(found):
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


def power(found: Sequence[Found], name: Callable[[str], str]):
    """Return the share of studies that found an effect, over its size, by question."""
    questions = list(dict.fromkeys(f.question for f in found))
    drawing = style.canvas(0.2 + 3.2 * len(questions), 2.9)
    sizes = sorted({f.seeds for f in found})
    for place, question in enumerate(questions):
        axes = style.place(drawing, 0.6 + 3.2 * place, 0.55, 2.4, 1.95)
        for mark, seeds in zip(MARKS, sizes, strict=False):
            asked = sorted(
                (f for f in found if (f.question, f.seeds) == (question, seeds)),
                key=lambda f: abs(f.effect),
            )
            axes.plot(
                [abs(f.effect) for f in asked], [f.share for f in asked], marker=mark, ms=4,
                lw=0.8, label=f"{seeds} seeds",
                color=(style.BLUE, style.COLOURS["avoid"], style.INK)[sizes.index(seeds) % 3],
            )  # fmt: skip
        axes.set(ylim=(-0.05, 1.05), xlabel=f"size: {name(question)}", ylabel="share found")
        axes.legend(fontsize=7, loc="lower right")
    return drawing
