"""Notices: what a reader must know before the numbers, as codes with values."""

from importlib import import_module
from typing import Any

from pydantic import Field, JsonValue

from cam_augment.plan import Frozen


class Notice(Frozen):
    """A fact that a reader must know, as a code with its values.

    ``cam_augment.report.notice`` puts it into words, in every language.

    Attributes:
        code: kind of fact, a key of ``report.phrases.NOTICES``; or ``text`` where the words
            come from outside this package.
        values: names and numbers; shares are fractions, not percentages.
    """

    code: str
    values: dict[str, JsonValue] = Field(default_factory=dict)

    @classmethod
    def of(cls, code: str, /, **values: Any) -> "Notice":
        """Return the notice with a code and its values.

        >>> Notice.of("maps.empty", arm="zoom", share=0.1).values
        {'arm': 'zoom', 'share': 0.1}
        """
        return cls(code=code, values=values)

    def __str__(self) -> str:
        """The sentence, in English."""
        # The report is above this room; a note that is printed should be read all the same.
        return import_module("cam_augment.report").notice(self)

    def __getitem__(self, part: slice) -> str:
        """Return a part of the sentence: notes of data sets were plain texts once."""
        return str(self)[part]

    @classmethod
    def text(cls, words: str) -> "Notice":
        """Return a notice with words from outside: an error's message, a plug-in's note."""
        return cls.of("text", text=words)
