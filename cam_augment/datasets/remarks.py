"""What the report warns of in pictures of one's own."""

from collections.abc import Mapping, Sequence

import numpy as np

from cam_augment.reading.duplicates import near_pairs
from cam_augment.reading.names import shown

_NAMED = 3


def broken_note(broken: Sequence[str]) -> list[str]:
    """Return a line that names pictures left out, each as its own message puts it."""
    if not broken:
        return []
    more = f"; and {len(broken) - _NAMED} more" if len(broken) > _NAMED else ""
    return [f"{_pictures(len(broken))} damaged and left out: {'; '.join(broken[:_NAMED])}{more}."]


def emptied_note(lost: Sequence[str]) -> list[str]:
    """Return a line that names pictures whose marks are not in the part that is shown."""
    if not lost:
        return []
    return [f"{_pictures(len(lost))} marked only outside of the part that is shown: "
            f"{_some(lost)}. They count as having nothing marked."]  # fmt: skip


def duplicate_notes(
    names: Sequence[str], hashes: np.ndarray, thumbs: np.ndarray, parts: Mapping[str, np.ndarray]
) -> list[str]:
    """Return a warning where two splits share nearly the same pictures.

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
    counts = [f"{len(each)} of {len(parts[splits[two]])} {splits[two]} images in {splits[one]}"
              for (two, one), each in sorted(repeated.items())]  # fmt: skip
    some = [f"{shown(names[b], 60)} and {shown(names[a], 60)}"
            for a, b in pairs[:_NAMED]]  # fmt: skip
    return [
        f"Nearly the same pictures lie in two splits: {', '.join(counts)} (such as "
        f"{'; '.join(some)}). What is measured on them may flatter; a group keeps them together."
    ]


def _pictures(count: int) -> str:
    return f"{count} {'picture is' if count == 1 else 'pictures are'}"


def _some(names: list[str]) -> str:
    text = ", ".join(shown(name) for name in names[:_NAMED])
    return text + (f" and {len(names) - _NAMED} more" if len(names) > _NAMED else "")
