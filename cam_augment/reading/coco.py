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
_IDENTITY = ("file_name", "height", "width")  # in which entries of one image agree


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
        shape = self.unchecked
        return shape if isinstance(shape, Runs) else [self.polygon(ring) for ring in shape]

    def polygon(self, ring: Any) -> list[float]:
        """Return one of the polygons of ``unchecked``.

        Raises:
            InputError: it is none.
        """
        return points_of(ring, f"{self.where}: segmentation")

    @property
    def unchecked(self) -> list | Runs:
        """What should be polygons, or runs. Empty polygons are left out; with none it is the box.

        Raises:
            InputError: there is neither outline nor box, or the runs are of no possible size.
        """
        segmentation = self.table.get("segmentation")
        if isinstance(segmentation, dict):
            size = segmentation.get("size")
            rows, columns = size if isinstance(size, list) and len(size) == 2 else (0, 0)
            shape = size_of(rows, columns, self.where) or (0, 0)
            return Runs(shape, segmentation.get("counts"), self.where)
        if segmentation and not isinstance(segmentation, list):
            raise InputError(f"{self.where}: 'segmentation' is not a list")
        if segmentation and not any(isinstance(ring, list) for ring in segmentation):
            return [segmentation]  # one polygon by itself
        rings = [ring for ring in segmentation or () if ring != []]
        return rings or [_box(self.table.get("bbox"), self.where)]


class Coco:
    """A COCO file.

    Args:
        content: what the JSON holds. where: what messages call the file.

    Attributes:
        images: by id, each with what messages call it.
        flaws: images that nothing can be said of, since they have no id, a line each.

    Raises:
        InputError: ``images`` or ``annotations`` are no lists, two images of one id differ in
            name or size, or two categories of an id that is used differ in name.
    """

    def __init__(self, content: dict, where: str):
        self._content, self._where = content, where
        self.images: dict[Key, tuple[str, dict]] = {}
        self.flaws: list[str] = []
        for number, image in enumerate(self.listed("images"), 1):
            self._add_image(f"{where}: image {number}", image)
        if content.get("categories") is not None:
            self._check_categories()

    def _add_image(self, at: str, image: Any) -> None:
        received = _field(image, "id")
        key = _key(received)
        if key is None:
            self.flaws.append(f"{at}: needs an 'id'; received {shown(repr(received), 40)}")
            return
        former, first = self.images.setdefault(key, (at, image))
        for name in _IDENTITY:
            one, other = first.get(name), image.get(name)
            if one is not None and other is not None and one != other:
                raise InputError(
                    f"{at}: its id {shown(repr(key), 40)} is that of another: {former}; their "
                    f"{name}: {shown(repr(other), 60)} and {shown(repr(one), 60)}"
                )
        known = {name: value for name, value in first.items() if value is not None}
        self.images[key] = (former, {**image, **known})

    def _check_categories(self) -> None:
        """Raise InputError where two categories have one id: the class of a shape is not known."""
        uses: dict[Key | None, int] = {}
        for number, table in enumerate(self.listed("annotations"), 1):
            uses.setdefault(_key(_field(table, "category_id")), number)
        names: dict[Key, tuple[int, Any]] = {}
        for number, table in enumerate(self.listed("categories"), 1):
            key, name = _key(_field(table, "id")), _field(table, "name")
            if key is None or key not in uses:
                continue
            former, one = names.setdefault(key, (number, name))
            if one != name:
                raise InputError(
                    f"{self._where}: categories {former} and {number}, "
                    f"{shown(repr(one), 40)} and {shown(repr(name), 40)}, have one id, which "
                    f"annotation {uses[key]} is of: {shown(repr(key), 40)}"
                )

    def listed(self, name: str) -> list:
        """Return one of the file's lists.

        Raises:
            InputError: it is not a list.
        """
        value = self._content.get(name)
        if not isinstance(value, list):
            raise InputError(f"{self._where}: '{name}' is not a list")
        return value

    @property
    def annotations(self) -> Iterator[Annotation]:
        """The annotations in their order, each checked when it comes."""
        for number, table in enumerate(self.listed("annotations"), 1):
            yield self.annotation(number, table)

    def annotation(self, number: int, table: Any) -> Annotation:
        """Return one of the listed annotations, counted from 1.

        Raises:
            InputError: it is of no image of the file.
        """
        where, key = f"{self._where}: annotation {number}", _key(_field(table, "image_id"))
        if key is None or key not in self.images:
            present = ", ".join(shown(repr(image), 20) for image in list(self.images)[:8])
            raise InputError(
                f"{where}: its image_id {shown(repr(_field(table, 'image_id')), 40)} is not the "
                f"id of an image; the file has {present or 'none'}"
            )
        return Annotation(where, key, table)

    def category(self, annotation: Annotation) -> str:
        """Return the name of an annotation's category.

        Raises:
            InputError: the file has no categories, or none of this id.
        """
        received = annotation.table.get("category_id")
        key = _key(received)
        if key is None or key not in self._categories:
            present = ", ".join(
                shown(repr(category), 20) for category in list(self._categories)[:8]
            )
            raise InputError(
                f"{annotation.where}: its category_id {shown(repr(received), 40)} is not "
                f"the id of a category; the file has {present or 'none'}"
            )
        return self._categories[key]

    @cached_property
    def _categories(self) -> dict[Key, str]:
        tables = self.listed("categories")
        pairs = [(_key(_field(table, "id")), _field(table, "name")) for table in tables]
        return {key: name for key, name in pairs if key is not None and isinstance(name, str)}


def _field(table: Any, name: str) -> Any:
    return table.get(name) if isinstance(table, dict) else None


def _key(value: Any) -> Key | None:
    """Return an id: a text or a whole number, which some programs write as 3.0; else None."""
    if isinstance(value, float) and value.is_integer():
        return int(value)
    return value if isinstance(value, Key) and not isinstance(value, bool) else None


def _box(corner: Any, where: str) -> list[float]:
    """Return a box's polygon."""
    if not isinstance(corner, list) or len(corner) != 4:
        raise InputError(
            f"{where}: received bbox {shown(repr(corner), 40)}; expected [x, y, width, height]"
        )
    x, y, wide, tall = points_of(corner, f"{where}: bbox", 2)
    return box(x, y, x + wide, y + tall)
