"""Scores against the gain: which predicts it, and what the predictors say of each strategy."""

from cam_augment.records import ImpactProfile
from cam_augment.report import naming, queries, words
from cam_augment.report.language import say, sentences
from cam_augment.report.parts import Row, Table, View, table
from cam_augment.report.tables.cells import beyond, of_strategy
from cam_augment.report.words import number, p_value, points, span

COLUMNS = (
    "score", "primary", "must_beat", "strategies", "rho", "low", "high", "p", "mild", "rho_mild",
    "reliability",
    "ceiling", "q2", "q2_p", "error", "error_excess", "error_excess_p", "finding", "prediction",
    "error_excess_finding",
)  # fmt: skip


@table("paper", 32)
def correlations(profile: ImpactProfile) -> Table:
    """Which score goes with the gain, and which predicts it."""
    return Table(
        name="correlations",
        title=say("Scores against the gain"),
        caption=_caption(profile),
        columns=COLUMNS,
        rows=tuple(tuple(getattr(c, name) for name in COLUMNS) for c in queries.scores(profile)),
        views=(
            View(say("Score"), _score, kind="word"),
            View(say("Strategies"), lambda r: str(r["strategies"])),
            View(say("ρ [interval]"), _rho),
            View(say("p of ρ"), lambda r: p_value(r["p"]), beyond()),
            View(say("ρ where accuracy changes by < 2 points"), _mild),
            View(say("Ceiling of ρ"), lambda r: number(r["ceiling"], 2)),
            View(say("Q²"), lambda r: number(r["q2"], 2)),
            View(say("p of Q²"), lambda r: p_value(r["q2_p"]), beyond("prediction")),
            View(say("Error, points"), lambda r: points(r["error"], sign=False)),
        ),
        empty=say("No correlation: it takes several strategies."),
    )


FAMILIES = (
    "Families are permuted and drawn whole: p asks for more than a trend with the magnitude that "
    "all families share; ρ and its interval hold that trend too."
)
LEFT_OUT = {
    False: (
        "Q²: share of the gains' variance that the score predicts of a strategy left out; the "
        "mean of the others has 0 by definition, less is worse than that."
    ),
    True: (
        "Q²: share of the gains' variance that the score predicts of a family of strategies (one "
        "augmentation at all of its magnitudes) left out; the mean of the others has 0 by "
        "definition, less is worse than that."
    ),
}


def _caption(profile: ImpactProfile) -> str:
    prediction = profile.gain_prediction
    families = prediction is not None and prediction.by_family
    reliability = number(prediction.gain_reliability if prediction else None, 2)
    return sentences(
        say(
            "Spearman's rank correlation ρ over strategies. p of the primary score: permutation; "
            "of the others: corrected for looking at all of them. Where accuracy changes by less "
            "than 2 points either way, with the number of such strategies: what is left of ρ "
            "without those that destroy accuracy, which is easily predicted."
        ),
        say(FAMILIES) if families else "",
        say(
            "Ceiling: the ρ that the seeds' noise in both leaves room for (reliability of the "
            "gain: {reliable}).",
            reliable=reliability,
        ),
        say(LEFT_OUT[families]),
        say(
            "Error: mean absolute error of that prediction. p of Q² stands for its score alone: of "
            "the others, the best of many is often small by chance. To beat: what a score of "
            "attention has to predict better than. Best Q² first."
        ),
    )


def _score(row: Row) -> str:
    name = naming.question(row["score"]).name
    notes = {say("primary"): row["primary"], say("to beat"): row["must_beat"]}
    text = say(", ").join(note for note, holds in notes.items() if holds)
    return say("{name} ({note})", name=name, note=text) if text else name


def _mild(row: Row) -> str:
    """Return ρ over the strategies that do not destroy accuracy, and their number."""
    if row["rho_mild"] is None:
        return words.DASH
    return f"{number(row['rho_mild'], 2, True)} ({row['mild']})"


def _rho(row: Row) -> str:
    return f"{number(row['rho'], 2, True)} {span(row['low'], row['high'], number, digits=2)}"


DEFINITIONS = {
    "affinity": (
        "Affinity: accuracy of the baselines on validation images that the strategy changed, over "
        "that on clean ones."
    ),
    "diversity": "Diversity: last training loss with the strategy over that without.",
    "one_epoch_accuracy": (
        "One epoch: validation accuracy after the first epoch, strategy less baselines, in points."
    ),
    "equivariance": (
        "CAM equivariance: distance ({unit}) of the baselines' map of the changed image from their "
        "map of the image, moved likewise; 0: attention goes along. Not defined where images are "
        "mixed."
    ),
}


@table("paper", 34)
def predictors(profile: ImpactProfile) -> Table | None:
    """What predicts each strategy's gain at little cost."""
    if not profile.gain_prediction or not profile.gain_prediction.predictors:
        return None
    values = profile.gain_prediction.predictors
    gains = {e.strategy: e.estimate for e in profile.effects if e.question == "gain"}
    names = tuple(values)
    unit = naming.metric_unit(profile.plan.primary)
    return Table(
        name="predictors",
        title=say("What predicts each strategy"),
        caption=sentences(*(say(DEFINITIONS[n], unit=unit) for n in names if n in DEFINITIONS)),
        columns=("strategy", "gain", *names),
        rows=tuple(
            (s.strategy, gains.get(s.strategy), *(values[n].get(s.strategy) for n in names))
            for s in profile.strategies
        ),
        views=(
            of_strategy(),
            View(say("Gain, points"), lambda r: points(r["gain"])),
            *map(_predictor, names),
        ),
        folded=True,
    )


def _predictor(name: str) -> View:
    question = naming.question(name)
    title = question.name[0].upper() + question.name[1:]
    return View(title, lambda r: question.write(r[name], False))
