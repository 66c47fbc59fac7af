"""Strategies' names in the language of the page, beside those of the plan."""

import re

from cam_augment.report.language import catalogue, current_language

_STEP = re.compile(r"(?:^|\+)([A-Za-z_]\w*)")  # a name at the start of each step of a label


def translated(label: str) -> str:
    """Return a strategy's steps in the current language; nothing where it has no word for one.

    >>> from cam_augment.report.language import speaking
    >>> translated("rotation:30+zoom")
    ''
    >>> with speaking("ja"):
    ...     translated("rotation:30+zoom"), translated("my_own")
    ('回転＋拡大縮小', '')
    """
    names = catalogue(current_language())
    words = [names.get(name.replace("_", " "), "") for name in _STEP.findall(label)]
    return "＋".join(words) if all(words) else ""
