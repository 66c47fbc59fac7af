"""What the report says of costs in sentences; nothing where the plan has none."""

from cam_augment.plan import BASELINE
from cam_augment.records import ArmCost, ExpectedCosts, ImpactProfile
from cam_augment.report import look, words
from cam_augment.report.language import say, sentences
from cam_augment.report.words import amount, listing, span, visible

NAMED = 6  # mistakes whose cost is said one by one
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
        sentences(
            in_words(profile),
            mix(profile.costs),
            say(
                "The baselines cost {before} per 1,000 parts; calling every part “{name}” without "
                "a look would cost {blind}.",
                before=amount(before),
                name=visible(profile.costs.blind_class),
                blind=amount(profile.costs.blind),
            ),
            _best(profile),
        ),
    )


def _best(profile: ImpactProfile) -> str:
    found = look.effects(profile)
    effects = [found.get((s.strategy, "gain_cost")) for s in profile.strategies]
    saving = [e for e in effects if e and e.finding == "gains"]
    if not saving:
        return say("No strategy saves beyond seed noise.")
    best = max(saving, key=lambda effect: effect.estimate)
    return say(
        "Most is saved by {strategy}: {saved} {interval} per 1,000 parts.",
        strategy=visible(best.strategy),
        saved=amount(best.estimate),
        interval=span(best.low, best.high, amount),
    )


def in_words(profile: ImpactProfile) -> str:
    """Return what each mistake costs, in one sentence."""
    costs, classes = profile.costs, profile.classes
    short = _short(costs, classes)
    if short is not None:
        names = ("miss", "alarm", "confusion")
        paid = {name: amount(cost) for name, cost in zip(names, short, strict=True)}
        text = MISTAKES["three"] if len(classes) > 2 else MISTAKES["two"]
        return say(text, good=visible(costs.good), **paid)
    named = sorted(
        (-cost, true, taken)
        for true, row in enumerate(costs.matrix)
        for taken, cost in enumerate(row)
        if cost
    )
    told = [
        say(
            "“{true}” called “{taken}” costs {cost}",
            true=visible(classes[true]),
            taken=visible(classes[taken]),
            cost=amount(-cost),
        )
        for cost, true, taken in named[:NAMED]
    ]
    more = len(named) - len(told)
    rest = [listing(told)]
    if more:
        rest.append(say("{count} further mistakes cost less or as much (plan.toml)", count=more))
    if len(named) < len(classes) * (len(classes) - 1):
        rest.append(say("other mistakes cost nothing"))
    return say("{mistakes}.", mistakes=say("; ").join(rest))


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
        say(
            "{share} “{name}”",
            share=words.percent(share, 1 if share >= 0.01 else 3),
            name=visible(name),
        )
        for name, share in sorted(costs.shares.items(), key=lambda each: -each[1])[:NAMED]
    ]
    rest = say(", …") if len(costs.shares) > NAMED else ""
    return say("Production is {shares}.", shares=listing(shares) + rest)


def care(profile: ImpactProfile) -> str:
    """What costs add to the rule of “care”."""
    if profile.costs is None:
        return ""
    return say(
        "Also “care”: the cost rises beyond noise while accuracy does not fall, or falls beyond "
        "noise while accuracy does not rise."
    )
