"""What an inspection engineer asks, one row a strategy and one column a question."""

from collections.abc import Sequence
from typing import Any

from cam_augment.records import ImpactProfile
from cam_augment.report import phrases, queries
from cam_augment.report.answers import Answers, answers
from cam_augment.report.language import say, sentences
from cam_augment.report.parts import Table, View, table
from cam_augment.report.tables.cells import of_strategy, of_verdict

NUMBERS = ("estimate", "low", "high", "p_adjusted")


@table("verdicts", 3)
def questions(profile: ImpactProfile) -> Table | None:
    """The questions of every strategy, answered in words."""
    rows = answers(profile)
    if not rows:
        return None
    names = [answer.question for answer in rows[0].answers]
    has_costs = "saving" in names
    return Table(
        name="questions",
        title=say(phrases.QUESTIONS_TITLE_PRICED if has_costs else phrases.QUESTIONS_TITLE),
        caption=sentences(_caption(profile), _advice(rows)),
        columns=("strategy", "verdict", *(column for name in names for column in _columns(name))),
        rows=tuple(map(_row, rows)),
        views=(of_strategy(), of_verdict(profile), *map(_view, names)),
        cards=True,
        shown=False,
    )


def _caption(profile: ImpactProfile) -> str:
    alpha = profile.plan.alpha
    return say(phrases.QUESTIONS_CAPTION, interval=queries.interval(profile), alpha=f"{alpha:g}")


def _advice(rows: Sequence[Answers]) -> str:
    """Return how to have the first question answered, where it is for no strategy."""
    unknown = all(row.answers[0].finding == "unknown" for row in rows)
    return say(phrases.UNMARKED_CAPTION) if unknown else ""


def _columns(question: str) -> tuple[str, ...]:
    further = ("short", "sentence", *NUMBERS)
    return question, *(f"{question}_{name}" for name in further)


def _row(row: Answers) -> tuple[Any, ...]:
    values = [
        value
        for answer in row.answers
        for value in (answer.finding, answer.short, answer.sentence,
                      *(getattr(answer, name) for name in NUMBERS))
    ]  # fmt: skip
    return row.strategy, row.verdict, *values


def _view(question: str) -> View:
    return View(
        say(phrases.QUESTIONS[question]),
        lambda r: r[f"{question}_sentence"],
        kind="sentence",
        lead=lambda r: r[f"{question}_short"],
    )
