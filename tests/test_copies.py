"""Near copies in two folds that rotate: counted, and in the way of a verdict."""

import numpy as np
import pytest

from cam_augment.datasets.folds import folds_of, whole_pool
from cam_augment.impact.arms import Arms
from cam_augment.impact.verdicts import Findings
from cam_augment.plan import Plan
from cam_augment.study.run import load_data
from tests.own_pictures import class_folders, drawn, save
from tests.test_rotating import FIELDS


@pytest.fixture(scope="module")
def repeated(tmp_path_factory):
    """40 pictures of two classes, and beside six of each class one of the same in other light."""
    root = tmp_path_factory.mktemp("copies")
    class_folders(root, 20, ("dent", "fine"))
    for name, place in (("dent", 0), ("fine", 1000)):
        for number in range(6):
            light = (drawn(place + number) * 0.95).astype(np.uint8)
            save(root / name / f"again-{number}.png", light)
    return root


def copies(root, **settings):
    dataset = {"name": "folder", "path": str(root), "size": "20x30", **settings}
    plan = Plan.make({**FIELDS, "dataset": dataset})
    data = load_data(plan)
    assert data.thumbs is None
    fixed = load_data(plan.model_copy(update={"test": "fixed"}))
    assert "folds.near_duplicates" not in {note.code for note in fixed.notes}
    return plan, data, [note for note in data.notes if note.code == "folds.near_duplicates"]


def test_pictures_with_a_near_copy_in_another_fold_are_counted_and_block_a_verdict(repeated):
    """By brute force: of two that are one picture, in which folds they lie."""
    plan, data, (note,) = copies(repeated)
    pool = whole_pool(data)
    detail = pool.images[:].reshape(len(pool), -1)
    alike = np.corrcoef(detail) > 0.99
    fold = np.zeros(len(pool), int)
    for number, images in enumerate(folds_of(pool, plan.folds)):
        fold[images] = number
    apart = (alike & (fold != fold[:, None])).any(axis=1)
    assert (note.values["count"], note.values["of"]) == (apart.sum(), len(pool))
    assert apart.sum() > 2
    assert 0 < len(note.values["pairs"]) <= 3
    findings = Findings(Arms(plan, data, [], {}), (), None)
    assert findings.leaks == pytest.approx(apart.mean())


def test_a_group_keeps_near_copies_in_one_fold(repeated):
    *_, notes = copies(repeated, group=r"(dent|fine)/\w+-(\d+)")
    assert not notes
