"""Loss on validation images at the best and at the last epoch: a pair of marks for each arm."""

import math
from collections.abc import Iterable
from functools import partial
from typing import TYPE_CHECKING

from cam_augment.plan import BASELINE
from cam_augment.records import Curve, ImpactProfile
from cam_augment.report import words
from cam_augment.report.figures import style
from cam_augment.report.figures.keys import Key
from cam_augment.report.figures.rows import Panel, row_panels
from cam_augment.report.figures.sizes import Size
from cam_augment.report.language import say, sentences
from cam_augment.report.parts import Figure, figure
from cam_augment.report.sentences import reading

if TYPE_CHECKING:
    from matplotlib.axes import Axes

LEAST = 1e-6  # nats: where a loss of 0 stands on the logarithmic axis


@figure("validity", 40)
def validation_losses(profile: ImpactProfile) -> Figure | None:
    """Loss at the best epoch and at the last, which rises where models overfit."""
    curves = [curve for curve in profile.curves if curve.validation_loss]
    if not curves:
        return None
    return Figure(
        name="validation_losses",
        title=say("Training past its best epoch"),
        caption=say(
            "Loss on the validation images (cross-entropy in nats, logarithmic axis), mean over an "
            "arm's models: filled mark, the best epoch (least loss); ring, the last one. The "
            "farther the ring stands to the right, the more models overfit. On the right: the best "
            "epoch of all."
        ),
        alt=sentences(say("Validation losses."), *map(_sentence, curves)),
        draw=partial(_draw, curves),
    )


def _sentence(curve: Curve) -> str:
    return say(
        "{strategy}: best epoch {best}, {reading}.",
        strategy=words.visible(curve.strategy),
        best=curve.best_epoch,
        reading=reading(curve),
    )


def _draw(curves: list[Curve], size: Size) -> style.Drawing:
    texts = [say("epoch {best} of {all}", best=c.best_epoch, all=len(c.loss)) for c in curves]
    short = [f"{c.best_epoch}/{len(c.loss)}" for c in curves]
    panel = Panel(say("loss on validation images (nats)"), [texts, short])
    keys = [
        Key(say("best epoch"), style.BLUE, "o"),
        Key(say("last epoch"), style.ORANGE, "o", is_filled=False),
    ]
    names = [
        say("baseline") if curve.strategy == BASELINE else words.visible(curve.strategy)
        for curve in curves
    ]
    drawing, (axes,) = row_panels(size, names, [panel], keys)
    pairs = [_best_and_last(curve) for curve in curves]
    for row, (best, last) in enumerate(pairs):
        axes.plot([best, last], [row, row], color="#aaaaaa", lw=1.2, zorder=1)
        axes.plot(last, row, "o", ms=6, mfc="white", mec=style.ORANGE, mew=1.1)
        axes.plot(best, row, "o", ms=3.2, color=style.BLUE)
    _scale(axes, [loss for pair in pairs for loss in pair])
    return drawing


def _best_and_last(curve: Curve) -> tuple[float, float]:
    losses = curve.validation_loss
    return max(losses[curve.best_epoch - 1], LEAST), max(losses[-1], LEAST)


def _scale(axes: "Axes", losses: list[float]) -> None:
    """Make the axis logarithmic, with a little room at either side."""
    from matplotlib.ticker import FixedLocator, NullLocator

    low, high = math.log10(min(losses)), math.log10(max(losses))
    edge = max(0.03, 0.06 * (high - low))
    axes.set_xscale("log")
    axes.set_xlim(10 ** (low - edge), 10 ** (high + edge))
    values = _round_values(low - edge, high + edge)
    axes.xaxis.set_major_locator(FixedLocator(values))
    axes.xaxis.set_minor_locator(NullLocator())
    axes.set_xticks(values, [f"{value:g}" for value in values])


def _round_values(low: float, high: float) -> list[float]:
    """Return some two to five round values between two powers of ten.

    >>> _round_values(-1, 0.4), _round_values(-3, 1), _round_values(-1.5, -1.2)
    ([0.1, 0.3, 1.0], [0.001, 0.01, 0.1, 1.0, 10.0], [0.04, 0.05, 0.06])
    """
    decades = range(math.floor(low), math.ceil(high) + 1)

    def inside(steps: Iterable[int]) -> list[float]:
        values = [float(f"{step}e{decade}") for decade in decades for step in steps]
        return [value for value in values if low <= math.log10(value) <= high]

    choices = map(inside, ((1,), (1, 3), (1, 2, 5), range(1, 10)))
    return next((values for values in choices if len(values) > 2), inside(range(1, 10)))
