"""What was found, as JSON, CSV, Markdown and a figure. Numbers only; docs say what they mean."""

import csv
import io
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path

from benchmarks.truth import figures, processors, trained
from benchmarks.truth.alarms import INSIDE, LEVEL, Alarm
from benchmarks.truth.processors import Column
from benchmarks.truth.shortcut import CAUSAL, KEPT, MARKED, Condition
from benchmarks.truth.simulated import Alarms as Claimed
from benchmarks.truth.simulated import Verdicts as Judged
from benchmarks.truth.trained import Pool
from cam_augment.records import ImpactProfile
from cam_augment.report import naming, words
from cam_augment.report.figures.style import bytes_of

ORDER = words.VERDICTS


def write(files: dict[str, bytes], folder: Path) -> None:
    """Write the files of one part; those of other parts stay."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in files.items():
        (folder / name).write_bytes(content)


def of_alarms(
    alarms: Sequence[Alarm], verdicts: dict[str, int], example: ImpactProfile
) -> dict[str, bytes]:
    """Return the files on false alarms; ``example`` is the first of the studies."""
    rows = [
        [_name(a.question), a.studies, a.alarms, a.share, a.low, a.high, _holds(a)] for a in alarms
    ]
    head = ["question", "studies", f"p <= {LEVEL}", "share", "low", "high", "0.05 inside"]
    counts = ", ".join(f"{verdict}: {count}" for verdict, count in verdicts.items())
    text = [
        "# False alarms",
        "",
        f"{alarms[0].studies} independent studies of a strategy that does nothing, "
        f"{example.plan.baselines} baselines and {example.plan.seeds} models each, no model in "
        f"two. Share of p at most {LEVEL}, with its exact binomial interval of 95 %.",
        "",
        *_table(head, rows),
        "",
        f"Verdicts on the strategy that does nothing: {counts}.",
    ]
    facts = {"alarms": [asdict(a) for a in alarms], "verdicts": verdicts}
    drawn = bytes_of(lambda: figures.quantiles(alarms, _name))
    return _files("alarms", text, facts, head, rows, drawn, example)


def of_shortcut(conditions: Sequence[Condition], example: ImpactProfile) -> dict[str, bytes]:
    """Return the files on planted shortcuts; ``example`` is the first condition's profile."""
    head = ["condition", "strategy", "truth", *(f"true gain, {how}" for how in CAUSAL), KEPT, "p",
            "verdict", "classes named", *conditions[0].arms[0].scores]  # fmt: skip
    rows = [
        [condition.name, a.strategy, a.truth, *a.causal.values(), a.p, a.verdict,
         " ".join(a.named) or "none", *a.scores.values()]
        for condition in conditions
        for a in condition.arms
    ]  # fmt: skip
    text = [
        "# Planted shortcuts",
        "",
        f"A mark goes with class '{MARKED}' in training and in all that the study sees. The "
        "truth is the same models' accuracy with the mark of the test images taken away (none), "
        "moved to the opposite corner (moved) or given to the other classes (swapped). Kept: how "
        "much less than the baselines' their accuracy falls when the mark is taken away; it "
        "leaves out how well a strategy learns otherwise. "
        f"{example.plan.baselines} baselines and {example.plan.seeds} models of each strategy. "
        "A strategy breaks or deepens the shortcut where its true gain without the mark is "
        "beyond noise (corrected p at most .05), and keeps it otherwise.",
        "",
    ]
    for condition in conditions:
        text += _condition_lines(condition)
    text += ["## Every strategy", "", *_table(head, rows)]
    drawn = bytes_of(lambda: figures.shortcuts(conditions))
    facts = {"conditions": [asdict(condition) for condition in conditions]}
    return _files("shortcut", text, facts, head, rows, drawn, example)


def _condition_lines(condition: Condition) -> list[str]:
    settings = ", ".join(f"{key} {value}" for key, value in condition.settings.items())
    named = ", ".join(
        f"{name} (strongest at the {where})" for name, where in condition.named.items()
    )
    hows = ["same", *CAUSAL]
    orders = [
        [score, *(figures.order(rho, p) for rho, p in by_check.values())]
        for score, by_check in condition.orders.items()
    ]
    verdicts = sorted({(a.truth, a.verdict) for a in condition.arms})
    counts = [
        [truth, verdict, sum((a.truth, a.verdict) == (truth, verdict) for a in condition.arms)]
        for truth, verdict in verdicts
    ]
    return [
        f"## {condition.name}",
        "",
        f"{settings}. Classes that the profile names for the baselines: {named or 'none'}.",
        "",
        *_table(
            ["baselines", *hows],
            [
                ["accuracy", *(condition.baseline[how] for how in hows)],
                [f"recall of {MARKED}", *(condition.marked[how] for how in hows)],
            ],
        ),
        "",
        "Spearman's rho of the study's scores with the true gain, over strategies:",
        "",
        *_table(["score", *CAUSAL, KEPT], orders),
        "",
        *_table(["truth", "verdict", "strategies"], counts),
        "",
    ]


HEAD = ("world", "models, by stage", "test images", "pairs of studies", "models, mean",
        "undecided", "claims right", "not known", "adopts below margin", "adopt against",
        "decided apart", "alike")  # fmt: skip
ALARMS = ("world", "models, by stage", "question", "studies", "alarms", "share", "low", "high")
EXPLAINED = (
    "Undecided: share of verdicts. Claims right: share of decided verdicts that are true, where "
    "that is known. As claims, adopt says that the gain is above 0 and that no class loses more "
    "than its margin; avoid, that accuracy falls or a class loses more; no gain worth having, that "
    "the gain is below the margin. Adopts below margin: share of the adopted strategies whose true "
    "gain, though above 0, is below the margin, where that is known. Two studies of a pair have "
    "the same test images and no model in common, and give each strategy a pair of verdicts. "
    "Adopt against, decided apart: share of all pairs of verdicts, undecided ones too, in which "
    "one adopts and the other decides otherwise, and that decide differently at all. Strategies "
    "whose next step is more models get those of the next stage."
)


def of_simulated(verdicts: Sequence[Judged], claims: Sequence[Claimed]) -> dict[str, bytes]:
    """Return the files on studies drawn in known worlds."""
    head, rows = _judged(verdicts)
    text = [
        "# Verdicts in known worlds",
        "",
        "Simulated studies of a control and nine strategies, judged by the statistics and rules "
        "of the package; gains, classes and noise are those of trained models "
        f"(`benchmarks/truth/world.toml`). {EXPLAINED}",
        "",
        *_table(head, rows),
        "",
        *_of_nothing(
            claims,
            "Relabelled: by the exact test instead. In world M strategies are noisier than "
            "baselines by the ratio seen.",
        ),
    ]
    return _texts("simulated", text, _facts(verdicts, claims), head, rows)


def of_trained(
    verdicts: Sequence[Judged], claims: Sequence[Claimed], pool: Pool, example: ImpactProfile
) -> dict[str, bytes]:
    """Return the files on studies drawn from trained models, and what these predicted."""
    head, rows = _judged(verdicts)
    models, baselines, images = pool.arms.shape[1], len(pool.baselines), len(pool.labels)
    text = [
        "# Verdicts of trained models",
        "",
        f"Studies drawn, without replacement, from {models} models of each strategy and "
        f"{baselines} baselines of the default study, all on {images:,} test images. Since all "
        "pairs are drawn from these models, they are not independent, and the shares have no "
        "interval. The truth is what the models of neither say, with its interval of "
        f"95 %: not known is where that interval holds a margin. {EXPLAINED}",
        "",
        *_table(head, rows),
        "",
        *_of_nothing(
            claims,
            "Models of such studies are drawn, with replacement, from the models that do nothing, "
            "those of strategies so many times as far from their mean.",
        ),
    ]
    about = {"plan": example.plan.model_dump(mode="json"), "provenance": example.provenance}
    files = _texts("trained", text, _facts(verdicts, claims) | about, head, rows)
    return files | {trained.FILE: pool.content()}


def of_processors(columns: Sequence[Column]) -> dict[str, bytes]:
    """Return the files on one study, rounded in several ways."""
    verdicts = processors.verdicts(columns)
    apart = processors.apart(columns)
    changed = [name for name, given in verdicts.items() if len(given) > 1]
    short = [f"{column.way} [{number}]" for number, column in enumerate(columns, start=1)]
    text = [
        "# Verdicts on other processors",
        "",
        "The default study with the same seeds, computed in several ways on one processor or more, "
        "each another way to round: verdicts, and gains in points of accuracy. Two different "
        f"decided verdicts: {', '.join(apart) or 'none'}. To or from undecided: "
        f"{', '.join(s for s in changed if s not in apart) or 'none'}.",
        "",
        *_table(
            ["strategy", "verdict", *short],
            (
                [name, " or ".join(sorted(given)), *(100 * c.gains[name] for c in columns)]
                for name, given in verdicts.items()
            ),
        ),
        "",
        *(f"[{number}] {column.processor}.  " for number, column in enumerate(columns, start=1)),
        "",
        *(
            f"{one.way} ({one.processor}) and {other.way} ({other.processor}) gain the same, to "
            f"the last digit of every strategy{' but ' * bool(but)}{', '.join(but)}.  "
            for one, other, but in processors.equal(columns)
        ),
    ]
    rows = [
        [name, column.processor, column.way, column.verdicts[name], 100 * column.gains[name]]
        for name in verdicts
        for column in columns
    ]
    head = ["strategy", "processor", "way", "verdict", "points"]
    facts = {"columns": [asdict(column) for column in columns]}
    return _texts("processors", text, facts, head, rows)


def _judged(verdicts: Sequence[Judged]) -> tuple[list[str], list[list]]:
    """Return the head and the rows of a table of verdicts by design."""
    names = sorted({name for v in verdicts for name in v.counts})
    rows = [
        [v.world, v.design, v.images, v.studies, v.models, v.undecided, v.right, v.unknown,
         v.below, v.against, v.apart, v.alike,
         *(v.counts.get(name, 0) / sum(v.counts.values()) for name in names)]
        for v in verdicts
    ]  # fmt: skip
    return [*HEAD, *names], rows


def _of_nothing(claims: Sequence[Claimed], remark: str) -> list[str]:
    rows = [
        [
            a.world,
            a.design,
            a.question,
            a.studies,
            a.alarms,
            *(f"{share:.4f}" for share in (a.share, a.low, a.high)),
        ]
        for a in claims
    ]
    return [
        "## Studies of nothing",
        "",
        "Share of studies that claim of one strategy at least that it gains or loses, or, where "
        "every second class loses exactly its margin, that a class loses more; at any stage, with "
        f"its exact binomial interval of 95 %. {remark}",
        "",
        *_table(ALARMS, rows),
    ]


def _facts(verdicts: Sequence[Judged], claims: Sequence[Claimed]) -> dict:
    return {"verdicts": [asdict(v) for v in verdicts], "alarms": [asdict(a) for a in claims]}


def _files(
    name: str,
    text: Iterable[str],
    facts: dict,
    head: Sequence[str],
    rows: Iterable[Sequence],
    drawn: Mapping[str, bytes],
    profile: ImpactProfile,
) -> dict[str, bytes]:
    about = {"plan": profile.plan.model_dump(mode="json"), "provenance": profile.provenance}
    return _texts(name, text, facts | about, head, rows) | {
        f"{name}.{kind}": content for kind, content in drawn.items()
    }


def _texts(
    name: str, text: Iterable[str], facts: dict, head: Sequence[str], rows: Iterable[Sequence]
) -> dict[str, bytes]:
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\n")
    writer.writerows([head, *rows])
    texts = {
        f"{name}.json": json.dumps(facts, indent=1, default=str) + "\n",
        f"{name}.md": "\n".join(text) + "\n",
        f"{name}.csv": buffer.getvalue(),
    }
    return {key: value.encode() for key, value in texts.items()}


def _table(head: Sequence[str], rows: Iterable[Sequence]) -> list[str]:
    def line(cells: Sequence) -> str:
        return "| " + " | ".join(map(_cell, cells)) + " |"

    return [line(head), "|" + "---|" * len(head), *map(line, rows)]


def _cell(value: object) -> str:
    return f"{value:.3f}" if isinstance(value, float) else str(value)


def _holds(alarm: Alarm) -> str:
    return "yes" if alarm.low <= LEVEL <= alarm.high else "NO"


def _name(question: str) -> str:
    return question if question == INSIDE else naming.question(question).name
