"""The sources of the package's methods, and which of them a text cites.

``references.bib`` is the one list of them: docs show it, papers cite from it.
"""

import re
import unicodedata
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from inspect import getdoc

_ENTRY = re.compile(r"^@\w+\{(\w+),\n.*?^\}$", re.MULTILINE | re.DOTALL)
_FIELD = re.compile(r"^  (\w+) = \{+(.*?)\}+,$", re.MULTILINE)
_VENUES = ("journal", "booktitle", "publisher", "institution", "howpublished")


@dataclass(frozen=True)
class Source:
    """One work.

    Attributes:
        authors: their surnames. venue: where it appeared, with its volume. bibtex: the entry.
    """

    key: str
    authors: tuple[str, ...]
    title: str
    venue: str
    year: str
    bibtex: str


@cache
def sources() -> Mapping[str, Source]:
    """Return all sources by their keys."""
    text = files("cam_augment.report.paper").joinpath("references.bib").read_text("utf-8")
    return {entry[1]: _source(entry[1], entry[0]) for entry in _ENTRY.finditer(text)}


def _source(key: str, bibtex: str) -> Source:
    fields = dict(_FIELD.findall(bibtex))
    venue = next(fields[name] for name in _VENUES if name in fields)
    authors = tuple(name.partition(",")[0] for name in fields["author"].split(" and "))
    where = f"{venue} {fields['volume']}" if "volume" in fields else venue
    return Source(key, authors, fields["title"], where, fields["year"], bibtex)


def cited(text: str) -> tuple[str, ...]:
    """Return the keys of the sources that a text cites by the first author's name and the year.

    Of two works of one name and year it is the one whose title's first word stands in the text.

    >>> cited("Energy distance (Székely and Rizzo 2013); maps by Selvaraju et al. (2017).")
    ('selvaraju2017', 'szekely2013')
    """
    plain = _plain(" ".join(text.split())).replace("et al.", "et al")
    matches = [source for source in sources().values() if _names(plain, source)]
    names = [(source.authors[0], source.year) for source in matches]
    return tuple(
        source.key
        for source in matches
        if names.count((source.authors[0], source.year)) == 1
        or _plain(source.title).partition(" ")[0].strip(":").lower() in plain.lower()
    )


def _names(text: str, source: Source) -> bool:
    author = re.escape(_plain(source.authors[0]))
    return re.search(rf"\b{author}\b[^.;\d]{{0,70}}{source.year}\b", text) is not None


def _plain(text: str) -> str:
    """Return a text without accents."""
    decomposed = unicodedata.normalize("NFKD", text)
    return "".join(sign for sign in decomposed if not unicodedata.combining(sign))


def cited_by(*functions: Callable) -> tuple[str, ...]:
    """Return the keys of the sources that the docstrings of functions cite, each once."""
    return tuple(dict.fromkeys(key for f in functions for key in cited(getdoc(f) or "")))


def bibliography(keys: Iterable[str]) -> str:
    """Return the BibTeX of some sources, sorted by their keys."""
    return "\n\n".join(sources()[key].bibtex for key in sorted(set(keys))) + "\n"
