"""Pictures without class folders, and a file of COCO's: a picture's class is its category."""

from collections import Counter
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

from cam_augment.base.errors import InputError
from cam_augment.datasets.layouts.by_class import leftovers, rows_of
from cam_augment.datasets.layouts.names import split_of
from cam_augment.datasets.layouts.parting import Contents
from cam_augment.datasets.layouts.rows import Layout, Misfit, Row
from cam_augment.reading.names import shown
from cam_augment.reading.regions import Marks, Regions, is_coco, read_content, read_regions

NOTHING = "nothing marked"


def by_category(contents: Contents, regions: Path | None) -> Layout | Misfit:
    """Return the layout of a COCO file, given or in the folder.

    A picture without annotation is of the class ``nothing marked``; one with several categories is
    of the one that has most shapes in it.
    """
    root = contents.tree.path
    if any(folder.all_pictures for folder in contents.tree.folders) and _has_classes(contents):
        return Misfit("its pictures lie in folders of classes")
    files = [regions] if regions else list(_coco_files(contents))
    if not files:
        return Misfit("no file of COCO's lies in it")
    rows = rows_of(root, contents.tree, NOTHING)
    union = Regions()
    for file in files:
        beside = [row.name for row in rows if row.path.is_relative_to(file.parent)]
        part = read_regions(file, root, beside or [row.name for row in rows])
        union.unsure |= part.unsure
        union.marks |= {
            name: marks for name, marks in part.marks.items() if marks is not part.unsure.get(name)
        }
        union.flaws += part.flaws
    union.marks = union.unsure | union.marks
    labels = {name: _label(marks) for name, marks in union.marks.items()}
    if not any(label for label in labels.values()):
        return Misfit("no annotation has a category")
    labelled = tuple(
        Row(row.path, row.name, labels.get(row.name) or NOTHING, row.where, split=_split(row.name))
        for row in rows
    )
    file_counts, left_out = leftovers(contents, [], [contents.tree])
    del file_counts["beside"]  # where no folders are classes, pictures lie beside none
    marks = {} if regions else union.marks
    flaws = () if regions else tuple(union.flaws)
    return Layout("coco", root, labelled, file_counts, left_out, marks, flaws=flaws)


def _has_classes(contents: Contents) -> bool:
    """Return whether the folders of pictures are of other things than splits."""
    nonempty = [folder for folder in contents.tree.folders if folder.all_pictures]
    names = [folder.name for folder in nonempty]
    return len(nonempty) > 1 and not all(split_of(name, set(names) - {name}) for name in names)


def _coco_files(contents: Contents) -> Iterator[Path]:
    for tree in contents.tree.all:
        for file in tree.files:
            if file.suffix.lower() == ".json":
                try:
                    content = read_content(file)
                except InputError:
                    continue
                if is_coco(content):
                    yield file


def _label(marks: Marks) -> str | None:
    counts = Counter(label for label in marks.labels if label)
    return shown(counts.most_common(1)[0][0]) if counts else None


def _split(name: str) -> str | None:
    top = PurePosixPath(name).parts[0]
    return split_of(top) if "/" in name else None
