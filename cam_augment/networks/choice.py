"""Which layer of a network is looked at."""

from __future__ import annotations

from dataclasses import dataclass

from cam_augment.base.errors import InputError, nearest
from cam_augment.networks.anatomy import Anatomy, Output
from cam_augment.networks.wishes import number_from_end

LEAST = 4  # rows and columns below which a map says almost nothing
FEWEST = 2  # below which it says nothing


@dataclass(frozen=True)
class Place:
    """A layer to look at.

    Attributes:
        layer: its path. grid: rows and columns. output: what it gives, in the anatomy's graph.
        passed_over: a later layer that has too small a grid, if the rule passed one over.
    """

    layer: str
    grid: tuple[int, int]
    output: Output
    passed_over: Output | None = None


def place_of(anatomy: Anatomy, wish: str | None, subject: str) -> Place:
    """Return the layer that is wished for.

    Args:
        wish: a path, or a layer's name that is there once; ``last`` or None for the last layer
            with a grid of 4x4 or more that all paths to the outputs cross and that computes
            something (padding does not); ``-2`` for the one
            before. Where no such layer has 4x4 cells, those of 2x2 or more are counted.
        subject: the model's name in messages.

    Raises:
        InputError: there is no such layer, or its map would say nothing.
    """
    number = number_from_end(wish)
    if number is None:
        place = _named(anatomy, str(wish), subject)
    else:
        place = _counted(anatomy, number, subject)
    if anatomy.gradient(place.output) is None:
        raise InputError(
            f"cam_layer: '{place.layer}' of {subject} has no gradient: the outputs do not follow "
            f"from it smoothly.{_would_do(anatomy)}"
        )
    return place


def _counted(anatomy: Anatomy, number: int, subject: str) -> Place:
    if number >= 0:
        raise InputError(f"cam_layer: received {number}; layers are counted from the end: -1, -2")
    crossed = [output for output in anatomy.gridded if _would_be_chosen(anatomy, output)]
    usable = [output for output in crossed if min(output.grid) >= LEAST]
    usable = usable or [output for output in crossed if min(output.grid) >= FEWEST]
    if not usable:
        raise InputError(
            f"cam_layer: {subject} has no layer with a grid of 2x2 or more that all paths to its "
            f"outputs cross.{_would_do(anatomy)}"
        )
    if -number > len(usable):
        raise InputError(
            f"cam_layer: received {number}; {subject} has {len(usable)} layers to look at: "
            f"{_listed(usable)}"
        )
    chosen, last = usable[number], crossed[-1]
    over = last if number == -1 and last is not chosen else None
    return Place(chosen.path, chosen.grid, chosen, over)


def _would_be_chosen(anatomy: Anatomy, output: Output) -> bool:
    return anatomy.is_computed(output) and anatomy.is_learnt(output) and anatomy.is_crossed(output)


def _named(anatomy: Anatomy, wish: str, subject: str) -> Place:
    outputs = {call.path: call for call in anatomy.calls if call.has_grid}  # last calls
    path = _path(list(outputs), wish)
    if path is None:
        usable = [output.path for output in _usable(anatomy)]
        raise InputError(
            f"cam_layer: no layer '{wish}' with a grid.{nearest(wish, usable)}{_would_do(anatomy)}"
        )
    output = outputs[path]
    if min(output.grid) < FEWEST:
        raise InputError(
            f"cam_layer: '{path}' has a grid of {_size(output)}: a map of it says nothing."
            f"{_would_do(anatomy)}"
        )
    if not anatomy.is_between(output):
        raise InputError(
            f"cam_layer: '{path}' does not lie between the images and the outputs of {subject}."
            f"{_would_do(anatomy)}"
        )
    return Place(path, output.grid, output)


def _path(paths: list[str], wish: str) -> str | None:
    """Return the path that is meant: the very path, or the one that ends in the wish."""
    if wish in paths:
        return wish
    ends = [path for path in paths if path.endswith(f"/{wish}")]
    if len(ends) > 1:
        raise InputError(f"cam_layer: '{wish}' is {len(ends)} layers: {', '.join(ends[:5])}")
    return ends[0] if ends else None


def _usable(anatomy: Anatomy) -> list[Output]:
    return [output for output in anatomy.gridded if min(output.grid) >= FEWEST]


def _would_do(anatomy: Anatomy) -> str:
    return f" Layers that would do: {_listed(_usable(anatomy))}"


def _listed(outputs: list[Output]) -> str:
    return ", ".join(map(str, outputs[-5:])) or "none"


def _size(output: Output) -> str:
    return "x".join(map(str, output.grid))
