"""Puts the files of a report in place: written aside, then moved; never half a report."""

import json
import os
import shutil
import tempfile
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any

from cam_augment.base.errors import InputError, writing

MANIFEST = "manifest.json"
PROFILE = "profile.json"
# What every report holds; which others it will hold is known when it is made.
ALWAYS = (
    "report.html", PROFILE, "profile.md", "profile.csv", "profile.tex", "main.tex", "plan.toml",
    "provenance.json", MANIFEST,
)  # fmt: skip


def check_place(out: str | Path | None) -> None:
    """Raise InputError where a report cannot be wanted there, before the work for it begins."""
    if out is None:
        return
    if not isinstance(out, str | os.PathLike) or not str(out):
        raise InputError(f"out: received {out!r}; the path of a folder expected, or None")
    _check_targets(Path(out), ALWAYS)


def replace_all(folder: Path, files: Mapping[str, bytes]) -> None:
    """Make ``folder`` hold ``files``, and remove files of an earlier report.

    Only files that the earlier report's manifest names are removed.

    Raises:
        InputError: the folder cannot be written to, or what is of no report of ours is called as a
            file of it; nothing is changed then, an earlier report stays.
    """
    _check_targets(folder, [*files, MANIFEST])
    with writing(folder):
        _replace_all(folder, files)


def _replace_all(folder: Path, files: Mapping[str, bytes]) -> None:
    # Inside the folder, since it may be a mount point, across which files cannot be moved.
    is_new = not folder.exists()
    folder.mkdir(parents=True, exist_ok=True)
    aside = Path(tempfile.mkdtemp(prefix=".report-", dir=folder))
    try:
        for name, content in files.items():
            (aside / name).write_bytes(content)
        (aside / MANIFEST).write_text(json.dumps(sorted(files), indent=1) + "\n", "utf-8")
        _move(aside, folder, sorted(files))
    except BaseException:
        if is_new:
            shutil.rmtree(folder, ignore_errors=True)
        raise
    finally:
        shutil.rmtree(aside, ignore_errors=True)


def _check_targets(folder: Path, names: Collection[str]) -> None:
    """Raise InputError where a file of the report would replace what is not ours."""
    there = [name for name in sorted(names) if os.path.lexists(folder / name)]
    for name in there:
        if os.path.isdir(folder / name) and not os.path.islink(folder / name):
            raise InputError(f"out: '{folder}': '{name}' is a folder, and a file of the report is "
                             "called so; name another folder")  # fmt: skip
    if there and not _holds_report(folder):
        raise InputError(
            f"out: '{folder}' holds '{there[0]}', and no report that was written before: it would "
            "be overwritten; name another folder"
        )


def _holds_report(folder: Path) -> bool:
    """Return whether an earlier report of ours is there, by its manifest or else its profile."""
    manifest, profile = (_content(folder / name) for name in (MANIFEST, PROFILE))
    return isinstance(manifest, list) or (isinstance(profile, dict) and "schema_version" in profile)


def _content(path: Path) -> Any:
    """Return what a file of JSON holds; None of one that is not there or is none."""
    try:
        return json.loads(path.read_text("utf-8"))
    except (OSError, ValueError, RecursionError):
        return None


def _move(aside: Path, folder: Path, names: list[str]) -> None:
    stale = _earlier(folder) - {*names, MANIFEST}
    # First where there was none: the files of a writing that is cut off then count as ours.
    first = not os.path.lexists(folder / MANIFEST)
    for name in [MANIFEST, *names] if first else [*names, MANIFEST]:
        os.replace(aside / name, folder / name)
    for name in stale:
        (folder / name).unlink(missing_ok=True)


def _earlier(folder: Path) -> set[str]:
    """Return the plain names in the earlier manifest, which is not trusted."""
    names = _content(folder / MANIFEST)
    if not isinstance(names, list):
        return set()
    return {n for n in names if isinstance(n, str) and n == Path(n).name and n not in ("", "..")}
