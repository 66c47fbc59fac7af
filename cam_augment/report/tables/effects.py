"""Every question of every strategy, and the excess shift taken apart."""

from typing import Any

from cam_augment.records import Effect, ImpactProfile, StrategyProfile
from cam_augment.report import naming, queries, words
from cam_augment.report.language import say, sentences
from cam_augment.report.parts import Row, Table, View, table
from cam_augment.report.tables.cells import beyond, interval, of_strategy, unit
from cam_augment.report.words import is_known, number, p_value, percent, span
from cam_augment.statistics.significance import SAME_PLACE


@table("paper", 51)
def effects(profile: ImpactProfile) -> Table:
    """Every question of every strategy."""
    columns = tuple(Effect.model_fields)
    by_key = {(effect.strategy, effect.question): effect for effect in profile.effects}
    keys = [(s.strategy, q) for q in queries.questions(profile) for s in profile.strategies]
    rows = [by_key[key] for key in keys if key in by_key]

    def question(row: Row) -> naming.Question:
        return queries.question(profile, row["question"])

    views = [
        of_strategy(),
        View(say("Question"), lambda r: question(r).name, kind="word"),
        View(say("Effect [interval]"), lambda r: _effect(r, question(r).write)),
        View(say("Unit"), lambda r: question(r).unit, kind="word"),
        View(say("Between seeds"), lambda r: question(r).write(r["noise"], False)),
        View(say("p corrected"), _p, beyond()),
    ]
    return Table(
        name="effects",
        title=say("Every question, every strategy"),
        caption=sentences(
            say(
                "Effect: the strategy's models against the baselines, with its {interval} over "
                "models and images. Between seeds: the same number between or among baselines, "
                "which differ in nothing but their {noise}. p: {test}, corrected "
                "over strategies. Bold: beyond seed noise.",
                interval=queries.interval(profile),
                test=queries.test(profile),
                noise=queries.noise(profile),
            ),
            _of_maps(profile),
        ),
        columns=columns,
        rows=tuple(tuple(getattr(e, c) for c in columns) for e in rows),
        views=tuple(views),
        folded=True,
    )


def _of_maps(profile: ImpactProfile) -> str:
    """Say how distances between maps are tested, where numbers of every run are otherwise."""
    if not queries.is_moderated(profile):
        return ""
    return say(
        "Excess shifts and agreement compare pairs of maps: their interval has a level of at least "
        "{level}, and stands in place of a p. The CSV file has all p.",
        level=queries.level(profile),
    )


def _p(row: Row) -> str:
    """Return the corrected p of what has a deciding interval, which says the same."""
    is_pair = row["question"] == "agreement" or row["question"].startswith("excess_shift.")
    return words.DASH if is_pair else p_value(row["p_adjusted"])


def _effect(row: Row, write: words.Write) -> str:
    return f"{write(row['estimate'])} {span(row['low'], row['high'], write)}".strip()


def _place(row: Row) -> str:
    return say(row["attention"]) if row["attention"] else words.DASH


@table("attention", 40)
def shift(profile: ImpactProfile) -> Table:
    """The excess shift taken apart."""
    metric = naming.metric_name(profile.plan.primary)

    def row(strategy: StrategyProfile) -> tuple[Any, ...]:
        effect = profile.effect(strategy.strategy, queries.primary(profile))
        floor, between, within = strategy.floor, strategy.between, strategy.within
        excess, low, high = effect.estimate, effect.low, effect.high
        ratio = excess / floor if is_known(excess) and floor else None
        place = strategy.attention
        numbers = (excess, low, high, ratio, place, strategy.displacement)
        return strategy.strategy, floor, between, within, *numbers, effect.finding

    views = [
        of_strategy(),
        View(say("F baseline–baseline"), lambda r: number(r["floor"])),
        View(say("C strategy–baseline"), lambda r: number(r["between"])),
        View(say("W strategy–strategy"), lambda r: number(r["within"])),
        View(say("Excess shift E [interval]"), lambda r: interval(r, "excess_shift"), beyond()),
        View(say("E / F"), lambda r: percent(r["ratio"], 0)),
        View(say("Attention"), _place, kind="word"),
        View(say("Centre moved, %"), lambda r: percent(r["displacement"])),
    ]
    return Table(
        name="shift",
        title=say("The excess shift, taken apart"),
        caption=sentences(
            say(
                "Mean distance of two models' maps of one image ({metric}, {unit}). F is seed "
                "noise: two baselines differ in nothing but their {noise}.",
                metric=metric,
                unit=unit(profile),
                noise=queries.noise(profile),
            ),
            _pair_note(profile),
            say(
                "E = 2C − F − W. W below F: under this strategy, seeds agree more on where to "
                "look. Below {share} of F attention is in the same place, where the whole interval "
                "says so. Centre moved: how far the mean map's centre of mass does, beyond noise, "
                "in percent of the diagonal.",
                share=percent(SAME_PLACE, 0),
            ),
        ),
        columns=(
            *("strategy", "floor", "between", "within"),
            *("excess_shift", "excess_shift_low", "excess_shift_high", "ratio"),
            *("attention", "displacement", "finding"),
        ),
        rows=tuple(map(row, profile.strategies)),
        views=tuple(views),
    )


def _pair_note(profile: ImpactProfile) -> str:
    if profile.plan.folds is None:
        return ""
    return say("Only pairs of different folds count: models of one fold saw the same images.")
