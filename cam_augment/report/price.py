"""Sentences on costs; empty where the plan has none."""

from collections.abc import Callable
from functools import partial

from cam_augment.plan import BASELINE
from cam_augment.records import ArmCost, ExpectedCosts, ImpactProfile
from cam_augment.report import money, words
from cam_augment.report.language import say, sentences
from cam_augment.report.words import amount, listing, visible

MOST_MISTAKES = 6  # those whose costs are given one by one
BASELINES = {
    False: (
        "The baselines cost {before} per 1,000 parts; calling every part “{name}” without a look "
        "would cost {blind}."
    ),
    True: (
        "The baselines cost {before} per 1,000 parts by the cheaper of two decision rules; calling "
        "every part “{name}” without a look would cost {blind}."
    ),
}
MISTAKES = {
    "two": (
        "A miss, that is a defect called “{good}”, costs {miss}, and a false alarm, “{good}” "
        "called a defect, {alarm}."
    ),
    "three": (
        "A miss, that is a defect called “{good}”, costs {miss}, and a false alarm, “{good}” "
        "called a defect, {alarm}, and a defect taken for another {confusion}."
    ),
}


def of_arm(profile: ImpactProfile) -> dict[str, ArmCost]:
    """Return the costs of each arm."""
    return {arm.arm: arm for arm in profile.costs.arms} if profile.costs else {}


def by_cheapest_rule(costs: ExpectedCosts) -> bool:
    """Return whether each arm is judged by the rule that costs it less, as in profiles of today."""

    def is_cheapest(arm: ArmCost) -> bool:
        costs = [cost for cost in (arm.cost, arm.cost_argmax) if words.is_known(cost)]
        return not costs or arm.judged("cost") == min(costs)

    return all(map(is_cheapest, costs.arms))


def summary(profile: ImpactProfile) -> tuple[str, ...]:
    """Return what mistakes cost, what the baselines cost, and which strategy saves most."""
    costs = profile.costs
    if costs is None:
        return ()
    arms = of_arm(profile)
    before = arms[BASELINE].judged("cost") if BASELINE in arms else None
    write = partial(money.of_costs, profile.plan)
    return (
        sentences(
            in_words(costs, profile.classes, write),
            mix(costs),
            say(
                BASELINES[costs.fitted and by_cheapest_rule(costs)],
                before=write(before),
                name=visible(costs.blind_class),
                blind=write(costs.blind),
            ),
            _best(profile),
        ),
    )


def _best(profile: ImpactProfile) -> str:
    effects = [profile.effect(strategy.strategy, "gain_cost") for strategy in profile.strategies]
    savings = [effect for effect in effects if effect.finding == "gains"]
    if not savings:
        return say("No strategy saves beyond seed noise.")
    best = max(savings, key=lambda effect: effect.estimate or 0)
    return say(
        "Most is saved by {strategy}: {saved} {unit}.",
        strategy=visible(best.strategy),
        saved=str(money.saving(profile, best.strategy)),
        unit=money.unit(profile.plan),
    )


def in_words(
    costs: ExpectedCosts, classes: tuple[str, ...], write: Callable[[float], str] = amount
) -> str:
    """Return what each mistake costs, in one sentence."""
    kinds = kinds_of(costs, classes)
    if kinds is not None:
        miss, alarm, confusion = map(write, kinds)
        text = MISTAKES["three"] if len(classes) > 2 else MISTAKES["two"]
        return say(text, good=visible(costs.good), miss=miss, alarm=alarm, confusion=confusion)
    mistakes = sorted(
        (-cost, true, predicted)
        for true, row in enumerate(costs.matrix)
        for predicted, cost in enumerate(row)
        if cost
    )
    phrases = [
        say(
            "“{true}” called “{taken}” costs {cost}",
            true=visible(classes[true]),
            taken=visible(classes[predicted]),
            cost=write(-cost),
        )
        for cost, true, predicted in mistakes[:MOST_MISTAKES]
    ]
    more = len(mistakes) - len(phrases)
    clauses = [listing(phrases)]
    if more:
        clauses.append(say("{count} further mistakes cost less or as much (plan.toml)", count=more))
    if len(mistakes) < len(classes) * (len(classes) - 1):
        clauses.append(say("other mistakes cost nothing"))
    return say("{mistakes}.", mistakes=say("; ").join(clauses))


def kinds_of(
    costs: ExpectedCosts, classes: tuple[str, ...], name: str | None = None
) -> tuple[float, float, float] | None:
    """Return the costs of a miss, a false alarm and a confusion; None where these vary.

    Args:
        name: of the good class, where the costs name none.
    """
    name = costs.good or name
    if name not in classes:
        return None
    good = classes.index(name)
    kinds: dict[str, set[float]] = {"miss": set(), "alarm": set(), "confusion": set()}
    for true, row in enumerate(costs.matrix):
        for predicted, cost in enumerate(row):
            if true != predicted:
                kind = "miss" if predicted == good else "alarm" if true == good else "confusion"
                kinds[kind].add(cost)
    if any(len(values) > 1 for values in kinds.values()):
        return None
    miss, alarm, confusion = (next(iter(values), 0.0) for values in kinds.values())
    return miss, alarm, confusion


def mix(costs: ExpectedCosts) -> str:
    """Return the mix of production, in one sentence."""
    shares = [
        say(
            "{share} “{name}”",
            share=words.percent(share, 1 if share >= 0.01 else 3),
            name=visible(name),
        )
        for name, share in sorted(costs.shares.items(), key=lambda pair: -pair[1])[:MOST_MISTAKES]
    ]
    rest = say(", …") if len(costs.shares) > MOST_MISTAKES else ""
    return say("Production is {shares}.", shares=listing(shares) + rest)
