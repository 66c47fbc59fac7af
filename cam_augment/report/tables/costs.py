"""What mistakes cost arm by arm, and what each strategy saves."""

from functools import partial
from typing import Any

from cam_augment.plan import BASELINE
from cam_augment.records import ArmCost, ExpectedCosts, ImpactProfile
from cam_augment.report import money, naming, price, queries, words
from cam_augment.report.language import say, sentences
from cam_augment.report.parts import Row, Table, View, table
from cam_augment.report.tables.cells import beyond, of_strategy
from cam_augment.report.words import amount, number, p_value, span

EFFECT = ("estimate", "low", "high", "p", "p_adjusted")
YEARLY = ("saving_per_year", "low_per_year", "high_per_year")
RULES = {"fitted": "least expected cost", "argmax": "likeliest class"}


@table("paper", 10)
def costs(profile: ImpactProfile) -> Table | None:
    """Cost per 1,000 parts of each arm, its misses and false alarms, and the saving."""
    expected = profile.costs
    if expected is None:
        return None
    fields = tuple(ArmCost.model_fields)

    def row(arm: ArmCost) -> tuple[Any, ...]:
        effect = profile.effect(arm.arm, "gain_cost")
        values = [getattr(arm, name) for name in fields]
        values += [getattr(effect, name) for name in EFFECT]
        values += _yearly(profile, arm.arm)
        return *values, effect.beyond_noise, effect.finding

    return Table(
        name="costs",
        title=say("What it saves"),
        caption=_caption(expected, profile),
        columns=(*fields, "saving", *EFFECT[1:], *YEARLY, "beyond_noise", "finding"),
        rows=tuple(row(arm) for arm in expected.arms),
        views=(
            of_strategy("arm"),
            View(say("Cost, likeliest class"), lambda r: amount(r["cost_argmax"])),
            *(_fitted_views() if expected.fitted else ()),
            *_mistakes(expected),
            View(say("Saved [interval]"), _saving, beyond()),
            *(_yearly_view(profile) if profile.plan.parts_per_year else ()),
            View(say("p corrected"), lambda r: p_value(r["p_adjusted"])),
        ),
        cards=True,
    )


def _fitted_views() -> tuple[View, ...]:
    return (
        View(say("Cost, least expected"), lambda r: amount(r["cost"])),
        View(say("Judged by"), lambda r: say(RULES[r["rule"]]), kind="word"),
    )


def _yearly(profile: ImpactProfile, arm: str) -> tuple[float | None, ...]:
    if profile.plan.parts_per_year is None:
        return (None,) * len(YEARLY)
    effect = money.yearly(profile, profile.effect(arm, "gain_cost"))
    return effect.estimate, effect.low, effect.high


def _yearly_view(profile: ImpactProfile) -> tuple[View, ...]:
    def text(row: Row) -> str:
        return str(money.saving(profile, row["arm"])) or words.DASH

    return (View(money.heading(profile.plan), text, beyond()),)


def _mistakes(costs: ExpectedCosts) -> tuple[View, ...]:
    if costs.good is None:
        return (View(say("Mistakes"), lambda r: amount(_judged(r, "mistakes"))),)
    return (
        View(say("Misses"), lambda r: amount(_judged(r, "misses"))),
        View(say("False alarms"), lambda r: amount(_judged(r, "false_alarms"))),
    )


def _judged(row: Row, number: str) -> Any:
    """Return an arm's number with the decisions that it is judged by."""
    return row[number if row["rule"] == "fitted" else f"{number}_argmax"]


def _saving(row: Row) -> str:
    if row["arm"] == BASELINE:
        return words.DASH
    if not words.is_known(row["saving"]):
        return words.DASH
    write = words.amounts(row["saving"], row["low"], row["high"])
    ends = span(row["low"], row["high"], write, sign=True)
    return f"{write(row['saving'], sign=True)} {ends}".strip()


DECISIONS = {
    True: (
        "Cost, likeliest class: each model decides for the class that it holds for the likeliest. "
        "Cost, least expected: it decides for the class of least expected cost, by probabilities "
        "calibrated on its own validation images."
    ),
    False: "Each model decides for the class that it holds for the likeliest.",
}
JUDGED = {
    True: (
        "Each arm is judged by the rule that costs it less; mistakes and savings are of its "
        "decisions."
    ),
    False: "Mistakes and savings are of the latter.",
}


def _caption(costs: ExpectedCosts, profile: ImpactProfile) -> str:
    return sentences(
        price.in_words(costs, profile.classes, partial(money.of_costs, profile.plan)),
        price.mix(costs),
        say("All numbers are per 1,000 such parts, on the test images."),
        say(DECISIONS[costs.fitted]),
        say(JUDGED[price.by_cheapest_rule(costs)]) if costs.fitted else "",
        say(
            "Saved: the baselines' mean cost less the strategy's, with its {interval} over "
            "models and test images. p: {test}.",
            interval=queries.interval(profile),
            test=queries.test(profile),
        ),
    )


SCORE_COLUMNS = ("score", "primary", "strategies", "rho", "low", "high", "p", "finding")


@table("paper", 33)
def savings(profile: ImpactProfile) -> Table | None:
    """Which score goes with the cost saved."""
    if not profile.cost_correlations:
        return None
    return Table(
        name="savings",
        title=say("Scores against the cost saved"),
        caption=say(
            "Spearman's rank correlation over strategies with what they save. p of the primary "
            "score: permutation; of the others: corrected for looking at all of them."
        ),
        columns=SCORE_COLUMNS,
        rows=tuple(
            tuple(getattr(c, name) for name in SCORE_COLUMNS) for c in profile.cost_correlations
        ),
        views=(
            View(say("Score"), _score, kind="word"),
            View(say("Strategies"), lambda r: str(r["strategies"])),
            View(say("ρ [interval]"), _rho),
            View(say("p"), lambda r: p_value(r["p"]), beyond()),
        ),
    )


def _score(row: Row) -> str:
    name = naming.question(row["score"]).name
    return say("{name} ({note})", name=name, note=say("primary")) if row["primary"] else name


def _rho(row: Row) -> str:
    return f"{number(row['rho'], 2, True)} {span(row['low'], row['high'], number, digits=2)}"
