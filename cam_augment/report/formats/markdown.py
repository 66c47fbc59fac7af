"""The whole report as Markdown."""

import re
from collections.abc import Iterable

from cam_augment.report import prose, rules, words
from cam_augment.report.contents import Report
from cam_augment.report.language import say
from cam_augment.report.parts import SECTIONS, Figure, Prose, Row, Table, View


def markdown(report: Report) -> str:
    """Return the whole report as Markdown, figures as links to their SVG files."""
    summary = prose.summary(report.profile)
    lines = [
        f"# {_escape(summary.title)}",
        "",
        *map(_escape, summary.paragraphs),
        "",
        *_points(summary),
    ]
    notices = prose.notices(report.profile)
    if notices:
        lines += [f"## {notices.title}", "", *_points(notices)]
    for name, parts in report.sections.items():
        lines += [f"## {say(SECTIONS[name])}", ""]
        for part in parts:
            lines += [*_part(part), ""]
        if name == "verdicts":
            lines += _prose(rules.rules(report.profile))
    return "\n".join([*lines, *_prose(prose.terms(report.profile))]).rstrip() + "\n"


def _prose(part: Prose) -> list[str]:
    return [f"### {part.title}", "", *(f"{_escape(p)}\n" for p in part.paragraphs), *_points(part)]


def _points(part: Prose) -> list[str]:
    return [*(f"- **{_badge(term)}**: {_escape(text)}" for term, text in part.points), ""]


def _badge(term: str) -> str:
    return words.verdict(term) if term in words.SYMBOLS else _escape(term)


def _part(part: Table | Figure) -> list[str]:
    head = [f"### {_escape(part.title)}", ""]
    if isinstance(part, Figure):
        return [*head, f"![{_escape(part.alt)}]({part.name}.svg)", "", _escape(part.caption)]
    if not part.rows:
        return [*head, part.empty]
    return [*head, _escape(part.caption), "", *_table(part)]


def _table(table: Table) -> list[str]:
    def line(cells: Iterable[str]) -> str:
        return f"| {' | '.join(cells)} |"

    rule = ("---:" if view.kind == "number" else ":---" for view in table.views)
    body = [line(_cell(view, row) for view in table.views) for row in table.records()]
    return [line(_escape(view.title) for view in table.views), line(rule), *body]


def _cell(view: View, row: Row) -> str:
    text, lead = _escape(view.text(row)), _escape(view.lead(row))
    text = f"**{text}**" if view.mark(row) == "beyond" else text
    return f"**{lead}** {text}" if lead else text


def _escape(text: str) -> str:
    """Escape what Markdown or HTML inside it would take for markup.

    >>> print(_escape("<b>|a_b|*"))
    &lt;b&gt;\\|a\\_b\\|\\*
    """
    text = words.visible(text).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return re.sub(r"([\\`*_{}\[\]|#$~])", r"\\\1", text)
