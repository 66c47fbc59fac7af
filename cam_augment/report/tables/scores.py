"""The gain in every score of the predictions, beside the one that decides."""

from typing import Any

from cam_augment.records import ImpactProfile
from cam_augment.report import queries, words
from cam_augment.report.language import say
from cam_augment.report.parts import Table, View, table
from cam_augment.report.tables.cells import beyond, interval, of_strategy
from cam_augment.statistics.scoring import REPORTED

NUMBERS = ("estimate", "low", "high", "finding")
ENDS = ("", "_low", "_high", "_finding")


@table("paper", 12)
def scores(profile: ImpactProfile) -> Table | None:
    """The gain in every score."""
    there = {effect.question for effect in profile.effects}
    deciding = profile.plan.gain
    names = [n for n in REPORTED.values() if n != deciding and f"gain_{n}" in there]
    if not names:
        return None

    def row(strategy: str) -> tuple[Any, ...]:
        effects = [profile.effect(strategy, question) for question in questions]
        return strategy, *(getattr(effect, name) for effect in effects for name in NUMBERS)

    questions = ["gain", *(f"gain_{name}" for name in names)]
    return Table(
        name="scores",
        title=say("The gain in every score"),
        caption=say(
            "Above 0 is better, whatever the score: of the Brier score, the log-loss and the "
            "calibration error it is their fall. With the deciding interval of each. Bold: beyond "
            "seed noise, corrected over the strategies, not over the scores. What decides is the "
            "gain in {score}; the others describe.",
            score=queries.score(profile),
        ),
        columns=("strategy", *(f"{q}{end}" for q in questions for end in ENDS)),
        rows=tuple(row(strategy.strategy) for strategy in profile.strategies),
        views=(of_strategy(), *(_view(profile, question) for question in questions)),
        folded=True,
    )


def _view(profile: ImpactProfile, question: str) -> View:
    name = profile.plan.gain if question == "gain" else question.removeprefix("gain_")
    gain = words.gain(name)
    return View(
        say("{score}, {unit}", score=words.scalar(name), unit=gain.unit),
        lambda r: interval(r, question, gain.write),
        beyond(f"{question}_finding"),
    )
