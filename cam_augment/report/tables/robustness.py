"""What strategies gain on corrupted test images: by family, and by corruption."""

from functools import partial
from typing import Any

from cam_augment.plan import BASELINE
from cam_augment.records import Corrupted, ImpactProfile
from cam_augment.report import naming
from cam_augment.report.language import say
from cam_augment.report.parts import Row, Table, View, table
from cam_augment.report.tables.cells import beyond, interval, of_strategy
from cam_augment.report.words import is_known, percent, points, visible

NUMBERS = ("estimate", "low", "high", "finding")
ENDS = ("", "_low", "_high", "_finding")
ALL = "robustness"


@table("robustness", 1)
def robustness(profile: ImpactProfile) -> Table | None:
    """The gain on corrupted images, over all corruptions and by family."""
    record = profile.robustness
    if record is None:
        return None
    questions = [ALL, *(f"{ALL}.{family}" for family in families(profile))]

    def row(strategy: str) -> tuple[Any, ...]:
        effects = [profile.effect(strategy, question) for question in questions]
        numbers = (getattr(effect, name) for effect in effects for name in NUMBERS)
        return strategy, "; ".join(practised(profile, strategy)), *numbers

    return Table(
        name="robustness",
        title=say("The gain on corrupted test images"),
        caption=say(
            "What each strategy gains in {score} where {images} test images are corrupted, in "
            "percentage points with the deciding interval: over all {count} corruptions in each "
            "of their strengths, and by family. The baselines reach {clean} on the same images as "
            "they are, and {corrupted} corrupted. Bold: beyond seed noise, corrected over the "
            "strategies. *: the strategy changes training images likewise, so its models have "
            "practised one of these corruptions.",
            score=naming.score(record.score),
            images=f"{record.images:,}",
            count=len(record.corruptions),
            clean=percent(record.clean.get(BASELINE)),
            corrupted=percent(_mean_of_baselines(record.corruptions)),
        ),
        columns=("strategy", "practised", *(f"{q}{end}" for q in questions for end in ENDS)),
        rows=tuple(row(strategy.strategy) for strategy in profile.strategies),
        views=(
            of_strategy(),
            _view(ALL, say("All, points")),
            *(
                _view(f"{ALL}.{f}", say("{family}, points", family=heading(f)), f)
                for f in families(profile)
            ),
        ),
    )


def families(profile: ImpactProfile) -> list[str]:
    """Return the families of the corruptions that models were asked about."""
    record = profile.robustness
    return list(dict.fromkeys(c.family for c in record.corruptions)) if record else []


def practised(profile: ImpactProfile, strategy: str) -> list[str]:
    """Return the families of which a strategy changes training images likewise."""
    corruptions = profile.robustness.corruptions if profile.robustness else ()
    return list(dict.fromkeys(c.family for c in corruptions if strategy in c.strategies))


def heading(family: str) -> str:
    """Return the name of a family as a heading."""
    name = say(family)
    return name[0].upper() + name[1:]


def _view(question: str, title: str, family: str | None = None) -> View:
    def text(row: Row) -> str:
        practised = family in row["practised"].split("; ")
        return interval(row, question, partial(points, digits=1)) + ("*" if practised else "")

    return View(title, text, beyond(f"{question}_finding"))


def _mean_of_baselines(corruptions: tuple[Corrupted, ...]) -> float | None:
    scores = [score for c in corruptions for score in c.scores[BASELINE] if is_known(score)]
    return sum(scores) / len(scores) if scores else None


@table("robustness", 2)
def corruptions(profile: ImpactProfile) -> Table | None:
    """The score of every arm under every corruption, strength by strength."""
    record = profile.robustness
    if record is None:
        return None
    strengths = max(len(corruption.strengths) for corruption in record.corruptions)
    scores = tuple(f"score_{place + 1}" for place in range(strengths))

    def row(corruption: Corrupted, arm: str) -> tuple[Any, ...]:
        lacking = (None,) * (strengths - len(corruption.strengths))
        values = corruption.scores[arm] + lacking
        return corruption.name, corruption.family, arm, arm in corruption.strategies, *values

    return Table(
        name="corruptions",
        title=say("Every corruption, every arm"),
        caption=say(
            "{score} on corrupted test images, in percent, mean over the models of an arm, at "
            "each strength from the weakest on. *: the strategy changes training images likewise. "
            "How each corruption is made, and its strengths, are in the documentation.",
            score=naming.scalar(record.score),
        ),
        columns=("corruption", "family", "strategy", "practised", *scores),
        rows=tuple(
            row(corruption, arm) for corruption in record.corruptions for arm in profile.arms
        ),
        views=(
            View(say("Corruption"), lambda r: _name(r["corruption"]), kind="word"),
            View(say("Arm"), _arm, kind="word"),
            *(
                View(say("Strength {place}", place=place + 1), _score(column))
                for place, column in enumerate(scores)
            ),
        ),
        folded=True,
    )


def _name(corruption: str) -> str:
    return visible(say(corruption.replace("_", " ")))


def _arm(row: Row) -> str:
    return visible(row["strategy"]) + ("*" if row["practised"] else "")


def _score(column: str) -> Any:
    return lambda row: percent(row[column])
