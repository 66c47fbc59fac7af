"""A person's notes on maps of the gallery: whether what they show is a good reason."""

from collections import Counter
from collections.abc import Iterable
from typing import Literal, get_args

from cam_augment.plan import Frozen

Mark = Literal["good", "wrong", "unclear"]
MARKS: tuple[str, ...] = get_args(Mark)


class Note(Frozen):
    """What a person notes on the mean map of one arm on one probe image.

    Attributes:
        image: index in the probe set. arm: ``baseline`` or a strategy's label.
        mark: whether the map shows a ``good`` reason for the class, a ``wrong`` one, or it is
            ``unclear``. text: in the person's words; may be empty.
    """

    image: int
    arm: str
    mark: Mark
    text: str = ""


def counts_by_arm(notes: Iterable[Note]) -> dict[str, Counter]:
    """Return how many maps of each arm have each mark.

    >>> counts_by_arm([Note(image=3, arm="zoom", mark="wrong")])
    {'zoom': Counter({'wrong': 1})}
    """
    counts: dict[str, Counter] = {}
    for note in notes:
        counts.setdefault(note.arm, Counter())[note.mark] += 1
    return counts
