"""Reliability: are models as often right as they are sure? One small panel per strategy."""

import math
from functools import partial
from typing import TYPE_CHECKING

from cam_augment.plan import BASELINE
from cam_augment.records import ImpactProfile
from cam_augment.records.reliability import ReliabilityCurve
from cam_augment.report import words
from cam_augment.report.figures import style
from cam_augment.report.figures.sizes import HEIGHT, SMALL, Size, fit
from cam_augment.report.language import say, sentences
from cam_augment.report.parts import Figure, figure

if TYPE_CHECKING:
    from matplotlib.axes import Axes

NARROWEST, MOST = 1.05, 1.5  # inches of a panel with its gap at least, of a panel at most
LEFT, GAP, EDGE, FOOT, LINE = 0.45, 0.22, 0.14, 0.36, 0.12


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
        draw=partial(_draw, baseline, list(curves.values())),
    )


def _sentence(curve: ReliabilityCurve) -> str:
    error = words.points(curve.error, sign=False)
    arm = words.visible(curve.arm)
    return say("{strategy}: calibration error {error} points.", strategy=arm, error=error)


def _draw(baseline: ReliabilityCurve, curves: list[ReliabilityCurve], size: Size) -> style.Drawing:
    most = max(1, int(size.width / NARROWEST))
    across = min(len(curves), max(most - 1, math.ceil(math.sqrt(len(curves)))), most)
    down = math.ceil(len(curves) / across)
    width = (size.width - LEFT - EDGE + GAP) / across - GAP
    names = [fit(words.visible(c.arm), width, bold=True) for c in curves]
    title = 0.08 + LINE * (1 + max(name.count("\n") for name in names))
    height = min(width, MOST, (HEIGHT - FOOT) / down - title)
    drawing = style.canvas(size.width, FOOT + down * (height + title))
    least = _least([baseline, *curves])
    for place, (curve, name) in enumerate(zip(curves, names, strict=True)):
        left = LEFT + (place % across) * (width + GAP)
        bottom = FOOT + (down - 1 - place // across) * (height + title)
        axes = style.place(drawing, left, bottom, width, height)
        _panel(axes, baseline, curve, least)
        axes.set_title(name, loc="left", pad=3, weight="bold")
        axes.tick_params(labelleft=place % across == 0, length=2, labelsize=SMALL)
        axes.tick_params(labelbottom=place + across >= len(curves))
        if place % across == 0:
            axes.set_ylabel(say("right, %"), labelpad=2)
    drawing.text(0.5, 0.05 / (FOOT + down * (height + title)), say("confidence, %"), ha="center")
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
    error = words.points(curve.error, sign=False)
    axes.annotate(error, (0.96, 0.05), xycoords="axes fraction", ha="right", fontsize=SMALL)
    axes.set(xlim=(least, 101), ylim=(least, 101))
