"""The set-up: one lock, pinned and hashed, for every Python that is named, and nothing else."""

import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parent.parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
NAMED = [
    line.rpartition(" ")[2] for line in PROJECT["classifiers"] if re.search(r":: 3\.\d+$", line)
]
LOCKS = ["requirements.lock", "requirements-uv.lock"]


def pins(lock: str) -> dict[str, tuple[Requirement, int]]:
    """Return what a lock pins, by name, with the number of its hashes."""
    text = re.sub(r"^\s*#.*\n", "", (ROOT / lock).read_text("utf-8"), flags=re.M)
    requirements = {}
    for line in text.replace("\\\n", " ").splitlines():
        requirement, *hashes = re.split(r"\s+--hash=", line.strip())
        assert all(re.fullmatch(r"sha256:[0-9a-f]{64}", digest) for digest in hashes), line
        parsed = Requirement(requirement)
        assert canonicalize_name(parsed.name) not in requirements, f"{parsed.name} stands twice"
        requirements[canonicalize_name(parsed.name)] = parsed, len(hashes)
    return requirements


@pytest.mark.parametrize("lock", LOCKS)
def test_every_package_is_pinned_once_and_hashed(lock):
    for name, (requirement, hashes) in pins(lock).items():
        assert [pin.operator for pin in requirement.specifier] == ["=="], name
        assert hashes, name


@pytest.mark.parametrize("lock", LOCKS)
def test_no_lock_names_an_index(lock):
    assert not re.search(r"https?:|--(extra-)?index|--find-links", (ROOT / lock).read_text("utf-8"))


@pytest.mark.parametrize("python", NAMED)
def test_the_lock_has_all_that_the_package_asks_for(python):
    locked = pins("requirements.lock")
    extras = PROJECT["optional-dependencies"]
    for text in [*PROJECT["dependencies"], *extras["test"], *extras["build"], "setuptools"]:
        requirement = Requirement(text)
        pin = locked[canonicalize_name(requirement.name)][0]
        (version,) = (specifier.version for specifier in pin.specifier)
        assert version in requirement.specifier, f"{requirement} is asked for; {pin} is pinned"
        assert pin.marker is None or pin.marker.evaluate({"python_full_version": f"{python}.0"})


def test_the_named_pythons_are_those_that_may_install():
    allowed = SpecifierSet(PROJECT["requires-python"])
    assert [f"3.{minor}" for minor in range(50) if f"3.{minor}" in allowed] == NAMED
    assert ".".join(map(str, sys.version_info[:2])) in NAMED


def test_another_python_is_refused_before_anything_is_made(tmp_path):
    old = tmp_path / "python3.10"
    old.write_text('#!/bin/sh\n[ "$1" = -c ] && echo 3.10\n')
    old.chmod(0o755)
    command = ["make", f"PYTHON={old}", f"VENV={tmp_path / 'environment'}", "check"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 2
    assert f"is Python 3.10, and all packages are pinned for {' '.join(NAMED)} only" in done.stderr
    assert not (tmp_path / "environment").exists()


def test_the_study_of_a_checkout_leaves_what_is_published_as_it_is():
    """Another processor trains other digits, and tests hold the docs to the published ones."""
    command = ["make", "--dry-run", f"PYTHON={sys.executable}", "study"]
    printed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    (out,) = re.findall(r"cam_augment\.study --out (\S+)", printed)
    ignored = (ROOT / ".gitignore").read_text("utf-8").splitlines()
    assert f"/{Path(out).parts[0]}/" in ignored
    for page in ("README.md", "docs/tutorials/engineer.md", "Makefile"):
        assert f"{out}/report.html" in (ROOT / page).read_text("utf-8"), page
    assert f"\ncam-augment study --out {out}\n" in (ROOT / "README.md").read_text("utf-8")


def test_the_smoke_names_tests_that_are_there():
    text = (ROOT / ".ci" / "smoke").read_text("utf-8")
    groups = re.findall(r"tests/test_\{([\w,]+)\}\.py", text)
    names = [name for group in groups for name in group.split(",")]
    names += re.findall(r"tests/test_(\w+)\.py::", text)
    assert len(names) > 10
    assert [name for name in names if not (ROOT / "tests" / f"test_{name}.py").is_file()] == []
