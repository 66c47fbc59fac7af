"""A search for a pipeline: what it promised and what was confirmed, what it screened and tried."""

from cam_augment.plan import BASELINE
from cam_augment.records import ImpactProfile
from cam_augment.records.search import SearchResult
from cam_augment.report import naming, queries, words
from cam_augment.report.language import say, sentences
from cam_augment.report.parts import Row, Table, View, table
from cam_augment.report.proposal import proposal
from cam_augment.report.tables.cells import beyond, interval, of_strategy, of_verdict
from cam_augment.report.words import (
    is_known,
    listing,
    number,
    p_value,
    percent,
    points,
    visible,
)
from cam_augment.statistics.significance import is_beyond_noise

ROLES = {
    "proposal": "proposed pipeline",
    "proposed_policy": "proposed: a fixed policy",
    "single": "best single strategy",
    "policy": "fixed policy",
}
FATES = {
    "pays": "it pays: grown on",
    "open": "not settled: left out",
    "harmful": "it loses: left out",
}
PHASES = {
    "baseline": "baseline",
    "screening": "screening",
    "growth": "growth",
    "final": "finals",
}


@table("search", 1)
def search(profile: ImpactProfile) -> Table | None:
    """What a search promised, beside what was confirmed on fresh seeds and the test images."""
    result = profile.search
    if result is None:
        return None
    promised = {finalist.strategy: finalist for finalist in result.finalists}
    verdicts = queries.verdicts(profile)

    def row(strategy: str) -> tuple:
        promise, gain = promised.get(strategy), profile.effect(strategy, "gain")
        ends = (promise.gain, promise.low, promise.high) if promise else (None,) * 3
        return (
            strategy, _role(result, strategy), *ends, promise.models if promise else None,
            gain.estimate, gain.low, gain.high, gain.p_adjusted, gain.finding, verdicts[strategy],
        )  # fmt: skip

    strategies = [s.strategy for s in profile.strategies if s.strategy not in profile.plan.controls]
    return Table(
        name="search",
        title=say("What the search promised, and what was confirmed"),
        caption=_promises(result),
        columns=(
            "strategy", "role", "promised", "promised_low", "promised_high", "promised_models",
            "confirmed", "confirmed_low", "confirmed_high", "p_adjusted", "finding", "verdict",
        ),
        rows=tuple(map(row, strategies)),
        views=(
            of_strategy(),
            View(say("What it is"), lambda r: say(ROLES[r["role"]]), kind="word"),
            View(say("Promised, points"), lambda r: interval(r, "promised", points)),
            View(say("Confirmed, points"), lambda r: interval(r, "confirmed", points), beyond()),
            View(say("p"), lambda r: p_value(r["p_adjusted"])),
            of_verdict(profile),
        ),
    )  # fmt: skip


def _role(result: SearchResult, strategy: str) -> str:
    sources = {one.strategy: one.source for one in result.finalists}
    if strategy == result.proposal:
        return "proposed_policy" if sources.get(strategy) == "policy" else "proposal"
    return "single" if strategy == result.best_single else "policy"


def _promises(result: SearchResult) -> str:
    meaning = say(
        "Promised: the gain in {score} of {finalists} finalists, repeated with fresh seeds, on the "
        "{images} validation images that the search went by, in percentage points with the "
        "deciding interval. Confirmed: the gain on the test images, by models with seeds of their "
        "own; p corrected over these strategies. {models} models were trained for the search.",
        score=naming.score(result.score),
        finalists=len(result.finalists),
        images=f"{result.images:,}",
        models=len(result.trials),
    )
    too_high = say(
        "A promise is somewhat too high, since it is compared with the baselines by which "
        "strategies were said to pay, and the highest is proposed; a confirmation has models of "
        "its own."
    )
    return sentences(proposal(result), meaning, too_high if result.finalists else "")


@table("search", 2)
def search_strategies(profile: ImpactProfile) -> Table | None:
    """What each strategy adds to pipelines of two."""
    result = profile.search
    if result is None:
        return None
    columns = ("strategy", "models", "estimate", "low", "high", "p_adjusted", "finding", "fate",
               "left_after", "shift", "shift_p_adjusted", "shift_finding")  # fmt: skip
    return Table(
        name="search_strategies",
        title=say("What each strategy adds to pipelines of two"),
        caption=sentences(
            say(
                "By {models} models with two strategies each, or one alone, and {baselines} "
                "baselines: half of what a strategy gains alone, and half of what it adds to a "
                "model that has another one, on average over partners, in percentage points of "
                "{score} on validation images, with the deciding interval. Where strategies do "
                "each other's work that is less than the gain alone. A strategy pays where its "
                "one-sided bound lies above 0. {fit}",
                models=sum(trial.phase == "screening" for trial in result.trials),
                baselines=sum(trial.phase == "baseline" for trial in result.trials),
                score=naming.score(result.score),
                fit=_fit(result),
            ),
            _unaccompanied(result),
            _attention(result),
        ),
        columns=columns,
        rows=tuple(tuple(getattr(s, name) for name in columns) for s in result.strategies),
        views=(
            of_strategy(),
            View(say("Models"), lambda r: str(r["models"])),
            View(say("Adds, points"), _adds, beyond()),
            View(say("p"), lambda r: p_value(r["p_adjusted"])),
            View(say("What follows"), lambda r: say(FATES[r["fate"]]), kind="word"),
            *(_shift() if result.probes else ()),
        ),
    )


def _shift() -> tuple[View, View]:
    """Return the columns on what strategies do to maps."""
    return (
        View(say("Moves attention, E"), lambda r: number(r["shift"]), beyond("shift_finding")),
        View(say("p of E"), lambda r: p_value(r["shift_p_adjusted"])),
    )


def _unaccompanied(result: SearchResult) -> str:
    """Say which strategies no model carried beside another."""
    beside = {name for pair in result.interactions for name in (pair.first, pair.second)}
    names = [visible(s.strategy) for s in result.strategies if s.strategy not in beside]
    if not names:
        return ""
    return say(
        "Of {strategies} it is the gain alone: no model carries it beside another strategy.",
        strategies=listing(names),
    )


def _attention(result: SearchResult) -> str:
    """Say which strategies move attention, and by what that is told."""
    if not result.probes:
        return ""
    names = [visible(s.strategy) for s in result.strategies if is_beyond_noise(s.shift_finding)]
    return sentences(
        say(
            "E: how far what a strategy adds moves attention, the excess shift by Pearson (1 − r) "
            "over {probes} probe images, 0 where nothing but seed noise moves it; its p is by "
            "permutation of residuals, corrected over the strategies.",
            probes=f"{result.probes:,}",
        ),
        say("Beyond seed noise attention moves under {strategies}.", strategies=listing(names))
        if names
        else say("No strategy moves attention beyond seed noise."),
    )


def _adds(row: Row) -> str:
    return f"{points(row['estimate'])} {words.span(row['low'], row['high'], points)}".strip()


def _fit(result: SearchResult) -> str:
    fit = result.fit
    if fit.lacks is None:
        return say("Whether strategies add up cannot be tested: no models repeat each other.")
    numbers = {
        "ratio": words.number(fit.ratio, 2),
        "df": words.number(fit.df, 0),
        "pure": words.number(fit.pure_df, 0),
        "p": words.p_phrase(fit.p),
    }
    if fit.lacks:
        return say(
            "Strategies do not simply add up: pairs vary by more than models of one kind do "
            "(F = {ratio} with {df} and {pure} degrees of freedom, {p}).",
            **numbers,
        )
    return say(
        "That strategies add up is not refuted: pairs vary as models of one kind do (F = {ratio} "
        "with {df} and {pure} degrees of freedom, {p}).",
        **numbers,
    )


@table("search", 3)
def search_pairs(profile: ImpactProfile) -> Table | None:
    """What each pair gains beyond what its strategies add."""
    result = profile.search
    if result is None or not result.interactions:
        return None
    columns = ("first", "second", "models", "estimate", "shrunken", "p_adjusted", "visible",
               "finding")  # fmt: skip
    gains = [one.visible for one in result.interactions if is_known(one.visible)]
    return Table(
        name="search_pairs",
        title=say("What pairs gain beyond what their strategies add"),
        caption=say(
            "In percentage points of {score}: as measured, and drawn towards 0 by as much as "
            "seeds alone explain. p corrected over the pairs; {size} would be seen in four of five "
            "searches.",
            score=naming.score(result.score),
            size=points(min(gains), sign=False) if gains else "–",
        ),
        columns=columns,
        rows=tuple(tuple(getattr(one, name) for name in columns) for one in result.interactions),
        views=(
            of_strategy("first"),
            View(say("Partner"), lambda r: visible(r["second"]), kind="word"),
            View(say("Models"), lambda r: str(r["models"])),
            View(say("Beyond the sum, points"), lambda r: points(r["estimate"]), beyond()),
            View(say("Drawn towards 0"), lambda r: points(r["shrunken"])),
            View(say("p"), lambda r: p_value(r["p_adjusted"])),
        ),
        folded=True,
    )


@table("search", 4)
def search_trials(profile: ImpactProfile) -> Table | None:
    """Every model that a search trained."""
    result = profile.search
    if result is None:
        return None
    rows = tuple(
        (number, trial.phase, trial.strategy, trial.seed, trial.score)
        for number, trial in enumerate(result.trials, start=1)
    )
    return Table(
        name="search_trials",
        title=say("Every model of the search"),
        caption=say(
            "All {count} of them, in the order in which they were asked for, with the {score} on "
            "{images} validation images. The best of many is lucky: nothing is claimed from it.",
            count=len(rows),
            score=naming.score(result.score),
            images=f"{result.images:,}",
        ),
        columns=("number", "phase", "strategy", "seed", "score"),
        rows=rows,
        views=(
            View(say("No."), lambda r: str(r["number"])),
            View(say("Phase"), lambda r: say(PHASES[r["phase"]]), kind="word"),
            View(say("Pipeline"), _pipeline, kind="word"),
            View(say("Seed"), lambda r: str(r["seed"])),
            View(say("Score, %"), lambda r: percent(r["score"], 2)),
        ),
        folded=True,
    )


def _pipeline(row: Row) -> str:
    return say("baseline") if row["strategy"] == BASELINE else visible(row["strategy"])
