"""What the report says of costs in sentences; nothing where the plan has none."""

from cam_augment.plan import BASELINE
from cam_augment.records import ArmCost, ExpectedCosts, ImpactProfile
from cam_augment.report import look, words
from cam_augment.report.words import amount, listing, span, visible

NAMED = 6  # mistakes whose cost is said one by one


def of_arm(profile: ImpactProfile) -> dict[str, ArmCost]:
    """Return what each arm costs."""
    return {each.arm: each for each in profile.costs.arms} if profile.costs else {}


def paid(each: ArmCost) -> float | None:
    """Return what an arm costs by the decisions that the study judges."""
    return each.cost_argmax if each.cost is None else each.cost


def summary(profile: ImpactProfile) -> tuple[str, ...]:
    """What mistakes cost, what the baselines cost, and who saves most."""
    if profile.costs is None:
        return ()
    arms = of_arm(profile)
    before = paid(arms[BASELINE]) if BASELINE in arms else None
    return (
        f"{in_words(profile)} {mix(profile.costs)} The baselines cost {amount(before)} per 1,000 "
        f"parts; calling every part “{visible(profile.costs.blind_class)}” without a look would "
        f"cost {amount(profile.costs.blind)}.{_best(profile)}",
    )


def _best(profile: ImpactProfile) -> str:
    found = look.effects(profile)
    effects = [found.get((s.strategy, "gain_cost")) for s in profile.strategies]
    saving = [e for e in effects if look.beyond(profile, e) and e.estimate > 0]
    if not saving:
        return " No strategy saves beyond seed noise."
    best = max(saving, key=lambda effect: effect.estimate)
    return (
        f" Most is saved by {visible(best.strategy)}: {amount(best.estimate)} "
        f"{span(best.low, best.high, amount)} per 1,000 parts."
    )


def in_words(profile: ImpactProfile) -> str:
    """Return what each mistake costs, in one sentence."""
    costs, classes = profile.costs, profile.classes
    short = _short(costs, classes)
    if short is not None:
        miss, alarm, confusion = short
        other = f", and a defect taken for another {amount(confusion)}" if len(classes) > 2 else ""
        return (
            f"A miss, that is a defect called “{visible(costs.good)}”, costs {amount(miss)}, and a "
            f"false alarm, “{visible(costs.good)}” called a defect, {amount(alarm)}{other}."
        )
    named = sorted(
        (-cost, true, taken)
        for true, row in enumerate(costs.matrix)
        for taken, cost in enumerate(row)
        if cost
    )
    told = [
        f"“{visible(classes[true])}” called “{visible(classes[taken])}” costs {amount(-cost)}"
        for cost, true, taken in named[:NAMED]
    ]
    more = len(named) - len(told)
    rest = f"; {more} further mistakes cost less or as much (plan.toml)" if more else ""
    every = len(named) == len(classes) * (len(classes) - 1)
    return f"{listing(told)}{rest}{'' if every else '; other mistakes cost nothing'}."


def _short(costs: ExpectedCosts, classes: tuple[str, ...]) -> tuple[float, float, float] | None:
    """Return the costs of a miss, a false alarm and a confusion, where these say it all."""
    if costs.good not in classes:
        return None
    good = classes.index(costs.good)
    kinds: dict[str, set[float]] = {"miss": set(), "alarm": set(), "confusion": set()}
    for true, row in enumerate(costs.matrix):
        for taken, cost in enumerate(row):
            if true != taken:
                kind = "miss" if taken == good else "alarm" if true == good else "confusion"
                kinds[kind].add(cost)
    if any(len(values) > 1 for values in kinds.values()):
        return None
    return tuple(next(iter(kinds[kind]), 0.0) for kind in ("miss", "alarm", "confusion"))


def mix(costs: ExpectedCosts) -> str:
    """Return the mix of production in one sentence."""
    shares = [
        f"{words.percent(share, 1 if share >= 0.01 else 3)} “{visible(name)}”"
        for name, share in sorted(costs.shares.items(), key=lambda each: -each[1])[:NAMED]
    ]
    rest = ", …" if len(costs.shares) > NAMED else ""
    return f"Production is {listing(shares)}{rest}."


def likewise(profile: ImpactProfile) -> str:
    """The rule of the interval, for costs."""
    return "" if profile.costs is None else ", and so must the cost saved"


def adopt(profile: ImpactProfile) -> str:
    """What costs add to the rule of “adopt”."""
    return "" if profile.costs is None else ", and the cost does not rise beyond noise"


def care(profile: ImpactProfile) -> str:
    """What costs add to the rule of “care”."""
    if profile.costs is None:
        return ""
    return (
        " Also “care”: the cost rises beyond noise while accuracy does not fall, or falls beyond "
        "noise while accuracy does not rise."
    )


def avoid(profile: ImpactProfile) -> str:
    """What costs add to the rule of “avoid”."""
    return "" if profile.costs is None else ", and nothing is saved beyond it"
