"""The rows as a table and as JSON; the figure is in ``figure.py``."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path

from benchmarks.rows import Row

TITLES = {
    "study": "(a) The whole default study",
    "precision": "(a) Training in half precision",
    "kernels": "(a) Kernels",
    "pretrained": "(a) Pretrained networks",
    "maps": "(b) Maps, in forward passes",
    "metrics": "(c) Scores and tests",
    "augmentations": "(d) Augmentations",
    "growth": "(e) Growth",
    "scale": "(f) Many runs",
    "images": "(g) Images",
    "page": "(h) The report",
}
HEAD = ("what", "against", "value", "least to greatest", "unit", "aim", "ours", "theirs", "n")


def as_json(rows: Sequence[Row], machines: Mapping[str, dict]) -> str:
    """Return the rows, and what each part was measured on."""
    plain = {"machines": machines, "rows": [row.plain() for row in rows]}
    return json.dumps(plain, indent=1) + "\n"


def as_markdown(rows: Sequence[Row], machines: Mapping[str, dict]) -> str:
    """Return one table per part, with the notes under it."""
    lines = [
        "# Benchmarks",
        "",
        "Medians of repeats, both sides in turns in one run. What each figure means is in "
        "docs/performance.md. Seconds stand for `ours` and `theirs` unless a note says otherwise.",
    ]
    said = None
    for part in dict.fromkeys(row.part for row in rows):
        lines += ["", f"## {TITLES[part]}", ""]
        if machines[part] != said:  # parts of one run share the line
            said = machines[part]
            lines += [*_measured_on(said), ""]
        lines += table([row for row in rows if row.part == part])
    return "\n".join(lines) + "\n"


def _measured_on(machine: dict) -> list[str]:
    versions = ", ".join(f"{name} {v}" for name, v in machine["versions"].items() if v)
    absent = ", ".join(name for name, v in machine["versions"].items() if v is None)
    units = "multiplies" if machine["multiplies_bfloat16"] else "does not multiply"
    return [
        f"{machine['processor']}, which {units} bfloat16; {machine['processors']} processors, "
        f"{machine['memory_gib']} GiB; Python {machine['python']}; {versions}; "
        f"commit {machine['commit']}; load before: {machine['load_before']}. "
        f"Not installed, so left out: {absent or 'none'}.",
    ]


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


def kept(folder: Path, but: Sequence[str]) -> tuple[list[Row], dict[str, dict]]:
    """Return rows and machines of an earlier run in a folder, without the parts ``but``."""
    path = folder / "benchmarks.json"
    if not path.is_file():
        return [], {}
    content = json.loads(path.read_text("utf-8"))
    rows = [Row.of(row) for row in content["rows"] if row["part"] not in but]
    return rows, {part: m for part, m in content["machines"].items() if part not in but}


def write(rows: Sequence[Row], machines: Mapping[str, dict], folder: Path) -> None:
    """Write benchmarks.json, .md, .svg and .pdf; parts that were not measured now are kept."""
    from benchmarks.figure import drawn

    folder.mkdir(parents=True, exist_ok=True)
    old, others = kept(folder, list(machines))
    places = list(TITLES)
    rows = sorted([*old, *rows], key=lambda row: places.index(row.part))
    machines = others | dict(machines)
    texts = {"json": as_json(rows, machines), "md": as_markdown(rows, machines)}
    for kind, text in texts.items():
        (folder / f"benchmarks.{kind}").write_text(text, "utf-8")
    for kind, content in drawn(rows).items():
        (folder / f"benchmarks.{kind}").write_bytes(content)
