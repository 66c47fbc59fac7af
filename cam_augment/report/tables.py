"""The report's tables: each a function from the impact profile to a Table."""

from typing import Any

from cam_augment.plan import BASELINE
from cam_augment.records import Effect, ImpactProfile
from cam_augment.report import look, words
from cam_augment.report.parts import Row, Table, View, table
from cam_augment.report.words import known, number, p_value, percent, points, span, visible

REQUIRED = (
    "strategy", "verdict", "runs", "gain", "gain_low", "gain_high", "gain_p",
    "excess_shift", "excess_shift_p", "centroid_shift", "entropy_change", "spread_change",
    "spread_p", "focus_change", "focus_p", "agreement_change", "degenerate_share",
)  # fmt: skip
FURTHER = (
    "gain_p_adjusted", "excess_shift_p_adjusted", "spread_p_adjusted", "focus_p_adjusted",
    "smallest_p", "excess_shift_low", "excess_shift_high", "prediction_shift", "gain_macro_f1",
    "accuracy", "macro_f1", "floor", "between", "within", "worst_class", "worst_class_gain",
    "worst_class_p", "smallest_gain", "group",
)  # fmt: skip


def profile_frame(profile: ImpactProfile):
    """Return one row per strategy as a ``pandas.DataFrame``, in the plan's order.

    Gains are fractions of accuracy; a missing value is NaN.
    """
    import pandas as pd

    return pd.DataFrame(_profile_rows(profile), columns=[*REQUIRED, *FURTHER])


def _profile_rows(profile: ImpactProfile) -> list[tuple]:
    found = look.effects(profile)
    rows = [_profile_row(profile, found, each) for each in profile.strategies]
    return [tuple(row[name] for name in (*REQUIRED, *FURTHER)) for row in rows]


def _profile_row(profile: ImpactProfile, found: dict, each) -> dict[str, Any]:
    def ask(question: str) -> Effect:
        return found.get((each.strategy, question), Effect(strategy="", question=""))

    gain, shift = ask("gain"), ask(look.primary(profile))
    spread, focus = ask("spread"), ask("focus")
    return {
        **each.model_dump(exclude={"sentence"}),
        "gain": gain.estimate,
        "gain_low": gain.low,
        "gain_high": gain.high,
        "gain_p": gain.p,
        "gain_p_adjusted": gain.p_adjusted,
        "smallest_p": gain.smallest_p,
        "excess_shift": shift.estimate,
        "excess_shift_low": shift.low,
        "excess_shift_high": shift.high,
        "excess_shift_p": shift.p,
        "excess_shift_p_adjusted": shift.p_adjusted,
        "centroid_shift": ask("excess_shift.centroid_shift").estimate,
        "prediction_shift": ask("excess_shift.prediction_kl").estimate,
        "entropy_change": ask("entropy").estimate,
        "spread_change": spread.estimate,
        "spread_p": spread.p,
        "spread_p_adjusted": spread.p_adjusted,
        "focus_change": focus.estimate,
        "focus_p": focus.p,
        "focus_p_adjusted": focus.p_adjusted,
        "agreement_change": ask("agreement").estimate,
        "gain_macro_f1": ask("gain_macro_f1").estimate,
    }


@table("verdicts", 1)
def verdicts(profile: ImpactProfile) -> Table:
    """The ranking: each strategy's verdict in one sentence."""
    rows = {row[0]: row for row in _profile_rows(profile)}
    columns = (*REQUIRED, *FURTHER, "sentence")
    return Table(
        name="verdicts",
        title="Verdicts",
        caption=(
            "Best first. Gain: percentage points of accuracy over the baselines' mean, with its "
            f"{percent(1 - profile.plan.alpha, 0)} interval. Attention moved: excess shift E "
            f"({words.metric_name(profile.plan.primary)}, {_unit(profile)}), 0 where nothing but "
            "seed noise moves it. Spread: change of the attention's radius, in percent of the "
            "image's diagonal; below 0 it gathers. ● beyond seed noise, ○ within it."
        ),
        columns=columns,
        rows=tuple((*rows[s.strategy], s.sentence) for s in look.ranked(profile)),
        views=(
            View("Strategy", lambda r: visible(r["strategy"]), kind="word"),
            View("Verdict", _verdict, lambda r: r["verdict"], "word"),
            View("In one sentence", lambda r: visible(r["sentence"]), kind="sentence"),
            View("Gain, points", lambda r: _interval(r, "gain", points)),
            View("Attention moved, E", lambda r: _tested(profile, r, "excess_shift", number)),
            View("Spread, %", lambda r: _tested(profile, r, "spread", _signed, "_change")),
        ),
        cards=True,
    )


def _signed(value) -> str:
    return points(value, 1)


def _tested(profile: ImpactProfile, row: Row, name: str, write, suffix: str = "") -> str:
    p = row[f"{name}_p_adjusted"]
    if not known(row[f"{name}{suffix}"]):
        return words.DASH
    sign = "" if not known(p) else " ●" if p <= profile.plan.alpha else " ○"
    return f"{write(row[f'{name}{suffix}'])}{sign} {words.p_phrase(row[f'{name}_p'])}".strip()


@table("details", 1)
def profile(profile: ImpactProfile) -> Table:
    """One row per strategy: ``profile.csv``."""
    views = [
        View("Strategy", lambda r: visible(r["strategy"]), kind="word"),
        View("Verdict", _verdict, lambda r: r["verdict"], "word"),
        View("Models", lambda r: str(r["runs"])),
        View("Gain, points [interval]", lambda r: _interval(r, "gain", points), _beyond(profile, "gain_p_adjusted")),
        View("p", lambda r: p_value(r["gain_p"])),
        View("p corrected", lambda r: p_value(r["gain_p_adjusted"])),
        View("Excess shift E", lambda r: number(r["excess_shift"]), _beyond(profile, "excess_shift_p_adjusted")),
        View("p", lambda r: p_value(r["excess_shift_p"])),
        View("Spread, change", lambda r: number(r["spread_change"], sign=True), _beyond(profile, "spread_p_adjusted")),
        View("p", lambda r: p_value(r["spread_p"])),
    ]
    if any(known(e.estimate) for e in profile.effects if e.question == "focus"):
        views += [
            View("Focus, change", lambda r: number(r["focus_change"], 2, True), _beyond(profile, "focus_p_adjusted")),
            View("p", lambda r: p_value(r["focus_p"])),
        ]
    views.append(View("Empty maps", lambda r: percent(r["degenerate_share"])))
    return Table(
        name="profile",
        title="Impact profile in numbers",
        caption=(
            "One row per strategy. Gain: accuracy minus the baselines' mean, in percentage points. "
            f"E: how much farther maps move than seeds alone move them ({_unit(profile)}). Spread: "
            "RMS radius of the attention, as a share of the image's diagonal. p: exact "
            "relabelling of whole models; marked cells stay beyond seed noise after correction. "
            "The CSV file holds further columns."
        ),
        columns=(*REQUIRED, *FURTHER),
        rows=tuple(_profile_rows(profile)),
        views=tuple(views),
    )


def _unit(profile: ImpactProfile) -> str:
    return words.metric_unit(profile.plan.primary)


def _verdict(row: Row) -> str:
    return f"{words.SYMBOLS[row['verdict']]} {row['verdict']}"


def _interval(row: Row, name: str, write=number) -> str:
    interval = span(row[f"{name}_low"], row[f"{name}_high"], write)
    text = write(row[name], sign=True)
    return f"{text} {interval}".strip()


def _beyond(profile: ImpactProfile, column: str = "p_adjusted"):
    """Return the mark of effects beyond seed noise."""

    def mark(row: Row) -> str:
        return "beyond" if known(row[column]) and row[column] <= profile.plan.alpha else ""

    return mark


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
        View("p corrected", lambda r: p_value(r["p_adjusted"]), _beyond(profile)),
        View("Least p", lambda r: p_value(r["smallest_p"])),
    ]
    return Table(
        name="effects",
        title="Every question, every strategy",
        caption=(
            "Effect: the strategy's models against the baselines, with its "
            f"{percent(1 - profile.plan.alpha, 0)} interval by bootstrap over models and images. "
            "Between seeds: the same number between or among baselines, which differ in nothing "
            "but their seeds. p: exact relabelling of whole models; corrected: over strategies; "
            "least p: what this design can reach at best, before correction."
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
        View("E = 2C − F − W", lambda r: number(r["excess_shift"]), _beyond(profile)),
        View("C / F", lambda r: number(r["ratio"], 2)),
        View("p corrected", lambda r: p_value(r["p_adjusted"])),
    ]
    return Table(
        name="shift",
        title="The excess shift, taken apart",
        caption=(
            f"Mean distance of two models' maps of one image ({words.metric_name(profile.plan.primary)}, "
            f"{_unit(profile)}). F is seed noise: two baselines differ in nothing but their seeds. "
            "W below F: under this strategy, seeds agree more on where to look. "
            "C / F alone would overlook that."
        ),
        columns=("strategy", "floor", "between", "within", "excess_shift", "ratio", "p_adjusted"),
        rows=tuple(row(each) for each in profile.strategies),
        views=tuple(views),
    )


@table("score", 20)
def correlations(profile: ImpactProfile) -> Table:
    """Which score goes with the gain."""
    columns = ("score", "primary", "strategies", "rho", "low", "high", "p", "q2", "error")
    return Table(
        name="correlations",
        title="Scores against the gain in accuracy",
        caption=(
            "Spearman's rank correlation over strategies. p of the primary score: permutation; of "
            "the others: max-statistic, corrected for looking at all of them. Q²: share of "
            "the gains' variance that the score predicts for a strategy left out (0 or less: no "
            "better than the mean). Error: mean absolute error of that prediction, in points."
        ),
        columns=columns,
        rows=tuple(tuple(getattr(c, name) for name in columns) for c in profile.correlations),
        views=(
            View("Score", _score, kind="word"),
            View("Strategies", lambda r: str(r["strategies"])),
            View(
                "ρ [interval]",
                lambda r: f"{number(r['rho'], 2, True)} {span(r['low'], r['high'], number, digits=2)}",
            ),
            View("p", lambda r: p_value(r["p"])),
            View("Q²", lambda r: number(r["q2"], 2)),
            View("Error, points", lambda r: points(r["error"], sign=False)),
        ),
        empty="No correlation: it takes several strategies.",
    )


def _score(row: Row) -> str:
    name = words.question(row["score"]).name
    return f"{name} (primary)" if row["primary"] else name


@table("gains", 20)
def class_gains(profile: ImpactProfile) -> Table | None:
    """Gains in recall, class by class."""
    if not profile.class_gains:
        return None
    gains = {(g.strategy, g.name): g.gain for g in profile.class_gains}
    worst = {s.strategy: s for s in profile.strategies}
    recall = {g.name: g.baseline for g in profile.class_gains}
    names = tuple(f"class_{i}" for i in range(len(profile.classes)))

    def row(strategy: str) -> tuple:
        values = [gains.get((strategy, name)) for name in profile.classes]
        return strategy, *values, worst[strategy].worst_class, worst[strategy].worst_class_p

    views = [
        View("Strategy", lambda r: visible(r["strategy"]), kind="word"),
        *(
            View(
                f"{visible(name)} ({percent(recall.get(name), 0)})",
                lambda r, key=key: points(r[key], 1),
                lambda r, name=name: "worst" if r["worst_class"] == name else "",
            )
            for key, name in zip(names, profile.classes, strict=True)
        ),
        View("Loses most", lambda r: visible(r["worst_class"] or words.DASH), kind="word"),
        View("p", lambda r: p_value(r["worst_class_p"])),
    ]
    return Table(
        name="class_gains",
        title="Gains class by class",
        caption=(
            "Change of recall in each class, in percentage points; in the heading, the baselines' "
            "recall. p: of the class that loses most, corrected for looking at all classes."
        ),
        columns=("strategy", *names, "worst_class", "worst_class_p"),
        rows=tuple(row(s.strategy) for s in profile.strategies),
        views=tuple(views),
    )


@table("gains", 30)
def confusion(profile: ImpactProfile) -> Table | None:
    """What the baselines take for what."""
    matrix = profile.confusion.get(BASELINE)
    if not matrix:
        return None
    names = tuple(f"class_{i}" for i in range(len(profile.classes)))

    def cell(key: str):
        return lambda r: percent(r[key] / r["images"] if r["images"] else None)

    def mark(key: str):
        def marked(row: Row) -> str:
            if key == f"class_{row['position']}":
                return "diagonal"
            return "" if row["images"] and row[key] / row["images"] >= 0.02 else "faint"

        return marked

    return Table(
        name="confusion",
        title="What the baselines take for what",
        caption=(
            "Rows: the true class; columns: the predicted one; in percent of the row's test "
            "images, mean over the baselines. On the diagonal: recall."
        ),
        columns=("position", "true_class", "images", *names),
        rows=tuple(
            (i, profile.classes[i], sum(row), *row) for i, row in enumerate(matrix)
        ),
        views=(
            View("True class", lambda r: visible(r["true_class"]), kind="word"),
            *(
                View(visible(name), cell(key), mark(key))
                for key, name in zip(names, profile.classes, strict=True)
            ),
        ),
        folded=True,
    )


@table("training", 20)
def learning_curves(profile: ImpactProfile) -> Table:
    """How each strategy's training ended, and what its curves say."""
    columns = (
        "strategy", "epochs", "best_epoch", "loss", "validation_loss", "accuracy",
        "validation_accuracy", "reading",
    )  # fmt: skip

    def row(curve) -> tuple:
        last = (
            values[-1] if values else None
            for values in (curve.loss, curve.validation_loss, curve.accuracy,
                           curve.validation_accuracy)
        )  # fmt: skip
        return curve.strategy, len(curve.loss), curve.best_epoch, *last, curve.reading

    return Table(
        name="learning_curves",
        title="How the trainings ended",
        caption=(
            "At the last epoch, mean over the strategy's models. Loss: cross-entropy in nats. The "
            "training loss is taken on augmented images, so it may stay above the validation loss. "
            "Best epoch: where the validation loss is least."
        ),
        columns=columns,
        rows=tuple(row(curve) for curve in profile.curves),
        views=(
            View("Strategy", lambda r: visible(r["strategy"]), kind="word"),
            View("Best epoch", lambda r: f"{r['best_epoch']} of {r['epochs']}"),
            View("Loss, training", lambda r: number(r["loss"], 2)),
            View("Loss, validation", lambda r: number(r["validation_loss"], 2)),
            View("Accuracy, training", lambda r: percent(r["accuracy"])),
            View("Accuracy, validation", lambda r: percent(r["validation_accuracy"])),
            View("Reading", lambda r: visible(r["reading"]), kind="sentence"),
        ),
    )


@table("validity", 10)
def validity(profile: ImpactProfile) -> Table:
    """Chance level and noise floor of every metric."""
    noise = {
        e.question.removeprefix("excess_shift."): e.noise
        for e in profile.effects
        if e.question.startswith("excess_shift.")
    }
    names = dict.fromkeys([*profile.chance, *noise])
    return Table(
        name="validity",
        title="Chance level and noise floor",
        caption=(
            "Chance: the metric itself between maps of different images; what centre bias alone "
            "gives. Noise floor: the metric's distance between two baselines on the same image "
            "(0: the maps are the same); a similarity s counts as the distance 1 − s."
        ),
        columns=("metric", "chance", "noise_floor"),
        rows=tuple((n, profile.chance.get(n), noise.get(n)) for n in names),
        views=(
            View("Metric", lambda r: words.metric_name(r["metric"]), kind="word"),
            View("Chance level", lambda r: number(r["chance"])),
            View("Noise floor F", lambda r: number(r["noise_floor"])),
            View("Unit of F", lambda r: words.metric_unit(r["metric"]), kind="word"),
        ),
    )


@table("validity", 20)
def shares(profile: ImpactProfile) -> Table | None:
    """Empty maps and misread probe images, arm by arm."""
    empty = profile.validity.get("degenerate_share") or {}
    wrong = profile.validity.get("misclassified_share") or {}
    if not (empty or wrong):
        return None
    return Table(
        name="shares",
        title="Empty maps and misread probe images",
        caption=(
            "Empty maps are zero everywhere; map metrics leave them out. Misread probe images are "
            "scored all the same. Both in percent of the probe images, mean over models."
        ),
        columns=("arm", "degenerate_share", "misclassified_share"),
        rows=tuple((arm, empty.get(arm), wrong.get(arm)) for arm in profile.arms),
        views=(
            View("Strategy", lambda r: visible(r["arm"]), kind="word"),
            View("Empty maps", lambda r: percent(r["degenerate_share"], 2)),
            View("Misread", lambda r: percent(r["misclassified_share"])),
        ),
    )


@table("validity", 30)
def missing(profile: ImpactProfile) -> Table:
    """Runs of the plan without an answer."""
    columns = ("run", "strategy", "reason")
    return Table(
        name="missing",
        title="Missing runs",
        caption="Runs of the plan that have no answer. Asking again does what is missing.",
        columns=columns,
        rows=tuple(tuple(getattr(m, c) for c in columns) for m in profile.missing),
        views=(
            View("Run", lambda r: visible(r["run"]), kind="word"),
            View("Reason", lambda r: visible(r["reason"]), kind="sentence"),
        ),
        empty="No run is missing: every model of the plan was trained.",
    )


@table("details", 10)
def runs(profile: ImpactProfile) -> Table:
    """Every model's own scalars."""
    names = tuple(profile.points)
    rows = []
    for arm in profile.arms:
        values = [profile.points[name].get(arm, ()) for name in names]
        for run in range(max(map(len, values), default=0)):
            rows.append((arm, run, *(v[run] if run < len(v) else None for v in values)))
    return Table(
        name="runs",
        title="Every model",
        caption=(
            "One row per trained model. Accuracy and macro-F1 on the test images; the others are "
            "means over the maps of the probe images."
        ),
        columns=("arm", "run", *names),
        rows=tuple(rows),
        views=(
            View("Strategy", lambda r: visible(r["arm"]), kind="word"),
            View("Model", lambda r: str(r["run"] + 1)),
            *(
                View(words.scalar(name), lambda r, name=name: number(r[name]))
                for name in names
            ),
        ),
        folded=True,
    )


@table("details", 20)
def provenance(profile: ImpactProfile) -> Table:
    """Versions, machine, commit, times, data."""
    rows = tuple(_flat("", profile.provenance))
    return Table(
        name="provenance",
        title="Provenance",
        caption="What made these numbers.",
        columns=("fact", "value"),
        rows=rows,
        views=(
            View("Fact", lambda r: visible(r["fact"]), kind="word"),
            View("Value", lambda r: visible(r["value"]), kind="sentence"),
        ),
        folded=True,
    )


def _flat(name: str, value: Any):
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from _flat(f"{name} {key}".strip(), inner)
    elif isinstance(value, (list, tuple)):
        yield name, ", ".join(map(str, value))
    else:
        yield name, value
