"""What strangers may write: edited files and spoiled structures, in few or many examples.

Each test runs on a few examples that are always the same, and, marked slow, on many new ones.
"""

import copy

import pytest
from hypothesis import settings
from hypothesis import strategies as some

from cam_augment.base.errors import InputError
from cam_augment.reading.pictures import quiet

FEW = settings(max_examples=60, derandomize=True, database=None)
MANY = settings(max_examples=4000)
few_and_many = pytest.mark.parametrize(
    "effort", [FEW, pytest.param(MANY, marks=pytest.mark.slow)], ids=["few", "many"]
)


def said(read, *arguments):
    """Return what is read; None where it is refused, in one line."""
    try:
        with quiet():
            return read(*arguments)
    except InputError as error:
        line = str(error)
        assert line.isprintable()
        assert 0 < len(line) < 2100
        return None


STRANGE = some.sampled_from(
    [None, True, -1, 0, 10**9, 10**400, 1e308, 5e-324, float("nan"), float("inf"), "", "\ud800",
     "a\nb", "<b>", "../x", "/dev/zero", "\0", "9" * 5000, "a" * 3000, [], {}, [[]], [{}]]
)  # fmt: skip

VALUES = some.recursive(
    STRANGE | some.integers() | some.floats() | some.text(max_size=9),
    lambda inner: (
        some.lists(inner, max_size=4) | some.dictionaries(some.text(max_size=6), inner, max_size=3)
    ),
    max_leaves=6,
)

EDITS = some.lists(
    some.tuples(
        some.floats(0, 1),
        some.sampled_from(["put", "add", "drop", "twice"]),
        some.binary(min_size=1, max_size=4)
        | some.sampled_from([b"\xff" * 4, b"\0" * 4, b"\x7f\xff\xff\xff", b'"', b"[", b"="]),
    ),
    max_size=6,
)  # fmt: skip


def edited(content: bytes, edits) -> bytes:
    """Return a file with bytes changed, added, lost or doubled at shares of its length."""
    for share, kind, new in edits:
        at = int(share * len(content))
        if kind == "drop":
            content = content[:at] + content[at + 8 * len(new) :]
        elif kind == "twice":
            content = content[:at] + content[at : at + 64] + content[at:]
        else:
            content = content[:at] + new + content[at + len(new) * (kind == "put") :]
    return content


def places_in(value, at=()):
    """Yield the paths of all values within a value."""
    yield at
    if isinstance(value, (dict, list)):
        for key, inner in value.items() if isinstance(value, dict) else enumerate(value):
            yield from places_in(inner, (*at, key))


@some.composite
def spoiled(draw, sound):
    """Draw a sound structure with some of its values lost or replaced by any others."""
    document = {"": copy.deepcopy(draw(some.sampled_from(sound)))}
    for _ in range(draw(some.integers(1, 3))):
        *path, last = draw(some.sampled_from(list(places_in(document))[1:]))
        holder = document
        for key in path:
            holder = holder[key]
        if path and draw(some.integers(0, 3)) == 0:
            del holder[last]
        else:
            holder[last] = copy.deepcopy(draw(VALUES))  # not one for all: it may be changed next
    return document[""]
