"""What an inspection engineer asks, one row a strategy and one column a question."""

from collections.abc import Sequence

from cam_augment.records import ImpactProfile
from cam_augment.report import phrases
from cam_augment.report.answers import Answers, answers
from cam_augment.report.language import say, sentences
from cam_augment.report.parts import Table, View, table
from cam_augment.report.tables.cells import of_strategy, of_verdict
from cam_augment.report.words import percent

NUMBERS = ("estimate", "low", "high", "p_adjusted")


@table("questions", 1)
def questions(profile: ImpactProfile) -> Table | None:
    """The questions of every strategy, answered in words."""
    found = answers(profile)
    if not found:
        return None
    asked = [each.question for each in found[0].answers]
    priced = "saving" in asked
    return Table(
        name="questions",
        title=say(phrases.QUESTIONS_TITLE_PRICED if priced else phrases.QUESTIONS_TITLE),
        caption=sentences(_caption(profile), _unmarked(found)),
        columns=("strategy", "verdict", *(name for each in asked for name in _columns(each))),
        rows=tuple(_row(each) for each in found),
        views=(
            of_strategy(),
            of_verdict(),
            *(_view(question) for question in asked),
        ),
        cards=True,
    )


def _caption(profile: ImpactProfile) -> str:
    alpha = profile.plan.alpha
    return say(phrases.QUESTIONS_CAPTION, level=percent(1 - alpha, 0), alpha=f"{alpha:g}")


def _unmarked(found: Sequence[Answers]) -> str:
    """Say how the first question can be answered, where it cannot for any strategy."""
    unknown = all(each.answers[0].finding == "unknown" for each in found)
    return say(phrases.UNMARKED_CAPTION) if unknown else ""


def _columns(question: str) -> tuple[str, ...]:
    further = ("short", "sentence", *NUMBERS)
    return question, *(f"{question}_{name}" for name in further)


def _row(each: Answers) -> tuple:
    values = [
        value
        for answer in each.answers
        for value in (answer.finding, answer.short, answer.sentence,
                      *(getattr(answer, name) for name in NUMBERS))
    ]  # fmt: skip
    return each.strategy, each.verdict, *values


def _view(question: str) -> View:
    return View(
        say(phrases.ASKED[question]),
        lambda r: r[f"{question}_sentence"],
        kind="sentence",
        lead=lambda r: r[f"{question}_short"],
    )
