"""What models see in patches: the common share of every strategy, and its use of every factor."""

from functools import partial
from typing import Any

from cam_augment.plan import BASELINE
from cam_augment.records import Concepts, Effect, ImpactProfile
from cam_augment.records.effects import COMMON_SHARE, OF_ONE_FACTOR
from cam_augment.report import phrases, queries, words
from cam_augment.report.language import say, sentences
from cam_augment.report.parts import Table, View, table
from cam_augment.report.tables.cells import beyond, interval, of_strategy
from cam_augment.report.words import listing, percent, points

VARIED = 0.02  # a difference of what could be explained at most that is worth a sentence
_write = partial(points, digits=1)


@table("factors", 1)
def concepts(profile: ImpactProfile) -> Table | None:
    """The common share of every strategy, and the factors that it uses more or less."""
    record = profile.concepts
    if record is None:
        return None
    count = len(record.factors)
    return Table(
        name="concepts",
        title=say(phrases.CONCEPTS["title"]),
        caption=say(
            phrases.CONCEPTS["caption"],
            factors=words.count(count, "factor"),
            count=count,
            patches=f"{record.patches:,}",
            baseline=percent(record.common.get(BASELINE)),
        ),
        columns=(
            *("strategy", "common", "explained", "most"),
            *("change", "change_low", "change_high", "change_p_adjusted", "change_finding"),
            *("more", "less", "short", "sentence"),
        ),
        rows=tuple(_row(profile, record, s.strategy) for s in profile.strategies),
        views=(
            of_strategy(),
            View(
                say("Common share, points"),
                lambda r: interval(r, "change", _write),
                beyond("change_finding"),
            ),
            View(
                say("What it sees"),
                lambda r: r["sentence"],
                kind="sentence",
                lead=lambda r: r["short"],
            ),
        ),
    )


def _row(profile: ImpactProfile, record: Concepts, strategy: str) -> tuple[Any, ...]:
    effect = profile.effect(strategy, COMMON_SHARE)
    changes = _changes(profile, strategy)
    shares = (record.common, record.explained, record.most)
    return (
        strategy,
        *(by_arm.get(strategy) for by_arm in shares),
        *(effect.estimate, effect.low, effect.high, effect.p_adjusted, effect.finding),
        *("; ".join(changes[way]) for way in ("more", "less")),
        say(phrases.SEES[_finding(effect, changes)]),
        sentences(_shares(record, strategy), *_weights(changes), _varied(record, strategy)),
    )


def _changes(profile: ImpactProfile, strategy: str) -> dict[str, dict[str, Effect]]:
    """Return the factors that a strategy uses more, and less, beyond seed noise, by name."""
    changes: dict[str, dict[str, Effect]] = {"more": {}, "less": {}}
    for number, name in enumerate(queries.factors(profile), start=1):
        effect = profile.effect(strategy, f"{OF_ONE_FACTOR}{number}")
        if effect.beyond_noise:
            changes["more" if effect.finding == "rises" else "less"][name] = effect
    return changes


def _finding(effect: Effect, changes: dict[str, dict[str, Effect]]) -> str:
    """Return the key of ``phrases.SEES``."""
    if effect.beyond_noise:
        return str(effect.finding)
    if any(changes.values()):
        return "weights"
    return effect.finding or "unknown"


def _shares(record: Concepts, strategy: str) -> str:
    own, before = (percent(record.common.get(arm)) for arm in (strategy, BASELINE))
    return say(phrases.WEIGHTS["share"], own=own, before=before)


def _weights(changes: dict[str, dict[str, Effect]]) -> list[str]:
    return [
        say(
            phrases.WEIGHTS[way],
            factors=listing([
                say(phrases.WEIGHTS["factor"], factor=name, change=_write(effect.estimate))
                for name, effect in by_name.items()
            ]),
        )
        for way, by_name in changes.items()
        if by_name
    ]  # fmt: skip


def _varied(record: Concepts, strategy: str) -> str:
    """Say where any so many factors explain clearly less, or more, than of the baselines."""
    most, before = record.most.get(strategy), record.most.get(BASELINE)
    if most is None or before is None or abs(most - before) < VARIED:
        return ""
    return say(
        phrases.WEIGHTS["various" if most < before else "uniform"],
        count=len(record.factors),
        most=percent(most),
        before=percent(before),
    )


@table("factors", 2)
def factors(profile: ImpactProfile) -> Table | None:
    """The use of every factor by every strategy."""
    record = profile.concepts
    if record is None:
        return None
    names = queries.factors(profile)
    rows = []
    for number, (factor, name) in enumerate(zip(record.factors, names, strict=True), start=1):
        for strategy in (s.strategy for s in profile.strategies):
            effect = profile.effect(strategy, f"{OF_ONE_FACTOR}{number}")
            numbers = (effect.estimate, effect.low, effect.high, effect.p_adjusted)
            shares = (factor.use.get(BASELINE), factor.use.get(strategy))
            rows.append((number, name, strategy, *shares, *numbers, effect.finding))
    return Table(
        name="factors",
        title=say(phrases.USES["title"]),
        caption=say(phrases.USES["caption"]),
        columns=(
            *("factor", "name", "strategy", "baselines", "use"),
            *("change", "change_low", "change_high", "change_p_adjusted", "finding"),
        ),
        rows=tuple(rows),
        views=(
            View(say("Factor"), lambda r: r["name"], kind="word"),
            of_strategy(),
            View(say("Baselines"), lambda r: percent(r["baselines"])),
            View(say("Use"), lambda r: percent(r["use"])),
            View(say("Change, points"), lambda r: interval(r, "change", _write), beyond()),
        ),
        folded=True,
    )
