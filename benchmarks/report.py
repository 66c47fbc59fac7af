"""The rows as a table and as JSON; the figure is in ``figure.py``."""

import json
from collections.abc import Sequence
from pathlib import Path

from benchmarks.rows import Row

TITLES = {
    "study": "(a) The whole default study",
    "precision": "(a) Training in half precision",
    "maps": "(b) Maps, in forward passes",
    "metrics": "(c) Scores and tests",
    "augmentations": "(d) Augmentations",
    "growth": "(e) Growth",
}
HEAD = ("what", "against", "value", "least to greatest", "unit", "aim", "ours", "theirs", "n")


def as_json(rows: Sequence[Row], machine: dict) -> str:
    """Return the rows and what they were measured on."""
    return json.dumps({"machine": machine, "rows": [row.plain() for row in rows]}, indent=1) + "\n"


def as_markdown(rows: Sequence[Row], machine: dict) -> str:
    """Return one table per part, with the notes under it."""
    versions = ", ".join(f"{name} {v}" for name, v in machine["versions"].items() if v)
    absent = ", ".join(name for name, v in machine["versions"].items() if v is None)
    units = "multiplies" if machine["multiplies_bfloat16"] else "does not multiply"
    lines = [
        "# Benchmarks",
        "",
        f"{machine['processor']}, which {units} bfloat16; {machine['processors']} processors, "
        f"{machine['memory_gib']} GiB; Python {machine['python']}; {versions}; "
        f"commit {machine['commit']}; load before: {machine['load_before']}.",
        "",
        "Medians of repeats, both sides in turns in one run. What each figure means is in "
        "docs/performance.md. Seconds stand for `ours` and `theirs` unless a note says otherwise.",
        f"Not installed, so left out: {absent or 'none'}.",
    ]
    for part in dict.fromkeys(row.part for row in rows):
        lines += ["", f"## {TITLES[part]}", ""]
        lines += table([row for row in rows if row.part == part])
    return "\n".join(lines) + "\n"


def table(rows: Sequence[Row]) -> list[str]:
    """Return the lines of a Markdown table, notes numbered below it."""
    notes = list(dict.fromkeys(row.note for row in rows if row.note))
    lines = ["| " + " | ".join(HEAD) + " |", "|---|---|--:|--:|---|---|--:|--:|--:|"]
    for row in rows:
        mark = f" [{notes.index(row.note) + 1}]" if row.note else ""
        aim = "" if row.aim is None else f"{row.aim}: {'met' if row.met else 'NOT met'}"
        cells = [
            row.what + mark, row.against, short(row.value),
            f"{short(row.low)} to {short(row.high)}", row.unit, aim, short(row.ours),
            short(row.theirs), str(row.repeats),
        ]  # fmt: skip
        lines.append("| " + " | ".join(cells) + " |")
    return lines + [""] + [f"[{place}] {note}.  " for place, note in enumerate(notes, 1)]


def short(value: float | None) -> str:
    """Return a number in three digits, without an exponent where it can be helped.

    >>> short(1234.5), short(0.01234), short(None), short(2.0)
    ('1,234', '0.0123', '', '2.00')
    """
    if value is None:
        return ""
    if abs(value) >= 100:
        return f"{value:,.0f}"
    return f"{value:#.3g}" if abs(value) >= 1e-3 or value == 0 else f"{value:.2g}"


def write(rows: Sequence[Row], machine: dict, folder: Path) -> None:
    """Write benchmarks.json, .md, .svg and .pdf."""
    from benchmarks.figure import drawn

    folder.mkdir(parents=True, exist_ok=True)
    texts = {"json": as_json(rows, machine), "md": as_markdown(rows, machine)}
    for kind, text in texts.items():
        (folder / f"benchmarks.{kind}").write_text(text, "utf-8")
    for kind, content in drawn(rows).items():
        (folder / f"benchmarks.{kind}").write_bytes(content)
