"""Puts the files of a report in place: written aside, then moved; never half a report."""

import json
import os
import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path

from cam_augment.base.errors import writing

MANIFEST = "manifest.json"


def replace_all(folder: Path, files: Mapping[str, bytes]) -> None:
    """Make ``folder`` hold ``files``, and remove files of an earlier report.

    Only files that the earlier report's manifest names are removed.

    Raises:
        InputError: the folder cannot be written to; an earlier report in it stays.
    """
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
        _move(aside, folder, [*sorted(files), MANIFEST])
    except BaseException:
        if is_new:
            shutil.rmtree(folder, ignore_errors=True)
        raise
    finally:
        shutil.rmtree(aside, ignore_errors=True)


def _move(aside: Path, folder: Path, names: list[str]) -> None:
    stale = _earlier(folder) - set(names)
    for name in names:
        os.replace(aside / name, folder / name)
    for name in stale:
        (folder / name).unlink(missing_ok=True)


def _earlier(folder: Path) -> set[str]:
    """Return the plain names in the earlier manifest, which is not trusted."""
    try:
        names = json.loads((folder / MANIFEST).read_text("utf-8"))
    except (OSError, ValueError):
        return set()
    if not isinstance(names, list):
        return set()
    return {n for n in names if isinstance(n, str) and n == Path(n).name and n not in ("", "..")}
