"""Published profiles: what any table or figure marks as beyond noise, the verdicts hold so too."""

from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path

import pytest

from cam_augment.records import ImpactProfile, load_profile
from cam_augment.report import answers, queries, words
from cam_augment.report.figures.costs import gain_and_saving
from cam_augment.report.figures.floor import attention_floor
from cam_augment.report.figures.heatmap import impact_profile
from cam_augment.report.figures.sizes import PAGE
from cam_augment.report.parts import Table, View
from cam_augment.report.tables import costs, effects, strategies

PUBLISHED = sorted((Path(__file__).parent.parent / "results").glob("*/profile.json"))
SHIFT = "the primary excess shift"
# Heading of a column to the question whose mark it bears.
HEADINGS = {
    "Gain, points [interval]": "gain",
    "Excess shift E": SHIFT,
    "Excess shift E [interval]": SHIFT,
    "Spread, change": "spread",
    "Focus, change": "focus",
    "Saved [interval]": "gain_cost",
    "Gain, points": "gain",
    "Saved per 1,000 parts": "gain_cost",
    "Attention moved, E": SHIFT,
    "Spread, %": "spread",
}
Mark = tuple[str, str, bool]  # strategy, question, whether it is marked

stored = cache(load_profile)


@pytest.fixture(params=PUBLISHED, ids=lambda path: path.parent.name)
def profile(request) -> ImpactProfile:
    return stored(request.param)


def beyond(profile: ImpactProfile, strategy: str, question: str) -> bool:
    """The rule in words: a small corrected p; of gains and savings an interval without 0, too.

    Of shifts too, but for profiles that were judged by the rules before margins.
    """
    effect = profile.effect(strategy, queries.primary(profile) if question == SHIFT else question)
    if effect.p_adjusted is None or effect.p_adjusted > profile.plan.alpha:
        return False
    if effect.question.startswith("excess_shift") and not profile.has_old_verdicts:
        return effect.low is not None and effect.low > 0
    if not question.startswith("gain"):
        return True
    return effect.low is not None and (effect.low > 0 or effect.high < 0)


def bold(table: Table | None, *headings: str) -> Iterator[Mark]:
    """Yield the marks of a table's columns."""
    for row in table.records() if table else ():
        strategy = row.get("strategy", row.get("arm"))
        for view in table.views:
            if view.title in headings and strategy != "baseline":
                yield strategy, HEADINGS[view.title], view.mark(row) == "beyond"


def signs(table: Table) -> Iterator[Mark]:
    """Yield what ● and ○ say in the table of the verdicts."""
    signed: list[View] = [view for view in table.views if view.title in HEADINGS]
    for row in table.records():
        for view in signed:
            text = view.text(row)
            if "●" in text or "○" in text:
                yield row["strategy"], HEADINGS[view.title], "●" in text


def test_the_table_in_numbers(profile):
    headings = ("Gain, points [interval]", "Excess shift E", "Spread, change", "Focus, change")
    check(profile, bold(strategies.profile(profile), *headings))


def test_the_table_of_verdicts(profile):
    check(profile, signs(strategies.verdicts(profile)))


def test_the_table_of_the_shift(profile):
    check(profile, bold(effects.shift(profile), "Excess shift E [interval]"))


def test_the_table_of_savings(profile):
    if profile.costs is not None:
        check(profile, bold(costs.costs(profile), "Saved [interval]"))


def test_the_table_of_all_effects(profile):
    table = effects.effects(profile)
    corrected = next(view for view in table.views if view.title == "p corrected")
    check(
        profile,
        (
            (row["strategy"], row["question"], corrected.mark(row) == "beyond")
            for row in table.records()
        ),
    )


def test_the_answers_in_words(profile):
    def marks() -> Iterator[Mark]:
        for row in answers.answers(profile):
            by_question = {answer.question: answer for answer in row.answers}
            together = by_question["together"].finding
            if together != "unknown":
                yield row.strategy, "gain", together != "no gain"
            if "saving" in by_question:
                yield (
                    row.strategy,
                    "gain_cost",
                    by_question["saving"].finding in ("saves", "costs"),
                )

    check(profile, marks())


def test_the_heat_map(profile):
    questions, names = queries.at_a_glance(profile), queries.tree_order(profile)
    axes = impact_profile(profile).draw(PAGE).axes[0]
    cells = {t.get_position() for t in axes.texts if t.get_text() in ("+", words.MINUS)}
    check(
        profile,
        (
            (name, question, (column, row) in cells)
            for row, name in enumerate(names)
            for column, question in enumerate(questions)
        ),
    )


def test_the_figure_of_the_floor(profile):
    axes = attention_floor(profile).draw(PAGE).axes[0]
    names = row_names(profile, axes)
    texts = {text.xy[1]: text.get_text() for text in axes.texts if text.get_text()[:1] == "E"}
    check(profile, ((names[row], SHIFT, "●" in text) for row, text in texts.items()))


def test_the_figure_of_gains_and_savings(profile):
    figure = gain_and_saving(profile)
    if figure is None:
        return
    panels = figure.draw(PAGE).axes
    names = row_names(profile, panels[0])

    def marks() -> Iterator[Mark]:
        for axes, question in zip(panels, ("gain", "gain_cost"), strict=True):
            for line in axes.lines:
                if line.get_marker() != "None":
                    filled = line.get_markerfacecolor() != "white"
                    yield names[int(line.get_ydata()[0])], question, filled

    check(profile, marks())


def row_names(profile: ImpactProfile, axes) -> list[str]:
    """Return the strategies of a figure's rows, whose labels may break."""
    labels = {strategy.strategy for strategy in profile.strategies}
    names = [label.get_text().replace("\n", "") for label in axes.get_yticklabels()]
    assert set(names) <= labels | {"baseline"}
    return names


def check(profile: ImpactProfile, marks: Iterable[Mark]) -> None:
    marks = list(marks)
    assert marks
    assert [mark for mark in marks if beyond(profile, *mark[:2]) != mark[2]] == []
