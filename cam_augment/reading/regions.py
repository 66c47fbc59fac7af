"""Read marked regions: COCO's JSON of all pictures, or labelme's of one picture each.

A flaw in one place is set down and left out; it does not keep the rest from being read.
"""

import os
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from cam_augment.base.errors import InputError
from cam_augment.reading.coco import Annotation, Coco, Key, Runs
from cam_augment.reading.files import read_json
from cam_augment.reading.finder import Finder
from cam_augment.reading.frames import Frame
from cam_augment.reading.labelme import shape_of
from cam_augment.reading.listing import scan
from cam_augment.reading.masks import Marked
from cam_augment.reading.names import shown
from cam_augment.reading.shapes import Draw, area, size_of

_MOST_BYTES = 2**28

Counts = Callable[[str | None], bool]


@dataclass
class Marks:
    """All that is marked in one picture.

    Attributes:
        where: file and picture, for messages.
        shape: rows and columns of the picture that was marked, where the file says so.
        draws: what draws each shape. labels: their categories.
        flaw: why it is not known what is marked, where the file cannot be read.
    """

    where: str
    shape: tuple[int, int] | None = None
    draws: list[Draw] = field(default_factory=list)
    labels: list[str | None] = field(default_factory=list)
    flaw: str | None = None

    def add(self, draw: Draw, label: str | None) -> None:
        """Add a shape and its category."""
        self.draws.append(draw)
        self.labels.append(label)

    def drawn(self, frame: Frame) -> Marked:
        """Return the mask of a picture, bool [row, column].

        Raises:
            InputError: another size was marked, or it is not known what is marked.
        """
        if self.flaw is not None:
            raise InputError(self.flaw)
        mask = np.zeros(frame.canvas(self.shape, self.where), bool)
        for draw in self.draws:
            draw(mask)
        return Marked(frame.upright(mask), "drawn")


@dataclass
class Regions:
    """What files mark.

    Attributes:
        marks: by picture. flaws: what was left out, a line each.
        unsure: flawed marks of pictures that have the name of an image of another folder, and
            count where nothing else is said of them.
    """

    marks: dict[str, Marks] = field(default_factory=dict)
    flaws: list[str] = field(default_factory=list)
    unsure: dict[str, Marks] = field(default_factory=dict)

    @contextmanager
    def leaving_out(self) -> Iterator[None]:
        """Set down what is refused inside, and go on."""
        try:
            yield
        except InputError as flaw:
            self.flaws.append(str(flaw))


def read_regions(
    path: Path, root: Path, pictures: Collection[str], counts: Counts | None = None
) -> Regions:
    """Return the marks of pictures, by their names.

    A picture is found by as much of the end of its path as tells it from others. Pictures that
    the regions name and that are not there are left out.

    Args:
        path: a JSON file, or a folder of labelme's JSON files, one for each picture.
        root: the folder of the pictures. pictures: their paths below it, with slashes.
        counts: says by its category (labelme's label) whether a shape counts; None: all do.

    Raises:
        InputError: the file cannot be read or is neither COCO's nor labelme's, no picture is
            found, or nothing that is marked can be drawn.
    """
    regions = Regions()
    finder = Finder(pictures)
    if os.path.isdir(path):
        for file in _files(path):
            _try_file(regions, file, path, finder, counts)
    else:
        _read_file(regions, path, path, finder, counts)
    flaws = [marks.flaw for marks in regions.marks.values() if marks.flaw] + regions.flaws
    if flaws and not any(marks.draws for marks in regions.marks.values()):
        raise InputError(flaws[0])
    if not regions.marks:
        near = [str(marks.flaw) for marks in regions.unsure.values()]
        none = f"{shown(path)}: names none of the pictures in {shown(root)}"
        raise InputError("; ".join([none, *near[:1]]))
    regions.marks = regions.unsure | regions.marks
    return regions


def is_coco(content: Any) -> bool:
    """Return whether the content of a JSON file is COCO's."""
    return isinstance(content, dict) and {"images", "annotations"} <= set(content)


def read_content(path: Path) -> Any:
    """Return what a JSON file of regions says.

    Raises:
        InputError: it cannot be read.
    """
    return read_json(path, _MOST_BYTES)


def _files(path: Path) -> list[Path]:
    trees = scan(path).all
    return [file for tree in trees for file in tree.files if file.suffix.lower() == ".json"]


def _try_file(
    regions: Regions, file: Path, path: Path, finder: Finder, counts: Counts | None
) -> None:
    """Read one file of several; where it cannot be, what its picture marks is not known."""
    try:
        _read_file(regions, file, path, finder, counts)
    except InputError as flaw:
        name = finder.by_stem(file.relative_to(path).with_suffix("").as_posix())
        if name is None:
            regions.flaws.append(str(flaw))
        else:
            regions.marks[name] = Marks(shown(file), flaw=str(flaw))


def _read_file(
    regions: Regions, file: Path, path: Path, finder: Finder, counts: Counts | None
) -> None:
    content = read_content(file)
    if isinstance(content, dict) and "shapes" in content:
        _add_labelme(regions, file, path, content, finder, counts)
    elif is_coco(content):
        _add_coco(regions, Coco(content, shown(file)), finder, counts)
    else:
        raise InputError(
            f"{shown(file)}: neither COCO's JSON (images, annotations) nor labelme's (shapes)"
        )


def _add_labelme(
    regions: Regions,
    file: Path,
    path: Path,
    content: dict,
    finder: Finder,
    counts: Counts | None,
) -> None:
    name = _marked_picture(file, path, content.get("imagePath"), finder)
    if name is None:
        return
    where = shown(file)
    shapes = content["shapes"]
    if not isinstance(shapes, list):
        raise InputError(f"{where}: 'shapes' is not a list")
    size = size_of(content.get("imageHeight"), content.get("imageWidth"), where)
    marks = regions.marks.setdefault(name, Marks(where, size))
    for number, shape in enumerate(shapes, 1):
        label = shape.get("label") if isinstance(shape, dict) else None
        if counts is None or counts(label):
            with regions.leaving_out():
                marks.add(shape_of(shape, f"{where}, shape {number}"), label)


def _marked_picture(file: Path, path: Path, image: Any, finder: Finder) -> str | None:
    """Return the picture that a file of labelme's marks: beside it, of its name, or named in it."""
    place = file.relative_to(path) if file != path else Path(file.name)
    file_name = image.replace("\\", "/").rpartition("/")[2] if isinstance(image, str) else ""
    beside = (place.parent / file_name).as_posix() if file_name else ""
    stem = place.with_suffix("").as_posix()
    if beside and stem in finder.twins:
        return finder.by_path(beside)
    return finder.by_stem(stem) or (finder.by_path(beside) if beside else None)


def _add_coco(regions: Regions, coco: Coco, finder: Finder, counts: Counts | None) -> None:
    regions.flaws += coco.flaws
    marks_of = _marks_of_images(regions, coco, finder)
    for number, table in enumerate(coco.listed("annotations"), 1):
        with regions.leaving_out():
            annotation = coco.annotation(number, table)
            marks = marks_of.get(annotation.image)
            if marks is not None:
                _add_annotation(regions, marks, annotation, coco, counts)


def _marks_of_images(regions: Regions, coco: Coco, finder: Finder) -> dict[Key, Marks]:
    """Return the marks of those images that are pictures here, by their ids.

    Where an image is not in the folder that its path names, it is not known what is marked in the
    one picture of its name.
    """
    marks_of: dict[Key, Marks] = {}
    for key, (at, image) in coco.images.items():
        with regions.leaving_out():
            path = image.get("file_name")
            if not isinstance(path, str):
                raise InputError(f"{at}: needs a 'file_name'; received {shown(repr(path), 40)}")
            name = finder.by_path(path)
            if name is not None:
                size = size_of(image.get("height"), image.get("width"), at)
                marks_of[key] = regions.marks.setdefault(name, Marks(at, size))
            elif (near := finder.near(path)) is not None:
                flaw = (
                    f"{at}: '{shown(path, 60)}' is not in the folder that it names; "
                    f"'{shown(near, 60)}' is called so"
                )
                regions.unsure.setdefault(near, Marks(at, flaw=flaw))
    return marks_of


def _add_annotation(
    regions: Regions, marks: Marks, annotation: Annotation, coco: Coco, counts: Counts | None
) -> None:
    label = _category(coco, annotation, needed=counts is not None)
    if counts is not None and not counts(label):
        return
    shape = annotation.unchecked
    if isinstance(shape, Runs):
        if marks.shape is not None and marks.shape != shape.shape:
            (high, wide), (rows, columns) = shape.shape, marks.shape
            raise InputError(
                f"{annotation.where}: runs of {high}x{wide} pixels in a picture of {rows}x{columns}"
            )
        marks.shape = shape.shape
        shape.mask()  # is it sound? It is drawn later, where it is needed
        marks.add(partial(_draw_runs, shape), label)
        return
    for ring in shape:
        with regions.leaving_out():
            marks.add(area(annotation.polygon(ring)), label)


def _category(coco: Coco, annotation: Annotation, needed: bool) -> str | None:
    """Return an annotation's category; it may lack one where none is needed."""
    try:
        return coco.category(annotation)
    except InputError:
        if needed:
            raise
        return None


def _draw_runs(runs: Runs, mask: np.ndarray) -> None:
    mask |= runs.mask()
