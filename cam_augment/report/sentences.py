"""Sentences of what records hold as codes and numbers: notices, readings of curves."""

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

from cam_augment.records import Curve, Notice
from cam_augment.report import phrases
from cam_augment.report.language import say
from cam_augment.report.words import amount, number, percent

_share = partial(percent, digits=0)


def notice(record: Notice) -> str:
    """Return what a notice says, in the language that is spoken.

    Names are as the record has them: whoever shows the text makes them visible or escapes them.
    The code of a plug-in is followed by its values.

    >>> notice(Notice.of("maps.empty", arm="zoom", share=0.12))
    'zoom: 12\\xa0% of the maps are all zero and left out.'
    """
    values = record.values
    if record.code == "text":
        return str(values["text"])
    if record.code not in phrases.NOTICES:
        return ": ".join([record.code, *map(str, values.values())])
    written = {name: _WRITERS.get(name, str)(value) for name, value in values.items()}
    written |= {name: write(values) for name, write in _LISTS.items() if name in values}
    return say(_of_number(phrases.NOTICES[record.code], values.get("count")), **written)


def _of_number(texts: str | tuple[str, str], count: Any) -> str:
    if isinstance(texts, str):
        return texts
    return texts[0] if count == 1 else texts[1]


def place(ninth: int) -> str:
    """Return the name of a ninth of the image, see ``Pointing.place``.

    >>> place(0), place(4)
    ('top left', 'centre')
    """
    return say(phrases.PLACES[ninth])


def reading(curve: Curve) -> str:
    """Return what a validation loss says of overfitting."""
    rise = curve.validation_loss[-1] / min(curve.validation_loss) - 1
    return say(phrases.READINGS[curve.reading], best=str(curve.best_epoch), rise=_share(rise))


# How the values of notices are written, by their names.
_WRITERS = {
    **dict.fromkeys(("share", "hit", "chance", "there"), _share),
    **dict.fromkeys(("fitted", "plain", "fitted_baseline", "plain_baseline", "parts"), amount),
    "count": "{:,}".format,
    "place": place,
    "r": partial(number, digits=2),
    "test": say,
}


def _named(values: Mapping[str, Any], name: str, separator: str, write=str) -> str:
    """Return the first of some things by name, and how many more there are."""
    some = [write(each) for each in values[name]]
    more = values["count"] - len(some)
    rest = [say(phrases.MORE, count=f"{more:,}")] if more > 0 else []
    return say(separator).join([*some, *rest])


def _quoted(name: str) -> str:
    return say(phrases.QUOTED, name=name)


def _all(values: Mapping[str, Any], name: str) -> str:
    return say(", ").join(map(str, values[name]))


def _overlaps(values: Mapping[str, Sequence]) -> str:
    return say(", ").join(say(phrases.OVERLAP, **each) for each in values["overlaps"])


def _pairs(values: Mapping[str, Sequence]) -> str:
    pairs = values["pairs"]
    return say("; ").join(say(phrases.PAIR, first=a, second=b) for a, b in pairs)


def _files(values: Mapping[str, Any]) -> str:
    counts = [(texts, values["files"].get(kind)) for kind, texts in phrases.FILES.items()]
    return say(", ").join(
        say(_of_number(texts, count), count=f"{count:,}") for texts, count in counts if count
    )


def _lacking(values: Mapping[str, Sequence]) -> str:
    return say(", ").join(say(phrases.LACKING, **each) for each in values["classes"])


# Values that are lists; each is written from all values of its notice.
_LISTS = {
    "strategies": partial(_all, name="strategies"),
    "values": partial(_all, name="values"),
    "messages": partial(_named, name="messages", separator="; "),
    "names": partial(_named, name="names", separator=", "),
    "groups": partial(_named, name="groups", separator=", ", write=_quoted),
    "overlaps": _overlaps,
    "pairs": _pairs,
    "files": _files,
    "classes": _lacking,
}
