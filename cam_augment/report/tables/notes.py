"""What a person noted on maps of the gallery, counted and word by word."""

from collections.abc import Callable

from cam_augment.records import ImpactProfile
from cam_augment.records.notes import MARKS, counts_by_arm
from cam_augment.report import words
from cam_augment.report.language import say
from cam_augment.report.parts import Row, Table, View, table
from cam_augment.report.tables.cells import of_strategy

_WORDS = {"good": "a good reason", "wrong": "a wrong reason", "unclear": "nothing clear"}


@table("attention", 21)
def note_counts(profile: ImpactProfile) -> Table | None:
    """How many maps of each arm show a good reason, a wrong one or nothing clear."""
    counts = counts_by_arm(profile.notes)
    if not counts:
        return None
    return Table(
        name="note_counts",
        title=say("What a person sees in the maps"),
        caption=say(
            "Maps of the gallery on which a person wrote a note, by what they show: a good reason "
            "for the class, a wrong one, or nothing clear. The person chose the maps and saw whose "
            "they were: a judgement, and no measurement."
        ),
        columns=("arm", "maps", *MARKS),
        rows=tuple(
            (arm, counts[arm].total(), *(counts[arm][mark] for mark in MARKS))
            for arm in profile.arms
            if arm in counts
        ),
        views=(
            of_strategy("arm"),
            *(View(say(_WORDS[mark]), _share_of(mark)) for mark in MARKS),
        ),
    )


def _share_of(mark: str) -> Callable[[Row], str]:
    def text(row: Row) -> str:
        return say("{count} of {all}", count=row[mark], all=words.count(row["maps"], "map"))

    return text


@table("attention", 22)
def notes(profile: ImpactProfile) -> Table | None:
    """The notes, word by word."""
    if not profile.notes:
        return None
    labels = {probe.index: probe.label for probe in profile.probes}
    return Table(
        name="notes",
        title=say("Notes on maps"),
        caption=say("By image. The class of an image outside the gallery is not known here."),
        columns=("image", "class", "arm", "mark", "note"),
        rows=tuple(
            (note.image, labels.get(note.image), note.arm, note.mark, note.text)
            for note in profile.notes
        ),
        views=(
            View(say("Probe image"), lambda r: str(r["image"])),
            View(say("Class"), lambda r: words.visible(r["class"] or ""), kind="word"),
            of_strategy("arm"),
            View(say("This map shows"), lambda r: say(_WORDS[r["mark"]]), kind="word"),
            View(say("Note"), lambda r: words.visible(r["note"]), kind="sentence"),
        ),
        folded=len(profile.notes) > 12,
    )
