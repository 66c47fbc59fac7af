"""In which language the report speaks.

English is the source: a text stands where it is said, and is its own key. Every other language
is a catalogue, ``languages/NAME.toml``, of texts to their counterparts; what it lacks stays
English. Records hold no sentences: what they say as codes, ``sentences`` says by such texts.
"""

import tomllib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache
from importlib.resources import files

from cam_augment.base.errors import InputError, nearest

ENGLISH = "en"

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
    template = catalogue(spoken()).get(text, text)
    return template.format(**fields) if fields else template


def sentences(*parts: str) -> str:
    """Return sentences one after the other, as the language parts them; empty ones are left out.

    >>> sentences("One.", "", "Two.")
    'One. Two.'
    """
    return say(" ").join(part for part in parts if part)


# -- catalogues ---------------------------------------------------------------------------


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
def catalogue(language: str) -> Mapping[str, str]:
    """Return a language's texts, English to counterpart; that of English is empty."""
    return {} if language == ENGLISH else dict(pairs(tables(language)))
