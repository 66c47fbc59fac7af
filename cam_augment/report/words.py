"""How numbers, strange texts and verdicts are written."""

import math
import re
import unicodedata
from collections.abc import Callable
from functools import partial
from typing import Any, TypeGuard, TypeVar

from cam_augment.report.language import say

MINUS = "\N{MINUS SIGN}"

DASH = "\N{EN DASH}"

MOST_DIGITS = 6  # decimals
LEVELS = (0.1, 0.05, 0.01)  # of significance, with which p values are compared
_NOT_ZERO = re.compile("[1-9]")

# Verdicts, best first, with their signs; the last two are of rules before margins.
SYMBOLS = {
    "adopt": "▲",
    "trade-off": "◆",
    "undecided": "⬢",
    "no gain worth having": "■",
    "avoid": "▼",
    "quiet": "○",
    "not quiet": "✖",
    "care": "◆",
    "no effect seen": "○",
}

VERDICTS = tuple(SYMBOLS)

Value = TypeVar("Value")

Write = Callable[..., str]  # a number to its text; ``sign=True`` asks for the sign


def is_known(value: Value | None) -> TypeGuard[Value]:
    """Return whether there is a value: neither None nor NaN."""
    return value is not None and not (isinstance(value, float) and math.isnan(value))


def visible(text: Any) -> str:
    """Return ``text`` with visible signs in place of control and direction characters.

    >>> visible("a\\tb\\x07")
    'a␉b␇'
    """
    text = str(text)
    return text if text.isprintable() else "".join(map(_visible, text))


def _visible(character: str) -> str:
    code = ord(character)
    if code < 32:
        return chr(0x2400 + code)
    return "\N{REPLACEMENT CHARACTER}" if unicodedata.category(character) in _HIDDEN else character


_HIDDEN = {"Cc", "Cf", "Cs", "Zl", "Zp"}


def short(text: Any, length: int = 26) -> str:
    """Return ``text`` for a place in a figure: at most ``length`` characters.

    >>> short("a very long name of a strategy", 12)
    'a very long…'
    """
    text = visible(text)
    return text if len(text) <= length else text[: length - 1].rstrip() + "…"


def number(value: Any, digits: int = 3, sign: bool = False) -> str:
    """Return a number with a true minus sign, or a dash where there is none.

    >>> number(-0.01234), number(0.5, 2, sign=True), number(None), number(-0.0001)
    ('−0.012', '+0.50', '–', '0.000')
    """
    if not is_known(value):
        return DASH
    text = f"{value:+.{digits}f}" if sign else f"{value:.{digits}f}"
    if not float(text):
        text = text.lstrip("+-")
    return text.replace("-", MINUS)


def amount(value: Any, sign: bool = False) -> str:
    """Return an amount of any unit, to three digits that matter.

    >>> amount(1234.5), amount(-12.34), amount(0.5, sign=True), amount(0)
    ('1234', '−12.3', '+0.500', '0')
    """
    if not is_known(value) or not value:
        return number(value, 0)
    return number(value, min(MOST_DIGITS, max(0, 2 - math.floor(math.log10(abs(value))))), sign)


def amounts(estimate: Any, low: Any, high: Any) -> Write:
    """Return a function that writes an amount and its interval to the same decimals.

    Three digits matter in the larger of the amount and the width of its interval.

    >>> write = amounts(2.43, 0.03, 4.83)
    >>> write(2.43), write(0.03, sign=True)
    ('2.43', '+0.03')
    """
    return partial(number, digits=max(0, _digits(estimate, low, high)))


def sums(estimate: Any, low: Any, high: Any) -> Write:
    """Return a function that writes large amounts, as ``amounts``, rounded before the point, too.

    >>> write = sums(22335.7, 1961.8, 42709.6)
    >>> write(22335.7, sign=True), write(1961.8), write(None)
    ('+22,300', '2,000', '–')
    """
    digits = _digits(estimate, low, high)

    def write(value: Any, sign: bool = False, digits: int = digits) -> str:
        if not is_known(value):
            return DASH
        text = f"{round(value, digits):{'+' if sign else ''},.{max(0, digits)}f}"
        return (text if float(text.replace(",", "")) else text.lstrip("+-")).replace("-", MINUS)

    return write


def _digits(estimate: Any, low: Any, high: Any) -> int:
    """Return how many decimals matter in an amount, 6 at most; below 0, of those before it."""
    ends = (low, high) if is_known(low) and is_known(high) else (0, 0)
    size = max(abs(estimate), ends[1] - ends[0])
    return min(MOST_DIGITS, 2 - math.floor(math.log10(size))) if size > 0 else 0


def points(value: Any, digits: int = 2, sign: bool = True) -> str:
    """Return a fraction as percentage points.

    >>> points(0.0077)
    '+0.77'
    """
    return number(value * 100 if is_known(value) else None, digits, sign)


def percent(value: Any, digits: int = 1) -> str:
    r"""Return a fraction as a percentage, with a space before its sign that does not break.

    >>> percent(0.93456)
    '93.5\xa0%'
    """
    return f"{points(value, digits, sign=False)}\N{NO-BREAK SPACE}%" if is_known(value) else DASH


def span(low: Any, high: Any, write: Write = number, **options: Any) -> str:
    """Return an interval, of which no end reads as 0 that is not: the sign of an end decides.

    >>> span(0.002, 0.011, points), span(0.00003, 0.011, points)
    ('[+0.20, +1.10]', '[+0.003, +1.10]')
    """
    if not (is_known(low) and is_known(high)):
        return ""
    return f"[{_end(low, write, options)}, {_end(high, write, options)}]"


def _end(value: Any, write: Write, options: dict[str, Any]) -> str:
    text = write(value, **options)
    if not value or _NOT_ZERO.search(text):
        return text
    more = (write(value, **options | {"digits": digits}) for digits in range(1, MOST_DIGITS + 1))
    return next((text for text in more if _NOT_ZERO.search(text)), text)


def digits_apart(value: float, limit: float, digits: int) -> int:
    """Return with how many decimals a number does not read as a limit that it is compared with.

    Args:
        digits: how many there are at least.

    >>> digits_apart(0.4993, 0.5, 2), digits_apart(0.51, 0.5, 2), digits_apart(0.5, 0.5, 2)
    (3, 2, 2)
    """
    for count in range(digits, MOST_DIGITS + 1):
        if round(value, count) != round(limit, count):
            return count
    return digits


def p_value(p: Any) -> str:
    """Return a p value with the digits that matter; none reads as a level that it is not.

    >>> p_value(0.00202), p_value(0.1133), p_value(1.0), p_value(1e-6), p_value(0.0502)
    ('0.002', '0.11', '1.00', '< 0.001', '0.0502')
    """
    if not is_known(p):
        return DASH
    if p < 0.001:
        return "< 0.001"
    fewest = 3 if p < 0.0995 else 2
    return f"{p:.{max(digits_apart(p, level, fewest) for level in LEVELS)}f}"


def p_phrase(p: Any) -> str:
    """Return ``p = 0.002`` or ``p < 0.001``, or nothing.

    >>> p_phrase(0.002), p_phrase(1e-9), p_phrase(None)
    ('p = 0.002', 'p < 0.001', '')
    """
    if not is_known(p):
        return ""
    text = p_value(p)
    return f"p {text}" if text.startswith("<") else f"p = {text}"


def listing(words: list[str]) -> str:
    """Return words in a row.

    >>> listing(["a", "b", "c"])
    'a, b and c'
    """
    return say(" and ").join([say(", ").join(words[:-1]), words[-1]] if len(words) > 1 else words)


def count(amount: int, one: str, many: str | None = None) -> str:
    """Return an amount with its noun.

    >>> count(1, "run"), count(2, "run")
    ('1 run', '2 runs')
    """
    noun = one if amount == 1 else many or one + "s"
    return say(f"{{count}} {noun}", count=f"{amount:,}")


def verdict(name: str) -> str:
    """Return a verdict with its sign.

    >>> verdict("adopt")
    '▲ adopt'
    """
    return f"{SYMBOLS[name]} {say(name)}"
