"""Mean maps as small pictures: a pixel a cell, and what a strategy changes of them."""

from dataclasses import dataclass

import numpy as np

from cam_augment.plan import BASELINE
from cam_augment.records import ImpactProfile, MeanMap, Turned
from cam_augment.report import phrases, words
from cam_augment.report.figures.panels import colours_uri, signed_colours
from cam_augment.report.language import say

Key = tuple[str, str]  # arm and class


@dataclass(frozen=True)
class Picture:
    """The mean map of one class under one arm.

    Attributes:
        name: the class; empty: all images. map, difference: data URIs; of the baselines there
            is no difference. map_text, difference_text: what they show, in words.
    """

    name: str
    map: str
    map_text: str
    difference: str | None
    difference_text: str


Pictures = tuple[Picture, ...]


def pictures(profile: ImpactProfile) -> dict[str, Pictures]:
    """Return the pictures of every arm, all images first, then class by class.

    One scale holds for all images of all arms, and one for their classes.
    """
    maps = {(m.arm, m.name): np.asarray(m.cells) * np.size(m.cells) for m in profile.mean_maps}
    changes = {key: change for key in maps if (change := _change(maps, key)) is not None}
    scales = {of_all: _Scale.of(maps, changes, of_all) for of_all in (True, False)}
    shown: dict[str, list[Picture]] = {}
    for record in profile.mean_maps:
        key = (record.arm, record.name)
        picture = scales[not record.name].picture(record, maps[key], changes.get(key))
        shown.setdefault(record.arm, []).append(picture)
    return {arm: tuple(row) for arm, row in shown.items()}


def _change(maps: dict[Key, np.ndarray], key: Key) -> np.ndarray | None:
    """Return a mean map less that of the baselines; None for them, and on another grid."""
    arm, name = key
    reference = maps.get((BASELINE, name))
    if arm == BASELINE or reference is None or reference.shape != maps[key].shape:
        return None
    return maps[key] - reference


@dataclass(frozen=True)
class _Scale:
    """The ends of the colours, as multiples of an even share."""

    map: float
    difference: float

    @classmethod
    def of(
        cls, maps: dict[Key, np.ndarray], changes: dict[Key, np.ndarray], of_all: bool
    ) -> "_Scale":
        def most(arrays: dict[Key, np.ndarray], least: float) -> float:
            return max([least, *(float(np.abs(a).max()) for (_, n), a in arrays.items()
                                 if (not n) is of_all)])  # fmt: skip

        return cls(most(maps, 1.0), most(changes, 0.05))

    def picture(self, record: MeanMap, cells: np.ndarray, change: np.ndarray | None) -> Picture:
        fields = {"arm": words.visible(record.arm), "images": f"{record.images:,}"}
        if record.name:
            fields["name"] = words.visible(record.name)
        kind = "class" if record.name else "all"
        return Picture(
            words.visible(record.name),
            colours_uri(_attention(cells / self.map)),
            say(phrases.MEAN_MAPS[kind], **fields),
            None if change is None else colours_uri(signed_colours(change / self.difference)),
            say(phrases.MEAN_MAPS[f"{kind} difference"], limit=f"{self.difference:.2f}", **fields),
        )


def _attention(share: np.ndarray) -> np.ndarray:
    """Return attention of 0..1 as colours [row, column, 3], the brighter the more."""
    from matplotlib import colormaps

    return colormaps["inferno"](np.clip(share, 0, 1))[..., :3]


def turned_pictures(record: Turned) -> tuple[Picture, Picture]:
    """Return the maps of an image that a strategy turned: the baselines', and its own."""
    before, after = (np.asarray(cells) for cells in (record.baseline_map, record.map))
    most = max(before.max(), after.max()) or 1
    change = after - before
    largest = np.abs(change).max() or 1
    texts = {name: say(phrases.TURNED[name]) for name in ("baseline", "strategy", "difference")}
    return (
        Picture("", colours_uri(_attention(before / most)), texts["baseline"], None, ""),
        Picture("", colours_uri(_attention(after / most)), texts["strategy"],
                colours_uri(signed_colours(change / largest)), texts["difference"]),
    )  # fmt: skip
