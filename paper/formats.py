"""How numbers are written in the paper, as LaTeX."""

from collections.abc import Iterator

from cam_augment.records import Effect

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


def estimate(effect: Effect) -> str:
    """Return a gain with its deciding interval, in points."""
    low, high = (f"{100 * known(end):.2f}" for end in (effect.low, effect.high))
    return f"{points(effect.estimate)} {maths(f'[{low}, {high}]')}"


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
