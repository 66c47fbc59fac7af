"""Focus within classes and within sizes of what is marked."""

from cam_augment.records import FocusIn, ImpactProfile
from cam_augment.report import phrases, words
from cam_augment.report.language import say
from cam_augment.report.parts import Row, Table, View, table
from cam_augment.report.tables.cells import beyond
from cam_augment.report.words import percent, span, visible

NUMBERS = ("baseline", "own", "estimate", "low", "high", "p", "p_adjusted", "finding")
FEW = 12  # rows that are shown unasked
GROUP = ("strategy", "by", "name", "images", "least", "most")


@table("attention", 31)
def focus(profile: ImpactProfile) -> Table | None:
    """The change of focus of every strategy, class by class and size by size."""
    if not profile.focus:
        return None
    asked = tuple(dict.fromkeys(each.question for each in profile.focus))
    found = {(_group(each), each.question): each for each in profile.focus}
    groups = tuple(dict.fromkeys(group for group, _ in found))
    level = percent(1 - profile.plan.alpha, 0)
    return Table(
        name="focus",
        title=say(phrases.FOCUS_TITLE),
        caption=say(phrases.FOCUS_CAPTION, level=level),
        columns=(*GROUP, *(f"{question}_{name}" for question in asked for name in NUMBERS)),
        rows=tuple(
            (*group, *(value for question in asked for value in _numbers(found, group, question)))
            for group in groups
        ),
        views=(
            View(
                say(phrases.FOCUS_HEADS["strategy"]), lambda r: visible(r["strategy"]), kind="word"
            ),
            View(say(phrases.FOCUS_HEADS["group"]), _images, kind="word"),
            View(say(phrases.FOCUS_HEADS["images"]), lambda r: str(r["images"])),
            *(_change(question) for question in asked),
        ),
        folded=len(groups) > FEW,
    )


def _group(each: FocusIn) -> tuple:
    return tuple(getattr(each, name) for name in GROUP)


def _numbers(found: dict, group: tuple, question: str) -> list:
    each = found.get((group, question))
    return [getattr(each, name, None) for name in NUMBERS]


def _images(row: Row) -> str:
    template = phrases.FOCUS_GROUPS["class" if row["by"] == "class" else row["name"]]
    ends = {end: percent(row[end], 1 if row[end] >= 0.01 else 2) for end in ("least", "most")}
    return say(template, name=visible(row["name"]), **ends)


def _change(question: str) -> View:
    asked = words.question(question)

    def text(row: Row) -> str:
        ends = span(row[f"{question}_low"], row[f"{question}_high"], asked.write)
        return f"{asked.write(row[f'{question}_estimate'])} {ends}".strip()

    name = asked.name[0].upper() + asked.name[1:]
    return View(
        say(phrases.FOCUS_HEADS["change"], question=name), text, beyond(f"{question}_finding")
    )
