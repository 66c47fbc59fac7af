"""What a dry run says of the data: a table, how they were read, what was left out."""

import numpy as np

from cam_augment.datasets.folder import folder
from cam_augment.records import DataSet, Notice, Split
from cam_augment.report.overview import data_lines
from tests.own_pictures import class_folders, save, square


def test_the_table_counts_images_by_split_and_class_and_those_marked(tmp_path):
    class_folders(tmp_path, classes=("bad", "good"))
    for number in range(10):
        save(tmp_path / "bad" / f"bad-{number}_mask.png", square())
    (tmp_path / "@eaDir").mkdir()
    data = folder(path=str(tmp_path), size="20x30")
    lines = [line.replace("\N{NO-BREAK SPACE}", " ") for line in data_lines(data)]
    assert lines == [
        "data folder: 20 images of 20x30x1, 2 classes",
        "              bad  good  marked",
        "  train         6     6       6",
        "  validation    1     1       1",
        "  probe         1     1       1",
        "  test          2     2       2",
        f"Read as a folder for each class: {tmp_path}.",
        "Left out: '@eaDir', which a storage or desktop system made (0 pictures).",
        "Masks: 10 mark something, 20 % of the picture in the middle one and 20.0 % at most. "
        "Judged by all but the background (10 masks).",
    ]


def test_of_many_classes_the_rarest_are_shown_and_notes_are_warnings():
    labels = np.repeat(np.arange(30), np.arange(1, 31))
    split = Split(np.zeros((len(labels), 8, 8, 3), np.float32), labels)
    names = tuple(f"class {number}" for number in range(30))
    note = Notice.of("masks.unused", count=3)
    lines = data_lines(DataSet("made", names, split, split, split, split, (note,)))
    assert "class 0" in lines[1]
    assert "class 12" not in lines[1]
    assert lines[-2] == "  and 18 classes with more images"
    assert lines[-1].startswith("WARNING: 3 masks have the name of no picture")
