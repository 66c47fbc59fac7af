"""Models as dots of a plane, as far from each other as their maps; a cloud for each arm."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from cam_augment.plan import BASELINE
from cam_augment.report.figures import style
from cam_augment.report.figures.labels import spread_centred
from cam_augment.statistics.plane import scale_to_plane

if TYPE_CHECKING:
    from matplotlib.axes import Axes

MOVED = "#a84300"  # orange that is dark enough for text


@dataclass(frozen=True)
class Arm:
    """Some models in a row, from ``start``; its number names its cloud; whether attention moves."""

    name: str
    number: int
    start: int
    size: int
    moves: bool


@dataclass(frozen=True)
class Plane:
    """Places of the models, float64 [model, 2], and Kruskal's stress: 0 where nothing is lost."""

    places: np.ndarray
    stress: float


def plane_of(distance: np.ndarray) -> Plane | None:
    """Return models in a plane; None where a distance is missing, or with fewer than three.

    Args:
        distance: float [model, model]; its diagonal is not read.
    """
    values = (distance + distance.T) / 2
    np.fill_diagonal(values, 0)
    if len(values) < 3 or not np.isfinite(values).all() or not values.any():
        return None
    return Plane(*scale_to_plane(values))


def draw_clouds(axes: "Axes", plane: Plane, arms: Sequence[Arm]) -> None:
    """Draw every model as a dot and every arm as its hull, with its number at its centre."""
    box = axes.get_window_extent()
    if box.height > box.width:  # the longest extent along the longer side
        plane = Plane(plane.places[:, ::-1], plane.stress)
    for arm in arms:
        places = _places(plane, arm)
        colour, depth = _looks(arm)
        axes.plot(*places.T, "o", ms=2.2, color=colour, mew=0, zorder=3)
        axes.fill(*_hull(places).T, color=colour, alpha=depth, lw=0.6, zorder=2)
    axes.set_aspect("equal", adjustable="datalim")
    axes.margins(0.06)
    axes.set_xticks([])
    axes.set_yticks([])
    for spine in axes.spines.values():
        spine.set(visible=True, color=style.RULE)
    middles = [tuple(_places(plane, arm).mean(axis=0)) for arm in arms]
    colours = [MOVED if arm.moves else style.INK for arm in arms]
    spread_centred(axes, middles, [str(arm.number) for arm in arms], colours)


def _places(plane: Plane, arm: Arm) -> np.ndarray:
    return plane.places[arm.start : arm.start + arm.size]


def _looks(arm: Arm) -> tuple[str, float]:
    """Return an arm's colour, and how opaque its cloud is."""
    if arm.name == BASELINE:
        return style.INK, 0.1
    return (style.ORANGE, 0.2) if arm.moves else (style.PALE, 0.06)


def _hull(places: np.ndarray) -> np.ndarray:
    """Return the corners of the convex hull of some places; of fewer than three, these."""
    if len(places) < 3:
        return places
    from scipy.spatial import ConvexHull, QhullError

    try:
        return places[ConvexHull(places).vertices]
    except QhullError:  # all on one line
        return places
