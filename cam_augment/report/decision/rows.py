"""A row a strategy: its verdict, its gain as drawn and as written, and where it looks."""

from collections.abc import Mapping
from dataclasses import dataclass

from cam_augment.records import Effect, ImpactProfile, StrategyProfile
from cam_augment.report import money, phrases, queries, words
from cam_augment.report.decision.forest import POINTS, Forest, Mark
from cam_augment.report.figures.mean_maps import Pictures
from cam_augment.report.language import say
from cam_augment.report.strategy_names import translated
from cam_augment.report.words import is_known, points, visible

LONGEST_CLASS = 14  # letters of a class
# By the rule of a verdict: what it rests on.
BOUNDS = {"equivalent": ("bound_low", "bound_high"), "no gain": ("bound_high",)}


@dataclass(frozen=True)
class Drawing:
    """A strategy's gain as drawn.

    Attributes:
        models: one at the place of each. mean: place of the mean; None: not known.
        span: places of the ends of the interval that decides; None: there is none.
        bounds: one-sided bounds that the verdict rests on, if it does on such.
        text: the same in words.
    """

    models: tuple[Mark, ...]
    mean: float | None
    span: tuple[float, float] | None
    bounds: tuple[Mark, ...]
    text: str


@dataclass(frozen=True)
class Row:
    """What the first screen says of one strategy.

    Attributes:
        verdict: as in the record. rank: its place among the verdicts, 0 the best.
        gain, interval: in points. caution: what to mind of the gain, or nothing.
        worst: the class whose loss is surest, with the change of its recall in points.
        saving: with its interval, in the unit of the column; empty without costs.
        attention: whether, and which way, it moves.
        translated: the strategy's name in the page's language, or nothing.
        maps: its mean map and its difference to the baselines', all classes first.
        order: what a row is sorted by: column to a number, larger first.
    """

    strategy: str
    verdict: str
    rank: int
    control: bool
    drawing: Drawing
    gain: str
    interval: str
    caution: str
    worst: str
    saving: str
    attention: str
    translated: str
    maps: Pictures
    order: dict[str, float]


def rows(profile: ImpactProfile, forest: Forest, maps: Mapping[str, Pictures]) -> tuple[Row, ...]:
    """Return a row for each strategy, in the order of the whole page.

    Args:
        maps: arm to its mean maps.
    """
    return tuple(
        _row(profile, strategy, forest, maps.get(strategy.strategy, ()))
        for strategy in queries.ranked(profile)
    )


def _row(
    profile: ImpactProfile,
    strategy: StrategyProfile,
    forest: Forest,
    maps: Pictures,
) -> Row:
    name = strategy.strategy
    gain = profile.effect(name, "gain")
    return Row(
        strategy=name,
        verdict=strategy.conclusion,
        rank=queries.rank(strategy),
        control=name in profile.plan.controls,
        drawing=_drawing(profile, strategy, gain, forest),
        gain=points(gain.estimate),
        interval=_interval(gain, points),
        caution=_caution(strategy, gain),
        worst=_worst(strategy),
        saving=_saving(profile, name),
        attention=attention(profile, strategy),
        translated=translated(name),
        maps=maps,
        order=_order(profile, strategy, gain),
    )


def _drawing(
    profile: ImpactProfile, strategy: StrategyProfile, gain: Effect, forest: Forest
) -> Drawing:
    models = forest.marks(queries.gains_of_runs(profile, strategy.strategy))
    bounds = _bounds(strategy, forest)
    span = None
    if is_known(gain.low) and is_known(gain.high):
        span = (forest.axis.place(POINTS * gain.low), forest.axis.place(POINTS * gain.high))
    return Drawing(
        models,
        forest.axis.place(POINTS * gain.estimate) if is_known(gain.estimate) else None,
        span,
        bounds,
        say(
            phrases.ROWS["drawing"],
            strategy=visible(strategy.strategy),
            gain=points(gain.estimate),
            interval=say(", ").join(
                [words.span(gain.low, gain.high, points), *(bound.text for bound in bounds)]
            ),
            models=say(", ").join(mark.text for mark in models),
        ),
    )


def _bounds(strategy: StrategyProfile, forest: Forest) -> tuple[Mark, ...]:
    """Return the one-sided bounds by which there is no gain worth having, where there is none.

    The interval that decides is two-sided and wider: it may reach beyond a margin that the bound
    lies below.
    """
    values = {name: getattr(strategy, name) for name in BOUNDS.get(strategy.rule or "", ())}
    return tuple(
        Mark(forest.axis.place(POINTS * value), say(phrases.ROWS[name], gain=points(value)))
        for name, value in values.items()
        if is_known(value)
    )


def _interval(effect: Effect, write: words.Write) -> str:
    """Return an interval: ± its half where the estimate is in its middle, else its ends.

    Its ends, too, where ± would leave open on which side of 0 one lies.
    """
    low, high, middle = effect.low, effect.high, effect.estimate
    if not (is_known(low) and is_known(high) and is_known(middle)):
        return ""
    half = write((high - low) / 2, sign=False)
    if write((low + high) / 2) == write(middle) and half != write(abs(middle), sign=False):
        return f"±{half}"
    return words.span(low, high, write)


def _caution(strategy: StrategyProfile, gain: Effect) -> str:
    """Return a note on a sure gain that is smaller than what the design finds."""
    least = strategy.smallest_gain
    if gain.finding != "gains" or not (is_known(least) and is_known(gain.estimate)):
        return ""
    return say(phrases.ROWS["overestimated"]) if gain.estimate < least else ""


def _worst(strategy: StrategyProfile) -> str:
    if strategy.worst_class is None or not is_known(strategy.worst_class_gain):
        return ""
    name = words.short(strategy.worst_class, LONGEST_CLASS)
    return say(phrases.ROWS["class"], name=name, change=points(strategy.worst_class_gain, 1))


def _saving(profile: ImpactProfile, name: str) -> str:
    effect = money.yearly(profile, profile.effect(name, "gain_cost"))
    if profile.costs is None or not is_known(effect.estimate):
        return ""
    write = money.writer(profile, effect)
    return f"{write(effect.estimate, sign=True)} {_interval(effect, write)}"


def attention(profile: ImpactProfile, strategy: StrategyProfile) -> str:
    """Return whether attention is somewhere else, and which way it went."""
    if strategy.attention is None:
        return ""
    spread = profile.effect(strategy.strategy, "spread").finding
    moved = strategy.attention == "moved"
    return say(phrases.ATTENTION[f"{strategy.attention} {spread}" if moved and spread in
               ("falls", "rises") else strategy.attention])  # fmt: skip


def _order(profile: ImpactProfile, strategy: StrategyProfile, gain: Effect) -> dict[str, float]:
    shift = profile.effect(strategy.strategy, queries.primary(profile)).estimate
    values = {
        "gain": gain.estimate,
        "class": strategy.worst_class_gain,
        "attention": shift,
        "saving": profile.effect(strategy.strategy, "gain_cost").estimate,
    }
    return {name: value for name, value in values.items() if is_known(value)}
