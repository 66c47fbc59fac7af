"""What a reader must know before the numbers: a code and its values, no words."""

from typing import Any

from pydantic import Field, JsonValue

from cam_augment.plan import Frozen


class Notice(Frozen):
    """A fact that a reader must know, as a code with its values.

    The report has the words, in every language: ``cam_augment.report.notice``.

    Attributes:
        code: kind of fact, a key of ``report.phrases.NOTICES``; or ``text``: the words
            themselves, from outside of this package.
        values: names and numbers, in the record's units; fractions, not percentages.
    """

    code: str
    values: dict[str, JsonValue] = Field(default_factory=dict)

    @classmethod
    def of(cls, code: str, /, **values: Any) -> "Notice":
        """Return the notice of a code.

        >>> Notice.of("maps.empty", arm="zoom", share=0.1).values
        {'arm': 'zoom', 'share': 0.1}
        """
        return cls(code=code, values=values)

    @classmethod
    def text(cls, words: str) -> "Notice":
        """Return a notice whose words come from outside: an error's message, a plug-in's note."""
        return cls.of("text", text=words)
