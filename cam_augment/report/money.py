"""In what savings are written: per 1,000 parts or a year, in the currency of the plan."""

from dataclasses import dataclass

from cam_augment.plan import Plan
from cam_augment.records import Effect, ImpactProfile
from cam_augment.report import words
from cam_augment.report.language import say
from cam_augment.report.words import is_known, visible

PARTS = 1000  # that costs are counted for
UNITS = {
    (False, False): "per 1,000 parts",
    (False, True): "{currency} per 1,000 parts",
    (True, False): "a year",
    (True, True): "{currency} a year",
}
HEADINGS = {
    (False, False): "Saved per 1,000 parts",
    (False, True): "Saved per 1,000 parts, {currency}",
    (True, False): "Saved a year",
    (True, True): "Saved a year, {currency}",
}


@dataclass(frozen=True)
class Saving:
    """What a strategy saves, in words; all are empty where that is not known."""

    estimate: str
    interval: str

    def __str__(self) -> str:
        return f"{self.estimate} {self.interval}".strip()


def unit(plan: Plan) -> str:
    """Return the unit of savings as the page writes them.

    >>> unit(Plan.make({"costs": "miss=9,false_alarm=1,good=0", "currency": "EUR"}))
    'EUR per 1,000 parts'
    """
    return _in_words(UNITS, plan)


def heading(plan: Plan) -> str:
    """Return the heading of a column of savings, with their unit."""
    return _in_words(HEADINGS, plan)


def _in_words(texts: dict[tuple[bool, bool], str], plan: Plan) -> str:
    text = texts[plan.parts_per_year is not None, plan.currency is not None]
    return say(text, currency=visible(plan.currency)) if plan.currency else say(text)


def of_costs(plan: Plan, amount: float | None) -> str:
    """Return a cost in the currency of the plan."""
    text = words.amount(amount)
    return text if plan.currency is None else f"{text}\N{NO-BREAK SPACE}{visible(plan.currency)}"


def yearly(profile: ImpactProfile, effect: Effect) -> Effect:
    """Return a saving per 1,000 parts as one of a year, where the plan says how many that has."""
    parts = profile.plan.parts_per_year
    if parts is None:
        return effect
    numbers = {
        name: value * parts / PARTS
        for name in ("estimate", "low", "high")
        if is_known(value := getattr(effect, name))
    }
    return effect.model_copy(update=numbers)


def writer(profile: ImpactProfile, saving: Effect) -> words.Write:
    """Return what writes a saving, as ``yearly`` returns it, and its interval, alike."""
    numbers = saving.estimate, saving.low, saving.high
    return (words.amounts if profile.plan.parts_per_year is None else words.sums)(*numbers)


def saving(profile: ImpactProfile, strategy: str) -> Saving:
    """Return what a strategy saves, with its deciding interval."""
    effect = yearly(profile, profile.effect(strategy, "gain_cost"))
    if profile.costs is None or not is_known(effect.estimate):
        return Saving("", "")
    write = writer(profile, effect)
    return Saving(write(effect.estimate, sign=True), words.span(effect.low, effect.high, write))
