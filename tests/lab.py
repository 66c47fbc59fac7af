"""The package ``my_lab`` of docs/howto/extending.md, as if it were installed."""

import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path

from tests.processes import PATIENCE

ROOT = Path(__file__).resolve().parent.parent
PAGE = "docs/howto/extending.md"


def blocks(page: str, language: str) -> list[str]:
    """Return the fenced blocks of one language of a page, in order."""
    text = (ROOT / page).read_text("utf-8")
    return re.findall(rf"^```{language}\n(.*?)^```$", text, re.DOTALL | re.MULTILINE)


def install(folder: Path) -> dict[str, dict[str, str]]:
    """Write the page's modules into a folder, with what an installer notes of a package.

    Returns:
        Group of entry points to the page's entry points: name to module.
    """
    package = folder / "my_lab"
    package.mkdir()
    (package / "__init__.py").touch()
    for code in blocks(PAGE, "python"):
        named = re.match(r"# my_lab/(\w+)\.py", code)
        if named:
            with open(package / f"{named[1]}.py", "a", encoding="utf-8") as file:
                file.write(code + "\n\n")
    groups = tomllib.loads(blocks(PAGE, "toml")[0])["project"]["entry-points"]
    info = folder / "my_lab-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: my-lab\nVersion: 1.0\n")
    lines = [
        f"[{group}]\n" + "".join(f"{name} = {module}\n" for name, module in points.items())
        for group, points in groups.items()
    ]
    (info / "entry_points.txt").write_text("\n".join(lines))
    return groups


def run(folder: Path, *words: str) -> subprocess.CompletedProcess:
    """Run Python in a folder, where the package is installed."""
    path = os.pathsep.join([str(folder), str(ROOT)])
    return subprocess.run(
        [sys.executable, *words], cwd=folder, capture_output=True, text=True, timeout=PATIENCE,
        env=os.environ | {"PYTHONPATH": path},
    )  # fmt: skip
