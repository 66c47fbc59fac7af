"""The figure: every ratio on a logarithmic axis with its range, labelled; aims as strokes."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from benchmarks.report import TITLES
from benchmarks.rows import FASTER, Row
from cam_augment.report.figures import style

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

WIDTH, ROW, HEAD, FOOT = 4.2, 0.22, 0.42, 0.45
AXES = {
    FASTER: "times faster than the other side",
    "forward passes": "forward passes of the same network",
    "times the training": "times as many images as the training takes",
    "exponent": "exponent of growth (1: linear)",
}
LINEAR = {"exponent"}


def drawn(rows: Sequence[Row]) -> dict[str, bytes]:
    """Return the figure as ``svg`` and ``pdf``."""
    return style.bytes_of(lambda: draw(rows))


def panels(rows: Sequence[Row]) -> list[list[Row]]:
    """Return the rows that are ratios, by part and unit, in order."""
    ratios = [row for row in rows if row.unit in AXES]
    kinds = dict.fromkeys((row.part, row.unit) for row in ratios)
    return [[row for row in ratios if (row.part, row.unit) == kind] for kind in kinds]


def draw(rows: Sequence[Row]) -> "Figure":
    """Return the drawing: one panel per part and unit, one line per row."""
    shown = panels(rows)
    heights = [ROW * len(panel) + HEAD + FOOT for panel in shown]
    left = max((style.room_for([_label(row) for row in panel]) for panel in shown), default=1)
    drawing = style.canvas(left + WIDTH + 1.5, sum(heights) + 0.1)
    top = sum(heights)
    for panel, height in zip(shown, heights, strict=True):
        axes = style.place(drawing, left, top - height + FOOT, WIDTH, ROW * len(panel))
        _panel(axes, panel)
        top -= height
    return drawing


def _label(row: Row) -> str:
    redundant = row.against in ("", "forward pass", "training", "size")
    return row.what if redundant else f"{row.what} / {row.against}"


def _panel(axes: "Axes", rows: Sequence[Row]) -> None:
    unit = rows[0].unit
    for place, row in enumerate(rows):
        colour = style.COLOURS["avoid"] if row.met is False else style.BLUE
        axes.plot([row.low, row.high], [place, place], color=colour, lw=1.4)
        axes.plot(row.value, place, "v" if row.met is False else "o", color=colour, ms=4.5)
        if row.aim:
            aim = float(row.aim.split()[1])
            axes.plot([aim, aim], [place - 0.4, place + 0.4], color=style.INK, lw=1.2)
        axes.annotate(
            _number(row), (1.02, place), xycoords=("axes fraction", "data"), va="center", fontsize=8
        )
    if unit not in LINEAR:
        _logarithmic(axes, rows)
    axes.axvline(1, color=style.PALE, lw=1, zorder=1)
    axes.set(ylim=(len(rows) - 0.5, -0.5), xlabel=AXES[unit])
    axes.set_yticks(range(len(rows)), [_label(row) for row in rows])
    axes.set_title(TITLES[rows[0].part], loc="left", fontweight="bold")
    axes.tick_params(axis="y", length=0)
    axes.grid(axis="x", color=style.RULE, lw=0.6)
    axes.set_axisbelow(True)
    axes.spines["left"].set_visible(False)


def _number(row: Row) -> str:
    low, value, high = (f"{v:.2f}" if abs(v) < 10 else f"{v:.0f}" for v in
                        (row.low, row.value, row.high))  # fmt: skip
    return f"{value}  ({low} to {high})"


def _logarithmic(axes: "Axes", rows: Sequence[Row]) -> None:
    from matplotlib.ticker import LogLocator, NullFormatter, StrMethodFormatter

    values = [1.0] + [v for row in rows for v in (row.low, row.high)]
    axes.set_xscale("log")
    axes.set_xlim(min(values) / 1.3, max(values) * 1.3)
    wide = max(values) / min(values) > 30
    axes.xaxis.set_major_locator(LogLocator(10, subs=(1.0,) if wide else (1, 2, 3, 5)))
    axes.xaxis.set_major_formatter(StrMethodFormatter("{x:g}"))
    axes.xaxis.set_minor_formatter(NullFormatter())
