"""The table of rooms in docs/design.md holds; what must be light loads no TensorFlow."""

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest

import cam_augment
from tests.processes import PATIENCE

PACKAGE = Path(cam_augment.__file__).parent
DESIGN = PACKAGE.parent / "docs" / "design.md"
ROW = re.compile(r"^\| `(\w+)(?:/|\.py)` \|.*\| ([^|]*) \|$")
BASE = "base"  # every room may import it


def table() -> dict[str, set[str]]:
    """Return the rooms from the top of the table down, each with the rooms it names."""
    text = DESIGN.read_text("utf-8").partition("## Rooms")[2].partition("\n## ")[0]
    rows = [match.groups() for match in map(ROW.match, text.splitlines()) if match]
    return {room: set(re.findall(r"\w+", named)) for room, named in rows}


def modules() -> list[Path]:
    """Return all modules but the package's own and the programs, which stand above all rooms."""
    programs = {"__main__.py"}
    return sorted(
        path
        for path in PACKAGE.rglob("*.py")
        if path != PACKAGE / "__init__.py" and path.name not in programs
    )


def room(path: Path) -> str:
    return path.relative_to(PACKAGE).with_suffix("").parts[0]


def imported_rooms(path: Path) -> set[str]:
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("cam_augment"):
            parts = node.module.split(".")
            names |= {parts[1]} if len(parts) > 1 else {alias.name for alias in node.names}
        elif isinstance(node, ast.Import):
            dotted = [alias.name.split(".") for alias in node.names]
            names |= {parts[1] for parts in dotted if parts[0] == "cam_augment" and len(parts) > 1}
    return names - {room(path)}


def test_every_room_has_its_row():
    assert set(table()) == {room(path) for path in modules()} | {"plans"}


@pytest.mark.parametrize("name", table())
def test_a_room_imports_what_its_row_names(name):
    imported = {other for path in modules() if room(path) == name for other in imported_rooms(path)}
    assert imported - {BASE} == table()[name]


def test_imports_go_down_the_table():
    """So there is no circle between rooms."""
    order = list(table())
    up = {
        (room, other)
        for room, others in table().items()
        for other in others
        if order.index(other) <= order.index(room)
    }
    assert not up


def test_programs_hand_over_to_the_command():
    for path in PACKAGE.rglob("__main__.py"):
        assert imported_rooms(path) == {"cli"}


def python(code: str) -> str:
    words = [sys.executable, "-c", code]
    done = subprocess.run(words, capture_output=True, text=True, timeout=PATIENCE)
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.parametrize(
    "light",
    [
        "import cam_augment",
        "from cam_augment import Plan, load_profile, run_study",
        "import cam_augment.report, cam_augment.impact, cam_augment.study.run",
        "from cam_augment.cli.list import listing; [listing(k) for k in "
        "('strategies', 'cams', 'metrics', 'datasets', 'architectures')]",
        "from cam_augment.cli.study import main; main(['--dry-run'])",
        "import cam_augment.cli.store, cam_augment.cli.report",
        "from cam_augment.cli.frame import main; main(['list', 'cams'])",
    ],
)
def test_what_must_be_light_loads_no_tensorflow(light):
    tail = "import sys; print([m for m in sys.modules if m in ('tensorflow', 'keras')])"
    assert python(f"{light}\n{tail}").strip().endswith("[]")


@pytest.mark.parametrize("words", [["--version"], ["--help"], ["studdy"]])
def test_the_first_word_is_answered_before_anything_is_loaded(words):
    code = f"""
import sys
from cam_augment.cli.frame import main
try:
    main({words})
except SystemExit:
    pass
print([name for name in sys.modules if name in ('numpy', 'pydantic', 'distributed')])
"""
    assert python(code).strip().endswith("[]")
