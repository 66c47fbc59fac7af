"""How numbers are written in the paper, as LaTeX."""

from collections.abc import Iterable, Iterator

from cam_augment.records import Effect
from cam_augment.report.formats.latex import escape

Facts = Iterator[tuple[str, str]]  # each with its name, as LaTeX


def known(value: float | None) -> float:
    """Return a number that must be there.

    Raises:
        ValueError: it is not.
    """
    if value is None:
        raise ValueError("a number of the paper is not known")
    return float(value)


def maths(text: str) -> str:
    """Return a formula that may stand in a text or in a formula."""
    return rf"\ensuremath{{{text}}}"


def points(value: float | None, sign: bool = True, digits: int = 2) -> str:
    r"""Return a fraction in percentage points.

    >>> print(points(0.01943), points(0.0033, sign=False))
    \ensuremath{+1.94} \ensuremath{0.33}
    """
    return maths(f"{100 * known(value):{'+' if sign else ''}.{digits}f}")


def percent(value: float | None, digits: int = 0) -> str:
    r"""Return a fraction in percent.

    >>> percent(0.3556), percent(0.0363, 1)
    ('36\\,\\%', '3.6\\,\\%')
    """
    return rf"{100 * known(value):.{digits}f}\,\%"


def estimate(effect: Effect, scale: float = 100, digits: int = 2) -> str:
    """Return an effect with its deciding interval: in points, or as it is by the scale 1."""
    value, low, high = (scale * known(n) for n in (effect.estimate, effect.low, effect.high))
    interval = f"[{low:.{digits}f}, {high:.{digits}f}]"
    return f"{maths(f'{value:+.{digits}f}')} {maths(interval)}"


def code(label: str) -> str:
    r"""Return a strategy's name as it is typed.

    >>> print(code("random_erasing"))
    \texttt{random\_erasing}
    """
    return rf"\texttt{{{escape(label)}}}"


def listing(items: Iterable[str]) -> str:
    """Return items in a row.

    >>> listing(["a", "b", "c"]), listing(["a"]), listing([])
    ('a, b and c', 'a', 'none')
    """
    *others, last = [*items] or ["none"]
    return f"{', '.join(others)} and {last}" if others else last


def rho(value: float | None) -> str:
    """Return a correlation, or a share of a variance."""
    return maths(f"{known(value):.2f}")


def p_value(value: float | None) -> str:
    r"""Return a p, no smaller than three digits tell.

    >>> print(p_value(0.0041), p_value(0.4981), p_value(0.00001))
    \ensuremath{.004} \ensuremath{.50} \ensuremath{<.001}
    """
    value = known(value)
    text = f"{value:.{2 if value >= 0.1 else 3}f}".removeprefix("0")
    return maths("<.001" if value < 0.001 else text)


def count(number: int) -> str:
    """Return a count, thousands set apart."""
    return f"{number:,}".replace(",", r"{,}")
