"""The whole report as one self-contained HTML page."""

import re
from base64 import b64encode
from hashlib import sha256
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from cam_augment.records import ImpactProfile
from cam_augment.report import prose, rules, words
from cam_augment.report.contents import Report
from cam_augment.report.decision import decision, errors
from cam_augment.report.decision.shapes import SHAPES
from cam_augment.report.decision.views import views
from cam_augment.report.formats.svg import inline
from cam_augment.report.language import current_language, say
from cam_augment.report.parts import SECTIONS, Figure, Table

if TYPE_CHECKING:
    from jinja2 import Environment
    from markupsafe import Markup

LANGUAGES = {"en": "EN", "ja": "日本語"}  # each by its own name
PIXELS_PER_POINT = 1.6
STYLES = ("base", "screen", "strategies", "tables", "gallery", "print")
SCRIPTS = ("screen", "strategies", "pictures", "notes", "gallery")


def html(report: Report) -> str:
    """Return the page: self-contained, no request to anywhere, complete without its script."""
    return _environment().get_template("report.html.j2").render(_page(report))


def notebook(profile: ImpactProfile) -> str:
    """Return the rows of the first screen for a notebook's cell; the notebook keeps its looks."""
    style = "".join(_page_file(f"{name}.css") for name in ("base", "screen"))
    return (
        _environment()
        .get_template("notebook.html.j2")
        .render(
            style=style.replace(":root", "&"),  # its colours hold within the cell
            decision=decision(profile),
            symbols=words.SYMBOLS,
            shapes=SHAPES,
        )
    )


def _environment() -> "Environment":
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
    return environment


def _say_markup(text: str, /, **fields: Any) -> "Markup":
    """Return a text of the package in the current language as HTML, its fields escaped."""
    from markupsafe import Markup

    return Markup(say(text)).format(**fields)


def _page(report: Report) -> dict[str, Any]:
    profile = report.profile
    script = "".join(_page_file(f"{name}.js") for name in SCRIPTS)
    summary = prose.summary(profile)
    return {
        "style": "".join(_page_file(f"{name}.css") for name in STYLES),
        "script": script,
        "policy": policy(script),
        "language": current_language(),
        "pages": report.pages if len(report.pages) > 1 else {},
        "languages": LANGUAGES,
        "script_texts": script_texts(script),
        "summary": summary,
        "decision": decision(profile),
        "views": views(profile),
        "errors": errors.overview(profile),
        "errors_legend": errors.legend(profile),
        "notices": prose.notices(profile),
        "control": rules.control(profile),
        "rules": rules.rules(profile),
        "terms": prose.terms(profile),
        "titles": SECTIONS,
        "sections": _chapters(report),
        "pictures": _pictures(report),
        "galleries": report.galleries,
        "symbols": words.SYMBOLS,
        "shapes": SHAPES,
    }


def _chapters(report: Report) -> dict[str, list[Table | Figure]]:
    """Return the folded chapters: what the first screen does not show already."""
    chapters = {name: [part for part in parts if part.shown]
                for name, parts in report.sections.items()}  # fmt: skip
    return {name: parts for name, parts in chapters.items() if parts}


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


def _pictures(report: Report) -> dict[str, dict[str, Any]]:
    """Return figure name to its drawing as HTML, and the width in pixels that suits its text."""
    from markupsafe import Markup

    shown = [part for parts in report.sections.values() for part in parts
             if isinstance(part, Figure) and not report.galleries.get(part.name)]  # fmt: skip
    return {
        part.name: {
            "drawing": Markup(inline(svg := report.drawings[part.name][".svg"], f"d{place}-",
                                     part.alt)),
            "width": _width(svg),
        }
        for place, part in enumerate(shown)
    }  # fmt: skip


def _width(svg: bytes) -> int:
    match = re.search(rb'width="([0-9.]+)pt"', svg)
    if match is None:
        raise ValueError("matplotlib wrote an SVG without a width in points")
    return round(float(match[1]) * PIXELS_PER_POINT)


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
