"""Reliability: are models as often right as they are sure? One small panel per strategy."""

import math
from typing import TYPE_CHECKING

from cam_augment.plan import BASELINE
from cam_augment.records import ImpactProfile
from cam_augment.records.reliability import ReliabilityCurve
from cam_augment.report import words
from cam_augment.report.figures import style
from cam_augment.report.language import say, sentences
from cam_augment.report.parts import Figure, figure

if TYPE_CHECKING:
    from matplotlib.axes import Axes

ACROSS, PANEL, GAP = 5, 1.5, 0.28


@figure("paper", 13)
def reliability(profile: ImpactProfile) -> Figure | None:
    """The reliability curve of every strategy beside the baselines'."""
    curves = {curve.arm: curve for curve in profile.reliability}
    baseline = curves.pop(BASELINE, None)
    if baseline is None or not curves:
        return None
    return Figure(
        name="reliability",
        title=say("Are models as often right as they are sure?"),
        caption=say(
            "A mark is one of 15 bins of equally many test images, mean over an arm's models: "
            "across, the mean probability of the predicted class (%); up, the share that is right "
            "(%). On the line, probabilities mean what they say; below it, models are too sure. "
            "Orange: the strategy; grey: the baselines. In the corner: the expected calibration "
            "error, in points."
        ),
        alt=sentences(say("Reliability curves."), *map(_sentence, [baseline, *curves.values()])),
        draw=lambda: _draw(baseline, list(curves.values())),
        phone=760,
    )


def _sentence(curve: ReliabilityCurve) -> str:
    error = words.points(curve.error, sign=False)
    arm = words.visible(curve.arm)
    return say("{strategy}: calibration error {error} points.", strategy=arm, error=error)


def _draw(baseline: ReliabilityCurve, curves: list[ReliabilityCurve]) -> style.Drawing:
    down, block = math.ceil(len(curves) / ACROSS), PANEL + 0.42
    drawing = style.canvas(0.55 + ACROSS * (PANEL + GAP), down * block + 0.3)
    least = _least([baseline, *curves])
    for place, curve in enumerate(curves):
        left = 0.5 + (place % ACROSS) * (PANEL + GAP)
        bottom = (down - 1 - place // ACROSS) * block + 0.4
        axes = style.place(drawing, left, bottom, PANEL, PANEL)
        _panel(axes, baseline, curve, least)
        axes.tick_params(labelleft=place % ACROSS == 0, length=2, labelsize=7)
        if place + ACROSS >= len(curves):
            axes.set_xlabel(say("confidence, %"), fontsize=7.5, labelpad=1)
        if place % ACROSS == 0:
            axes.set_ylabel(say("right, %"), fontsize=7.5, labelpad=2)
    return drawing


def _least(curves: list[ReliabilityCurve]) -> float:
    """Return where the axes begin, in percent."""
    values = [v for c in curves for v in (*c.confidence, *c.right) if words.is_known(v)]
    return 10 * math.floor(10 * min(values, default=0))


def _panel(axes: "Axes", baseline: ReliabilityCurve, curve: ReliabilityCurve, least: float) -> None:
    axes.plot([least, 100], [least, 100], color=style.PALE, lw=0.8, ls=":")
    for line, colour, width in ((baseline, "#888888", 1.0), (curve, style.ORANGE, 1.3)):
        points = [
            (100 * x, 100 * y)
            for x, y in zip(line.confidence, line.right, strict=True)
            if words.is_known(x) and words.is_known(y)
        ]
        axes.plot(*zip(*points, strict=True), "o-", color=colour, lw=width, ms=2.4)
    axes.set_title(words.short(curve.arm), loc="left", pad=3, weight="bold")
    error = words.points(curve.error, sign=False)
    axes.annotate(error, (0.96, 0.05), xycoords="axes fraction", ha="right", fontsize=7.5)
    axes.set(xlim=(least, 101), ylim=(least, 101))
