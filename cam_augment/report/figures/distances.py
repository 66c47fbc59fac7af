"""Every model against every model: the distance matrix and the noise floor."""

import itertools
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from cam_augment.plan import BASELINE
from cam_augment.records import ImpactProfile
from cam_augment.report import queries, words
from cam_augment.report.figures import style
from cam_augment.report.language import say
from cam_augment.report.parts import Figure, figure

if TYPE_CHECKING:
    from matplotlib.axes import Axes


@figure("attention", 30)
def model_distances(profile: ImpactProfile) -> Figure | None:
    """The distance matrix of models, arm by arm."""
    if len(profile.models) < 2:
        return None
    floor = queries.floor(profile)
    return Figure(
        name="model_distances",
        title=say("Every model against every model"),
        caption=say(
            "A cell compares two trained models: the mean distance of their maps of the same image "
            "({unit}; dark: alike). White lines part the strategies. The mark on the colour bar is "
            "the noise floor F: the mean of the square at the top left, baselines against "
            "baselines.",
            unit=words.metric_unit(profile.plan.primary),
        ),
        alt=say(
            "Matrix of map distances between {models} models; noise floor {floor}.",
            models=len(profile.models),
            floor=words.number(floor),
        ),
        draw=lambda: _draw(profile, floor),
        phone=560,
    )


def _draw(profile: ImpactProfile, floor: float | None) -> style.Drawing:
    values = np.array(profile.distance, float)
    np.fill_diagonal(values, np.nan)
    arms = [(arm, len(list(group))) for arm, group in itertools.groupby(profile.models)]
    labels = [words.short(BASELINE if arm == BASELINE else arm) for arm, _ in arms]
    margin, side = style.room_for(labels), 5.2
    drawing = style.canvas(margin + side + 1.15, side + margin * 0.75 + 0.15)
    axes = style.place(drawing, margin, 0.08, side, side)
    low, high = np.nanpercentile(values, [1, 99]) if np.isfinite(values).any() else (0, 1)
    low, high = min(low, floor or low), max(high, floor or high)
    image = axes.imshow(values, cmap="viridis", vmin=low, vmax=high, interpolation="nearest")
    axes.set_facecolor("#eeeeee")
    _arms(axes, arms, labels)
    bar = drawing.colorbar(
        image, cax=style.place(drawing, margin + side + 0.15, 0.6, 0.17, side - 1.2)
    )
    bar.outline.set_visible(False)
    bar.ax.set_title(say("distance"), fontsize=8, loc="left", pad=6)
    if floor is not None:
        bar.ax.axhline(floor, color="white", lw=3)
        bar.ax.axhline(floor, color=style.ORANGE, lw=1.6)
        bar.ax.annotate("F", (0, floor), (-3, 0), textcoords="offset points", ha="right",
                        va="center", color="#a84300", weight="bold")  # fmt: skip
    return drawing


def _arms(axes: "Axes", arms: Sequence[tuple[str, int]], labels: Sequence[str]) -> None:
    """Part and name the arms; each has so many models in a row."""
    ends = np.cumsum([size for _, size in arms]) - 0.5
    middles = [end - size / 2 for end, (_, size) in zip(ends, arms, strict=True)]
    for end in ends[:-1]:
        axes.axhline(end, color="white", lw=1)
        axes.axvline(end, color="white", lw=1)
    axes.xaxis.tick_top()
    axes.set_yticks(middles, labels)
    axes.set_xticks(middles, labels, rotation=45, ha="left", rotation_mode="anchor")
    axes.tick_params(length=0, labelsize=min(8, 340 / len(arms)))
    for spine in axes.spines.values():
        spine.set_visible(False)
