"""A strategy looked at closely: its numbers, answers, classes, and images before and after."""

import csv
import io
import math
from dataclasses import dataclass
from typing import Any

from cam_augment.plan import BASELINE
from cam_augment.records import ImpactProfile, StrategyProfile, Turned, frame
from cam_augment.report import money, naming, phrases, price, queries, words
from cam_augment.report.answers import answers
from cam_augment.report.decision.errors import Chart, charts
from cam_augment.report.figures.mean_maps import Picture, pictures, turned_pictures
from cam_augment.report.formats import paper
from cam_augment.report.language import say, sentences
from cam_augment.report.sentences import next_step, notes, reasons
from cam_augment.report.words import is_known, number, percent, points, span, visible

Pair = tuple[Picture, Picture]  # under the baselines, and under the strategy


@dataclass(frozen=True)
class Bar:
    """One class: the change of its recall as a bar, in percent of the bar's width.

    Attributes:
        maps: its mean maps under the baselines and the strategy; None: there are none.
    """

    name: str
    text: str
    left: float
    width: float
    loss: bool
    maps: Pair | None


@dataclass(frozen=True)
class TurnedImage:
    """An image that the strategy reads otherwise than the baselines, with both maps."""

    picture: str
    alt: str
    before: Picture
    after: Picture
    text: str


@dataclass(frozen=True)
class View:
    """All that the page says of one strategy beyond its row.

    Attributes:
        facts: name and value. answers: question, answer in short, what it rests on.
        errors: misses against false alarms; None where that is not known.
        samples: data URIs of training images, as read and as changed.
        latex, csv: the strategy's row of the paper's main table and of ``profile.csv``, to copy.
    """

    strategy: str
    reason: str
    facts: tuple[tuple[str, str], ...]
    answers: tuple[tuple[str, str, str], ...]
    classes: tuple[Bar, ...]
    class_maps: bool
    errors: Chart | None
    samples: tuple[tuple[str, str], ...]
    fixed: tuple[TurnedImage, ...]
    broken: tuple[TurnedImage, ...]
    latex: str
    csv: str


def views(profile: ImpactProfile) -> tuple[View, ...]:
    """Return a view of each strategy, in the order of the whole page."""
    maps = pictures(profile)
    spoken = {row.strategy: row for row in answers(profile)}
    rows = {row["strategy"]: row for row in frame.rows(profile)}
    errors, widest = charts(profile), _widest(profile)
    return tuple(
        View(
            strategy.strategy,
            _reason(profile, strategy),
            _facts(profile, strategy),
            tuple(
                (say(phrases.QUESTIONS[a.question]), a.short, a.sentence)
                for a in spoken[strategy.strategy].answers
            ),
            bars := _bars(profile, strategy, maps, widest),
            any(bar.maps for bar in bars),
            errors.get(strategy.strategy),
            _samples(profile, strategy),
            _turned(profile, strategy, fixed=True),
            _turned(profile, strategy, fixed=False),
            paper.row(profile, strategy.strategy),
            _csv(rows[strategy.strategy]),
        )
        for strategy in queries.ranked(profile)
    )


def _reason(profile: ImpactProfile, strategy: StrategyProfile) -> str:
    text, step = reasons(strategy), next_step(profile, strategy)
    opening = say("{text}.", text=text[:1].upper() + text[1:])
    ending = say(phrases.NEXT, step=step) if step else ""
    return sentences(opening, *notes(strategy), ending)


# -- numbers ------------------------------------------------------------------------------


def _facts(profile: ImpactProfile, strategy: StrategyProfile) -> tuple[tuple[str, str], ...]:
    facts = {
        "models": _models(profile, strategy),
        "gain": _gain(profile, strategy),
        "again": _again(profile, strategy),
        "finds": points(strategy.smallest_gain, sign=False) if is_known(strategy.smallest_gain)
        else "",
        "better": words.listing(_behind(profile, strategy)) if _behind(profile, strategy) else "",
        "shift": _shift(profile, strategy),
        "spread": _spread(profile, strategy),
        "epoch": _epoch(profile, strategy),
        "cost": _cost(profile, strategy),
        "saving": _saving(profile, strategy),
    }  # fmt: skip
    return tuple((say(phrases.FACT_NAMES[name]), value) for name, value in facts.items() if value)


def _models(profile: ImpactProfile, strategy: StrategyProfile) -> str:
    planned = queries.planned_models(profile, strategy.strategy)
    return say("{best} of {all}", best=strategy.runs, all=planned)


def _gain(profile: ImpactProfile, strategy: StrategyProfile) -> str:
    effect = profile.effect(strategy.strategy, "gain")
    unit = queries.question(profile, "gain").unit
    return f"{points(effect.estimate)} {span(effect.low, effect.high, points)} {unit}".strip()


def _again(profile: ImpactProfile, strategy: StrategyProfile) -> str:
    """Return where the gain of a second study of this design would lie: both vary alike."""
    effect = profile.effect(strategy.strategy, "gain")
    if not (is_known(effect.low) and is_known(effect.high) and is_known(effect.estimate)):
        return ""
    low, high = (
        effect.estimate + math.sqrt(2) * (end - effect.estimate)
        for end in (effect.low, effect.high)
    )
    return span(low, high, points)


def _behind(profile: ImpactProfile, strategy: StrategyProfile) -> list[str]:
    ranks = profile.league.ranks if profile.league else ()
    return [visible(name) for rank in ranks if rank.strategy == strategy.strategy
            for name in rank.ahead_of]  # fmt: skip


def _shift(profile: ImpactProfile, strategy: StrategyProfile) -> str:
    effect = profile.effect(strategy.strategy, queries.primary(profile))
    if not is_known(effect.estimate):
        return ""
    text = f"{number(effect.estimate, 3, sign=True)} {span(effect.low, effect.high, sign=True)}"
    if not strategy.floor:
        return text.strip()
    return say(phrases.SHARE_OF_FLOOR, shift=text.strip(),
               share=percent(effect.estimate / strategy.floor, 0))  # fmt: skip


def _spread(profile: ImpactProfile, strategy: StrategyProfile) -> str:
    effect = profile.effect(strategy.strategy, "spread")
    if not is_known(effect.estimate):
        return ""
    write = naming.question("spread").write
    return f"{write(effect.estimate)} {span(effect.low, effect.high, write)}".strip()


def _epoch(profile: ImpactProfile, strategy: StrategyProfile) -> str:
    for curve in profile.curves:
        if curve.strategy == strategy.strategy:
            return say("{best} of {all}", best=curve.best_epoch, all=len(curve.loss))
    return ""


def _cost(profile: ImpactProfile, strategy: StrategyProfile) -> str:
    arms = price.of_arm(profile)
    cost, before = (arms.get(arm) for arm in (strategy.strategy, BASELINE))
    if cost is None or before is None:
        return ""
    texts = [words.amount(arm.judged("cost")) for arm in (cost, before)]
    return say(phrases.AGAINST, own=texts[0], before=texts[1])


def _saving(profile: ImpactProfile, strategy: StrategyProfile) -> str:
    saving = str(money.saving(profile, strategy.strategy))
    return saving and f"{saving} {money.unit(profile.plan)}"


# -- classes ------------------------------------------------------------------------------


def _widest(profile: ImpactProfile) -> float:
    """Return the change that the longest bar shows, so that bars of all strategies compare.

    At least the margin of a class: changes that are nothing by the plan look like nothing.
    """
    changes = (abs(gain.gain) for gain in profile.class_gains if is_known(gain.gain))
    return max([profile.plan.margins.recall, *changes])


def _bars(
    profile: ImpactProfile,
    strategy: StrategyProfile,
    maps: dict[str, tuple[Picture, ...]],
    widest: float,
) -> tuple[Bar, ...]:
    gains = [
        (gain.gain, gain.name)
        for gain in profile.class_gains
        if gain.strategy == strategy.strategy and is_known(gain.gain)
    ]
    before, after = (
        {picture.name: picture for picture in maps.get(arm, ())}
        for arm in (BASELINE, strategy.strategy)
    )
    return tuple(
        Bar(
            visible(name),
            points(gain, 1),
            round(50 + min(gain, 0) / widest * 48, 2),
            round(abs(gain) / widest * 48, 2),
            gain < 0,
            (before[key], after[key]) if (key := visible(name)) in before and key in after
            else None,
        )
        for gain, name in sorted(gains)
    )  # fmt: skip


# -- images -------------------------------------------------------------------------------


def _samples(profile: ImpactProfile, strategy: StrategyProfile) -> tuple[tuple[str, str], ...]:
    samples: Any = profile.answers.get("samples")
    if not samples:
        return ()
    originals, changed = (
        samples.get("read", []),
        samples.get("changed", {}).get(strategy.strategy, []),
    )
    return tuple((_uri(a), _uri(b)) for a, b in zip(originals, changed, strict=False))


def _uri(png: str) -> str:
    return f"data:image/png;base64,{png}"


def _turned(
    profile: ImpactProfile, strategy: StrategyProfile, *, fixed: bool
) -> tuple[TurnedImage, ...]:
    return tuple(
        _image(record)
        for record in profile.turned
        if record.strategy == strategy.strategy and (record.after > record.before) is fixed
    )


def _image(record: Turned) -> TurnedImage:
    before, after = turned_pictures(record)
    name = visible(record.label)
    return TurnedImage(
        _uri(record.image),
        say(phrases.TURNED["image"], index=record.index, name=name),
        before,
        after,
        say(
            phrases.TURNED["text"],
            name=name,
            before=percent(record.before, 0),
            after=percent(record.after, 0),
        ),
    )


# -- rows to copy -------------------------------------------------------------------------


def _csv(row: dict[str, Any]) -> str:
    """Return the strategy's row of ``profile.csv``, below its heading."""
    lines = io.StringIO()
    writer = csv.DictWriter(lines, frame.COLUMNS, extrasaction="ignore", lineterminator="\n")
    writer.writeheader()
    writer.writerow({k: visible(v) if isinstance(v, str) else v for k, v in row.items()})
    return lines.getvalue()
