"""The gain in every score of the predictions, beside the one that decides."""

from typing import Any

from cam_augment.records import ImpactProfile
from cam_augment.records.effects import OF_TILES
from cam_augment.report import naming, queries
from cam_augment.report.language import say
from cam_augment.report.parts import Table, View, table
from cam_augment.report.tables.cells import beyond, interval, of_strategy
from cam_augment.statistics.scoring import REPORTED

NUMBERS = ("estimate", "low", "high", "finding")
ENDS = ("", "_low", "_high", "_finding")


@table("paper", 12)
def scores(profile: ImpactProfile) -> Table | None:
    """The gain in every score."""
    deciding = profile.plan.gain
    present = {effect.question for effect in profile.effects}
    names = [n for n in REPORTED.values() if n != deciding and f"gain_{n}" in present]
    if not names:
        return None

    return _table(
        profile,
        ["gain", *(f"gain_{name}" for name in names)],
        "scores",
        say("The gain in every score"),
        say(
            "Above 0 is better, whatever the score: of the Brier score, the log-loss and the "
            "calibration error it is their fall. With the deciding interval of each. Bold: beyond "
            "seed noise, corrected over the strategies, not over the scores. What decides is the "
            "gain in {score}; the others describe.",
            score=queries.score(profile),
        ),
    )


@table("paper", 13)
def tiles(profile: ImpactProfile) -> Table | None:
    """The gain in every score, tile by tile."""
    present = dict.fromkeys(effect.question for effect in profile.effects)
    questions = [question for question in present if question.startswith(OF_TILES)]
    if not questions:
        return None
    return _table(
        profile,
        questions,
        "tiles",
        say("The gain, tile by tile"),
        say(
            "The pictures are cut into tiles; models are judged by whole pictures, of which each "
            "is as its worst tile. Here every tile counts by itself, so gains and intervals are "
            "others: the tiles of one picture are chosen together. Tiles with too few marked "
            "pixels to be sure of are left out. Bold: beyond seed noise, corrected over the "
            "strategies, not over the scores. No verdict rests on it."
        ),
    )


def _table(
    profile: ImpactProfile, questions: list[str], name: str, title: str, caption: str
) -> Table:
    """Return the table of gains: a row for each strategy, a column for each question."""

    def row(strategy: str) -> tuple[Any, ...]:
        effects = [profile.effect(strategy, question) for question in questions]
        return strategy, *(getattr(effect, name) for effect in effects for name in NUMBERS)

    return Table(
        name=name,
        title=title,
        caption=caption,
        columns=("strategy", *(f"{q}{end}" for q in questions for end in ENDS)),
        rows=tuple(row(strategy.strategy) for strategy in profile.strategies),
        views=(of_strategy(), *(_view(profile, question) for question in questions)),
        folded=True,
    )


def _view(profile: ImpactProfile, question: str) -> View:
    name = question.removeprefix(OF_TILES).removeprefix("gain_")
    name = profile.plan.gain if question == "gain" else name
    gain = naming.gain(name)
    return View(
        say("{score}, {unit}", score=naming.scalar(name), unit=gain.unit),
        lambda r: interval(r, question, gain.write),
        beyond(f"{question}_finding"),
    )
