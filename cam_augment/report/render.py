"""From parts to formats: every part once, then HTML, Markdown, LaTeX and CSV of it."""

import csv
import io
import json
import re
from base64 import b64encode
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cached_property
from hashlib import sha256
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from cam_augment.base.stop import STOP
from cam_augment.records import ImpactProfile
from cam_augment.report import prose, toml, words
from cam_augment.report.drawing import Helpers
from cam_augment.report.figures import fonts
from cam_augment.report.language import ENGLISH, current_language, say, speaking
from cam_augment.report.parts import (
    FIGURES,
    SECTIONS,
    TABLES,
    Entry,
    Figure,
    Gallery,
    Prose,
    Row,
    Table,
    View,
    discover,
    in_order,
)

if TYPE_CHECKING:
    from markupsafe import Markup

PIXELS_PER_POINT = 1.5


def render(profile: ImpactProfile, helpers: Helpers) -> dict[str, bytes]:
    """Return every file of the report: name to content."""
    discover()
    fonts.warn_of_none(current_language())
    helpers.begin(profile)
    return _files(Report(profile, helpers))


def _json(value: Any) -> str:
    return json.dumps(value, indent=1, sort_keys=True, default=str, ensure_ascii=False) + "\n"


@dataclass(frozen=True)
class Report:
    """All parts of one profile's report, each made once."""

    profile: ImpactProfile
    helpers: Helpers = field(default_factory=Helpers)

    @cached_property
    def sections(self) -> dict[str, list[Table | Figure]]:
        """The sections of the page with their parts, in order; figures before tables."""
        sections: dict[str, list[Table | Figure]] = {name: [] for name in SECTIONS}
        entries: list[Entry[Table | Figure]] = [*FIGURES, *TABLES]
        for entry in in_order(entries):
            STOP.check()
            part = entry.make(self.profile)
            if part is not None:
                sections[entry.section].append(part)
        return {name: parts for name, parts in sections.items() if parts}

    @cached_property
    def parts(self) -> list[Table | Figure]:
        return [part for parts in self.sections.values() for part in parts]

    @property
    def tables(self) -> list[Table]:
        return [part for part in self.parts if isinstance(part, Table)]

    @property
    def figures(self) -> list[Figure]:
        return [part for part in self.parts if isinstance(part, Figure)]

    @cached_property
    def drawings(self) -> dict[str, dict[str, bytes]]:
        """Figure name to ``svg`` and ``pdf``."""
        return self.helpers.draw(self.figures, meanwhile=lambda: self.galleries)

    @cached_property
    def galleries(self) -> dict[str, Gallery | None]:
        return {part.name: part.gallery and part.gallery() for part in self.figures}


def _files(report: Report) -> dict[str, bytes]:
    profile = report.profile
    texts = {
        "profile.json": profile.model_dump_json(indent=1) + "\n",
        "profile.md": markdown(report),
        "plan.toml": toml.dumps(profile.plan.model_dump()),
        "provenance.json": _json(profile.provenance),
    }
    texts |= _in_english(report)
    texts["report.html"] = html(report)  # the last, since it waits for what helpers draw
    drawings = {
        f"{name}.{kind}": data
        for name, pair in report.drawings.items()
        for kind, data in pair.items()
    }
    return {name: text.encode() for name, text in texts.items()} | drawings


def _in_english(report: Report) -> dict[str, str]:
    """Return the tables for programs and papers, in English whatever the language of the page."""
    with speaking(ENGLISH):
        parts = (entry.make(report.profile) for entry in in_order(TABLES))
        tables = [part for part in parts if part is not None]
        return {f"{part.name}.csv": comma_separated(part) for part in tables} | {
            f"{part.name}.tex": latex(part) for part in tables
        }


# -- CSV ---------------------------------------------------------------------------------


def comma_separated(table: Table) -> str:
    """Return a table's values; numbers with six digits, so that equal ones give equal bytes."""
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\n")
    writer.writerow(table.columns)
    writer.writerows([_cell(value) for value in row] for row in table.rows)
    return buffer.getvalue()


def _cell(value: Any) -> str:
    """Return one cell; a text that a spreadsheet would take for a formula is marked as text.

    >>> [_cell(v) for v in (None, float("nan"), -0.0, 1 / 3, 8, True, "a\\0b", "=1+1", -2)]
    ['', '', '0', '0.333333', '8', 'true', 'a␀b', "'=1+1", '-2']
    """
    if not words.is_known(value):
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float):
        return f"{value + 0.0:.6g}"
    text = words.visible(value)
    return f"'{text}" if isinstance(value, str) and text.startswith(_FORMULA) else text


_FORMULA = ("=", "+", "-", "@")


# -- Markdown ----------------------------------------------------------------------------


def markdown(report: Report) -> str:
    """Return the whole report as Markdown, figures as links to their SVG files."""
    summary = prose.summary(report.profile)
    lines = [f"# {_md(summary.title)}", "", *map(_md, summary.paragraphs), "", *_points(summary)]
    notices = prose.notices(report.profile)
    if notices:
        lines += [f"## {notices.title}", "", *_points(notices)]
    for name, parts in report.sections.items():
        lines += [f"## {say(SECTIONS[name])}", ""]
        for part in parts:
            lines += [*_markdown_part(part), ""]
        if name == "verdicts":
            lines += _markdown_prose(prose.rules(report.profile))
    return "\n".join([*lines, *_markdown_prose(prose.terms(report.profile))]).rstrip() + "\n"


def _markdown_prose(part: Prose) -> list[str]:
    return [f"### {part.title}", "", *(f"{_md(p)}\n" for p in part.paragraphs), *_points(part)]


def _points(part: Prose) -> list[str]:
    return [*(f"- **{_badge(term)}**: {_md(text)}" for term, text in part.points), ""]


def _badge(term: str) -> str:
    return words.verdict(term) if term in words.SYMBOLS else _md(term)


def _markdown_part(part: Table | Figure) -> list[str]:
    head = [f"### {_md(part.title)}", ""]
    if isinstance(part, Figure):
        return [*head, f"![{_md(part.alt)}]({part.name}.svg)", "", _md(part.caption)]
    if not part.rows:
        return [*head, part.empty]
    return [*head, _md(part.caption), "", *_markdown_table(part)]


def _markdown_table(table: Table) -> list[str]:
    def line(cells: Iterable[str]) -> str:
        return f"| {' | '.join(cells)} |"

    rule = ("---:" if view.kind == "number" else ":---" for view in table.views)
    body = [line(_md_cell(view, row) for view in table.views) for row in table.records()]
    return [line(_md(view.title) for view in table.views), line(rule), *body]


def _md_cell(view: View, row: Row) -> str:
    text, lead = _md(view.text(row)), _md(view.lead(row))
    text = f"**{text}**" if view.mark(row) == "beyond" else text
    return f"**{lead}** {text}" if lead else text


def _md(text: str) -> str:
    """Escape what Markdown or HTML inside it would take for markup.

    >>> print(_md("<b>|a_b|*"))
    &lt;b&gt;\\|a\\_b\\|\\*
    """
    text = words.visible(text).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return re.sub(r"([\\`*_{}\[\]|#$~])", r"\\\1", text)


# -- LaTeX -------------------------------------------------------------------------------

_LATEX = {
    "\\": r"\textbackslash{}", "&": r"\&", "%": r"\%", "$": r"\$", "#": r"\#", "_": r"\_",
    "{": r"\{", "}": r"\}", "~": r"\textasciitilde{}", "^": r"\textasciicircum{}",
    "<": r"\textless{}", ">": r"\textgreater{}", "|": r"\textbar{}", '"': r"\textquotedbl{}",
    "−": r"$-$", "–": "--", "×": r"$\times$", "ρ": r"$\rho$", "²": r"$^2$", "…": r"\dots{}",
    "▲": r"$\blacktriangle$", "◆": r"$\blacklozenge$", "○": r"$\circ$",
    "▼": r"$\blacktriangledown$", "●": r"$\bullet$", "“": "``", "”": "''", "\xa0": "~",
}  # fmt: skip


def _tex(text: str) -> str:
    """Escape text for LaTeX; signs that its fonts lack become question marks.

    >>> print(_tex("50 % of $x_1$ & −2"))
    50 \\% of \\$x\\_1\\$ \\& $-$2
    """
    return "".join(_LATEX.get(c) or _settable(c) for c in words.visible(text))


def _settable(character: str) -> str:
    return character if character.isascii() or character.isalpha() else "?"


def latex(table: Table) -> str:
    """Return a booktabs table: needs ``booktabs`` and ``amssymb``; no vertical rules."""
    columns = "".join(_column(view, table) for view in table.views)
    head = " & ".join(_tex(view.title) for view in table.views)
    body = [
        " & ".join(_tex_cell(view, row) for view in table.views) + r" \\" for row in table.records()
    ] or [rf"\multicolumn{{{len(table.views)}}}{{l}}{{{_tex(table.empty)}}} \\"]
    return "\n".join([
        f"% {table.name}: needs \\usepackage{{booktabs,amssymb}}",
        rf"\begin{{tabular}}{{{columns}}}",
        r"\toprule",
        head + r" \\",
        r"\midrule",
        *body,
        r"\bottomrule",
        r"\end{tabular}",
        "",
    ])  # fmt: skip


def _column(view: View, table: Table) -> str:
    """Return the kind of a column; sentences beside each other share the line and break in it."""
    sentences = sum(neighbour.kind == "sentence" for neighbour in table.views)
    if view.kind == "sentence" and sentences > 1:
        return rf"p{{{0.8 / sentences:.2f}\linewidth}}"
    return "r" if view.kind == "number" else "l"


def _tex_cell(view: View, row: Row) -> str:
    text, lead = _tex(view.text(row)), _tex(view.lead(row))
    # LaTeX would read a bracket after the end of the row before as an option of that end.
    text = f"{{}}{text}" if text.startswith("[") else text
    text = rf"\textbf{{{text}}}" if view.mark(row) == "beyond" else text
    return rf"\textbf{{{lead}}} {text}" if lead else text


# -- HTML --------------------------------------------------------------------------------


def html(report: Report) -> str:
    """Return the page: self-contained, no request to anywhere, complete without its script."""
    from jinja2 import Environment, PackageLoader, StrictUndefined

    environment = Environment(
        loader=PackageLoader("cam_augment.report", "page"),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=StrictUndefined,
    )
    environment.filters |= {"visible": words.visible, "slug": slug, "breakable": breakable}
    environment.globals["say"] = _say_markup
    environment.tests["table"] = lambda part: isinstance(part, Table)
    return environment.get_template("report.html.j2").render(_page(report))


def _say_markup(text: str, /, **fields: Any) -> "Markup":
    """Return a text of the package in the current language as HTML, its fields escaped."""
    from markupsafe import Markup

    return Markup(say(text)).format(**fields)


def _page(report: Report) -> dict[str, Any]:
    profile = report.profile
    pictures = {name: _picture(pair["svg"]) for name, pair in report.drawings.items()}
    script = _page_file("page.js")
    return {
        "style": _page_file("page.css"),
        "script": script,
        "policy": policy(script),
        "language": current_language(),
        "script_texts": script_texts(script),
        "profile": profile,
        "summary": prose.summary(profile),
        "notices": prose.notices(profile),
        "control": prose.control(profile),
        "rules": prose.rules(profile),
        "terms": prose.terms(profile),
        "titles": SECTIONS,
        "sections": report.sections,
        "pictures": pictures,
        "galleries": report.galleries,
        "symbols": words.SYMBOLS,
    }


def _page_file(name: str) -> str:
    return files("cam_augment.report").joinpath("page", name).read_text("utf-8")


def script_texts(script: str) -> dict[str, str]:
    """Return the texts of the page's script to their counterparts; nothing in English."""
    texts = re.findall(r'\btranslated\(\s*"((?:[^"\\]|\\.)*)"', script)
    return {text: say(text) for text in texts if say(text) != text}


def policy(script: str) -> str:
    """Return the page's Content-Security-Policy: this one script, nothing from anywhere.

    So nothing that came in by a name or a message is run. Styles are inline, since cards carry
    their pictures in them.

    >>> policy("")[:64]
    "default-src 'none'; base-uri 'none'; form-action 'none'; img-src"
    """
    digest = b64encode(sha256(script.encode()).digest()).decode()
    return (
        "default-src 'none'; base-uri 'none'; form-action 'none'; img-src data:; "
        f"style-src 'unsafe-inline'; script-src 'sha256-{digest}'"
    )


def _picture(svg: bytes) -> dict[str, Any]:
    """Return an SVG as a data URI, and its width in pixels, so that all text has one size."""
    match = re.search(rb'width="([0-9.]+)pt"', svg)
    if match is None:
        raise ValueError("matplotlib wrote an SVG without a width in points")
    return {
        "uri": f"data:image/svg+xml;base64,{b64encode(svg).decode()}",
        "width": round(float(match[1]) * PIXELS_PER_POINT),
    }


def breakable(text: str) -> "Markup":
    """Return a text as HTML: names in it may break, intervals and p values may not.

    Names break after ``_``, ``:`` and the ``+`` between steps.

    >>> print(breakable("+1.2 [+0.5, +2.0], p = 0.004").replace("\\N{NO-BREAK SPACE}", "~"))
    +1.2 [+0.5,~+2.0], p~=~0.004
    >>> print(breakable("random_erasing:0.5"))
    random_<wbr>erasing:<wbr>0.5
    """
    from markupsafe import Markup, escape

    unbroken = _WHOLE.sub(lambda match: match[0].replace(" ", "\N{NO-BREAK SPACE}"), text)
    return Markup(re.sub(r"([_:]|\+(?=[a-z]))", r"\1<wbr>", str(escape(unbroken))))


_WHOLE = re.compile(r"\[[^\s\[\]]+, [^\s\[\]]+\](?: [●○])?|\bp [=<] [\d.]+")


def slug(text: str) -> str:
    """Return a text as a CSS class.

    >>> slug("no effect seen")
    'no-effect-seen'
    """
    return re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")
