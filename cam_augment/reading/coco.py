"""COCO's JSON: images, categories and annotations, of which nothing is believed.

What an image's id means, and how a shape becomes pixels, is the caller's affair: one reader
finds pictures by their file names, another the images of a probe set by their index.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from cam_augment.base.errors import InputError
from cam_augment.reading.names import shown
from cam_augment.reading.runs import from_runs
from cam_augment.reading.shapes import box, points_of, size_of

Key = int | str


@dataclass(frozen=True)
class Runs:
    """A run-length mask as it is written, its size checked.

    Attributes:
        shape: rows and columns. counts: the runs, unchecked. where: for messages.
    """

    shape: tuple[int, int]
    counts: Any
    where: str

    def mask(self) -> np.ndarray:
        """Return the mask, bool [row, column].

        Raises:
            InputError: the runs do not make a mask of this size.
        """
        return from_runs(self.counts, self.shape, self.where)


@dataclass(frozen=True)
class Annotation:
    """What is marked in one image; its shape is checked when it is asked for.

    Attributes:
        where: for messages. image: id of an image of the file. table: as written.
    """

    where: str
    image: Key
    table: dict

    @property
    def shape(self) -> list[list[float]] | Runs:
        """Polygons, each x, y, x, y, ... in pixels (a box is one of them), or runs.

        Raises:
            InputError: it is none of these.
        """
        segmentation = self.table.get("segmentation")
        if isinstance(segmentation, dict):
            size = segmentation.get("size")
            rows, columns = size if isinstance(size, list) and len(size) == 2 else (None, None)
            shape = size_of(rows, columns, self.where)
            return Runs(shape, segmentation.get("counts"), self.where)
        if not segmentation:
            return [_box(self.table.get("bbox"), self.where)]
        if not isinstance(segmentation, list):
            raise InputError(f"{self.where}: 'segmentation' is no list")
        return [points_of(polygon, self.where) for polygon in segmentation]


class Coco:
    """A COCO file.

    Args:
        content: what the JSON holds. where: what messages call the file.

    Raises:
        InputError: ``images`` or ``annotations`` are no lists, or an image has no id.
    """

    def __init__(self, content: dict, where: str):
        self._content, self._where = content, where
        self.images: dict[Key, tuple[str, dict]] = {}
        for number, image in enumerate(self.listed("images"), 1):
            at, key = f"{where}: image {number}", _field(image, "id")
            if not _is_key(key):
                raise InputError(f"{at}: needs an 'id'; received {shown(repr(key), 40)}")
            self.images[key] = at, image

    def listed(self, name: str) -> list:
        """Return one of the file's lists."""
        value = self._content.get(name)
        if not isinstance(value, list):
            raise InputError(f"{self._where}: '{name}' is no list")
        return value

    @property
    def annotations(self) -> Iterator[Annotation]:
        """The annotations in their order, each checked when it comes."""
        for number, annotation in enumerate(self.listed("annotations"), 1):
            where, key = f"{self._where}: annotation {number}", _field(annotation, "image_id")
            if not _is_key(key) or key not in self.images:
                known = ", ".join(shown(repr(key), 20) for key in list(self.images)[:8])
                raise InputError(
                    f"{where}: its image_id {shown(repr(key), 40)} is no image's id; the file "
                    f"has {known or 'none'}"
                )
            yield Annotation(where, key, annotation)

    def category(self, annotation: Annotation) -> str:
        """Return the name of an annotation's category.

        Raises:
            InputError: the file has no categories, or none of this id.
        """
        key = annotation.table.get("category_id")
        if not _is_key(key) or key not in self._categories:
            raise InputError(
                f"{annotation.where}: its category_id {shown(repr(key), 40)} is no category's id"
            )
        return self._categories[key]

    @cached_property
    def _categories(self) -> dict[Key, str]:
        pairs = [(_field(each, "id"), _field(each, "name")) for each in self.listed("categories")]
        return {key: name for key, name in pairs if isinstance(key, Key) and isinstance(name, str)}


def _field(table: Any, name: str) -> Any:
    return table.get(name) if isinstance(table, dict) else None


def _is_key(value: Any) -> bool:
    return isinstance(value, Key) and not isinstance(value, bool)


def _box(corner: Any, where: str) -> list[float]:
    """Return a box's polygon."""
    if not isinstance(corner, list) or len(corner) != 4:
        raise InputError(
            f"{where}: received bbox {shown(repr(corner), 40)}; expected [x, y, width, height]"
        )
    x, y, wide, tall = points_of(corner, where, 2)
    return box(x, y, x + wide, y + tall)
