"""Regions that a person drew on probe images: a COCO file in, masks out.

The page's gallery writes such a file; any other tool that writes COCO polygons or boxes can.
Of a file that somebody hands in nothing is believed: sizes are bounded, every number checked.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from cam_augment.base.errors import InputError, nearest
from cam_augment.reading.files import read_json
from cam_augment.reading.shapes import is_place, rasterise
from cam_augment.records import DataSet

REGION, PRODUCT = "region", "product"
MOST_BYTES = 16 * 2**20
MOST_ANNOTATIONS = 10_000
MOST_CORNERS = 10_000
OUTSIDE = 1.0  # pixels beyond the border that a hand may slip; they are cut off


def mark(data: DataSet, path: str | Path | None) -> DataSet:
    """Return ``data`` with what a file draws on the probe set; without a file, as it is.

    Annotations of the category ``region`` replace the masks; those of ``product`` outline the
    product. A file that has only one of the two leaves the other as the data have it.

    Raises:
        InputError: as ``read_regions``, which gets the data's own fingerprint.
    """
    if path is None:
        return data
    shape = data.probe.images.shape[:3]
    found = _read(path, shape, data.fingerprint, (REGION, PRODUCT))
    return data.marked(found.get(REGION), found.get(PRODUCT))


def read_regions(
    path: str | Path,
    count: int,
    rows: int,
    columns: int,
    fingerprint: str | None = None,
    category: str = REGION,
) -> np.ndarray:
    """Return the masks that a COCO file draws: bool [image, row, column].

    A pixel belongs to a region where its centre lies in it: even-odd within a polygon, the
    union of the polygons and annotations of one image. An annotation without a polygon is its
    box. Images without a region get an empty mask.

    Args:
        path: JSON of ``images``, ``categories`` and ``annotations``; an image's id is its
            index in the probe set, coordinates are in pixels from its top left corner.
        count, rows, columns: of the probe set.
        fingerprint: of the data. A file whose ``info.data_fingerprint`` is another is refused;
            one without is believed.
        category: name of the annotations that count; the others are checked and left out.

    Raises:
        InputError: no such file, no COCO, other data, an unknown image, coordinates that are
            no place in the image, or nothing marked.
    """
    return _read(path, (count, rows, columns), fingerprint, (category,))[category]


def _read(
    path: str | Path,
    shape: tuple[int, int, int],
    fingerprint: str | None,
    categories: tuple[str, ...],
) -> dict[str, np.ndarray]:
    """Return the masks of those of ``categories`` that the file has, one of them at least."""
    file = _File(Path(path), *shape)
    content = file.load()
    file.check_data(content, fingerprint)
    named, images = file.categories(content), file.images(content)
    masks: dict[str, np.ndarray] = {}
    found = set()
    for place, annotation in enumerate(file.listed(content, "annotations")):
        where = f"annotation {place + 1}"
        file.check(isinstance(annotation, dict), f"{where} is no table")
        image, kind = annotation.get("image_id"), annotation.get("category_id")
        file.check(
            _whole(image) and image in images,
            f"{where}: received image_id {_shown(image)}; the file's images are {_few(images)}",
        )
        file.check(
            _whole(kind) and kind in named, f"{where}: received category_id {_shown(kind)}, unknown"
        )
        inside = file.drawn(annotation, where)
        found.add(named[kind])
        if named[kind] in categories:
            masks.setdefault(named[kind], np.zeros(shape, bool))[image] |= inside
    file.check(found, "no annotation: nothing is marked")
    wanted = "' or '".join(categories)
    file.check(
        masks,
        f"no annotation of category '{wanted}'.{nearest(categories[0], found)} "
        f"The file has: {_few(found)}",
    )
    return masks


class _File:
    """One file and the probe set that it must fit; every complaint names the file."""

    def __init__(self, path: Path, count: int, rows: int, columns: int):
        self.path = path
        self.count, self.rows, self.columns = count, rows, columns

    def check(self, sound: Any, complaint: str) -> None:
        if not sound:
            raise InputError(f"{self.path.name}: {complaint}")

    def load(self) -> dict:
        content = read_json(self.path, MOST_BYTES, self.path.name)
        self.check(isinstance(content, dict), "no COCO file: expected a table at the top")
        return content

    def listed(self, content: Mapping, name: str) -> list:
        value = content.get(name)
        self.check(isinstance(value, list), f"no COCO file: '{name}' must be a list")
        self.check(
            len(value) <= MOST_ANNOTATIONS, f"{name}: {len(value):,}; at most {MOST_ANNOTATIONS:,}"
        )
        return value

    def check_data(self, content: Mapping, fingerprint: str | None) -> None:
        info = content.get("info") or {}
        self.check(isinstance(info, dict), "'info' must be a table")
        theirs = info.get("data_fingerprint")
        self.check(
            None in (theirs, fingerprint) or theirs == fingerprint,
            f"drawn on other data: received fingerprint {_shown(theirs)}; this is {fingerprint}",
        )

    def categories(self, content: Mapping) -> dict[int, str]:
        named = {}
        for each in self.listed(content, "categories"):
            sound = isinstance(each, dict) and _whole(each.get("id"))
            self.check(sound and isinstance(each.get("name"), str), "a category has no id or name")
            named[each["id"]] = each["name"]
        return named

    def images(self, content: Mapping) -> set[int]:
        known = set()
        for each in self.listed(content, "images"):
            number = each.get("id") if isinstance(each, dict) else None
            self.check(
                _whole(number) and number < self.count,
                f"received image id {_shown(number)}; probe images are 0 to {self.count - 1}",
            )
            size = each.get("width", self.columns), each.get("height", self.rows)
            self.check(
                size == (self.columns, self.rows),
                f"image {number}: received {_shown(size[0])} x {_shown(size[1])} pixels; the "
                f"probe images are {self.columns} x {self.rows}",
            )
            known.add(number)
        return known

    def drawn(self, annotation: Mapping, where: str) -> np.ndarray:
        """Return the pixels [row, column] of one annotation, at least one."""
        rings = annotation.get("segmentation") or [self.box(annotation.get("bbox"), where)]
        self.check(isinstance(rings, list), f"{where}: run lengths are not read; save polygons")
        inside = np.zeros((self.rows, self.columns), bool)
        for ring in rings:
            inside |= rasterise(self.ring(ring, where), self.rows, self.columns)
        self.check(inside.any(), f"{where}: covers the centre of no pixel")
        return inside

    def box(self, box: Any, where: str) -> list[float]:
        sound = isinstance(box, list) and len(box) == 4 and all(map(is_place, box))
        self.check(
            sound and box[2] > 0 and box[3] > 0,
            f"{where}: received bbox {_shown(box)}; expected [x, y, width, height]",
        )
        x, y, width, height = box
        return [x, y, x + width, y, x + width, y + height, x, y + height]

    def ring(self, ring: Any, where: str) -> np.ndarray:
        sound = isinstance(ring, list) and len(ring) >= 6 and len(ring) % 2 == 0
        self.check(
            sound and len(ring) <= 2 * MOST_CORNERS,
            f"{where}: a polygon is [x, y, x, y, ...] of 3 to {MOST_CORNERS:,} corners",
        )
        strange = next((value for value in ring if not is_place(value)), None)
        self.check(all(map(is_place, ring)), f"{where}: received coordinate {_shown(strange)}")
        corners = np.array(ring, float).reshape(-1, 2)
        limits = np.array([self.columns, self.rows]) + OUTSIDE
        far = corners[((corners < -OUTSIDE) | (corners > limits)).any(axis=1)]
        place = f"({far[0][0]:g}, {far[0][1]:g})" if len(far) else ""
        self.check(
            not len(far),
            f"{where}: received {place}, outside of {self.columns} x {self.rows} pixels",
        )
        return corners


def _whole(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0


def _shown(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 40 else f"{text[:39]}…"


def _few(names) -> str:
    names = sorted(names)
    return ", ".join(map(str, names[:8])) + (", …" if len(names) > 8 else "") or "none"
