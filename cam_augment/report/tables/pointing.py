"""Does attention find what is marked, arm by arm and class by class?"""

from cam_augment.records import ImpactProfile
from cam_augment.report import words
from cam_augment.report.language import say
from cam_augment.report.parts import Row, Table, View, table
from cam_augment.report.tables.cells import of_strategy
from cam_augment.report.values import place
from cam_augment.report.words import number, percent, visible

COLUMNS = (
    "arm", "class", "images", "hit", "chance", "beyond", "low", "high", "place", "there", "missed",
)  # fmt: skip


@table("attention", 30)
def pointing(profile: ImpactProfile) -> Table | None:
    """How often the strongest cell of a map lies on what is marked."""
    if not profile.pointing:
        return None
    return Table(
        name="pointing",
        title=say("Does attention find what is marked?"),
        caption=say(
            "Share of maps whose strongest cell touches the image's marked region; by chance: the "
            "same with the regions of the class's other images, which a network reaches that "
            "always looks at one place. Beyond chance: 0 at chance, 1 where every map hits; its "
            "interval is over models and images. Missed (bold): the whole interval lies below "
            "half, and so does chance. Most often: the ninth of the image with most strongest "
            "cells."
        ),
        columns=COLUMNS,
        rows=tuple(
            (p.arm, p.name, p.images, p.hit, p.chance, p.beyond, p.low, p.high,
             place(p.place), p.there, p.missed)
            for p in profile.pointing
        ),
        views=(
            View(say("Class"), lambda r: visible(r["class"]), kind="word"),
            of_strategy("arm"),
            View(say("Hits"), lambda r: percent(r["hit"], 0)),
            View(say("By chance"), lambda r: percent(r["chance"], 0)),
            View(
                say("Beyond chance [interval]"),
                lambda r: (
                    f"{number(r['beyond'], 2, True)} "
                    f"{words.span(r['low'], r['high'], number, digits=2)}"
                ),
                lambda r: "beyond" if r["missed"] else "",
            ),
            View(say("Most often"), _most_often, kind="word"),
        ),
        folded=len(profile.pointing) > 12,
    )  # fmt: skip


def _most_often(row: Row) -> str:
    return f"{row['place']} ({percent(row['there'], 0)})"
