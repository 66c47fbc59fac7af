"""What an inspection engineer asks of each strategy, answered once for every format.

Nothing is judged here anew: what is beyond seed noise, and which class is missed, is taken
from the profile by the rules of the verdicts.
"""

from collections.abc import Callable
from dataclasses import dataclass

from cam_augment.plan import BASELINE
from cam_augment.records import Effect, ImpactProfile, StrategyProfile, Within
from cam_augment.report import look, phrases, price, words
from cam_augment.report.language import say, sentences
from cam_augment.report.values import unsettled
from cam_augment.report.words import amount, known, listing, number, percent, span, visible
from cam_augment.statistics.significance import is_beyond_noise


@dataclass(frozen=True)
class Answer:
    """One question, answered for one strategy.

    Attributes:
        question: key of ``phrases.ASKED``. finding: key of ``phrases.SHORT[question]``.
        short: the finding in words; sentence: what it rests on, with its numbers.
        estimate, low, high, p_adjusted: of the effect that decides, in the record's unit:
            change of focus (without masks: of attention off the product), change of spread,
            ρ inside the strategy (which has no interval), cost saved per 1,000 parts.
    """

    question: str
    finding: str
    short: str
    sentence: str
    estimate: float | None = None
    low: float | None = None
    high: float | None = None
    p_adjusted: float | None = None


@dataclass(frozen=True)
class Answers:
    """All answers for one strategy, in the order of ``phrases.ASKED``."""

    strategy: str
    verdict: str
    answers: tuple[Answer, ...]


def answers(profile: ImpactProfile) -> tuple[Answers, ...]:
    """Return the answers of every strategy, best verdict first; of costs only where there are."""
    asked = _Asked(profile)
    makers: list[Callable[[StrategyProfile], Answer]] = [place, scatter, together]
    makers += [saving] if profile.costs else []
    return tuple(
        Answers(each.strategy, each.verdict, tuple(make(asked, each) for make in makers))
        for each in look.ranked(profile)
    )


class _Asked:
    """A profile with what the answers look up in it."""

    def __init__(self, profile: ImpactProfile):
        self.profile = profile
        self.effects = look.effects(profile)
        self.within = {each.strategy: each for each in profile.within}
        self.costs = price.of_arm(profile)

    def effect(self, each: StrategyProfile, question: str) -> Effect:
        """Return a strategy's effect, an empty one where it was not measured."""
        nothing = Effect(strategy=each.strategy, question=question)
        return self.effects.get((each.strategy, question), nothing)

    def mean(self, scalar: str, arm: str) -> float | None:
        values = [v for v in self.profile.points.get(scalar, {}).get(arm, ()) if known(v)]
        return sum(values) / len(values) if values else None


def _tested(record: Effect | Within) -> str:
    """Return whether something is beyond seed noise, with its p."""
    noise = "beyond" if is_beyond_noise(record.finding) else record.finding
    together = words.p_phrase(record.p_adjusted).replace(" ", "\N{NO-BREAK SPACE}")
    fields = {"unsettled": unsettled(record.low)} if noise == "not settled" else {}
    return say(phrases.TESTED, noise=say(phrases.NOISE[noise], **fields), p=together)


def _judged(effect: Effect) -> bool:
    return known(effect.estimate) and known(effect.p_adjusted)


def _answer(
    question: str, finding: str, lines: list[str], effect: Effect | None = None, **fields: str
) -> Answer:
    numbers = {}
    if effect is not None:
        names = ("estimate", "low", "high", "p_adjusted")
        numbers = {name: getattr(effect, name) for name in names}
    short = say(phrases.SHORT[question][finding], **fields)
    return Answer(question, finding, short, sentences(*lines), **numbers)


def _change(effect: Effect, write: Callable[..., str]) -> dict[str, str]:
    return {
        "change": write(effect.estimate, sign=True),
        "interval": span(effect.low, effect.high, write, sign=True),
        "tested": _tested(effect),
    }


# -- does it look at what matters? --------------------------------------------------------


def place(asked: _Asked, each: StrategyProfile) -> Answer:
    """Whether attention lies on what is marked: more or less than the baselines', and missed."""
    focus, off = asked.effect(each, "focus"), asked.effect(each, "off_product")
    if not any(name in ("focus", "off_product") for _, name in asked.effects):
        return _answer("place", "unknown", [say(phrases.PLACE["nothing marked"])])
    if not (_judged(focus) or _judged(off)):
        return _answer("place", "unknown", [say(phrases.PLACE["few"])])
    lines = [_focus(asked, each, focus), *_pointing(asked, each)] if _judged(focus) else []
    lines += [_off_product(asked, each, off)] if _judged(off) else []
    # Focus decides where there are masks: less attention off the product may miss them still.
    decides, way = (focus, 1) if _judged(focus) else (off, -1)
    moves = "more" if way * decides.estimate > 0 else "less"
    change = moves if decides.beyond_noise else "same"
    if not each.missed:
        return _answer("place", change, lines, decides)
    missed = listing([say(phrases.CLASS, name=visible(name)) for name in each.missed])
    lines.append(say(phrases.PLACE["missed"], classes=missed))
    return _answer("place", "missed", lines, decides, classes=missed)


def _focus(asked: _Asked, each: StrategyProfile, effect: Effect) -> str:
    return say(
        phrases.PLACE["focus"],
        own=number(asked.mean("focus", each.strategy), 2),
        before=number(asked.mean("focus", BASELINE), 2),
        **_change(effect, words.question("focus").write),
    )


def _off_product(asked: _Asked, each: StrategyProfile, effect: Effect) -> str:
    return say(
        phrases.PLACE["product"],
        own=percent(asked.mean("off_product", each.strategy)),
        before=percent(asked.mean("off_product", BASELINE)),
        **_change(effect, words.question("off_product").write),
    )


def _pointing(asked: _Asked, each: StrategyProfile) -> list[str]:
    """Say how often the strongest cell hits, over all classes, each by its images."""
    own, before = (_hits(asked.profile, arm) for arm in (each.strategy, BASELINE))
    if own is None or before is None:
        return []
    hit, chance = (percent(value, 0) for value in own)
    fields = {"hit": hit, "chance": chance, "before": percent(before[0], 0)}
    return [say(phrases.PLACE["pointing"], **fields)]


def _hits(profile: ImpactProfile, arm: str) -> tuple[float, float] | None:
    found = [p for p in profile.pointing if p.arm == arm and known(p.hit) and known(p.chance)]
    images = sum(p.images for p in found)
    if not images:
        return None
    return tuple(sum(getattr(p, name) * p.images for p in found) / images
                 for name in ("hit", "chance"))  # fmt: skip


# -- does its attention scatter less? -----------------------------------------------------


def scatter(asked: _Asked, each: StrategyProfile) -> Answer:
    """Whether attention gathers or scatters, as the verdicts say it: by spread, once it moves."""
    spread = asked.effect(each, "spread")
    shift = asked.effect(each, look.primary(asked.profile))
    if not (_judged(spread) and _judged(shift)):
        return _answer("scatter", "unknown", [say(phrases.SCATTER["few"])])
    lines = [_measure(asked, asked.effect(each, name), name) for name in phrases.MEASURES]
    lines = [line for line in lines if line]
    if not shift.beyond_noise:
        return _answer("scatter", "still", [_still(), *lines], spread)
    way = {"falls": "gathers", "rises": "scatters"}.get(spread.finding, "same")
    return _answer("scatter", way, lines, spread)


def _still() -> str:
    return say(phrases.SCATTER["still"], still=say(phrases.REASONS["attention.within_noise"]))


def _measure(asked: _Asked, effect: Effect, name: str) -> str:
    if not _judged(effect):
        return ""
    write = number if name == "entropy" else words.points
    fields = _change(effect, write)
    return say(phrases.SCATTER["measure"], measure=say(phrases.MEASURES[name]), **fields)


# -- does the gain go with the change of attention? ---------------------------------------


def together(asked: _Asked, each: StrategyProfile) -> Answer:
    """Whether accuracy and attention both change, and do so on the same images."""
    gain = asked.effect(each, "gain")
    shift = asked.effect(each, look.primary(asked.profile))
    within = asked.within.get(each.strategy)
    if not (_judged(gain) and _judged(shift)):
        return _answer("together", "unknown", [say(phrases.TOGETHER["few"])])
    lines = [
        say(phrases.TOGETHER["gain"], **_change(gain, words.points)),
        say(phrases.TOGETHER["shift"], **_change(shift, number)),
    ]
    told = within if within and known(within.rho) and known(within.p_adjusted) else None
    if told is None:
        return _answer("together", _goes(gain, shift, None), lines)
    lines.append(
        say(phrases.TOGETHER["within"], 
            images=f"{told.images:,}", rho=number(told.rho, 2, True),
            tested=_tested(told),
        )
    )  # fmt: skip
    numbers = Effect(strategy=each.strategy, question="within", estimate=told.rho,
                     p_adjusted=told.p_adjusted)  # fmt: skip
    return _answer("together", _goes(gain, shift, told), lines, numbers)


def _goes(gain: Effect, shift: Effect, told: Within | None) -> str:
    if not gain.beyond_noise:
        return "no gain"
    if not shift.beyond_noise:
        return "apart"
    if told is None or not is_beyond_noise(told.finding):
        return "open"
    if (told.finding == "rises") != (gain.finding == "gains"):
        return "against"
    return "yes" if gain.finding == "gains" else "loss"


# -- what does it save? -------------------------------------------------------------------


def saving(asked: _Asked, each: StrategyProfile) -> Answer:
    """What the strategy saves per 1,000 parts, by the plan's costs."""
    saved = asked.effect(each, "gain_cost")
    if not _judged(saved):
        return _answer("saving", "unknown", [say(phrases.SAVING["few"])])
    write = words.amounts(saved.estimate, saved.low, saved.high)
    lines = [say(phrases.SAVING["saved"], **_change(saved, write))]
    own, before = (asked.costs.get(arm) for arm in (each.strategy, BASELINE))
    if own and before:
        paid = {"own": amount(price.paid(own)), "before": amount(price.paid(before))}
        lines.append(say(phrases.SAVING["cost"], **paid))
    way = {"gains": "saves", "loses": "costs"}.get(saved.finding, "same")
    return _answer("saving", way, lines, saved)
