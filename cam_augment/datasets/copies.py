"""Near copies in two folds that rotate: models that learned from one are judged by the other.

Splits of their own cannot say that, since such a study tears them up. Without a rotating test
part the splits decide, and ``remarks.duplicate_notes`` speaks of them.
"""

from dataclasses import replace

import numpy as np

from cam_augment.datasets.folds import folds_of, whole_pool
from cam_augment.datasets.remarks import examples
from cam_augment.plan import Plan
from cam_augment.reading.duplicates import near_pairs
from cam_augment.records import DataSet, Notice
from cam_augment.records.thumbs import Thumbs


def with_copies_noted(data: DataSet, plan: Plan) -> DataSet:
    """Return the data, with a note where pictures that a plan judges have near copies in two folds.

    What the copies are found by is left out: no model and no worker needs it.
    """
    if data.thumbs is None:
        return data
    notes = copies_note(data, data.thumbs, plan.folds) if plan.rotates and plan.folds else []
    return replace(data, notes=(*data.notes, *notes), thumbs=None)


def copies_note(data: DataSet, thumbs: Thumbs, count: int) -> list[Notice]:
    """Return a note of the pictures outside the probes that nearly repeat one of another fold."""
    fold = np.full(len(thumbs.names), -1)
    for number, images in enumerate(folds_of(whole_pool(data), count)):
        fold[thumbs.pictures[images]] = number
    backwards = np.where(fold < 0, -1, count - 1 - fold)
    earlier, later = (near_pairs(thumbs.hashes, thumbs.images, of) for of in (fold, backwards))
    repeated = {picture for pairs in (earlier, later) for _, picture in pairs}
    if not repeated:
        return []
    return [Notice.of("folds.near_duplicates", count=len(repeated), of=int((fold >= 0).sum()),
                      pairs=examples(thumbs.names, earlier))]  # fmt: skip
