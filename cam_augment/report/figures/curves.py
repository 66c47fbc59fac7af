"""Learning curves, one small panel per arm, with the best epoch marked."""

import math
from typing import TYPE_CHECKING

from cam_augment.records import Curve, ImpactProfile
from cam_augment.report import words
from cam_augment.report.figures import style
from cam_augment.report.language import say, sentences
from cam_augment.report.parts import Figure, figure
from cam_augment.report.sentences import reading

if TYPE_CHECKING:
    from matplotlib.axes import Axes

ACROSS, PANEL, GAP = 4, (2.05, 0.85), (0.3, 0.12)

KINDS = (("loss", "validation_loss"), ("accuracy", "validation_accuracy"))


@figure("validity", 40)
def learning_curves(profile: ImpactProfile) -> Figure | None:
    """Loss and accuracy over the epochs."""
    curves = [curve for curve in profile.curves if curve.loss]
    if not curves:
        return None
    return Figure(
        name="learning_curves",
        title=say("Learning curves"),
        caption=say(
            "Two panels, one above the other, are one strategy, mean over its models: the loss "
            "(cross-entropy in nats, logarithmic scale) and the accuracy (%). Blue: validation "
            "images; orange, dashed: training images as augmented. The dotted line marks the best "
            "epoch (least validation loss). A validation loss that rises after it, while the "
            "training loss falls, is overfitting."
        ),
        alt=sentences(say("Learning curves."), *map(_sentence, curves)),
        draw=lambda: _draw(curves),
        phone=760,
    )


def _sentence(curve: Curve) -> str:
    return say(
        "{strategy}: best epoch {best}, {reading}.",
        strategy=words.visible(curve.strategy),
        best=curve.best_epoch,
        reading=reading(curve),
    )


def _draw(curves: list[Curve]) -> style.Drawing:
    down = math.ceil(len(curves) / ACROSS)
    block = 2 * PANEL[1] + GAP[1] + 0.62
    drawing = style.canvas(0.5 + ACROSS * (PANEL[0] + GAP[0]), down * block + 0.35)
    limits = [_limits(curves, names) for names in KINDS]
    for i, curve in enumerate(curves):
        left = 0.5 + (i % ACROSS) * (PANEL[0] + GAP[0])
        bottom = (down - 1 - i // ACROSS) * block + 0.45
        for kind in (0, 1):
            axes = style.place(drawing, left, bottom + (1 - kind) * (PANEL[1] + GAP[1]), *PANEL)
            _panel(axes, curve, kind, limits[kind])
            last = i + ACROSS >= len(curves)
            _ticks(axes, kind, first=i % ACROSS == 0, last=last)
    lines = (
        (0.5, "-", style.BLUE, say("validation images")),
        (2.2, "--", style.ORANGE, say("training images, as augmented")),
    )
    style.name_lines(drawing, lines)
    return drawing


def _limits(curves: list[Curve], names: tuple[str, str]) -> tuple[float, float]:
    values = [v for c in curves for name in names for v in getattr(c, name) if v > 0]
    if not values:
        return 0, 1
    if names[0] == "loss":
        return math.log10(max(min(values) * 0.8, 1e-4)), math.log10(max(values) * 1.25)
    ascending = sorted(values)
    return ascending[len(ascending) // 20] * 100 - 2, 101


def _panel(axes: "Axes", curve: Curve, kind: int, limits: tuple[float, float]) -> None:
    training, validation = (getattr(curve, name) for name in KINDS[kind])
    for values, colour, line in ((training, style.ORANGE, "--"), (validation, style.BLUE, "-")):
        heights = [100 * v if kind else math.log10(max(v, 1e-9)) for v in values]
        axes.plot(range(1, len(values) + 1), heights, line, color=colour, lw=1.2)
    axes.axvline(curve.best_epoch, color=style.PALE, lw=0.9, ls=":")
    axes.set_xlim(1, max(2, len(curve.loss)))
    if kind == 0:
        axes.set_title(words.short(curve.strategy), loc="left", pad=3, weight="bold")
        best = say("best epoch {best}", best=curve.best_epoch)
        axes.set_title(best, loc="right", fontsize=7, pad=3, color=style.PALE)
    axes.set_ylim(*limits)


def _ticks(axes: "Axes", kind: int, first: bool, last: bool) -> None:
    end = int(axes.get_xlim()[1])
    step = max(1, round(end / 3))
    axes.set_xticks([1, *range(step, end + 1, step)] if step > 1 else range(1, end + 1))
    if kind == 0:
        values = _round_values(*axes.get_ylim())
        axes.set_yticks([math.log10(value) for value in values], [f"{v:g}" for v in values])
    axes.tick_params(length=2, labelsize=7, labelbottom=kind == 1, labelleft=first)
    if kind == 1 and last:
        axes.set_xlabel(say("epoch"), fontsize=7.5, labelpad=1)
    if first:
        axes.set_ylabel(say("loss" if kind == 0 else "accuracy, %"), fontsize=7.5, labelpad=2)


def _round_values(low: float, high: float) -> list[float]:
    """Return round values between two powers of ten: about 2 to 5 of them.

    >>> _round_values(-1, 0.4), _round_values(-3, 1)
    ([0.1, 0.2, 0.5, 1.0, 2.0], [0.001, 0.01, 0.1, 1.0, 10.0])
    """
    decades = range(math.floor(low), math.ceil(high) + 1)
    steps = (1, 2, 5) if high - low < 1.7 else (1,)
    values = [float(f"{step}e{decade}") for decade in decades for step in steps]
    return [value for value in values if low <= math.log10(value) <= high]
