"""Every question of every strategy, and the scores against the gain."""

from cam_augment.records import Effect, ImpactProfile
from cam_augment.report import look, words
from cam_augment.report.parts import Row, Table, View, table
from cam_augment.report.tables.cells import beyond, unit
from cam_augment.report.words import known, number, p_value, percent, points, span, visible


@table("details", 2)
def effects(profile: ImpactProfile) -> Table:
    """Every question of every strategy."""
    columns = tuple(Effect.model_fields)
    found = look.effects(profile)
    ordered = [
        found[s.strategy, q]
        for q in look.questions(profile)
        for s in profile.strategies
        if (s.strategy, q) in found
    ]
    views = [
        View("Strategy", lambda r: visible(r["strategy"]), kind="word"),
        View("Question", lambda r: words.question(r["question"]).name, kind="word"),
        View("Effect [interval]", _effect),
        View("Unit", lambda r: words.question(r["question"]).unit, kind="word"),
        View("Between seeds", lambda r: words.question(r["question"]).write(r["noise"], False)),
        View("p", lambda r: p_value(r["p"])),
        View("p corrected", lambda r: p_value(r["p_adjusted"]), beyond(profile)),
        View("Least p", lambda r: p_value(r["smallest_p"])),
    ]
    return Table(
        name="effects",
        title="Every question, every strategy",
        caption=(
            "Effect: the strategy's models against the baselines, with its "
            f"{percent(1 - profile.plan.alpha, 0)} interval over models and images. "
            "Between seeds: the same number between or among baselines, which differ in nothing "
            f"but their {look.noise(profile)}. p: exact relabelling of whole models; corrected: "
            "over strategies; least p: what this design can reach at best, before correction."
        ),
        columns=columns,
        rows=tuple(tuple(getattr(e, c) for c in columns) for e in ordered),
        views=tuple(views),
        folded=True,
    )


def _effect(row: Row) -> str:
    write = words.question(row["question"]).write
    return f"{write(row['estimate'])} {span(row['low'], row['high'], write)}".strip()


@table("attention", 40)
def shift(profile: ImpactProfile) -> Table:
    """The excess shift taken apart."""
    found = look.effects(profile)
    metric = words.metric_name(profile.plan.primary)

    def row(each) -> tuple:
        effect = found.get((each.strategy, look.primary(profile)))
        ratio = each.between / each.floor if known(each.between) and each.floor else None
        estimate = effect.estimate if effect else None
        p = effect.p_adjusted if effect else None
        return each.strategy, each.floor, each.between, each.within, estimate, ratio, p

    views = [
        View("Strategy", lambda r: visible(r["strategy"]), kind="word"),
        View("F baseline–baseline", lambda r: number(r["floor"])),
        View("C strategy–baseline", lambda r: number(r["between"])),
        View("W strategy–strategy", lambda r: number(r["within"])),
        View("Excess shift E", lambda r: number(r["excess_shift"]), beyond(profile)),
        View("C / F", lambda r: number(r["ratio"], 2)),
        View("p corrected", lambda r: p_value(r["p_adjusted"])),
    ]
    return Table(
        name="shift",
        title="The excess shift, taken apart",
        caption=(
            f"Mean distance of two models' maps of one image ({metric}, {unit(profile)}). F is "
            f"seed noise: two baselines differ in nothing but their {look.noise(profile)}. "
            f"{_counted(profile)}E = 2C − F − W. W below F: under this strategy, seeds agree more "
            "on where to look. C / F alone would overlook that."
        ),
        columns=("strategy", "floor", "between", "within", "excess_shift", "ratio", "p_adjusted"),
        rows=tuple(row(each) for each in profile.strategies),
        views=tuple(views),
    )


def _counted(profile: ImpactProfile) -> str:
    if profile.plan.folds is None:
        return ""
    return "Only pairs of different folds count: models of one fold saw the same images. "


@table("score", 20)
def correlations(profile: ImpactProfile) -> Table:
    """Which score goes with the gain."""
    columns = ("score", "primary", "strategies", "rho", "low", "high", "p", "q2", "error")
    saved = {c.score: c for c in profile.cost_correlations}
    further = ("rho_cost", "low_cost", "high_cost", "p_cost") if saved else ()
    return Table(
        name="correlations",
        title="Scores against the gain in accuracy",
        caption=(
            "Spearman's rank correlation over strategies. p of the primary score: permutation; of "
            "the others: max-statistic, corrected for looking at all of them. Q²: share of "
            "the gains' variance that the score predicts for a strategy left out (0 or less: no "
            "better than the mean). Error: mean absolute error of that prediction, in points."
            + (" On the right: the same against the cost saved." if saved else "")
        ),
        columns=(*columns, *further),
        rows=tuple(
            (
                *(getattr(c, name) for name in columns),
                *(getattr(saved.get(c.score), name[:-5], None) for name in further),
            )
            for c in profile.correlations
        ),
        views=(
            View("Score", _score, kind="word"),
            View("Strategies", lambda r: str(r["strategies"])),
            View(
                "ρ [interval]",
                lambda r: (
                    f"{number(r['rho'], 2, True)} {span(r['low'], r['high'], number, digits=2)}"
                ),
            ),
            View("p", lambda r: p_value(r["p"])),
            View("Q²", lambda r: number(r["q2"], 2)),
            View("Error, points", lambda r: points(r["error"], sign=False)),
            *(_SAVED if saved else ()),
        ),
        empty="No correlation: it takes several strategies.",
    )


_SAVED = (
    View(
        "ρ with the cost saved",
        lambda r: (
            f"{number(r['rho_cost'], 2, True)} "
            f"{span(r['low_cost'], r['high_cost'], number, digits=2)}"
        ),
    ),
    View("p", lambda r: p_value(r["p_cost"])),
)


def _score(row: Row) -> str:
    name = words.question(row["score"]).name
    return f"{name} (primary)" if row["primary"] else name
