"""A drawing of matplotlib in few bytes, for a page that carries all of its drawings."""

import re
from urllib.parse import quote

HEAD = re.compile(r"^.*?(?=<svg)", re.DOTALL)
REMARK = re.compile(r"<!--.*?-->|<metadata>.*?</metadata>", re.DOTALL)
PATH = re.compile(r'(?<=\sd=")[^"]*')
PLACE = re.compile(r'(?<=\s[xy]=")[^"]*|(?<=\stransform=")[^"]*')
FRACTION = re.compile(r"-?\d+\.\d{3,}")
NAME = re.compile(r'\sid="([^"]*)"')
LINK = re.compile(r'((?:href="|url\()#)([^")]*)')
LEAST = 1  # numbers below it may be factors, and keep their digits
BARE = " !$()*+,/:;=?@[]^_`{|}~"  # what an attribute takes as it is, beside letters and digits


def data_uri(svg: bytes) -> str:
    """Return an SVG as a data URI that needs no escape in an attribute."""
    return f"data:image/svg+xml,{quote(compact(svg.decode()), safe=BARE)}"


def compact(svg: str) -> str:
    """Return an SVG without remarks, spare blanks and names, its places in hundredths of a point.

    >>> compact('<?xml?><svg>\\n <path d="M 1.23456 20.0004 \\nL 0.5 2 \\nz"/>\\n</svg>')
    '<svg><path d="M1.23 20L0.5 2z"/></svg>'
    """
    text = REMARK.sub("", HEAD.sub("", svg))
    text = PATH.sub(lambda match: _path(match[0]), text)
    text = PLACE.sub(lambda match: _rounded(match[0]), text)
    return re.sub(r"\s*\n\s*", " ", re.sub(r">\s+<", "><", _short_names(text))).strip()


def _short_names(svg: str) -> str:
    """Return an SVG whose elements have short names, and none that no link leads to."""
    names = dict.fromkeys(name for _, name in LINK.findall(svg))
    short = {name: f"n{place}" for place, name in enumerate(names)}
    named = NAME.sub(lambda m: f' id="{short[m[1]]}"' if m[1] in short else "", svg)
    return LINK.sub(lambda m: f"{m[1]}{short[m[2]]}", named)


def _path(commands: str) -> str:
    return re.sub(r" ?([A-Za-z]) ?", r"\1", _rounded(" ".join(commands.split())))


def _rounded(places: str) -> str:
    return FRACTION.sub(_hundredths, places)


def _hundredths(match: re.Match) -> str:
    value = float(match[0])
    return f"{value:.2f}".rstrip("0").rstrip(".") if abs(value) >= LEAST else match[0]
