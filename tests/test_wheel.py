"""What people install works without the repository: the wheel alone, in an empty environment."""

import json
import re
import subprocess
import sys
import sysconfig
import tarfile
import tomllib
import venv
import zipfile
from pathlib import Path

import pytest

from tests.processes import PATIENCE

ROOT = Path(__file__).resolve().parent.parent
EXTRAS = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"][
    "optional-dependencies"
]
SMALL = (
    "quickstart", "--strategies", "rotation", "--baselines", "3", "--seeds", "3", "--epochs", "1",
    "--batch-size", "25", "--bootstrap", "100", "--set", "dataset.train=100",
    "--set", "dataset.validation=50", "--set", "dataset.probe=20", "--set", "dataset.test=100",
)  # fmt: skip


def test_every_extra_that_is_named_is_one():
    pages = [ROOT / "README.md", *(ROOT / "docs").rglob("*.md")]
    sources = (ROOT / "cam_augment").rglob("*.py")
    named = {
        name
        for path in (*pages, *sources)
        for names in re.findall(
            r"install '(?:cam-augment|\.)\[([\w, -]+)\]", path.read_text("utf-8")
        )
        for name in names.split(",")
    }
    assert named
    assert {name.strip() for name in named} <= set(EXTRAS)


@pytest.fixture(scope="module")
def built(tmp_path_factory) -> Path:
    """Return a folder with a wheel and a source archive."""
    folder = tmp_path_factory.mktemp("dist")
    run(sys.executable, "-m", "hatchling", "build", "-d", str(folder), cwd=ROOT)
    return folder


@pytest.fixture(scope="module")
def empty(built, tmp_path_factory) -> Path:
    """Return the programs of an environment that holds the wheel, and sees what it depends on.

    The dependencies are those of this environment, by path: what makes the repository's own package
    importable here is no part of it.
    """
    folder = tmp_path_factory.mktemp("installed")
    venv.create(folder / "venv", with_pip=True)
    programs = folder / "venv" / "bin"
    wheel = next(built.glob("*.whl"))
    run(programs / "python", "-m", "pip", "install", "--no-deps", "--no-index", wheel, cwd=folder)
    site = run(
        programs / "python", "-c", "import sysconfig; print(sysconfig.get_path('purelib'))",
        cwd=folder,
    )  # fmt: skip
    (Path(site.strip()) / "dependencies.pth").write_text(sysconfig.get_path("purelib") + "\n")
    return programs


def run(*words, cwd: Path) -> str:
    """Return what a command prints; it must succeed."""
    done = subprocess.run(
        [str(word) for word in words], cwd=cwd, capture_output=True, text=True, timeout=PATIENCE
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def tracked(folder: str) -> set[str]:
    listed = run("git", "ls-files", folder, cwd=ROOT).split()
    return {name for name in listed if (ROOT / name).is_file()}


@pytest.mark.slow
def test_the_wheel_holds_the_package_and_nothing_else(built):
    with zipfile.ZipFile(next(built.glob("*.whl"))) as wheel:
        names = {name for name in wheel.namelist() if ".dist-info/" not in name}
    assert names == tracked("cam_augment")


@pytest.mark.slow
def test_the_source_archive_makes_the_same_wheel(built, tmp_path):
    archive = next(built.glob("*.tar.gz"))
    assert archive.stat().st_size < 3e6, "results are no part of it"
    with tarfile.open(archive) as file:
        file.extractall(tmp_path, filter="data")
    (source,) = tmp_path.iterdir()
    run(sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path), cwd=source)
    contents = []
    for path in (next(built.glob("*.whl")), next(tmp_path.glob("*.whl"))):
        with zipfile.ZipFile(path) as wheel:
            contents.append({n: wheel.read(n) for n in wheel.namelist() if "RECORD" not in n})
    assert contents[0] == contents[1]


@pytest.mark.slow
def test_the_wheel_alone_answers(empty, tmp_path):
    place = run(
        empty / "python", "-c", "import cam_augment; print(cam_augment.__file__)", cwd=tmp_path
    )
    assert str(empty.parent) in place
    assert "models" in run(empty / "cam-augment", "study", "--dry-run", cwd=tmp_path)
    assert "rotation" in run(empty / "cam-augment", "list", "strategies", cwd=tmp_path)


@pytest.mark.slow
def test_the_wheel_alone_does_a_study(empty, tmp_path):
    run(empty / "cam-augment", "study", *SMALL, "--language", "en,ja", cwd=tmp_path)
    (report,) = (tmp_path / "results").iterdir()
    profile = json.loads((report / "profile.json").read_text("utf-8"))
    assert [strategy["strategy"] for strategy in profile["strategies"]] == ["rotation"]
    assert "rotation" in (report / "report.html").read_text("utf-8")
    run(empty / "cam-augment", "report", "--paper", report, cwd=tmp_path)
    assert (report / "paper" / "references.bib").exists()
