"""What the site needs beside Markdown: maths without a script, and files from outside ``docs/``."""

import re
from html import unescape
from pathlib import Path
from typing import Any

from latex2mathml.converter import convert
from mkdocs.config.defaults import MkDocsConfig
from mkdocs.exceptions import PluginError
from mkdocs.structure.files import File, Files
from mkdocs.structure.pages import Page

ROOT = Path(__file__).resolve().parent.parent
# Pages of the repository that are pages of the site, too.
ALSO = ("CONTRIBUTING.md", "CHANGELOG.md")
OUTSIDE = re.compile(r"\]\(((?:\.\./)+)([\w./-]+?)(#[\w-]+)?\)")
FROM_ROOT = re.compile(r"\]\(([\w./-]+)(?:#[\w-]+)?\)")
FORMULA = re.compile(r'<(span|div) class="arithmatex">\\([(\[])(.*?)\\[)\]]</\1>', re.DOTALL)


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add to the site what its pages link to outside ``docs/``, under the same path."""

    def add(place: str) -> None:
        if not files.get_file_from_path(place):
            files.append(File(place, str(ROOT), config.site_dir, config.use_directory_urls))

    for file in list(files.documentation_pages()):
        text = Path(file.abs_src_path or "").read_text("utf-8")
        for up, path, _ in OUTSIDE.findall(text):
            if place := _outside(file.src_uri, up, path):
                add(place)
    for name in ALSO:
        add(name)
        for path in FROM_ROOT.findall((ROOT / name).read_text("utf-8")):
            if not path.startswith("docs/") and (ROOT / path).is_file():
                add(path)
    return files


def on_page_markdown(markdown: str, page: Page, **_: Any) -> str:
    """Point links that leave ``docs/`` to where the site has the file."""

    if page.file.src_uri in ALSO:
        return markdown.replace("](docs/", "](")

    def inside(match: re.Match[str]) -> str:
        place = _outside(page.file.src_uri, match[1], match[2])
        up = "../" * page.file.src_uri.count("/")
        return f"]({up}{place}{match[3] or ''})" if place else match[0]

    return OUTSIDE.sub(inside, markdown)


def _outside(page: str, up: str, path: str) -> str | None:
    """Return the path below the repository of what a page links to, if it is not in ``docs/``.

    A folder stands for the page in it, and Markdown of ``results/`` for the page beside it.
    """
    if up.count("../") != page.count("/") + 1:
        return None
    target = ROOT / path
    if target.is_dir() or target.name == "profile.md":
        target = (target if target.is_dir() else target.parent) / "report.html"
    return target.relative_to(ROOT).as_posix()


def on_page_content(html: str, **_: Any) -> str:
    """Write formulas as MathML, which browsers show by themselves."""

    def formula(match: re.Match[str]) -> str:
        display = "block" if match[2] == "[" else "inline"
        written = convert(unescape(match[3]), display=display)
        if "\\" in written:
            raise PluginError(f"a command that the converter does not know: {match[3].strip()}")
        return written

    return FORMULA.sub(formula, html)
