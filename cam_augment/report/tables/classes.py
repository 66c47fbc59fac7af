"""Gains, class by class."""

from cam_augment.records import ImpactProfile
from cam_augment.report import words
from cam_augment.report.language import say
from cam_augment.report.parts import Table, View, table
from cam_augment.report.tables.cells import of_strategy
from cam_augment.report.words import p_value, percent, points, visible


@table("classes", 1)
def class_gains(profile: ImpactProfile) -> Table | None:
    """Gains in recall, class by class."""
    if not profile.class_gains:
        return None
    gains = {(g.strategy, g.name): g.gain for g in profile.class_gains}
    worst = {s.strategy: s for s in profile.strategies}
    recall = {g.name: g.baseline for g in profile.class_gains}
    names = tuple(f"class_{i}" for i in range(len(profile.classes)))

    def row(strategy: str) -> tuple:
        values = [gains.get((strategy, name)) for name in profile.classes]
        return strategy, *values, worst[strategy].worst_class, worst[strategy].worst_class_p

    views = [
        of_strategy(),
        *(_gain(k, n, recall.get(n)) for k, n in zip(names, profile.classes, strict=True)),
        View(say("Loses most"), lambda r: visible(r["worst_class"] or words.DASH), kind="word"),
        View(say("p"), lambda r: p_value(r["worst_class_p"])),
    ]
    return Table(
        name="class_gains",
        title=say("Gains class by class"),
        caption=_caption(profile),
        columns=("strategy", *names, "worst_class", "worst_class_p"),
        rows=tuple(row(s.strategy) for s in profile.strategies),
        views=tuple(views),
    )


def _caption(profile: ImpactProfile) -> str:
    if profile.has_old_verdicts:
        return say(
            "Change of recall in each class, in percentage points; in the heading, the baselines' "
            "recall. p: of the class that loses most, corrected for looking at all classes."
        )
    return say(
        "Change of recall in each class, in percentage points; in the heading, the baselines' "
        "recall. Loses most: the class whose loss is surest. p: that any class loses more than "
        "the margin of {margin} points, corrected over classes and strategies.",
        margin=f"{100 * profile.plan.margins.recall:g}",
    )


def _gain(column: str, name: str, recall: float | None) -> View:
    """Return the view of one class's gains."""
    return View(
        f"{visible(name)} ({percent(recall, 0)})",
        lambda r: points(r[column], 1),
        lambda r: "worst" if r["worst_class"] == name else "",
    )
