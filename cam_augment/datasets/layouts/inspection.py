"""As MVTec AD: ``train/good`` to learn from, ``test/good`` and ``test/DEFECT``, and masks apart.

Made for methods that learn from sound parts alone (Bergmann et al. 2019). A network that tells
classes apart needs both in each split, so the pictures are pooled and split anew.
"""

from typing import Literal

from cam_augment.datasets.layouts.by_class import class_folders, leftovers, rows_of
from cam_augment.datasets.layouts.by_split import above_splits, split_folders
from cam_augment.datasets.layouts.parting import Contents
from cam_augment.datasets.layouts.rows import Layout, Misfit

Defects = Literal["one", "types"]
DEFECT = "defect"


def inspection(contents: Contents, defects: Defects) -> Layout | Misfit:
    """Return the layout: the sound class against one of all defects, or against their types."""
    top = above_splits(contents.tree)
    splits = split_folders(top)
    trains = [f for tree, split in splits if split == "train" for f in class_folders(tree)]
    if len({folder.name for folder in trains}) != 1:
        return Misfit("its folder 'train' has not one class alone")
    sound = trains[0].name
    folders = [folder for tree, _ in splits for folder in class_folders(tree)]
    if {folder.name for folder in folders} == {sound}:
        return Misfit("its folder 'test' has no other class than 'train'")
    rows = []
    for folder in folders:
        label = folder.name if defects == "types" or folder.name == sound else DEFECT
        rows += rows_of(contents.tree.path, folder, label)
    above = [top, *(tree for tree, _ in splits)]
    file_counts, left_out = leftovers(contents, above, folders, "beside")
    return Layout("inspection", contents.tree.path, tuple(rows), file_counts, left_out)
