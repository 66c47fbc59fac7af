"""Three sentences on score against gain, by stated rules, a null result among them.

1. The primary score predicts the gain where Q^2 is above 0 and its p at most alpha.
2. It beats a predictor where its mean absolute error is smaller, and p of the difference,
   corrected over the predictors, at most alpha; it is beaten where the same holds the other
   way round.
3. Something is left of it, given other predictors, where p of its partial correlation is at
   most alpha.
"""

from cam_augment.records import Correlation, GainPrediction, ImpactProfile, PartialCorrelation
from cam_augment.report import naming
from cam_augment.report.language import say, sentences
from cam_augment.report.parts import Table, View, table
from cam_augment.report.words import count, is_known, listing, number, p_phrase, points, span
from cam_augment.statistics.significance import is_beyond_noise, side


@table("paper", 31)
def prediction(profile: ImpactProfile) -> Table | None:
    """Whether the primary score predicts the gain, beats the predictors, and adds to them."""
    primary = next((c for c in profile.correlations if c.primary), None)
    evidence = profile.gain_prediction
    if evidence is None or primary is None:
        return None
    rivals = [c for c in profile.correlations if c.must_beat and is_known(c.error_excess)]
    answers = (
        (say("Does it predict the gain?"), predicts(profile, evidence, primary)),
        (say("Does it beat what costs no more?"), beats(profile, primary, rivals)),
        (say("What is left after them?"), remainder(evidence)),
    )
    return Table(
        name="prediction",
        title=say("Does the score predict the gain?"),
        caption=say(
            "The score is the {score}, fixed by the plan. It predicts where Q² is above 0 with p "
            "at most {alpha}; it beats a predictor where its error is smaller with p, corrected "
            "over the predictors, at most {alpha} (signs of whole families changed); something is "
            "left where p of the partial correlation is at most {alpha}.",
            score=naming.question(primary.score).name,
            alpha=f"{profile.plan.alpha:g}",
        ),
        columns=("question", "answer"),
        rows=answers,
        views=(
            View(say("Question"), lambda r: r["question"], kind="word"),
            View(say("Answer"), lambda r: r["answer"], kind="sentence"),
        ),
    )


# By whether it predicts, and whether whole families were left out.
PREDICTS = {
    (True, False): (
        "Yes: over {strategies} it predicts the gain of a strategy left out better than the mean "
        "of the others ({numbers})."
    ),
    (True, True): (
        "Yes: over {strategies} of {families} it predicts the gain of a family left out better "
        "than the mean of the others ({numbers})."
    ),
    (False, False): (
        "Not seen: over {strategies} it predicts the gain of a strategy left out no better, "
        "beyond chance, than the mean of the others ({numbers})."
    ),
    (False, True): (
        "Not seen: over {strategies} of {families} it predicts the gain of a family left out no "
        "better, beyond chance, than the mean of the others ({numbers})."
    ),
}


def predicts(profile: ImpactProfile, evidence: GainPrediction, primary: Correlation) -> str:
    """Return the first sentence: does the primary score predict the gain beyond the mean?"""
    mean = next((c.error for c in profile.correlations if c.score == "mean"), None)
    numbers = say(
        "Q² = {q2}, {p}; mean error {own} points against {mean} of the mean",
        q2=number(primary.q2, 2),
        p=p_phrase(primary.q2_p),
        own=points(primary.error, sign=False),
        mean=points(mean, sign=False),
    )
    better = primary.prediction == "predicts"
    head = say(
        PREDICTS[better, evidence.by_family],
        strategies=count(primary.strategies, "strategy", "strategies"),
        families=count(evidence.families, "family", "families"),
        numbers=numbers,
    )
    return sentences(head, _direction(primary), _room(primary))


DIRECTION = {
    "none": "It has no rank correlation with the gain.",
    "alone": "{rho}.",
    "open": "{rho}: the interval leaves open even the direction.",
    "larger": "{rho}: the farther attention moves, the larger the gain.",
    "smaller": "{rho}: the farther attention moves, the smaller the gain.",
}


def _direction(primary: Correlation) -> str:
    rho = f"ρ = {number(primary.rho, 2)} {span(primary.low, primary.high, digits=2)}".rstrip()
    return say(DIRECTION[_way(primary)], rho=rho)


def _way(primary: Correlation) -> str:
    if not is_known(primary.rho):
        return "none"
    if not (is_known(primary.low) and is_known(primary.high)):
        return "alone"
    return {1: "larger", -1: "smaller", 0: "open"}[side(primary.low, primary.high)]


def _room(primary: Correlation) -> str:
    if not is_known(primary.ceiling):
        return ""
    ceiling = number(primary.ceiling, 2)
    return say("The seeds' noise leaves room for a |ρ| of about {ceiling}.", ceiling=ceiling)


def beats(profile: ImpactProfile, primary: Correlation, rivals: list[Correlation]) -> str:
    """Return the second sentence: does the primary score beat the must-beat predictors?"""
    beaten = listing([_name(c) for c in rivals if c.error_excess_finding == "falls"])
    better = listing([_name(c) for c in rivals if c.error_excess_finding == "rises"])
    return sentences(
        say("It beats {scores}.", scores=beaten)
        if beaten
        else say("Not seen: it beats none of them beyond chance."),
        say("It is beaten by {scores}.", scores=better) if better else "",
        say(
            "Its mean error is {own} points; theirs, with p of the difference: {errors}.",
            own=points(primary.error, sign=False),
            errors=say("; ").join(map(_error, sorted(rivals, key=lambda c: c.error or 0))),
        ),
        "" if profile.plan.predictors else say(NO_PREDICTORS),
    )


NO_PREDICTORS = "Affinity and equivariance were not asked for (predictors)."


def _error(rival: Correlation) -> str:
    p = f" ({p_phrase(rival.error_excess_p)})" if is_known(rival.error_excess_p) else ""
    return f"{_name(rival)} {points(rival.error, sign=False)}{p}"


def _name(rival: Correlation) -> str:
    return naming.question(rival.score).name


def remainder(evidence: GainPrediction) -> str:
    """Return the third sentence: what is left of the primary score after the predictors?"""
    partials = [partial for partial in evidence.partials if is_known(partial.rho)]
    if not partials:
        return say("Not asked: no partial correlation is defined.")
    return sentences(*map(_remainder, partials))


def _remainder(partial: PartialCorrelation) -> str:
    rho = f"{number(partial.rho, 2)} {span(partial.low, partial.high, digits=2)}".rstrip()
    return say(
        REMAINDER[is_beyond_noise(partial.finding)],
        given=listing([naming.question(name).name for name in partial.given]),
        rho=rho,
        p=p_phrase(partial.p),
    )


REMAINDER = {
    True: "Given {given}, something is left (partial ρ = {rho}, {p}).",
    False: "Given {given}, nothing is seen to be left (partial ρ = {rho}, {p}).",
}
