"""What a person asked for and cannot have, said in one line."""

import difflib
from collections.abc import Iterable


class InputError(ValueError):
    """A mistake in a plan, an option or a file: one line, exit code 2, nothing written."""


def nearest(received: str, allowed: Iterable[str]) -> str:
    """Return `` Did you mean 'x'?`` for the nearest allowed name, or an empty string.

    >>> nearest("peason", ["pearson", "spearman"])
    " Did you mean 'pearson'?"
    """
    close = difflib.get_close_matches(received, list(allowed), n=1, cutoff=0.5)
    return f" Did you mean '{close[0]}'?" if close else ""


def unknown(kind: str, received: str, allowed: Iterable[str]) -> InputError:
    """Return the error for a name that no entry has.

    >>> print(unknown("metric", "peason", ["pearson", "spearman"]))
    no metric 'peason'. Did you mean 'pearson'? Allowed: pearson, spearman
    """
    allowed = sorted(allowed)
    return InputError(
        f"no {kind} '{received}'.{nearest(received, allowed)} Allowed: {', '.join(allowed)}"
    )
