"""Every model against every model: the distance matrix, and the models as points of a plane."""

import itertools
from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from cam_augment.plan import BASELINE
from cam_augment.records import ImpactProfile
from cam_augment.report import naming, queries, words
from cam_augment.report.figures import style
from cam_augment.report.figures.clouds import Arm, Plane, draw_clouds, plane_of
from cam_augment.report.figures.sizes import SMALL, TEXT, Size, fit, widest
from cam_augment.report.language import say
from cam_augment.report.parts import Figure, figure

if TYPE_CHECKING:
    from matplotlib.axes import Axes

GAP, BAR, LABEL = 0.1, 0.42, 0.122  # inches: between parts, of the scale, of a name's line
TITLE = 0.24  # inches above a panel


@figure("attention", 30)
def model_distances(profile: ImpactProfile) -> Figure | None:
    """The distance matrix of models, arm by arm, and a cloud for each arm."""
    if len(profile.models) < 2:
        return None
    floor = queries.floor(profile)
    distance = np.array(profile.distance, float)
    plane = plane_of(distance)
    matrix = say(
        "A cell compares two trained models: the mean distance of their maps of the same image "
        "({unit}; dark: alike). White lines part the strategies. The mark on the scale is the "
        "noise floor F: the mean of the square at the top left, baselines against baselines.",
        unit=naming.metric_unit(profile.plan.primary),
    )
    return Figure(
        name="model_distances",
        title=say("Every model against every model"),
        caption=f"{matrix}{say(' ')}{_of_plane(plane)}" if plane else matrix,
        alt=say(
            "Matrix of map distances between {models} models; noise floor {floor}.",
            models=len(profile.models),
            floor=words.number(floor),
        ),
        draw=partial(_draw, profile, distance, plane, floor),
    )


def _of_plane(plane: Plane) -> str:
    return say(
        "Below or beside it, a dot is a model, placed so that dots lie as far from each other as "
        "maps do (multidimensional scaling); a cloud is an arm, its number that of the matrix. "
        "Black: baselines; orange: attention moves beyond seed noise; grey: it does not. A plane "
        "holds distances only in part: stress {stress} (0: wholly; above 0.2: a sketch).",
        stress=f"{plane.stress:.2f}",
    )


def _arms(profile: ImpactProfile) -> list[Arm]:
    question, arms, start = queries.primary(profile), [], 0
    for number, (name, group) in enumerate(itertools.groupby(profile.models)):
        size = len(list(group))
        moves = name != BASELINE and profile.effect(name, question).beyond_noise
        arms.append(Arm(name, number, start, size, moves))
        start += size
    return arms


def _label(arm: Arm) -> str:
    name = say("baseline") if arm.name == BASELINE else words.visible(arm.name)
    return f"{name}  {arm.number}"


def _draw(
    profile: ImpactProfile,
    distance: np.ndarray,
    plane: Plane | None,
    floor: float | None,
    size: Size,
) -> style.Drawing:
    arms = _arms(profile)
    labels = [fit(_label(arm), 0.36 * size.width, lines=1) for arm in arms]
    left = widest(labels) + 0.1
    beside = plane is not None and not size.is_narrow
    room = size.width - left - GAP - BAR
    side = room * 0.56 if beside else room
    tall = max(side, LABEL * len(arms))
    below = side + TITLE if plane and size.is_narrow else 0.0
    drawing = style.canvas(size.width, TITLE + tall + 0.08 + below)
    up = below + 0.08
    axes = style.place(drawing, left, up, side, tall)
    bar = style.place(drawing, left + side + GAP, up + 0.15 * tall, 0.1, 0.7 * tall)
    _matrix(axes, bar, distance, floor)
    _name(axes, arms, labels)
    if plane:
        width = room - side - GAP - 0.05 if beside else size.width - 0.2
        place = (size.width - width - 0.05, up, width, tall) if beside else (0.1, 0.06, width, side)
        draw_clouds(style.place(drawing, *place), plane, arms)
    return drawing


def _matrix(axes: "Axes", bar: "Axes", distance: np.ndarray, floor: float | None) -> None:
    values = distance.copy()
    np.fill_diagonal(values, np.nan)
    low, high = np.nanpercentile(values, [1, 99]) if np.isfinite(values).any() else (0, 1)
    low, high = min(low, floor or low), max(high, floor or high)
    image = axes.imshow(values, cmap="viridis", vmin=low, vmax=high, interpolation="nearest",
                        aspect="auto")  # fmt: skip
    axes.set_facecolor("#eeeeee")
    axes.figure.colorbar(image, cax=bar).outline.set_visible(False)
    bar.tick_params(length=1.5, labelsize=SMALL, pad=1.5)
    bar.set_title(say("distance"), loc="left", pad=7, fontsize=SMALL)
    if floor is not None:
        bar.axhline(floor, color="white", lw=3)
        bar.axhline(floor, color=style.ORANGE, lw=1.6)
        bar.annotate("F", (0, floor), (-1.5, 0), textcoords="offset points", ha="right",
                     va="center", color="#a84300", weight="bold")  # fmt: skip


def _name(axes: "Axes", arms: Sequence[Arm], labels: Sequence[str]) -> None:
    """Part and name the arms, each with its models in a row."""
    for arm in arms[1:]:
        axes.axhline(arm.start - 0.5, color="white", lw=0.8)
        axes.axvline(arm.start - 0.5, color="white", lw=0.8)
    axes.set_yticks([arm.start + arm.size / 2 - 0.5 for arm in arms], labels, fontsize=TEXT)
    axes.set_xticks([])
    axes.tick_params(length=0)
    for spine in axes.spines.values():
        spine.set_visible(False)
