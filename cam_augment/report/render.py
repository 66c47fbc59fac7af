"""From a profile to the files of its report: every part once, then every format of it."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from cam_augment.records import ImpactProfile
from cam_augment.report import toml
from cam_augment.report.contents import Report
from cam_augment.report.drawing import Helpers
from cam_augment.report.figures import fonts
from cam_augment.report.formats.comma_separated import comma_separated
from cam_augment.report.formats.html import html
from cam_augment.report.formats.latex import latex
from cam_augment.report.formats.markdown import markdown
from cam_augment.report.formats.paper import main_table
from cam_augment.report.language import ENGLISH, current_language, speaking
from cam_augment.report.parts import TABLES, discover, in_order

PAGE = "report.html"


def render(
    profile: ImpactProfile, helpers: Helpers, languages: Sequence[str] = (ENGLISH,)
) -> dict[str, bytes]:
    """Return every file of the report: name to content.

    Args:
        languages: of the pages. All else is in the first.
    """
    discover()
    first, *others = languages
    pages = {first: PAGE} | {other: f"report.{other}.html" for other in others}
    with speaking(first):
        files = _files(_begin(profile, helpers, pages))
    for other in others:
        with speaking(other):
            files[pages[other]] = html(_begin(profile, helpers, pages)).encode()
    return files


def _begin(profile: ImpactProfile, helpers: Helpers, pages: Mapping[str, str]) -> Report:
    """Return a report in the current language, whose figures helpers begin to draw."""
    fonts.warn_of_none(current_language())
    report = Report(profile, helpers, pages)
    helpers.begin(report.ordered)
    return report


def _json(value: Any) -> str:
    return json.dumps(value, indent=1, sort_keys=True, default=str, ensure_ascii=False) + "\n"


def facts(profile: ImpactProfile) -> dict[str, bytes]:
    """Return the files of what was planned and of where the numbers come from."""
    return {
        "plan.toml": toml.dumps(profile.plan.model_dump()).encode(),
        "provenance.json": _json(profile.provenance).encode(),
    }


def _files(report: Report) -> dict[str, bytes]:
    profile = report.profile
    texts = {
        "profile.json": profile.model_dump_json(indent=1) + "\n",
        "profile.md": markdown(report),
    }
    texts |= _in_english(report)
    texts[PAGE] = html(report)  # last, since it waits for the drawings of the helpers
    drawings = {
        f"{name}{ending}": content
        for name, files in report.drawings.items()
        for ending, content in files.items()
    }
    return {name: text.encode() for name, text in texts.items()} | facts(profile) | drawings


def _in_english(report: Report) -> dict[str, str]:
    """Return the tables for programs and papers, in English whatever the language of the page."""
    with speaking(ENGLISH):
        parts = (entry.make(report.profile) for entry in in_order(TABLES))
        tables = [part for part in parts if part is not None]
        return (
            {f"{part.name}.csv": comma_separated(part) for part in tables}
            | {f"{part.name}.tex": latex(part) for part in tables}
            | {"main.tex": main_table(report.profile)}
        )
