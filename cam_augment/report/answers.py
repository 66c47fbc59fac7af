"""What an inspection engineer asks of each strategy, answered once for every format.

Nothing is judged here: what is beyond seed noise, and which classes are missed, comes from the
profile.
"""

from collections.abc import Callable
from dataclasses import dataclass

from cam_augment.plan import BASELINE
from cam_augment.records import Effect, ImpactProfile, Notice, StrategyProfile, WithinStrategy
from cam_augment.report import money, naming, phrases, price, queries, words
from cam_augment.report.language import say, sentences
from cam_augment.report.sentences import notice
from cam_augment.report.values import why_unsettled
from cam_augment.report.words import is_known, listing, number, percent, span, visible
from cam_augment.statistics.significance import Finding, Place, is_beyond_noise


@dataclass(frozen=True)
class Answer:
    """The answer to one question for one strategy.

    Attributes:
        question: key of ``phrases.QUESTIONS``. finding: key of ``phrases.SHORT[question]``.
        short: the finding in words. sentence: what it rests on, with its numbers.
        estimate, low, high, p_adjusted: of the effect that decides, in the unit of its record:
            change of focus (without masks: of attention off the product), change of spread,
            ρ inside the strategy, cost saved per 1,000 parts.
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
    """All answers for one strategy, in the order of ``phrases.QUESTIONS``."""

    strategy: str
    verdict: str
    answers: tuple[Answer, ...]


def answers(profile: ImpactProfile) -> tuple[Answers, ...]:
    """Return the answers of every strategy, best verdict first.

    Costs are a question only where the plan has costs.
    """
    makers = [place, scatter, together, *([saving] if profile.costs else [])]
    return tuple(
        Answers(
            strategy.strategy,
            strategy.conclusion,
            tuple(make(profile, strategy) for make in makers),
        )
        for strategy in queries.ranked(profile)
    )


def _test_in_words(record: Effect | WithinStrategy) -> str:
    """Return whether something is beyond seed noise, with its p."""
    p = words.p_phrase(record.p_adjusted).replace(" ", "\N{NO-BREAK SPACE}")
    if is_beyond_noise(record.finding):
        noise = say(phrases.NOISE["beyond"])
    elif isinstance(record, Effect) and record.finding == "not settled":
        noise = say(phrases.NOISE["not settled"], unsettled=why_unsettled(record.low))
    else:
        noise = say(phrases.NOISE["within noise"])
    if isinstance(record, Effect) and record.question.startswith("excess_shift."):
        return noise  # its interval stands beside it
    return say(phrases.TEST, noise=noise, p=p)


def _is_tested(effect: Effect) -> bool:
    return is_known(effect.estimate) and is_known(effect.p_adjusted)


def _answer(
    question: str, finding: str, lines: list[str], effect: Effect | None = None, **fields: str
) -> Answer:
    numbers: dict[str, float | None] = {}
    if effect is not None:
        names = ("estimate", "low", "high", "p_adjusted")
        numbers = {name: getattr(effect, name) for name in names}
    short = say(phrases.SHORT[question][finding], **fields)
    return Answer(question, finding, short, sentences(*lines), **numbers)


def _change(effect: Effect, write: Callable[..., str]) -> dict[str, str]:
    return {
        "change": write(effect.estimate, sign=True),
        "interval": span(effect.low, effect.high, write, sign=True),
        "tested": _test_in_words(effect),
    }


# -- does it look at what matters? --------------------------------------------------------


def place(profile: ImpactProfile, strategy: StrategyProfile) -> Answer:
    """Say whether more or less attention lies on what is marked than with the baselines."""
    focus, off_product = (
        profile.effect(strategy.strategy, question) for question in ("focus", "off_product")
    )
    if not {"focus", "off_product"} & {effect.question for effect in profile.effects}:
        return _answer("place", "unknown", [say(phrases.PLACE["nothing marked"])])
    if not (_is_tested(focus) or _is_tested(off_product)):
        return _answer("place", "unknown", [say(phrases.PLACE["few"])])
    # Focus decides where there are masks: less attention off the product may still miss them.
    effect, direction = (focus, 1) if _is_tested(focus) else (off_product, -1)
    lines = _place_lines(profile, strategy, focus, off_product)
    if queries.maps_pass(profile) is False:
        return _answer("place", "open", [say(phrases.PLACE["maps fail"]), *lines], effect)
    if not strategy.missed:
        return _answer("place", _more_or_less(effect, direction), lines, effect)
    classes = listing([say(phrases.CLASS, name=visible(name)) for name in strategy.missed])
    lines.append(say(phrases.PLACE["missed"], classes=classes))
    return _answer("place", "missed", lines, effect, classes=classes)


def _more_or_less(effect: Effect, direction: int) -> str:
    if not effect.beyond_noise:
        return "same"
    return "more" if direction * (effect.estimate or 0) > 0 else "less"


def _place_lines(
    profile: ImpactProfile, strategy: StrategyProfile, focus: Effect, off_product: Effect
) -> list[str]:
    lines = []
    if _is_tested(focus):
        lines += [_focus(profile, strategy, focus), *_pointing(profile, strategy)]
    if _is_tested(off_product):
        lines.append(_off_product(profile, strategy, off_product))
    return lines


def _focus(profile: ImpactProfile, strategy: StrategyProfile, effect: Effect) -> str:
    return say(
        phrases.PLACE["focus"],
        own=number(queries.mean(profile, "focus", strategy.strategy), 2),
        before=number(queries.mean(profile, "focus"), 2),
        **_change(effect, naming.question("focus").write),
    )


def _off_product(profile: ImpactProfile, strategy: StrategyProfile, effect: Effect) -> str:
    return say(
        phrases.PLACE["product"],
        own=percent(queries.mean(profile, "off_product", strategy.strategy)),
        before=percent(queries.mean(profile, "off_product")),
        **_change(effect, naming.question("off_product").write),
    )


def _pointing(profile: ImpactProfile, strategy: StrategyProfile) -> list[str]:
    """Say how often the strongest cell hits, mean over classes weighted by their images."""
    hits, before = (_hits(profile, arm) for arm in (strategy.strategy, BASELINE))
    if hits is None or before is None:
        return []
    hit, chance = (percent(value, 0) for value in hits)
    fields = {"hit": hit, "chance": chance, "before": percent(before[0], 0)}
    return [say(phrases.PLACE["pointing"], **fields)]


def _hits(profile: ImpactProfile, arm: str) -> tuple[float, float] | None:
    """Return an arm's shares of hits, and of hits by chance; None where there are none."""
    rows = [
        (p.images, p.hit, p.chance)
        for p in profile.pointing
        if p.arm == arm and is_known(p.hit) and is_known(p.chance)
    ]
    images = sum(count for count, *_ in rows)
    if not images:
        return None
    hits = sum(hit * count for count, hit, _ in rows)
    return hits / images, sum(chance * count for count, _, chance in rows) / images


# -- does its attention scatter less? -----------------------------------------------------


SPREAD: dict[Finding | None, str] = {"falls": "gathers", "rises": "scatters"}


def scatter(profile: ImpactProfile, strategy: StrategyProfile) -> Answer:
    """Say whether attention gathers or scatters: by its spread, and only where it moves."""
    spread = profile.effect(strategy.strategy, "spread")
    shift = profile.effect(strategy.strategy, queries.primary(profile))
    if not (_is_tested(spread) and _is_tested(shift)):
        return _answer("scatter", "unknown", [say(phrases.SCATTER["few"])])
    measures = {name: profile.effect(strategy.strategy, name) for name in phrases.MEASURES}
    lines = [_measure(effect, name) for name, effect in measures.items() if _is_tested(effect)]
    match attention(profile, strategy):
        case "same place":
            return _answer("scatter", "still", [_still(), *lines], spread)
        case "not known":
            return _answer("scatter", "open", [say(phrases.ATTENTION_OPEN), *lines], spread)
    return _answer("scatter", SPREAD.get(spread.finding, "same"), lines, spread)


def attention(profile: ImpactProfile, strategy: StrategyProfile) -> Place:
    """Return where attention is, as judged; beside a verdict of earlier rules, by its test."""
    if strategy.attention is not None:
        return strategy.attention
    shift = profile.effect(strategy.strategy, queries.primary(profile))
    return "moved" if shift.beyond_noise else "not known"


def _still() -> str:
    return say(phrases.SCATTER["still"], still=notice(Notice.of("attention.within_noise")))


def _measure(effect: Effect, name: str) -> str:
    fields = _change(effect, number if name == "entropy" else words.points)
    return say(phrases.SCATTER["measure"], measure=say(phrases.MEASURES[name]), **fields)


# -- does the gain go with the change of attention? ---------------------------------------


def together(profile: ImpactProfile, strategy: StrategyProfile) -> Answer:
    """Say whether accuracy and attention both change, and do so on the same images."""
    gain = profile.effect(strategy.strategy, "gain")
    shift = profile.effect(strategy.strategy, queries.primary(profile))
    if not (_is_tested(gain) and _is_tested(shift)):
        return _answer("together", "unknown", [say(phrases.TOGETHER["few"])])
    lines = [
        say(phrases.TOGETHER["gain"], **_change(gain, words.points)),
        say(phrases.TOGETHER["shift"], **_change(shift, number)),
    ]
    place = attention(profile, strategy)
    if place == "not known":
        lines.append(say(phrases.ATTENTION_OPEN))
    within = next((w for w in profile.within if w.strategy == strategy.strategy), None)
    if within is None or not (is_known(within.rho) and is_known(within.p_adjusted)):
        return _answer("together", _agreement(gain, place, None), lines)
    lines.append(
        say(
            phrases.TOGETHER["within"],
            images=f"{within.images:,}",
            rho=number(within.rho, 2, True),
            interval=span(within.low, within.high, number, digits=2),
            tested=_test_in_words(within),
        )
    )
    effect = Effect(
        strategy=strategy.strategy,
        question="within",
        estimate=within.rho,
        low=within.low,
        high=within.high,
        p_adjusted=within.p_adjusted,
    )
    return _answer("together", _agreement(gain, place, within), lines, effect)


def _agreement(gain: Effect, place: Place, within: WithinStrategy | None) -> str:
    if not gain.beyond_noise:
        return "no gain"
    if place == "same place":
        return "apart"
    if place == "not known" or within is None or not is_beyond_noise(within.finding):
        return "open"
    if (within.finding == "rises") != (gain.finding == "gains"):
        return "against"
    return "yes" if gain.finding == "gains" else "loss"


# -- what does it save? -------------------------------------------------------------------


SAVING: dict[Finding | None, str] = {"gains": "saves", "loses": "costs"}


def saving(profile: ImpactProfile, strategy: StrategyProfile) -> Answer:
    """Say what the strategy saves per 1,000 parts, by the costs of the plan."""
    effect = profile.effect(strategy.strategy, "gain_cost")
    if not _is_tested(effect):
        return _answer("saving", "unknown", [say(phrases.SAVING["few"])])
    write = words.amounts(effect.estimate, effect.low, effect.high)
    lines = [say(phrases.SAVING["saved"], **_change(effect, write))]
    arms = price.of_arm(profile)
    cost, before = (arms.get(arm) for arm in (strategy.strategy, BASELINE))
    if cost and before:
        texts = [money.of_costs(profile.plan, arm.judged("cost")) for arm in (cost, before)]
        lines.append(say(phrases.SAVING["cost"], own=texts[0], before=texts[1]))
    if profile.plan.parts_per_year is not None:
        saved = str(money.saving(profile, strategy.strategy))
        lines.append(say(phrases.SAVING["year"], saved=saved, unit=money.unit(profile.plan)))
    return _answer("saving", SAVING.get(effect.finding, "same"), lines, effect)
