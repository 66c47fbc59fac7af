"""Inside each strategy: did the gain come with the change of attention?"""

from cam_augment.records import ImpactProfile
from cam_augment.report.language import say
from cam_augment.report.parts import Row, Table, View, table
from cam_augment.report.tables.cells import beyond, of_strategy
from cam_augment.report.words import number, p_value, points, span

COLUMNS = (
    "strategy", "images", "probability_change", "rho", "low", "high", "p", "p_adjusted", "classes",
    "rho_classes", "p_classes", "p_classes_adjusted", "finding", "finding_classes",
)  # fmt: skip


@table("paper", 35)
def within_strategies(profile: ImpactProfile) -> Table | None:
    """Whether the true class gained where attention moved, image by image."""
    if not profile.within:
        return None
    return Table(
        name="within_strategies",
        title=say("Did the gain come with the change of attention?"),
        caption=say(
            "Inside each strategy, over the probe images: rank correlation of how far attention "
            "moved beyond seed noise with how much the probability of the true class changed. "
            "Above 0: the true class gained where attention moved; below 0: it lost there. Over "
            "images within their classes, with an interval over images, and over the classes' "
            "means; p by relabelling whole models, corrected over strategies. A correlation is no "
            "cause: a hard image can have both. Change: of the true class' probability on the "
            "probe images, in percentage points."
        ),
        columns=COLUMNS,
        rows=tuple(tuple(getattr(within, name) for name in COLUMNS) for within in profile.within),
        views=(
            of_strategy(),
            View(say("Change, points"), lambda r: points(r["probability_change"])),
            View(
                say("ρ over images [interval]"),
                lambda r: f"{number(r['rho'], 2, True)} {_ends(r)}".strip(),
                beyond(),
            ),
            View(say("p"), lambda r: p_value(r["p_adjusted"])),
            View(
                say("ρ over classes"),
                lambda r: number(r["rho_classes"], 2, True),
                beyond("finding_classes"),
            ),
            View(say("p"), lambda r: p_value(r["p_classes_adjusted"])),
        ),
    )


def _ends(row: Row) -> str:
    return span(row["low"], row["high"], number, digits=2)
