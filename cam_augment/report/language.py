"""The language of the report.

English is the source: a text stands where it is used, and is its own key. Every other language
is a catalogue, ``languages/NAME.toml``, of texts to their counterparts; what it lacks stays
English. Records hold no sentences; ``sentences`` turns their codes into such texts.
"""

import tomllib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache
from importlib.resources import files
from typing import Any

from cam_augment.base.errors import InputError, nearest

ENGLISH = "en"

_spoken: ContextVar[str] = ContextVar("language", default=ENGLISH)


def languages() -> list[str]:
    """Return all languages, English first."""
    names = (path.name for path in files("cam_augment.report").joinpath("languages").iterdir())
    return [ENGLISH, *sorted(n.removesuffix(".toml") for n in names if n.endswith(".toml"))]


def check(language: str) -> str:
    """Return ``language`` if it has a catalogue.

    Raises:
        InputError: it has none.
    """
    if language not in languages():
        raise InputError(
            f"language: received '{language}'.{nearest(language, languages())} "
            f"Allowed: {', '.join(languages())}, or several, parted by commas"
        )
    return language


def several(text: str) -> tuple[str, ...]:
    """Return the languages that a text names, parted by commas, each once.

    >>> several("en"), several("ja,en")
    (('en',), ('ja', 'en'))

    Raises:
        InputError: one of them has no catalogue.
    """
    return tuple(dict.fromkeys(check(name.strip()) for name in text.split(",")))


@contextmanager
def speaking(language: str) -> Iterator[None]:
    """Say everything inside in ``language``."""
    before = _spoken.set(check(language))
    try:
        yield
    finally:
        _spoken.reset(before)


def current_language() -> str:
    """Return the language that ``speaking`` has set; else English."""
    return _spoken.get()


def say(text: str, /, **fields: str | int) -> str:
    """Return a text in the current language, its named fields filled in.

    >>> say("Best epoch"), say("{best} of {all}", best=3, all=8)
    ('Best epoch', '3 of 8')
    >>> with speaking("ja"):
    ...     say("Best epoch")
    '最良エポック'
    """
    template = catalogue(current_language()).get(text, text)
    return template.format(**fields) if fields else template


def sentences(*parts: str) -> str:
    """Return sentences in a row, parted as in the current language; empty ones are left out.

    >>> sentences("One.", "", "Two.")
    'One. Two.'
    """
    return say(" ").join(part for part in parts if part)


# -- catalogues ---------------------------------------------------------------------------


def tables(language: str) -> dict[str, Any]:
    """Return the catalogue of a language as in its file: tables of English to counterpart."""
    path = files("cam_augment.report").joinpath("languages", f"{language}.toml")
    return tomllib.loads(path.read_text("utf-8"))


def pairs(table: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield every text of a table, and of the tables inside it, with its counterpart."""
    for text, counterpart in table.items():
        if isinstance(counterpart, str):
            yield text, counterpart
        else:
            yield from pairs(counterpart)


@cache
def catalogue(language: str) -> Mapping[str, str]:
    """Return the texts of a language, English to counterpart; empty for English."""
    return {} if language == ENGLISH else dict(pairs(tables(language)))
