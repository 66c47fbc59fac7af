"""The classes of tiles: a tile of a picture with a defect may show it, a bit of it, or none."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from cam_augment.base.errors import InputError
from cam_augment.reading.names import shown
from cam_augment.reading.tiling import Tiling
from cam_augment.records import Notice
from cam_augment.records.tiles import Tiles


@dataclass(frozen=True)
class Cut:
    """One picture that was cut.

    Attributes:
        name: of the picture. label: its class, by its number. shape: its rows and columns.
        marked: pixels that are marked in each of its tiles.
    """

    name: str
    label: int
    shape: tuple[int, int]
    marked: tuple[int, ...]


def tiles_of(
    name: str, cuts: Sequence[Cut], classes: Sequence[str], tiling: Tiling
) -> tuple[Tiles, np.ndarray]:
    """Return the tiles of pictures, and the class of each tile, int64 [tile].

    A tile of a picture with a defect is of the picture's class where as many pixels are marked as
    ``tiling`` says, and of the good class where none is. Where some are, but fewer, and in pictures
    with a defect of which nothing is marked, no class is sure: such tiles have their picture's, and
    are not clear.

    Args:
        name: of the data set. classes: their names.

    Raises:
        InputError: no class, or more than one, is without marks; or no tile has enough of them.
    """
    counts = [np.array(cut.marked, np.int64) for cut in cuts]
    good = _good(name, cuts, classes)
    _check_marks(name, counts, tiling)
    picture = np.repeat(np.arange(len(cuts)), [len(count) for count in counts])
    marked = np.concatenate(counts)
    of_picture = np.array([cut.label for cut in cuts], np.int64)
    has_mark = np.array([count.any() for count in counts])[picture]
    picture_class = of_picture[picture]
    is_good = (picture_class == good) | (has_mark & (marked == 0))
    tiles = Tiles(
        picture=picture,
        corner=np.concatenate([tiling.corners(cut.shape) for cut in cuts]),
        clear=is_good | (marked >= tiling.marked),
        classes=of_picture,
        names=tuple(cut.name for cut in cuts),
        good=good,
    )
    return tiles, np.where(is_good, good, picture_class)


def _good(name: str, cuts: Sequence[Cut], classes: Sequence[str]) -> int:
    """Return the one class without marks, that of sound parts."""
    marked = {cut.label for cut in cuts if any(cut.marked)}
    without = [label for label in range(len(classes)) if label not in marked]
    if not marked or len(without) == 1:
        return without[0]
    which = " and ".join(f"'{shown(classes[label], 40)}'" for label in without) or "none"
    raise InputError(
        f"{name}: tiles: a tile without a mark is of the class of sound parts, the only one "
        f"without marks; here that is {which}, of {len(classes)} classes"
    )


def _check_marks(name: str, counts: Sequence[np.ndarray], tiling: Tiling) -> None:
    most = max(int(count.max(initial=0)) for count in counts)
    if most < tiling.marked:
        present = (
            f"the most in one tile are {most:,}" if most else "nothing is marked in any picture"
        )
        raise InputError(
            f"{name}: tiles: no tile has {tiling.marked:,} marked pixels; {present}: tiles take "
            "their classes from masks"
        )


def tile_notes(cuts: Sequence[Cut], tiles: Tiles) -> list[Notice]:
    """Return a note on pictures with a defect of which no mask says where it is."""
    mute = [cut.name for cut in cuts if cut.label != tiles.good and not any(cut.marked)]
    if not mute:
        return []
    return [Notice.of("tiles.unmarked", count=len(mute), names=mute[:3])]


def tile_summary(tiles: Tiles, labels: np.ndarray, tiling: Tiling) -> Notice:
    """Return how many tiles there are, and what they show.

    Args:
        labels: int [tile], the class of each tile.
    """
    return Notice.of(
        "tiles.cut",
        pictures=len(tiles.names),
        count=len(labels),
        size=tiling.size,
        stride=tiling.stride,
        enough=tiling.marked,
        marked=int((tiles.clear & (labels != tiles.good)).sum()),
        unclear=int((~tiles.clear).sum()),
    )
