"""What was understood of a study's data, for a person to see that it was read right."""

import numpy as np

from cam_augment.records import SPLITS, DataSet
from cam_augment.records.frame_pairs import frame_pairs
from cam_augment.report.sentences import notice

MOST_CLASSES = 12  # in the table; of more the rarest are shown
_WIDEST = 16  # characters of a class in the table


def data_lines(data: DataSet) -> list[str]:
    """Return a table of splits, classes and masks, how the files were read, and what to heed."""
    rows, columns, channels = data.train.images.shape[1:]
    total = sum(len(getattr(data, split)) for split in SPLITS)
    head = f"data {data.name}: {total:,} images of {rows}x{columns}x{channels}"
    return [
        f"{head}, {len(data.classes)} classes",
        *_table(data),
        *_pairs(data),
        *(notice(note) for note in data.reading),
        *(f"WARNING: {notice(note)}" for note in data.notes),
    ]


def _pairs(data: DataSet) -> list[str]:
    """Return how many frames of sequences the probe images have, and what is compared of them."""
    pairs = frame_pairs(data)
    if pairs is None:
        return []
    return [
        f"  sequences among the probe images: {pairs.sequences:,}, frames: {pairs.frames:,}, pairs "
        f"of successive frames: {len(pairs):,}, left out: {pairs.repeated:,} of one picture, "
        f"{pairs.changing:,} of two classes, {pairs.interrupted:,} with frames lacking between",
        *(f"WARNING: {notice(note)}" for note in pairs.notices),
    ]


def _table(data: DataSet) -> list[str]:
    """Return how many images of each class, marked ones, and pictures that are cut each split has.

    Tiles whose class is not known do not count.
    """
    counts = np.array([_counts(data, split) for split in SPLITS])
    chosen = np.sort(np.argsort(counts.sum(0), kind="stable")[:MOST_CLASSES])
    names = [_short(data.classes[label]) for label in chosen]
    has_masks = any(getattr(data, split).masks is not None for split in SPLITS)
    heads = ["", *names, *["marked"] * has_masks]
    cut = data.test.tiles is not None
    heads += ["pictures"] * cut
    lines = [heads]
    for split, row in zip(SPLITS, counts[:, chosen], strict=True):
        part = getattr(data, split)
        masks = part.learnable.masks
        marked = 0 if masks is None else int(np.count_nonzero(masks.areas()))
        pictures = [f"{len(part.judged_labels):,}"] * cut
        lines.append([split, *(f"{n:,}" for n in row), *[f"{marked:,}"] * has_masks, *pictures])
    widths = [max(len(line[place]) for line in lines) for place in range(len(heads))]
    more = len(data.classes) - len(chosen)
    rest = [f"  and {more} classes with more images"] if more else []
    return ["  " + "  ".join(_cells(line, widths)) for line in lines] + rest


def _cells(line: list[str], widths: list[int]) -> list[str]:
    first, *others = line
    return [first.ljust(widths[0]), *(t.rjust(w) for t, w in zip(others, widths[1:], strict=True))]


def _counts(data: DataSet, split: str) -> np.ndarray:
    return np.bincount(getattr(data, split).learnable.labels, minlength=len(data.classes))


def _short(name: str) -> str:
    return name if len(name) <= _WIDEST else f"{name[: _WIDEST - 1]}…"
