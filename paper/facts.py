"""The facts of the paper, each a number of ``results/`` by a name that the text gives.

Answers that no command has given yet (``search``, ``sequence``) have no facts, and the text has
other words for them until they come.
"""

import tomllib
from collections.abc import Callable, Collection, Mapping
from functools import cache

import numpy as np

from cam_augment.impact.judging import LEAST_MODELS, MOST_LEAKS
from cam_augment.plan.choices import BASELINE
from cam_augment.records import Effect, ImpactProfile
from cam_augment.report.formats.latex import escape
from cam_augment.report.queries import maps_pass
from cam_augment.statistics.moderated import PRIOR_DF
from paper import attention, evidence, truth
from paper.evidence import REAL, TILES
from paper.formats import (
    Facts,
    code,
    count,
    estimate,
    known,
    listing,
    p_value,
    percent,
    points,
    rho,
)


@cache
def facts() -> Mapping[str, str]:
    """Return every fact, as LaTeX, by its name.

    Raises:
        ValueError: two facts have one name.
    """
    named: dict[str, str] = {}
    for group in GROUPS:
        for name, text in group():
            if name in named:
                raise ValueError(f"two facts are called {name}")
            named[name] = text
    return named


# ---- what is asked, and with how many models


def design() -> Facts:
    """The default study."""
    profile = evidence.study("quickstart")
    plan, facts = profile.plan, profile.provenance
    yield "baselines", f"{plan.baselines}"
    yield "seeds", f"{plan.seeds}"
    yield "strategies", f"{len(profile.strategies) - len(plan.controls)}"
    yield "stage.models", f"{plan.more_models[0]}"
    yield "stage.baselines", f"{2 * plan.more_models[0]}"
    yield "models", f"{len(profile.models)}"
    yield "train", f"{plan.dataset.settings['train']}"
    yield "test", count(_tested(profile))
    yield "epochs", f"{plan.recipe.epochs}"
    yield "alpha", f"{plan.alpha:g}"
    yield "alpha.percent", percent(plan.alpha)
    yield "margin.gain", f"{100 * plan.margins.gain:g}"
    yield "margin.recall", f"{100 * plan.margins.recall:g}"
    yield "seconds", f"{facts['seconds_command']:.0f}"
    yield "cores", f"{facts['cores']}"
    yield "processor", machine(facts["processor"])
    yield "precision", plan.recipe.precision
    yield "made", facts["made"].partition("T")[0]
    yield "commit", facts["commit"][:7]
    yield "version", tomllib.loads(PROJECT.read_text("utf-8"))["project"]["version"]
    yield "prior", f"{PRIOR_DF:g}"
    yield "least.models", f"{LEAST_MODELS}"
    yield "most.leaks", percent(MOST_LEAKS)
    yield "grid", r"$\times$".join(str(n) for n in profile.validity["grid"])
    yield "probes", f"{profile.validity['images']}"


PROJECT = evidence.ROOT / "pyproject.toml"


def machine(processor: str) -> str:
    """Return a processor's name, without the marks of its trade.

    >>> machine("Intel(R) Xeon(R) Processor @ 2.50GHz")
    'Intel Xeon'
    """
    return escape(processor.replace("(R)", "").partition(" Processor")[0])


def _tested(profile: ImpactProfile) -> int:
    return round(sum(map(sum, profile.confusion[BASELINE])))


# ---- seed noise


def noise() -> Facts:
    """How much models differ that differ in their seed alone."""
    profile = evidence.study("quickstart")
    base = _accuracies(profile, BASELINE)
    yield "noise.sd", points(base.std(ddof=1), sign=False)
    yield "noise.range", points(np.ptp(base), sign=False)
    yield "noise.models", f"{len(base)}"
    yield "noise.finite", percent(profile.finite_test_share)
    differences = _differences(profile, "identity")
    yield "noise.pairs", f"{differences.size}"
    margin = profile.plan.margins.gain
    yield "noise.beyond", percent((abs(differences) >= margin).mean())
    yield "noise.greatest", points(abs(differences).max(), sign=False)
    wrong, pairs = 0, 0
    for strategy in profile.strategies:
        if profile.effect(strategy.strategy, "gain").finding == "gains":
            single = _differences(profile, strategy.strategy)
            wrong, pairs = wrong + int((single <= 0).sum()), pairs + single.size
    yield "noise.gainers", f"{_count(profile, 'gains')}"
    yield "noise.wrong", percent(wrong / pairs)
    spreads = [_spread(evidence.study(name)) for name in REAL]
    yield "noise.sd.least", points(min(spreads), sign=False)
    yield "noise.sd.most", points(max(spreads), sign=False)
    first = profile.strategies[0]
    yield "noise.floor", rho(1 - known(first.floor))
    yield "noise.chance", f"{profile.chance['pearson']:.2f}"
    colour = evidence.study("cifar10")
    yield "noise.floor.cifar", rho(1 - known(colour.strategies[0].floor))
    yield "noise.chance.cifar", f"{colour.chance['pearson']:.2f}"


def _differences(profile: ImpactProfile, strategy: str) -> np.ndarray:
    """Return the accuracy of one model of a strategy less that of one baseline, for all pairs."""
    return np.subtract.outer(_accuracies(profile, strategy), _accuracies(profile, BASELINE)).ravel()


def _accuracies(profile: ImpactProfile, arm: str) -> np.ndarray:
    return np.array(profile.points["accuracy"][arm], float)


def _spread(profile: ImpactProfile) -> float:
    return float(_accuracies(profile, BASELINE).std(ddof=1))


def _count(profile: ImpactProfile, finding: str) -> int:
    effects = (profile.effect(s.strategy, "gain") for s in profile.strategies)
    return sum(effect.finding == finding for effect in effects)


# ---- real data


def data() -> Facts:
    """The studies of real data."""
    verdicts: list[str | None] = [
        s.verdict for name in REAL for s in evidence.study(name).strategies if s.rule != "control"
    ]
    yield "data.sets", f"{len(REAL)}"
    yield "data.verdicts", f"{len(verdicts)}"
    for verdict, key in (("adopt", "adopt"), ("avoid", "avoid"), ("undecided", "undecided")):
        yield f"data.{key}", f"{verdicts.count(verdict)}"
    yield "data.none", f"{verdicts.count('no gain worth having')}"
    quiet = [
        s.verdict for name in REAL for s in evidence.study(name).strategies if s.rule == "control"
    ]
    yield "data.quiet", f"{quiet.count('quiet')}"
    places = [
        (s.attention, profile.effect(s.strategy, "gain").finding)
        for name in REAL
        for profile in [evidence.study(name)]
        if maps_pass(profile)
        for s in profile.strategies
        if s.rule != "control"
    ]
    yield "data.looked", f"{len(places)}"
    yield "data.moved", f"{sum(attention == 'moved' for attention, _ in places)}"
    yield "data.moved.gains", f"{sum(pair == ('moved', 'gains') for pair in places)}"
    for name in REAL:
        profile = evidence.study(name)
        losers = [e for s in profile.strategies for e in [profile.effect(s.strategy, "gain")]
                  if e.finding == "loses" and s.rule != "control"]  # fmt: skip
        yield f"data.{name}.losses", f"{len(losers)}"
        yield (
            f"data.{name}.losers",
            listing(f"{code(e.strategy)} ({estimate(e)})" for e in losers),
        )
        base = _accuracies(profile, BASELINE)
        yield f"data.{name}.accuracy", percent(base.mean(), 1)
        yield f"data.{name}.judged", f"{sum(s.rule != 'control' for s in profile.strategies)}"
        yield f"data.{name}.sd", points(base.std(ddof=1), sign=False)
        for judged in profile.strategies:
            label = judged.strategy.partition(":")[0]
            yield f"data.{name}.{label}", estimate(profile.effect(judged.strategy, "gain"))
            yield f"data.{name}.{label}.verdict", str(judged.verdict)


def losses() -> Facts:
    """The classes that two strategies lose of clothing, in a small study and in the sweep."""
    for study, name in (("fashion", "data.fashion"), ("sweep-fashion", "sweep.clothing")):
        for judged in evidence.study(study).strategies:
            if judged.strategy in ("translation", "cutmix"):
                yield f"{name}.{judged.strategy}.class", points(judged.worst_class_gain)
                yield f"{name}.{judged.strategy}.class.p", p_value(judged.worst_class_p)
    verdicts = {str(s.verdict): None for s in evidence.study("sweep-fashion").strategies
                if s.strategy in ("translation", "cutmix")}  # fmt: skip
    yield "sweep.clothing.lost.verdict", listing(verdicts)


def rotating() -> Facts:
    """The magnetic tiles with a fixed and with a rotating test part, by as many models."""
    first, fixed, turning = map(evidence.study, TILES)
    yield "rotating.first", f"{len(first.models)}"
    yield "rotating.models", f"{len(turning.models)}"
    yield "rotating.folds", f"{turning.plan.folds}"
    widths = [
        np.array([_width(profile.effect(s.strategy, "gain")) for s in profile.strategies])
        for profile in (fixed, turning)
    ]
    wider = widths[1] / widths[0]
    yield "rotating.least", f"{wider.min():.1f}"
    yield "rotating.most", f"{wider.max():.1f}"
    yield "rotating.fixed.losses", f"{_count(fixed, 'loses')}"
    yield "rotating.losses", f"{_count(turning, 'loses')}"
    yield "rotating.changed", _changed(first, fixed)
    yield "rotating.turned", _changed(fixed, turning)


def _changed(one: ImpactProfile, other: ImpactProfile) -> str:
    """Return the strategies of which two studies say different things, with both verdicts."""
    after = {s.strategy: s.verdict for s in other.strategies}
    return listing(
        rf"{code(s.strategy)} from \emph{{{s.verdict}}} to \emph{{{after[s.strategy]}}}"
        for s in one.strategies
        if s.verdict != after[s.strategy]
    )


def _width(effect: Effect) -> float:
    return known(effect.high) - known(effect.low)


# ---- cost and scale


def cost() -> Facts:
    """Time and memory, as the benchmarks measured them."""
    benchmarks = evidence.document("benchmarks/benchmarks.json")
    for part in ("study", "pretrained", "maps", "metrics"):
        yield f"cost.{part}.machine", machine(benchmarks["machines"][part]["processor"])
    command = next(r for r in benchmarks["rows"] if r["what"].startswith(COMMAND))
    yield "cost.command", f"{command['value']:.0f}"
    yield "cost.command.models", command["what"].removeprefix(COMMAND).partition(" ")[0]
    faster = evidence.measurement("study", "models per minute")
    yield "cost.faster", f"{faster['value']:.1f}"
    yield "cost.faster.low", f"{faster['low']:.1f}"
    yield "cost.faster.high", f"{faster['high']:.1f}"
    training = evidence.measurement("study", "training alone")
    yield "cost.training", f"{training['value']:.1f}"
    for key, what in (("frozen", "training, base frozen"), ("whole", "training, whole network")):
        row = evidence.measurement("pretrained", what)
        yield f"cost.{key}", f"{row['value']:.2f}"
        yield f"cost.{key}.low", f"{row['low']:.2f}"
        yield f"cost.{key}.high", f"{row['high']:.2f}"
        yield f"cost.{key}.aim", row["aim"].removeprefix(">= ")
    yield "cost.commit", benchmarks["machines"]["study"]["commit"][:7]
    maps = evidence.measurement("maps", "gradcam", "forward pass")
    yield "cost.gradcam", f"{maps['value']:.2f}"
    other = evidence.measurement("maps", "tf-keras-vis Gradcam", "forward pass")
    yield "cost.gradcam.other", f"{other['value']:.0f}"
    transport = evidence.measurement("metrics", "wasserstein", "ot.emd2")
    yield "cost.transport", f"{transport['value']:.0f}"
    many = evidence.document("scale/scale.json")
    yield "scale.machine", machine(many["machines"]["scale"]["processor"])
    yield "scale.commit", many["machines"]["scale"]["commit"][:7]
    scale = {row["what"]: row for row in many["rows"]}
    yield "scale.task", f"{1000 * scale[ENGINE]['value']:.0f}"
    for models in ("60", "2,000"):
        peak = scale[f"the driver's peak of memory, {models} models"]["value"]
        yield f"scale.memory.{models.replace(',', '')}", count(round(peak))
    yield "scale.most", "2,000"
    yield "scale.least", "60"
    per_model = scale["the driver's memory, each model more"]["value"]
    yield "scale.model", f"{per_model:.2f}"


COMMAND = "whole study, "  # what the benchmarks call it, before its models
ENGINE = "the engine's time"


# ---- answers that may not have been given yet


def search() -> Facts:
    """What a search gains for the models that it trains."""
    if not evidence.has(evidence.SEARCH):
        return
    for data, name in SEARCHED.items():
        for way, key in SEARCHES.items():
            chosen = searched(data, way)
            gains = [float(row["gain"]) for row in chosen]
            yield f"{name}.{key}.gain", points(float(np.mean(gains)))
            if key == "policy":
                yield f"{name}.{key}.least", points(min(gains))
                yield f"{name}.{key}.most", points(max(gains))
            yield f"{name}.{key}.models", f"{np.mean([int(row['models']) for row in chosen]):.0f}"
            yield f"{name}.{key}.times", f"{len(chosen)}"
            yield f"{name}.{key}.different", f"{len({row['pipeline'] for row in chosen})}"
    searches = [row for data in SEARCHED for row in searched(data, "search")]
    policies = {row["pipeline"] for data in SEARCHED for row in searched(data, "fixed policy")}
    yield "search.proposed", code(_proposed(policies))
    yield "search.all", f"{len(searches)}"
    yield "search.policies", f"{sum(row['pipeline'] in policies for row in searches)}"


def _proposed(policies: Collection[str]) -> str:
    """Return the policy that all searches of digits proposed.

    Raises:
        LookupError: they did not, and what the text says of that has to go.
    """
    first, *others = {row["pipeline"] for row in searched("mnist", "search")}
    if others or first not in policies:
        raise LookupError("the searches of digits did not all propose one fixed policy")
    return first


def searched(data: str, way: str) -> list[Mapping[str, str]]:
    """Return the pipelines that a way to choose proposed for a data set."""
    rows = evidence.rows("search/search.csv")
    return [row for row in rows if (row["data"], row["way"]) == (data, way)]


SEARCHED = {"mnist": "search", "fashion_mnist": "search.fashion"}
SEARCHES = {
    "search": "search",
    "best of chance": "chance",
    "greedy": "greedy",
    "fixed policy": "policy",
}


def sequence() -> Facts:
    """Whether attention flickers over the frames of a sequence."""
    if not evidence.has(evidence.SEQUENCE):
        return
    profile = evidence.study(evidence.SEQUENCE)
    plan = profile.plan
    yield "sequence.models", f"{len(profile.models)}"
    yield "sequence.strategies", f"{len(profile.strategies) - len(plan.controls)}"
    effects = [e for e in profile.effects
               if e.question in STEADINESS and e.strategy not in plan.controls]  # fmt: skip
    sure = [e for e in effects if e.finding in ("rises", "falls")]
    yield "sequence.effects", f"{len(effects)}"
    yield (
        "sequence.sure.effects",
        listing(
            f"{STEADINESS[e.question]} under {code(e.strategy)} ({estimate(e, 1, 3)})" for e in sure
        ),
    )


STEADINESS = {
    "flicker": "flicker",
    "flips": "flips",
    "flicker_at_flips": "flicker at flips",
    "following": "following",
}


GROUPS: tuple[Callable[[], Facts], ...] = (
    design, noise, truth.verdicts, truth.processors, truth.alarms, attention.shortcuts,
    attention.sweeps, attention.looks, data, losses, rotating, cost, search, sequence,
)  # fmt: skip
