"""Scores against the gain: which foretells it, and what the predictors say of each strategy."""

from cam_augment.records import ImpactProfile
from cam_augment.report import look, words
from cam_augment.report.parts import Row, Table, View, table
from cam_augment.report.tables.cells import beyond
from cam_augment.report.words import number, p_value, points, span, visible

COLUMNS = (
    "score", "primary", "must_beat", "strategies", "rho", "low", "high", "p", "reliability",
    "ceiling", "q2", "q2_p", "error", "against", "against_p",
)  # fmt: skip


@table("score", 20)
def correlations(profile: ImpactProfile) -> Table:
    """Which score goes with the gain, and which foretells it."""
    return Table(
        name="correlations",
        title="Scores against the gain in accuracy",
        caption=_caption(profile),
        columns=COLUMNS,
        rows=tuple(tuple(getattr(c, name) for name in COLUMNS) for c in look.scores(profile)),
        views=(
            View("Score", _score, kind="word"),
            View("Strategies", lambda r: str(r["strategies"])),
            View("ρ [interval]", _rho),
            View("p of ρ", lambda r: p_value(r["p"]), beyond(profile, "p")),
            View("Ceiling of ρ", lambda r: number(r["ceiling"], 2)),
            View("Q²", lambda r: number(r["q2"], 2)),
            View("p of Q²", lambda r: p_value(r["q2_p"]), _primary_beyond(profile)),
            View("Error, points", lambda r: points(r["error"], sign=False)),
        ),
        empty="No correlation: it takes several strategies.",
    )


def _caption(profile: ImpactProfile) -> str:
    about = profile.foretelling
    left_out, drawn = "strategy", ""
    if about and about.by_family:
        left_out = "family of strategies (one augmentation at all of its magnitudes)"
        drawn = (
            " Families are permuted and drawn whole: p asks for more than a trend with the "
            "magnitude that all families share; ρ and its interval hold that trend too."
        )
    reliable = number(about.gain_reliability if about else None, 2)
    return (
        "Spearman's rank correlation ρ over strategies. p of the primary score: permutation; of "
        f"the others: corrected for looking at all of them.{drawn} Ceiling: the ρ that the seeds' "
        f"noise in both leaves room for (reliability of the gain: {reliable}). Q²: share of the "
        f"gains' variance that the score foretells of a {left_out} left out; the mean of the "
        "others has 0 by definition, less is worse than that. Error: mean absolute error of that "
        "prediction. p of Q² stands for its score alone: of the others, the best of many is often "
        "small by chance. To beat: what a score of attention has to foretell better than. Best Q² "
        "first."
    )


def _primary_beyond(profile: ImpactProfile):
    """Return the mark of the primary score's p; the others' are not corrected."""
    mark = beyond(profile, "q2_p")
    return lambda row: mark(row) if row["primary"] else ""


def _score(row: Row) -> str:
    name = words.question(row["score"]).name
    notes = {"primary": row["primary"], "to beat": row["must_beat"]}
    said = ", ".join(note for note, holds in notes.items() if holds)
    return f"{name} ({said})" if said else name


def _rho(row: Row) -> str:
    return f"{number(row['rho'], 2, True)} {span(row['low'], row['high'], number, digits=2)}"


@table("score", 25)
def predictors(profile: ImpactProfile) -> Table | None:
    """What foretells each strategy's gain at little cost."""
    if not profile.foretelling or not profile.foretelling.predictors:
        return None
    found = profile.foretelling.predictors
    gains = {e.strategy: e.estimate for e in profile.effects if e.question == "gain"}
    names = tuple(found)
    captions = {
        "affinity": "Affinity: accuracy of the baselines on validation images that the strategy "
        "changed, over that on clean ones.",
        "diversity": "Diversity: last training loss with the strategy over that without.",
        "one_epoch_accuracy": "One epoch: validation accuracy after the first epoch, strategy "
        "less baselines, in points.",
        "equivariance": f"CAM equivariance: distance ({words.metric_unit(profile.plan.primary)}) "
        "of the baselines' map of the changed image from their map of the image, moved likewise; "
        "0: attention goes along. Not defined where images are mixed.",
    }
    return Table(
        name="predictors",
        title="What foretells each strategy",
        caption=" ".join(captions[name] for name in names if name in captions),
        columns=("strategy", "gain", *names),
        rows=tuple(
            (s.strategy, gains.get(s.strategy), *(found[n].get(s.strategy) for n in names))
            for s in profile.strategies
        ),
        views=(
            View("Strategy", lambda r: visible(r["strategy"]), kind="word"),
            View("Gain, points", lambda r: points(r["gain"])),
            *(View(_head(n), lambda r, n=n: words.question(n).write(r[n], False)) for n in names),
        ),
        folded=True,
    )


def _head(name: str) -> str:
    text = words.question(name).name
    return text[0].upper() + text[1:]
