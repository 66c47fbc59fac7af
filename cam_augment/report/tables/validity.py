"""What the numbers rest on: chance, floor, empty maps, missing runs, provenance."""

from collections.abc import Iterator, Mapping
from typing import Any

from cam_augment.records import ImpactProfile
from cam_augment.report import naming, words
from cam_augment.report.language import say
from cam_augment.report.parts import Table, View, table
from cam_augment.report.phrases import OUTPUTS
from cam_augment.report.sentences import notice
from cam_augment.report.tables.cells import of_strategy
from cam_augment.report.words import number, percent, visible


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
        title=say("Chance level and noise floor"),
        caption=say(
            "Chance: the metric itself between maps of different images; what centre bias alone "
            "gives. Noise floor: the metric's distance between two baselines on the same image "
            "(0: the maps are the same); a similarity s counts as the distance 1 − s."
        ),
        columns=("metric", "chance", "noise_floor"),
        rows=tuple((n, profile.chance.get(n), noise.get(n)) for n in names),
        views=(
            View(say("Metric"), lambda r: naming.metric_name(r["metric"]), kind="word"),
            View(say("Chance level"), lambda r: number(r["chance"])),
            View(say("Noise floor F"), lambda r: number(r["noise_floor"])),
            View(say("Unit of F"), lambda r: naming.metric_unit(r["metric"]), kind="word"),
        ),
    )


@table("validity", 15)
def checks(profile: ImpactProfile) -> Table | None:
    """Whether attention under further looks agrees with that under the plan's own."""
    if not profile.checks:
        return None
    columns = ("look", "rows", "columns", "kendall", "low", "high", "flips")
    return Table(
        name="checks",
        title=say("Would another look say the same?"),
        caption=say(
            "The same models under another CAM method, target or layer. Kendall's tau compares "
            "the order of the strategies by excess shift with the order under the plan's own look "
            "(1: the same order; interval: over probe images). Answers that flip: strategies whose "
            "attention moves beyond seed noise under one of the two looks only."
        ),
        columns=columns,
        rows=tuple(
            (c.look, *c.grid, c.kendall, c.low, c.high, " ".join(c.flips)) for c in profile.checks
        ),
        views=(
            View(say("Look"), lambda r: visible(r["look"]), kind="word"),
            View(say("Grid"), lambda r: f"{r['rows']}x{r['columns']}"),
            View(
                say("Kendall's tau [interval]"),
                lambda r: (
                    f"{number(r['kendall'], 2, True)} "
                    f"{words.span(r['low'], r['high'], number, digits=2)}"
                ),
            ),
            View(
                say("Answers that flip"),
                lambda r: visible(r["flips"]) or say("none"),
                kind="sentence",
            ),
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
        title=say("Empty maps and misread probe images"),
        caption=say(
            "Empty maps are zero everywhere; map metrics leave them out. Misread probe images are "
            "scored all the same. Both in percent of the probe images, mean over models."
        ),
        columns=("arm", "degenerate_share", "misclassified_share"),
        rows=tuple((arm, empty.get(arm), wrong.get(arm)) for arm in profile.arms),
        views=(
            of_strategy("arm"),
            View(say("Empty maps"), lambda r: percent(r["degenerate_share"], 2)),
            View(say("Misread"), lambda r: percent(r["misclassified_share"])),
        ),
    )


@table("validity", 25)
def maps(profile: ImpactProfile) -> Table:
    """How the maps were made."""
    facts = {k: v for k, v in profile.validity.items() if not k.endswith("_share")}
    return Table(
        name="maps",
        title=say("How the maps were made"),
        caption=say(
            "The layer that was looked at and its grid. Under 4 by 4 cells a map says almost "
            "nothing about places."
        ),
        columns=("fact", "value"),
        rows=tuple(_flat("", facts)),
        views=(
            View(say("Fact"), lambda r: visible(say(r["fact"])), kind="word"),
            View(say("Value"), _value_of_maps, kind="word"),
        ),
        empty=say("Nothing was recorded of the maps."),
    )


def _value_of_maps(row: Mapping[str, Any]) -> str:
    if row["fact"] == "outputs":
        return say(OUTPUTS[row["value"]])
    return visible(row["value"])


@table("validity", 30)
def missing(profile: ImpactProfile) -> Table:
    """Runs of the plan without an answer."""
    columns = ("run", "strategy", "reason")
    return Table(
        name="missing",
        title=say("Missing runs"),
        caption=say("Runs of the plan that have no answer. Asking again does what is missing."),
        columns=columns,
        rows=tuple((m.run, m.strategy, notice(m.reason)) for m in profile.missing),
        views=(
            View(say("Run"), lambda r: visible(r["run"]), kind="word"),
            View(say("Reason"), lambda r: visible(r["reason"]), kind="sentence"),
        ),
        empty=say("No run is missing: every model of the plan was trained."),
    )


@table("validity", 90)
def provenance(profile: ImpactProfile) -> Table:
    """Versions, machine, commit, times, data."""
    rows = tuple(_flat("", profile.provenance))
    return Table(
        name="provenance",
        title=say("Provenance"),
        caption=say("What made these numbers."),
        columns=("fact", "value"),
        rows=rows,
        views=(
            View(say("Fact"), lambda r: visible(r["fact"]), kind="word"),
            View(say("Value"), lambda r: visible(r["value"]), kind="sentence"),
        ),
        folded=True,
    )


def _flat(name: str, value: Any) -> Iterator[tuple[str, Any]]:
    """Yield nested facts as pairs, the names of the levels joined."""
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from _flat(f"{name} {key}".strip(), inner)
    elif isinstance(value, (list, tuple)) and any(isinstance(inner, dict) for inner in value):
        for number, inner in enumerate(value, start=1):
            yield from _flat(name if len(value) == 1 else f"{name} {number}", inner)
    elif isinstance(value, (list, tuple)):
        yield name, (" × " if name == "grid" else ", ").join(map(str, value))
    else:
        yield name, value
