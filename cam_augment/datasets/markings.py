"""What the masks of pictures mark, and what about that a reader should know."""

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from cam_augment.base.errors import InputError
from cam_augment.reading.frames import Frame
from cam_augment.reading.masks import Marked
from cam_augment.reading.names import shown
from cam_augment.records import Notice

_NAMED = 3
_MUCH = 0.5  # of a picture


@dataclass(frozen=True)
class Marking:
    """What is marked in one picture that has a mask.

    Attributes:
        rule: how the mask was judged, see ``reading.masks.Marked``; None with a flaw.
        share: of the picture's pixels. is_cut_off: whether nothing of it is in the part shown.
        is_ambiguous: whether the mask may lie on the picture before it was turned upright.
        flaw: why the mask cannot be used.
    """

    rule: str | None
    share: float
    is_cut_off: bool
    is_ambiguous: bool
    flaw: str | None = None

    @classmethod
    def of(cls, marked: Marked | None, is_shown: bool, frame: Frame, flaw: str | None) -> "Marking":
        """Return the marking of a mask that was drawn; whether anything of it is shown."""
        if marked is None:
            return cls(None, 0.0, False, False, flaw)
        any_mark = bool(marked.mask.any())
        return cls(
            marked.rule,
            float(marked.mask.mean()),
            any_mark and not is_shown,
            any_mark and frame.is_ambiguous,
        )


Markings = Mapping[str, Marking]


def check_markings(markings: Markings, allowed: bool) -> None:
    """Raise InputError where a mask has a flaw that is not allowed, or no other marks anything."""
    flaws = [marking.flaw for marking in markings.values() if marking.flaw]
    if flaws and not (allowed and any(marking.share for marking in markings.values())):
        more = f" ({len(flaws)} masks are so)" if len(flaws) > 1 else ""
        raise InputError(f"{flaws[0]}{more}")


def marking_notes(markings: Markings) -> list[Notice]:
    """Return what a reader of the report should know of masks."""
    marked = [marking for marking in markings.values() if marking.share]
    if markings and not marked:
        return [Notice.of("masks.nothing", count=len(markings))]
    notes = [
        *_named("pictures.marks_cut_off", markings, lambda marking: marking.is_cut_off),
        *_named("masks.turned", markings, lambda marking: marking.is_ambiguous),
        *_named("masks.large", markings, lambda marking: marking.share > _MUCH),
        *_named("masks.greys", markings, lambda m: m.rule in ("greys", "faint") and m.share > 0),
    ]
    flaws = [marking.flaw for marking in markings.values() if marking.flaw]
    if flaws:
        notes.append(Notice.of("masks.flaws", count=len(flaws), messages=flaws[:_NAMED]))
    return notes


def _named(code: str, markings: Markings, applies: Callable[[Marking], bool]) -> list[Notice]:
    names = [name for name, marking in markings.items() if applies(marking)]
    if not names:
        return []
    return [Notice.of(code, count=len(names), names=[shown(name) for name in names[:_NAMED]])]


def marking_summary(markings: Markings) -> list[Notice]:
    """Return how masks were judged, and how much of the marked pictures they mark."""
    marked = [marking for marking in markings.values() if marking.share]
    if not marked:
        return []
    rules = Counter(marking.rule for marking in marked if marking.rule)
    shares = [marking.share for marking in marked]
    return [
        Notice.of(
            "masks.rules", count=len(marked), rules=dict(rules), share=float(np.median(shares)),
            most=max(shares),
        )
    ]  # fmt: skip
