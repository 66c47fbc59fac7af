"""A drawing of matplotlib in few bytes, as a part of a page: its text can be found and selected."""

import re
from html import escape

HEAD = re.compile(r"^.*?(?=<svg)", re.DOTALL)
REMARK = re.compile(r"<!--.*?-->|<metadata>.*?</metadata>", re.DOTALL)
PATH = re.compile(r'(?<=\sd=")[^"]*')
PLACE = re.compile(r'(?<=\s[xy]=")[^"]*|(?<=\stransform=")[^"]*')
FRACTION = re.compile(r"-?\d+\.\d{3,}")
NAME = re.compile(r'\sid="([^"]*)"')
LINK = re.compile(r'((?:href="|url\()#)([^")]*)')
STYLE = re.compile(r'<style type="text/css">\*\{(.*?)\}</style>')
FONT = re.compile(r" font-family: [^;\"]*;")
OPENING = re.compile(r'<svg [^>]*viewBox="([^"]*)"[^>]*>')
LEAST = 1  # numbers below it may be factors, and keep their digits


def inline(svg: bytes, names: str, label: str) -> str:
    """Return an SVG as an element of an HTML page, which gives it its font.

    Args:
        names: how the names within it begin; another for each drawing of a page.
        label: what it shows, for those who do not see it.

    Raises:
        ValueError: it has no viewBox.
    """
    text = FONT.sub("", compact(svg.decode(), names))
    style = STYLE.search(text)
    rules = style[1] if style else ""
    box = OPENING.search(text)
    if box is None:
        raise ValueError("matplotlib wrote an SVG without a viewBox")
    opening = (
        f'<svg class="drawing" viewBox="{box[1]}" role="img" aria-label="{escape(label)}" '
        f'style="{rules}">'
    )
    return opening + STYLE.sub("", text[box.end() :])


def compact(svg: str, names: str = "n") -> str:
    """Return an SVG without remarks, spare blanks and names, its places in hundredths of a point.

    Names that links lead to become ``names`` with a number.

    >>> compact('<?xml?><svg>\\n <path d="M 1.23456 20.0004 \\nL 0.5 2 \\nz"/>\\n</svg>')
    '<svg><path d="M1.23 20L0.5 2z"/></svg>'
    """
    text = REMARK.sub("", HEAD.sub("", svg))
    text = PATH.sub(lambda match: _path(match[0]), text)
    text = PLACE.sub(lambda match: _rounded(match[0]), text)
    return re.sub(r"\s*\n\s*", " ", re.sub(r">\s+<", "><", _short_names(text, names))).strip()


def _short_names(svg: str, beginning: str) -> str:
    """Return an SVG whose elements have short names, and none that no link leads to."""
    linked = dict.fromkeys(name for _, name in LINK.findall(svg))
    short = {name: f"{beginning}{place}" for place, name in enumerate(linked)}
    named = NAME.sub(lambda m: f' id="{short[m[1]]}"' if m[1] in short else "", svg)
    return LINK.sub(lambda m: f"{m[1]}{short[m[2]]}", named)


def _path(commands: str) -> str:
    return re.sub(r" ?([A-Za-z]) ?", r"\1", _rounded(" ".join(commands.split())))


def _rounded(places: str) -> str:
    return FRACTION.sub(_hundredths, places)


def _hundredths(match: re.Match) -> str:
    value = float(match[0])
    return f"{value:.2f}".rstrip("0").rstrip(".") if abs(value) >= LEAST else match[0]
