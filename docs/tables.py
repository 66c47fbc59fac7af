"""The tables of the docs that the code itself knows: ``python -m docs.tables`` writes them anew.

A page holds each between ``<!-- table: NAME -->`` and ``<!-- end -->``. ``tests/test_docs.py``
asks that the pages hold what would be written.
"""

import inspect
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path

import numpy as np

from cam_augment.base.fields import FieldFacts, facts
from cam_augment.plan import BASELINE, Plan, reading
from cam_augment.records import Effect, ImpactProfile, load_profile
from cam_augment.registry import (
    ARCHITECTURES,
    CAMS,
    CORRUPTIONS,
    DATASETS,
    METRICS,
    STRATEGIES,
    Entry,
    Registry,
)
from cam_augment.report.paper.sources import sources
from cam_augment.statistics.scoring import REPORTED, SCORES, Score, deciding
from docs import published
from paper.evidence import TILES

PAGES = sorted(Path(__file__).parent.rglob("*.md"))
PLACE = re.compile(r"(<!-- table: (\w+) -->\n).*?(<!-- end -->)", re.DOTALL)
RESULTS = Path(__file__).parent.parent / "results"
GALLERY = Path(__file__).parent / "gallery"
CUT = ("magnetic-tiles", "magnetic-tiles-cut")
DEFAULT, MANY = "quickstart", 12  # of so many strategies the gallery gives their number alone
TAKEN = ("maps", "map", "mask", "product", "predictions")
Rows = Iterable[tuple[str, ...]]


def fields() -> Rows:
    """Every field of a plan, those of the recipe by their dotted names."""
    yield "Field", "Type", "Default", "Limits", "Meaning"
    for name, field in facts(Plan).items():
        inner = facts(reading.TABLES[name]) if name in reading.TABLES else {name: field}
        for key, about in inner.items():
            dotted = f"{name}.{key}" if name in reading.TABLES else key
            default = code(about.default) if about.default else "none"
            yield code(dotted), about.kind, default, about.limits or "-", about.meaning


def strategies() -> Rows:
    """Every strategy, family by family."""
    yield "Strategy", "Family", "What it does", "Magnitude", "Limits", "Other settings"
    for entry in sorted(ours(STRATEGIES), key=lambda entry: entry.family):
        settings = facts(entry.settings)
        magnitude = settings.pop("magnitude", None)
        about = ["Colour images only."] if entry.colour else []
        about += {"mixed": ["Labels are mixed too."]}.get(entry.labels, [])
        still = "" if entry.identity is None else f"; {entry.identity:g}: no change"
        yield (
            code(entry.name),
            entry.family,
            " ".join([summary(entry), *about]),
            f"{code(magnitude.default)} ({entry.unit}{still})" if magnitude else "-",
            magnitude.limits if magnitude else "-",
            assigned(settings),
        )


def datasets() -> Rows:
    """Every data set."""
    yield "Data set", "Settings and defaults", "What it is"
    for entry in ours(DATASETS):
        masks = {False: " No masks.", None: " Masks where you have some.", True: ""}[entry.masks]
        yield code(entry.name), assigned(facts(entry.settings)), summary(entry) + masks


def architectures() -> Rows:
    """Every network."""
    yield "Network", "Settings and defaults", "Maps at", "Base up to", "What it is"
    for entry in ours(ARCHITECTURES):
        layer, base = (code(place) if place else "-" for place in (entry.layer, entry.base))
        yield code(entry.name), assigned(facts(entry.settings)), layer, base, summary(entry)


def cams() -> Rows:
    """Every method of class activation maps: what it takes."""
    yield "Method", "Settings and defaults", "What it is", "Takes"
    for entry in by(CAMS, "form", ("kernel", "weigh", "model")):
        yield code(entry.name), assigned(facts(entry.settings)), summary(entry), entry.note


def maps() -> Rows:
    """Every method of class activation maps: how it is defined."""
    yield "Method", "Map before the cut", "In words, and its source"
    for entry in by(CAMS, "form", ("kernel", "weigh", "model")):
        yield code(entry.name), cell(entry.definition), summary(entry)


def metrics() -> Rows:
    """Every metric: what it takes, and how it is read."""
    yield "Metric", "Takes", "Better", "Unit", "What it is"
    for entry in by(METRICS, "compares", TAKEN):
        yield code(entry.name), entry.takes, entry.better, entry.unit, summary(entry)


def definitions() -> Rows:
    """Every metric: how it is defined."""
    yield "Metric", "What it is", "Definition"
    for entry in by(METRICS, "compares", TAKEN):
        yield code(entry.name), summary(entry), cell(entry.definition)


def corruptions() -> Rows:
    """Every corruption of test images: how it is made, and how strong."""
    yield "Corruption", "Family", "What it does", "How", "Strengths", "Strategies that do likewise"
    for entry in ours(CORRUPTIONS):
        strengths = ", ".join(f"{strength:g}" for strength in entry.strengths)
        alike = ", ".join(map(code, entry.strategies)) or "-"
        yield (
            code(entry.name), entry.family, summary(entry), cell(entry.definition),
            f"{strengths} ({entry.unit})", alike,
        )  # fmt: skip


def scores() -> Rows:
    """Every score that may decide on a gain."""
    yield "`gain`", "What it is", "Takes images of every class"
    for name in deciding():
        score = SCORES[name.partition(":")[0]]
        yield code(name), _measured(score), "yes" if score.every_class else "no"


def _measured(score: Score) -> str:
    """Return what a score is: the first line of its function, less its verb."""
    if score.measure is None:
        return "what mistakes cost per 1,000 parts; only with [costs](#what-mistakes-cost)"
    function = getattr(score.measure, "func", score.measure)
    return cell((inspect.getdoc(function) or "").split("\n")[0].removeprefix("Return ").rstrip("."))


def score_columns() -> Rows:
    """The columns of the scores beside the one that decides."""
    yield "Column", "Unit", "What it is"
    for column, name in REPORTED.items():
        score, unit = SCORES[column], "fraction"
        if score.scale == 1:
            unit = score.unit
        title = score.title.format(rate=name.partition(":")[2])
        better = "above 0: better" if score.sign > 0 else "the baselines' less the strategy's"
        yield code(f"gain_{column}"), unit, f"{score.gain.format(score=title)}; {better}"
        yield code(f"gain_{column}_low"), unit, "lower end of its deciding interval"
        yield code(f"gain_{column}_high"), unit, "upper end"


def ours(registry: Registry) -> list:
    """Return the entries of this package, not those of others that are installed."""
    package = "cam_augment."
    return [e for e in registry.in_order() if e.function.__module__.startswith(package)]


def by(registry: Registry, trait: str, order: Sequence[str]) -> list:
    """Return the entries of this package, ordered by a trait first."""
    return sorted(ours(registry), key=lambda entry: order.index(getattr(entry, trait)))


def works() -> Rows:
    """Every source, by its first author."""
    yield "Source", "Title", "In"
    for source in sorted(sources().values(), key=lambda source: (source.authors, source.year)):
        yield f"{', '.join(source.authors)} ({source.year})", cell(source.title), cell(source.venue)


def gallery() -> Rows:
    """Every page in ``results/``, the default study's first: its picture and its verdicts."""
    yield "Page", "Study", "Verdicts"
    pages = RESULTS.glob("*/report.html")
    for path in sorted(pages, key=lambda path: (path.parent.name != DEFAULT, path.parent.name)):
        name, profile = path.parent.name, load_profile(path.parent)
        shown = name
        if (GALLERY / f"{name}.png").exists():
            shown = f"![The first screen of {name}](gallery/{name}.png)"
        data = f"{profile.plan.dataset.name}, {profile.plan.architecture.name}"
        yield (
            f"[{shown}](../results/{name}/report.html)",
            f"**{name}**<br>{data}<br>{len(profile.models)} models",
            "<br>".join(_verdicts(profile)),
        )


def rotating() -> Rows:
    """Gains of one study with a fixed test part and with a rotating one."""
    yield "Strategy", "Gain, fixed", "Gain, rotating", "Interval wider", "Gains, fold by fold"
    _, fixed, turning = _tiles()
    folds = turning.plan.folds or 1
    accuracy = {arm: np.array(values, float) for arm, values in turning.points["accuracy"].items()}
    without = [accuracy[BASELINE][fold::folds].mean() for fold in range(folds)]
    for strategy in fixed.plan.strategies:
        gains = [profile.effect(strategy.label, "gain") for profile in (fixed, turning)]
        ends = [np.array([g.estimate, g.low, g.high], float) for g in gains]
        (_, low, high), (_, turning_low, turning_high) = ends
        wider = (turning_high - turning_low) / (high - low)
        yield (
            code(strategy.label),
            *("{} [{}, {}]".format(*map(point, three)) for three in ends),
            f"{wider:.1f} times",
            ", ".join(map(point, np.subtract(accuracy[strategy.label], without))),
        )


def tiles() -> Rows:
    """Verdicts of three studies of one data set, its strategies and its network."""
    profiles = _tiles()
    yield (
        "Strategy",
        *(f"{p.plan.baselines} + {p.plan.seeds}, test part {p.plan.test}" for p in profiles),
    )
    verdicts = [{s.strategy: str(s.verdict) for s in profile.strategies} for profile in profiles]
    for name in verdicts[0]:
        yield code(name), *(verdict[name] for verdict in verdicts)


def cut() -> Rows:
    """Two studies of the magnetic tiles: brought to 128x128, and cut in their own size."""
    yield (
        "Strategy", "Gain in AUROC, whole", "Gain in AUROC, cut", "Focus, whole", "Focus, cut"
    )  # fmt: skip
    whole, pieces = (load_profile(RESULTS / name) for name in CUT)
    columns = [
        (whole, "gain_auroc", "auroc", 100),
        (pieces, "gain", "auroc", 100),
        (whole, "focus", "focus", 1),
        (pieces, "focus", "focus", 1),
    ]
    yield (
        "baselines",
        *(
            f"{scale * np.nanmean(np.array(profile.points[points][BASELINE], float)):.2f}"
            for profile, _, points, scale in columns
        ),
    )
    for strategy in pieces.plan.strategies:
        effects = [profile.effect(strategy.label, question) for profile, question, *_ in columns]
        yield (
            code(strategy.label),
            *(
                _with_interval(effect, scale)
                for effect, (*_, scale) in zip(effects, columns, strict=True)
            ),
        )


def _with_interval(effect: Effect, scale: float) -> str:
    ends = (scale * np.array([effect.estimate, effect.low, effect.high], float)).tolist()
    return "{:+.2f} [{:+.2f}, {:+.2f}]".format(*ends).replace("-", "−")


def _tiles() -> list[ImpactProfile]:
    """Return the studies of the magnetic tiles: the published one, a larger one, a rotating one."""
    return [load_profile(RESULTS / name) for name in TILES]


def point(gain: float) -> str:
    """Return a gain in percentage points."""
    return f"{100 * gain:+.1f}".replace("-", "−")


def _verdicts(profile: ImpactProfile) -> Iterable[str]:
    many = len(profile.strategies) > MANY
    for verdict in dict.fromkeys(strategy.verdict for strategy in profile.strategies):
        names = [code(s.strategy) for s in profile.strategies if s.verdict == verdict]
        yield f"*{verdict}*: {len(names) if many else ', '.join(names)}"


TABLES: Mapping[str, Callable[[], Rows]] = {
    table.__name__: table
    for table in (
        fields, strategies, datasets, architectures, cams, maps, metrics, definitions, corruptions,
        scores, score_columns, works, gallery, rotating, tiles, cut,
    )
}  # fmt: skip


def code(text: str | None) -> str:
    return f"`{text}`"


def cell(text: str) -> str:
    """Return a docstring's text for a cell of a Markdown table."""
    return text.replace("``", "`").replace("|", r"\|") or "-"


def summary(entry: Entry) -> str:
    return cell(entry.summary)


def assigned(settings: Mapping[str, FieldFacts]) -> str:
    """Return settings with their defaults; those that TOML cannot write by their names alone."""
    texts = [
        code(name if field.default is None else f"{name} = {field.default}")
        for name, field in settings.items()
    ]
    return ", ".join(texts) or "-"


def markdown(rows: Rows) -> str:
    """Return rows, the heading first, as a Markdown table."""
    heading, *others = ([*row] for row in rows)
    return "".join(f"| {' | '.join(row)} |\n" for row in [heading, ["---"] * len(heading), *others])


def renewed(text: str) -> str:
    """Return a page's text with its tables, and the numbers that results say, made anew."""
    tables = PLACE.sub(lambda found: found[1] + markdown(TABLES[found[2]]()) + found[3], text)
    return published.renewed(tables)


def main() -> None:
    """Write the tables of all pages, and say which pages changed."""
    for page in PAGES:
        text = page.read_text("utf-8")
        if (new := renewed(text)) != text:
            page.write_text(new, "utf-8")
            print(f"{page}: tables written")


if __name__ == "__main__":
    main()
