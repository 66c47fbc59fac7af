"""Focus within classes and within sizes of what is marked."""

from collections.abc import Mapping
from typing import Any

from cam_augment.records import FocusIn, ImpactProfile
from cam_augment.report import naming, phrases
from cam_augment.report.language import say
from cam_augment.report.parts import Row, Table, View, table
from cam_augment.report.tables.cells import beyond
from cam_augment.report.words import percent, span, visible

NUMBERS = ("baseline", "own", "estimate", "low", "high", "p", "p_adjusted", "finding")
FEW = 12  # rows; a longer table is folded
GROUP = ("strategy", "by", "name", "images", "least", "most")


@table("attention", 31)
def focus(profile: ImpactProfile) -> Table | None:
    """The change of focus of every strategy, class by class and size by size."""
    if not profile.focus:
        return None
    questions = tuple(dict.fromkeys(record.question for record in profile.focus))
    records = {(_group(record), record.question): record for record in profile.focus}
    groups = tuple(dict.fromkeys(group for group, _ in records))
    level = percent(1 - profile.plan.alpha, 0)
    return Table(
        name="focus",
        title=say(phrases.FOCUS_TITLE),
        caption=say(phrases.FOCUS_CAPTION, level=level),
        columns=(*GROUP, *(f"{question}_{name}" for question in questions for name in NUMBERS)),
        rows=tuple(
            (
                *group,
                *(value for question in questions for value in _numbers(records, group, question)),
            )
            for group in groups
        ),
        views=(
            View(
                say(phrases.FOCUS_HEADS["strategy"]), lambda r: visible(r["strategy"]), kind="word"
            ),
            View(say(phrases.FOCUS_HEADS["group"]), _images, kind="word"),
            View(say(phrases.FOCUS_HEADS["images"]), lambda r: str(r["images"])),
            *(_change(question) for question in questions),
        ),
        folded=len(groups) > FEW,
    )


Group = tuple[Any, ...]


def _group(record: FocusIn) -> Group:
    return tuple(getattr(record, name) for name in GROUP)


def _numbers(
    records: Mapping[tuple[Group, str], FocusIn], group: Group, question: str
) -> list[Any]:
    record = records.get((group, question))
    return [getattr(record, name, None) for name in NUMBERS]


def _images(row: Row) -> str:
    template = phrases.FOCUS_GROUPS["class" if row["by"] == "class" else row["name"]]
    ends = {end: percent(row[end], 1 if row[end] >= 0.01 else 2) for end in ("least", "most")}
    return say(template, name=visible(row["name"]), **ends)


def _change(question: str) -> View:
    words_of = naming.question(question)

    def text(row: Row) -> str:
        ends = span(row[f"{question}_low"], row[f"{question}_high"], words_of.write)
        return f"{words_of.write(row[f'{question}_estimate'])} {ends}".strip()

    name = words_of.name[0].upper() + words_of.name[1:]
    return View(
        say(phrases.FOCUS_HEADS["change"], question=name), text, beyond(f"{question}_finding")
    )
