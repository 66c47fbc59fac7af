"""In which language the report speaks.

English is the source: a text stands where it is said, and is its own key. Every other language
is a catalogue, ``languages/NAME.toml``, of texts to their counterparts; what it lacks stays
English. Records are for programs and stay English too: what a record says in a sentence is
recognised by its template (table ``recorded`` of the catalogue) when the report quotes it.
"""

import re
import tomllib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from cam_augment.base.errors import InputError, nearest

ENGLISH = "en"
FIELD = re.compile(r"\{(said\.)?(\w+)\}")

_spoken: ContextVar[str] = ContextVar("language", default=ENGLISH)


def known() -> list[str]:
    """Return the languages there are, English first."""
    names = (each.name for each in files("cam_augment.report").joinpath("languages").iterdir())
    return [ENGLISH, *sorted(n.removesuffix(".toml") for n in names if n.endswith(".toml"))]


def check(language: str) -> str:
    """Return ``language`` if there is a catalogue of it.

    Raises:
        InputError: there is none.
    """
    if language not in known():
        raise InputError(
            f"language: received '{language}'.{nearest(language, known())} "
            f"Allowed: {', '.join(known())}"
        )
    return language


@contextmanager
def speaking(language: str) -> Iterator[None]:
    """Say everything inside in ``language``."""
    before = _spoken.set(check(language))
    try:
        yield
    finally:
        _spoken.reset(before)


def spoken() -> str:
    """Return the language that is spoken now."""
    return _spoken.get()


def say(text: str, /, **fields: str) -> str:
    """Return a text in the language that is spoken, its named fields filled in.

    >>> say("Best epoch"), say("{best} of {all}", best=3, all=8)
    ('Best epoch', '3 of 8')
    >>> with speaking("ja"):
    ...     say("Best epoch")
    '最良エポック'
    """
    template = catalogue(spoken()).texts.get(text, text)
    return template.format(**fields) if fields else template


def sentences(*parts: str) -> str:
    """Return sentences one after the other, as the language parts them; empty ones are left out.

    >>> sentences("One.", "", "Two.")
    'One. Two.'
    """
    return say(" ").join(part for part in parts if part)


def recorded(text: str) -> str:
    """Return what a record says in English, in the language that is spoken.

    Names and numbers are carried over as they are. What follows no known template, such as
    the message of an error, stays as it is.

    >>> with speaking("ja"):
    ...     recorded("attention moves no more than between seeds")
    '注目の移動はシード間の差を超えない'
    """
    templates = catalogue(spoken()).recorded
    clauses, rest = [], text
    while rest:
        clause, rest = _first_clause(rest, templates)
        if clause is None:
            return text
        clauses.append(clause)
    return say(", ").join(clauses)


# -- catalogues ---------------------------------------------------------------------------


@dataclass(frozen=True)
class Catalogue:
    """What a language says.

    Attributes:
        texts: English to its counterpart. recorded: the same of what records say, the English
            as a pattern. Fields ``{said.NAME}`` are themselves quoted from the catalogue.
    """

    texts: Mapping[str, str]
    recorded: tuple[tuple[re.Pattern, str], ...]


def tables(language: str) -> dict:
    """Return a language's catalogue as it is written: tables of English to counterpart."""
    path = files("cam_augment.report").joinpath("languages", f"{language}.toml")
    return tomllib.loads(path.read_text("utf-8"))


def pairs(table: Mapping) -> Iterator[tuple[str, str]]:
    """Yield every text of a table, and of the tables in it, with its counterpart."""
    for text, other in table.items():
        if isinstance(other, str):
            yield text, other
        else:
            yield from pairs(other)


@cache
def catalogue(language: str) -> Catalogue:
    """Return a language's catalogue; that of English is empty."""
    if language == ENGLISH:
        return Catalogue({}, ())
    parts = tables(language)
    said = parts.pop("recorded")
    # The most literal text first: a name must not be taken for a whole sentence.
    ordered = sorted(said.items(), key=lambda pair: -len(FIELD.sub("", pair[0])))
    return Catalogue(dict(pairs(parts)), tuple((_pattern(text), other) for text, other in ordered))


def _pattern(template: str) -> re.Pattern:
    """Return what matches a template's text up to the end or to the comma before the next."""
    parts, end = [], 0
    for field in FIELD.finditer(template):
        parts += [re.escape(template[end : field.start()]), f"(?P<{field[2]}>.+?)"]
        end = field.end()
    return re.compile("".join(parts) + re.escape(template[end:]) + "(?:, |$)", re.DOTALL)


def _first_clause(text: str, templates) -> tuple[str | None, str]:
    """Return the first clause of a text in the language spoken, and what comes after it."""
    for pattern, template in templates:
        found = pattern.match(text)
        if found:
            return _filled(template, found.groupdict()), text[found.end() :]
    return None, text


def _filled(template: str, fields: Mapping[str, str]) -> str:
    def value(field: re.Match) -> str:
        text = fields[field[2]]
        return recorded(text) if field[1] else text

    return FIELD.sub(value, template)
