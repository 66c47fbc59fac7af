"""What the report warns of in pictures of one's own."""

import re
from collections.abc import Iterable, Mapping, Sequence

import numpy as np

from cam_augment.base.stack import Stack
from cam_augment.reading.duplicates import near_pairs
from cam_augment.reading.lacking import LACKING
from cam_augment.reading.names import shown
from cam_augment.records import Notice

_NAMED = 3
_PARTING = re.compile(r"[-_\s]+")


def broken_note(broken: Sequence[str]) -> list[Notice]:
    """Return a note that names pictures left out, each as its own message puts it."""
    if not broken:
        return []
    return [Notice.of("pictures.damaged", count=len(broken), messages=list(broken[:_NAMED]))]


def class_notes(names: Iterable[str]) -> list[Notice]:
    """Return notes of classes that may be one, or none, by what they are called."""
    by_letters: dict[str, list[str]] = {}
    for name in names:
        by_letters.setdefault(" ".join(_PARTING.split(name.casefold())).strip(), []).append(name)
    alike = [same[:2] for same in by_letters.values() if len(same) > 1]
    unknown = [name for letters, same in by_letters.items() if letters in LACKING for name in same]
    notes = [Notice.of("classes.alike", count=len(alike), pairs=alike[:_NAMED])] if alike else []
    return notes + [Notice.of("classes.unknown", name=name) for name in unknown]


def flaws_note(flaws: Sequence[str]) -> list[Notice]:
    """Return a note that names annotations that could not be used, each by its own message."""
    if not flaws:
        return []
    return [Notice.of("regions.flaws", count=len(flaws), messages=list(flaws[:_NAMED]))]


def substitutes_note(substitutes: Sequence[tuple[str, str]]) -> list[Notice]:
    """Return a note of paths of a table that are not there so, and what was taken for them."""
    if not substitutes:
        return []
    pairs = [[shown(text, 60), shown(name, 60)] for text, name in substitutes[:_NAMED]]
    return [Notice.of("table.substitutes", count=len(substitutes), pairs=pairs)]


def called_masks_notes(folders: Sequence[tuple[str, int]]) -> list[Notice]:
    """Return a note of each folder that is called masks and holds pictures, with their count."""
    return [
        Notice.of("folder.called_masks", name=shown(name, 60), count=count)
        for name, count in folders
    ]


def duplicate_notes(
    names: Sequence[str],
    hashes: np.ndarray,
    thumbs: np.ndarray | Stack,
    parts: Mapping[str, np.ndarray],
) -> list[Notice]:
    """Return a note where two splits share nearly the same pictures.

    Args:
        names: of the pictures. hashes, thumbs: see ``reading.duplicates``.
        parts: split to the indices of its pictures.
    """
    part = np.full(len(names), -1)
    for number, indices in enumerate(parts.values()):
        part[indices] = number
    pairs = near_pairs(hashes, thumbs, part)
    if not pairs:
        return []
    splits = tuple(parts)
    repeated: dict[tuple[int, int], set[int]] = {}
    for first, second in pairs:
        repeated.setdefault((part[second], part[first]), set()).add(second)
    overlaps = [
        {"count": len(both), "of": len(parts[splits[two]]), "part": splits[two],
         "other": splits[one]}
        for (two, one), both in sorted(repeated.items())
    ]  # fmt: skip
    named = examples(names, pairs)
    return [Notice.of("pictures.near_duplicates", overlaps=overlaps, pairs=named)]


def examples(names: Sequence[str], pairs: Sequence[tuple[int, int]]) -> list[list[str]]:
    """Return the names of the first few pairs of pictures, that which repeats one first."""
    return [[shown(names[b], 60), shown(names[a], 60)] for a, b in pairs[:_NAMED]]
