"""Three sentences on score against gain, by stated rules, a null result among them.

1. The primary score foretells the gain where Q^2 is above 0 and its p at most alpha.
2. It beats a predictor where its mean absolute error is smaller, and p of the difference,
   corrected over the predictors, at most alpha; it is beaten where the same holds the other
   way round.
3. Something is left of it, given other predictors, where p of its partial correlation is at
   most alpha.
"""

from cam_augment.records import Correlation, ImpactProfile, Partial
from cam_augment.report import words
from cam_augment.report.parts import Table, View, table
from cam_augment.report.words import count, known, listing, number, p_phrase, points, span


@table("score", 0)
def foretelling(profile: ImpactProfile) -> Table | None:
    """Whether the primary score foretells the gain, beats the predictors, and adds to them."""
    primary = next((c for c in profile.correlations if c.primary), None)
    if profile.foretelling is None or primary is None:
        return None
    rivals = [c for c in profile.correlations if c.must_beat and known(c.against)]
    answers = (
        ("Does it foretell the gain?", foretells(profile, primary)),
        ("Does it beat what costs no more?", beats(profile, primary, rivals)),
        ("What is left after them?", left(profile)),
    )
    alpha = f"{profile.plan.alpha:g}"
    return Table(
        name="foretelling",
        title="Does the score foretell the gain?",
        caption=(
            f"The score is the {words.question(primary.score).name}, fixed by the plan. It "
            f"foretells where Q² is above 0 with p at most {alpha}; it beats a predictor where its "
            f"error is smaller with p, corrected over the predictors, at most {alpha} (signs of "
            "whole families changed); something is left where p of the partial correlation is at "
            f"most {alpha}."
        ),
        columns=("question", "answer"),
        rows=answers,
        views=(
            View("Question", lambda r: r["question"], kind="word"),
            View("Answer", lambda r: r["answer"], kind="sentence"),
        ),
    )


def foretells(profile: ImpactProfile, primary: Correlation) -> str:
    """Return the first sentence: does the primary score foretell the gain beyond the mean?"""
    about = profile.foretelling
    whom = "a family left out" if about.by_family else "a strategy left out"
    of = f" of {count(about.families, 'family', 'families')}" if about.by_family else ""
    mean = next((c.error for c in profile.correlations if c.score == "mean"), None)
    numbers = (
        f"Q² = {number(primary.q2, 2)}, {p_phrase(primary.q2_p)}; mean error "
        f"{points(primary.error, sign=False)} points against {points(mean, sign=False)} of the mean"
    )
    better = known(primary.q2) and primary.q2 > 0 and primary.q2_p <= profile.plan.alpha
    head = (
        f"Yes: over {count(primary.strategies, 'strategy', 'strategies')}{of} it foretells the "
        f"gain of {whom} better than the mean of the others ({numbers})."
        if better
        else f"Not seen: over {count(primary.strategies, 'strategy', 'strategies')}{of} it "
        f"foretells the gain of {whom} no better, beyond chance, than the mean of the others "
        f"({numbers})."
    )
    return f"{head} {_direction(primary)}{_room(primary)}"


def _direction(primary: Correlation) -> str:
    if not known(primary.rho):
        return "It has no rank correlation with the gain."
    text = f"ρ = {number(primary.rho, 2)} {span(primary.low, primary.high, digits=2)}".rstrip()
    if not (known(primary.low) and known(primary.high)):
        return f"{text}."
    if primary.low <= 0 <= primary.high:
        return f"{text}: the interval leaves open even the direction."
    way = "larger" if primary.rho > 0 else "smaller"
    return f"{text}: the farther attention moves, the {way} the gain."


def _room(primary: Correlation) -> str:
    if not known(primary.ceiling):
        return ""
    return f" The seeds' noise leaves room for a |ρ| of about {number(primary.ceiling, 2)}."


def beats(profile: ImpactProfile, primary: Correlation, rivals: list[Correlation]) -> str:
    """Return the second sentence: does the primary score beat the must-beat predictors?"""
    alpha = profile.plan.alpha
    decided = [c for c in rivals if known(c.against_p) and c.against_p <= alpha]
    beaten = [_name(c) for c in decided if c.against < 0]
    better = [_name(c) for c in decided if c.against > 0]
    said = [f"It beats {listing(beaten)}." if beaten else "Not seen: it beats none of them "
            "beyond chance."]  # fmt: skip
    if better:
        said.append(f"It is beaten by {listing(better)}.")
    errors = "; ".join(
        f"{_name(c)} {points(c.error, sign=False)}"
        + (f" ({p_phrase(c.against_p)})" if known(c.against_p) else "")
        for c in sorted(rivals, key=lambda c: c.error)
    )
    own = points(primary.error, sign=False)
    said.append(f"Its mean error is {own} points; theirs, with p of the difference: {errors}.")
    if not profile.plan.foretell:
        said.append("Affinity and equivariance were not asked for (foretell).")
    return " ".join(said)


def _name(rival: Correlation) -> str:
    return words.question(rival.score).name


def left(profile: ImpactProfile) -> str:
    """Return the third sentence: what is left of the primary score after the predictors?"""
    partials = [each for each in profile.foretelling.partials if known(each.rho)]
    if not partials:
        return "Not asked: no partial correlation is defined."
    return " ".join(_left(each, profile.plan.alpha) for each in partials)


def _left(partial: Partial, alpha: float) -> str:
    given = listing([words.question(name).name for name in partial.given])
    numbers = f"partial ρ = {number(partial.rho, 2)} {span(partial.low, partial.high, digits=2)}"
    some = known(partial.p) and partial.p <= alpha
    found = "something is left" if some else "nothing is seen to be left"
    return f"Given {given}, {found} ({numbers.rstrip()}, {p_phrase(partial.p)})."
