"""Read marked regions: COCO's JSON of all pictures, or labelme's of one picture each."""

import os
from collections import Counter
from collections.abc import Callable, Collection
from pathlib import Path
from typing import Any

from cam_augment.base.errors import InputError
from cam_augment.reading.coco import Annotation, Coco, Key, Runs
from cam_augment.reading.files import read_json
from cam_augment.reading.listing import entries, folders, inside, is_file
from cam_augment.reading.names import shown
from cam_augment.reading.shapes import Marks, box, circle, points_of, size_of

_MOST_BYTES = 2**28


Counts = Callable[[str | None], bool]


def read_regions(
    path: Path, root: Path, pictures: Collection[str], counts: Counts | None = None
) -> dict[str, Marks]:
    """Return the marks of pictures, by their names.

    A picture is found by its path below ``root``, or else by its file's name where only one
    has it. Pictures that the regions name and that are not there are left out.

    Args:
        path: a JSON file, or a folder of labelme's JSON files, one for each picture.
        root: the folder of the pictures. pictures: their paths below it, with slashes.
        counts: says by its category (labelme's label) whether a shape counts; None: all do.

    Raises:
        InputError: a file cannot be read, is neither COCO's nor labelme's, names a path that
            leads out of the folder, holds a shape that cannot be drawn, or no picture is
            found.
    """
    found: dict[str, Marks] = {}
    finder = Finder(pictures)
    for file in _files(path):
        content = read_json(file, _MOST_BYTES)
        if isinstance(content, dict) and "shapes" in content:
            _add_labelme(found, file, path, content, finder, counts)
        elif isinstance(content, dict) and {"images", "annotations"} <= set(content):
            _add_coco(found, file, root, content, finder, counts)
        else:
            raise InputError(
                f"{shown(file)}: neither COCO's JSON (images, annotations) nor labelme's (shapes)"
            )
    if not found:
        raise InputError(f"{shown(path)}: names none of the pictures in {shown(root)}")
    return found


class Finder:
    """Finds a picture by its path below the folder, or by a name that only one has."""

    def __init__(self, pictures: Collection[str]):
        self.paths = set(pictures)
        stems = Counter(picture.rpartition(".")[0] for picture in pictures)
        self.twins = {stem for stem, count in stems.items() if count > 1}
        self.stems = {p.rpartition(".")[0]: p for p in pictures}
        self._counts = Counter(Path(picture).name for picture in pictures)
        self._names = {Path(picture).name: picture for picture in pictures}
        self._stem_counts = Counter(Path(picture).stem for picture in pictures)
        self._of_stem = {Path(picture).stem: picture for picture in pictures}

    def by_path(self, path: str) -> str | None:
        """Return the picture of a path, or of its file's name where that is one's only."""
        name = Path(path).name
        return path if path in self.paths else (
            self._names[name] if self._counts[name] == 1 else None
        )  # fmt: skip

    def by_stem(self, path: str) -> str | None:
        """Return the picture of a path without its ending, likewise; none where two have it."""
        if path in self.twins:
            return None
        stem = Path(path).name
        alone = self._of_stem[stem] if self._stem_counts[stem] == 1 else None
        return self.stems.get(path, alone)


def _files(path: Path) -> list[Path]:
    if not os.path.isdir(path):
        return [path]
    files = [Path(entry.path) for entry in entries(path)
             if is_file(entry) and entry.name.lower().endswith(".json")]  # fmt: skip
    inner = [path / name for name in folders(path)]
    return files + [file for folder in inner for file in _files(folder)]


def _add_labelme(
    found: dict[str, Marks],
    file: Path,
    path: Path,
    content: dict,
    finder: Finder,
    counts: Counts | None,
) -> None:
    written = content.get("imagePath")
    own = file.relative_to(path) if file != path else Path(file.name)
    file_name = written.replace("\\", "/").rpartition("/")[2] if isinstance(written, str) else ""
    beside = (own.parent / file_name).as_posix()
    name = beside if beside in finder.paths else finder.by_stem(own.with_suffix("").as_posix())
    name = name or finder.by_path(file_name)
    if name is None:
        return
    where = shown(file)
    size = size_of(content.get("imageHeight"), content.get("imageWidth"), where)
    marks = found.setdefault(name, Marks(where, size))
    for number, shape in enumerate(_list(content["shapes"], where, "shapes")):
        shape = shape if isinstance(shape, dict) else {}
        if counts is None or counts(shape.get("label")):
            _add_shape(marks, shape, f"{where}, shape {number + 1}")


def _add_shape(marks: Marks, shape: dict, where: str) -> None:
    kind = shape.get("shape_type", "polygon")
    if kind == "polygon":
        marks.polygons.append(points_of(shape.get("points"), where))
    elif kind == "rectangle":
        points = points_of(shape.get("points"), where, 2)
        xs, ys = points[::2], points[1::2]
        marks.polygons.append(box(min(xs), min(ys), max(xs), max(ys)))
    elif kind == "circle":
        points = points_of(shape.get("points"), where, 2)
        marks.circles.append(circle(points[:4]))
    else:
        raise InputError(
            f"{where}: shape_type {shown(repr(kind), 40)}; polygon, rectangle and circle are read"
        )


def _add_coco(
    found: dict[str, Marks],
    file: Path,
    root: Path,
    content: dict,
    finder: Finder,
    counts: Counts | None,
) -> None:
    coco = Coco(content, shown(file))
    marks_of: dict[Key, Marks | None] = {}
    for key, (at, image) in coco.images.items():
        written = image.get("file_name")
        if not isinstance(written, str):
            raise InputError(f"{at}: needs a 'file_name'; received {shown(repr(written), 40)}")
        relative = inside(root, written, at).relative_to(root).as_posix()
        name = finder.by_path(relative)
        size = size_of(image.get("height"), image.get("width"), at)
        marks_of[key] = found.setdefault(name, Marks(at, size)) if name else None
    for annotation in coco.annotations:
        counted = counts is None or counts(coco.category(annotation))
        marks = marks_of[annotation.image]
        if marks is not None and counted:
            _add_annotation(marks, annotation)


def _add_annotation(marks: Marks, annotation: Annotation) -> None:
    shape = annotation.shape
    if not isinstance(shape, Runs):
        marks.polygons += shape
        return
    if shape.shape != marks.shape:
        (high, wide), (rows, columns) = shape.shape, marks.shape
        raise InputError(
            f"{annotation.where}: runs of {high}x{wide} pixels in a picture of {rows}x{columns}"
        )
    marks.runs.append(shape.counts)


def _list(value: Any, where: str, name: str) -> list:
    if not isinstance(value, list):
        raise InputError(f"{where}: '{name}' is no list")
    return value
