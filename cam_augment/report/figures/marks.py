"""Marks of a forest's row: every model, the mean, and its interval."""

from collections.abc import Iterable
from typing import TYPE_CHECKING

from cam_augment.records import Effect
from cam_augment.report.figures import style
from cam_augment.report.words import is_known

if TYPE_CHECKING:
    from matplotlib.axes import Axes


def dots(axes: "Axes", row: int, values: Iterable[float]) -> None:
    """Draw a ring for each model."""
    places = list(values)
    axes.plot(places, [row] * len(places), "o", ms=2.8, mfc="none", mec=style.PALE, mew=0.6,
              zorder=3)  # fmt: skip


def summary(axes: "Axes", row: int, effect: Effect, verdict: str, scale: float = 1) -> None:
    """Draw the estimate, filled where it is beyond seed noise, and its interval.

    Args:
        scale: factor from the effect to the unit of the axis.
    """
    if not is_known(effect.estimate):
        return
    colour = style.COLOURS[verdict]
    if is_known(effect.low) and is_known(effect.high):
        ends = [effect.low * scale, effect.high * scale]
        axes.plot(ends, [row, row], color=colour, lw=1.5, zorder=2, solid_capstyle="butt")
    axes.plot(
        effect.estimate * scale, row, marker=style.MARKERS[verdict], ms=5.5, zorder=4, mew=1,
        mec=colour, mfc=colour if effect.beyond_noise else "white",
    )  # fmt: skip
