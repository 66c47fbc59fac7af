"""What was done, as the paragraphs of a paper's method: the plan's choices, with sources."""

from collections.abc import Iterable
from typing import Any

from cam_augment.plan import BASELINE, GIVEN
from cam_augment.records import ImpactProfile
from cam_augment.registry import ARCHITECTURES, CAMS, DATASETS, METRICS, STRATEGIES, Registry
from cam_augment.report import naming, queries, words
from cam_augment.report.formats.latex import escape
from cam_augment.report.paper.sources import cited_by
from cam_augment.report.words import count, listing, percent
from cam_augment.statistics.scoring import COST

CORRECTIONS = {"holm": ("Holm's", "holm1979"), "bh": ("Benjamini and Hochberg's", "benjamini1995")}
SCHEDULES = {
    "cosine": "falling to zero along a cosine",
    "constant": "constant",
    "step": "falling in steps",
    "exponential": "falling exponentially",
    "inverse": "falling with the inverse of time",
}


def paragraphs(profile: ImpactProfile) -> list[str]:
    """Return the paragraphs, as LaTeX: design, training, scores, verdicts, attention, software."""
    makers = (_design, _training, _scores, _verdicts, _attention, _software)
    return [" ".join(filter(None, make(profile))) for make in makers]


def cite(*keys: str) -> str:
    """Return a citation as LaTeX; nothing where there is nothing to cite."""
    return rf"~\cite{{{','.join(keys)}}}" if keys else ""


def _named(registry: Registry[Any], name: str) -> str:
    """Return the name of an entry with what its docstring cites."""
    return escape(name) + _sources(registry, name)


def _sources(registry: Registry[Any], name: str) -> str:
    return cite(*cited_by(registry[name].function)) if name in registry else ""


def _design(profile: ImpactProfile) -> Iterable[str]:
    plan = profile.plan
    names = [s.strategy for s in profile.strategies if s.strategy not in plan.controls]
    yield (
        f"We compared {count(len(names), 'augmentation strategy', 'augmentation strategies')} "
        f"({listing([_strategy(profile, name) for name in names])}) "
        f"on {_data(profile)}."
    )
    if profile.search is not None and profile.search.proposal:
        yield (
            f"{escape(profile.search.proposal)} was proposed by a search that saw no test image; "
            "all networks here have seeds of their own."
        )
    if plan.dataset.name == GIVEN:
        return
    yield (
        f"For each strategy {_models(profile)} were trained from different random seeds, and "
        f"{count(queries.baselines(profile), 'network')} without "
        "augmentation, the baselines; no strategy shares a seed with them. "
        f"The procedure goes back to{cite('dorneles2025')}; the comparison with the noise of seeds "
        "is added to it."
    )
    yield from _folds(profile)
    if plan.more_models:
        yield (
            "Networks were added in stages to the strategies that more of them would decide, "
            rf"stage $s$ being judged at the level $\alpha / 2^s${cite('lan1983')}."
        )


def _data(profile: ImpactProfile) -> str:
    images = escape(words.count(round(_test_images(profile)), "test image"))
    classes = count(len(profile.classes), "class", "classes")
    if profile.plan.dataset.name == GIVEN:
        return f"{images} of {classes}"
    return f"{_named(DATASETS, profile.plan.dataset.name)} ({images}, {classes})"


def _folds(profile: ImpactProfile) -> Iterable[str]:
    folds = profile.plan.folds
    if folds is None:
        return
    if profile.plan.rotates:
        yield (
            f"The images outside the probes were cut into {folds} folds; one is the test part of a "
            "network and the next its validation part, equally often in every arm."
        )
    else:
        yield (
            f"Each network was trained without one of {folds} folds; every arm has each fold "
            "equally often."
        )


def _strategy(profile: ImpactProfile, label: str) -> str:
    chosen = next((s for s in profile.plan.strategies if s.label == label), None)
    names = [step.name for step in chosen.steps] if chosen else []
    functions = [STRATEGIES[name].function for name in names if name in STRATEGIES]
    return escape(label) + cite(*cited_by(*functions))


def _models(profile: ImpactProfile) -> str:
    counts = {strategy.runs for strategy in profile.strategies} or {profile.plan.seeds}
    least, most = min(counts), max(counts)
    return count(most, "network") if least == most else f"{least} to {most} networks"


def _test_images(profile: ImpactProfile) -> float:
    return sum(map(sum, profile.confusion.get(BASELINE, ())))


def _training(profile: ImpactProfile) -> Iterable[str]:
    plan, recipe = profile.plan, profile.plan.recipe
    if plan.architecture.name == GIVEN:
        yield "The networks were trained elsewhere; their answers were compared."
        return
    yield (
        f"The network is {_named(ARCHITECTURES, plan.architecture.name)}. Each training took "
        f"{count(recipe.epochs, 'epoch')} in batches of {recipe.batch_size} images, by "
        f"{escape(recipe.optimizer)} from a learning rate of {recipe.learning_rate:g}, "
        f"{SCHEDULES[recipe.schedule]}, computed in {escape(recipe.precision)}; all strategies "
        "had the same budget."
    )
    if recipe.frozen_epochs:
        yield (
            f"In the first {count(recipe.frozen_epochs, 'epoch')} only the head was trained, then "
            f"the whole network at {recipe.fine_tune_rate:g} times the rate."
        )
    if recipe.weighs_classes:
        yield "The loss weighed classes inversely to their share of the training images."


MODERATED = (
    "Variances are moderated over the arms{source} and hold the noise of networks and of test "
    "images; the interval of a gain is the one that its test decides by."
)
EXACT = (
    "Its $p$ is exact: the share of all ways to relabel whole networks that show as much{source}."
)


def _scores(profile: ImpactProfile) -> Iterable[str]:
    name, key = CORRECTIONS[profile.plan.correction]
    yield (
        "The trained network, not the image, is the unit of every test. A strategy's gain is its "
        f"mean {escape(queries.score(profile))} less that of the baselines."
    )
    if queries.is_moderated(profile):
        yield MODERATED.format(source=cite("smyth2004"))
    else:
        yield EXACT.format(source=cite("phipson2010"))
    yield (
        rf"$p$ is corrected over the strategies by {name} method{cite(key)}, at "
        rf"$\alpha = {profile.plan.alpha:g}$."
    )
    if words.is_known(profile.finite_test_share):
        yield (
            f"Of the variance between seeds {escape(percent(profile.finite_test_share, 0))} comes "
            "of the finite number of test images."
        )


def _verdicts(profile: ImpactProfile) -> Iterable[str]:
    if profile.has_old_verdicts:
        return
    margins = profile.plan.margins
    unit = "percent of the baselines' cost" if profile.plan.gain == COST else "points"
    yield (
        "Verdicts are claims against margins that were stated beforehand: a gain of "
        f"{100 * profile.plan.gain_margin:g} {unit} is worth having, and no class may lose more "
        f"than {100 * margins.recall:g} points of its recall. Gains and losses within the margins "
        f"are shown by two one-sided tests{cite('schuirmann1987')}; what neither a gain nor its "
        "absence is shown of is called undecided."
    )
    if profile.plan.controls:
        names = listing([escape(name) for name in sorted(profile.plan.controls)])
        yield f"Controls ({names}) cannot have an effect and are judged apart."


def _attention(profile: ImpactProfile) -> Iterable[str]:
    plan, facts = profile.plan, profile.validity
    grid = r"$\times$".join(map(str, facts.get("grid") or ()))
    images = facts.get("images")
    targeted = plan.cam.name not in CAMS or CAMS[plan.cam.name].targeted
    layer = facts.get("layer")
    yield (
        f"Where a network looks is read off {_named(CAMS, plan.cam.name)} maps"
        + (f" of the {plan.cam_target} class" if targeted else "")
        + (f" at the layer {escape(str(layer))}" if layer else "")
        + (f" ({grid} cells)" if grid else "")
        + (f", on {count(images, 'probe image')} that all networks share" if images else "")
        + "."
    )
    yield (
        "Two maps of one image are compared by "
        f"{escape(naming.metric_name(plan.primary))}{_sources(METRICS, plan.primary)}. With $C$ "
        "the "
        "mean distance of a strategy's network and a baseline, $F$ of two baselines and $W$ of two "
        f"of the strategy's networks, the excess shift is $E = 2C - F - W${cite('szekely2013')}: "
        "how much farther attention moves than seeds alone move it. Its $p$ is that of relabelling "
        f"whole networks{cite('phipson2010')}."
    )
    if profile.faithful:
        yield f"Maps were checked by deletion and insertion{cite('petsiuk2018')}."


def _software(profile: ImpactProfile) -> Iterable[str]:
    facts = profile.provenance
    versions = dict(facts.get("versions") or {})
    trained: dict[str, Any] = next(iter(facts.get("training_environments") or ()), {})
    versions |= {name: trained[name] for name in ("tensorflow", "keras") if name in trained}
    stated = [f"{name} {version}" for name, version in versions.items() if version]
    commit = str(facts.get("commit") or "")[:10]
    yield f"Software: {escape(', '.join(stated))}" + (f" (commit {commit})." if commit else ".")
    if facts.get("processor"):
        yield f"Processor: {escape(str(facts['processor']))}."
