"""Imports only go down, and what must be light loads no TensorFlow."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

import cam_augment

PACKAGE = Path(cam_augment.__file__).parent
# From the bottom up: a room may import the rooms before it (and itself).
ORDER = (
    ["errors", "lazy", "loops", "processor", "cluster", "watch", "stopping"],
    ["registry", "engine", "statistics", "reading", "costs"],
    ["plan", "plans"],
    ["records"],
    [
        *("store", "provenance", "regions", "metrics", "datasets", "strategies"),
        *("architectures", "cams"),
    ],
    ["scoring", "questions", "stages"],
    ["training", "wanted"],
    ["impact"],
    ["report"],
    ["study", "comparison"],
    ["forecast", "progress"],
    ["command"],
    ["housekeeping"],
)
HEIGHT = {room: height for height, rooms in enumerate(ORDER) for room in rooms}
# Imports inside functions that look up on purpose, each for one stated reason.
LATE = {("records", "report")}  # to_frame gives the report's table
# Rooms that hand over to a command when they are run as a program.
PROGRAMS = {("study", "command"), ("store", "housekeeping")}


def modules():
    return sorted(path for path in PACKAGE.rglob("*.py") if path != PACKAGE / "__init__.py")


def room(path: Path) -> str:
    return path.relative_to(PACKAGE).with_suffix("").parts[0]


def imported_rooms(path: Path) -> set[str]:
    found = set()
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("cam_augment"):
            parts = node.module.split(".")
            found |= {parts[1]} if len(parts) > 1 else {alias.name for alias in node.names}
        elif isinstance(node, ast.Import):
            names = [alias.name.split(".") for alias in node.names]
            found |= {name[1] for name in names if name[0] == "cam_augment" and len(name) > 1}
    return found


@pytest.mark.parametrize("path", modules(), ids=lambda path: str(path.relative_to(PACKAGE)))
def test_imports_go_down(path):
    own = room(path)
    for other in imported_rooms(path) - {own}:
        if (own, other) in LATE | PROGRAMS:
            continue
        assert HEIGHT[other] <= HEIGHT[own], f"{own} imports {other}"


@pytest.mark.parametrize("low", ["statistics", "metrics", "store", "impact", "scoring"])
def test_arrays_know_no_report(low):
    for path in (path for path in modules() if room(path) == low):
        assert "report" not in imported_rooms(path)


def python(code: str) -> str:
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.parametrize(
    "light",
    [
        "import cam_augment",
        "from cam_augment import Plan, load_profile, run_study",
        "import cam_augment.report, cam_augment.impact, cam_augment.study.run",
        "from cam_augment.cli.study import listing; [listing(k) for k in "
        "('strategies', 'cams', 'metrics', 'datasets', 'architectures')]",
        "from cam_augment.cli.study import main; main(['--dry-run'])",
        "import cam_augment.cli.store",
    ],
)
def test_what_must_be_light_loads_no_tensorflow(light):
    tail = "import sys; print([m for m in sys.modules if m in ('tensorflow', 'keras')])"
    assert python(f"{light}\n{tail}").strip().endswith("[]")
