"""The numbers of the docs that ``results/`` say; ``python -m docs.tables`` writes them anew.

A page holds each between ``<!-- is: NAME -->`` and ``<!-- end -->``. Most are facts of the
technical report, which states them once for both.
"""

import re
import tomllib
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from pathlib import Path

from cam_augment.records import Effect
from cam_augment.report.words import points, span
from cam_augment.statistics.significance import is_significant
from paper import attention, evidence, truth
from paper.formats import known

PLACE = re.compile(r"(<!-- is: ([\w.-]+) -->).*?(<!-- end -->)", re.DOTALL)
WORLD = Path(__file__).parent.parent / "benchmarks" / "truth" / "world.toml"
Numbers = Iterator[tuple[str, str]]
WORLDS = {
    "equal": "equal",
    "M": "ratio",
    "as seen": "seen",
    "one arm twice as noisy": "twice",
    "all noisier": "noisier",
}


@cache
def numbers() -> Mapping[str, str]:
    """Return every number by its name, as plain text."""
    facts = {name: plain(text) for group in FACTS for name, text in group()}
    return facts | dict(alarms()) | dict(noise()) | dict(unsettled()) | dict(corrupted())


FACTS: tuple[Callable[[], Numbers], ...] = (
    truth.verdicts, truth.processors, truth.alarms, attention.shortcuts
)  # fmt: skip


def alarms() -> Numbers:
    """Yield how many simulated studies of nothing claim a gain or a loss, in a single stage."""
    for alarm in evidence.document("truth/simulated.json")["alarms"]:
        if alarm["design"] == "4+8" and alarm["question"] != "class at its margin":
            relabelled = ".relabelled" if alarm["question"].endswith("relabelled") else ""
            share = 100 * alarm["alarms"] / alarm["studies"]
            yield f"null.{WORLDS[alarm['world']]}{relabelled}", f"{share:.1f} %"
    shares = [
        100 * alarm["alarms"] / alarm["studies"]
        for alarm in evidence.document("truth/trained.json")["alarms"]
        if alarm["question"] == "gain, relabelled"
    ]
    yield "null.trained.relabelled", f"{min(shares):.1f} to {max(shares):.1f} %"


def noise() -> Numbers:
    """Yield what the simulated worlds take from trained models."""
    world = tomllib.loads(WORLD.read_text("utf-8"))
    yield "world.finite", f"{100 * world['finite']:.0f} %"
    yield "world.images", f"{world['images']:,}"


def unsettled() -> Numbers:
    """Yield an excess shift of the default study of which p and interval say different things.

    Raises:
        LookupError: there is none, and the page's example has to go.
    """
    profile = evidence.study("quickstart")
    question = f"excess_shift.{profile.plan.primary}"
    shifts = [profile.effect(strategy.strategy, question) for strategy in profile.strategies]
    examples = [effect for effect in shifts if _is_unsettled(effect, profile.plan.alpha)]
    if not examples:
        raise LookupError("no p and interval of the default study say different things of a shift")
    yield "unsettled", _shift(examples[0])


def _is_unsettled(effect: Effect, alpha: float) -> bool:
    return is_significant(effect.p_adjusted, alpha) and known(effect.low) <= 0


def _shift(effect: Effect) -> str:
    estimate, low, high, p = (
        short(known(n)) for n in (effect.estimate, effect.low, effect.high, effect.p_adjusted)
    )
    return f"`{effect.strategy}`: E {estimate} [{low}, {high}], corrected p {p}"


def corrupted() -> Numbers:
    """Yield what each strategy gains on photographs as they are, and corrupted, and its verdict."""
    profile = evidence.study("cifar10")
    for strategy in profile.strategies:
        name = f"cifar10.{strategy.strategy}"
        yield f"{name}.verdict", f"*{strategy.verdict}*"
        for question, end in (("gain", "plain"), ("robustness", "corrupted")):
            effect = profile.effect(strategy.strategy, question)
            interval = span(effect.low, effect.high, points)
            yield f"{name}.{end}", f"{points(effect.estimate)} {interval}"


def short(number: float) -> str:
    """Return a number between -1 and 1 to three places.

    >>> short(0.0264), short(-0.0072)
    ('.026', '−.007')
    """
    return f"{number:.3f}".replace("-", "−").replace("0.", ".", 1)


def plain(text: str) -> str:
    r"""Return a fact of the technical report as the docs write it.

    >>> plain(r"99.9\,\%"), plain(r"\ensuremath{-0.13}"), plain(r"3{,}750")
    ('99.9 %', '−0.13', '3,750')
    """
    text = re.sub(r"\\ensuremath\{(.*?)\}", lambda match: match[1].replace("-", "−"), text)
    for sign, ours in ((r"\,\%", " %"), ("{,}", ","), (r"\%", "%")):
        text = text.replace(sign, ours)
    return text


def renewed(text: str) -> str:
    """Return a page's text with its numbers made anew."""
    return PLACE.sub(lambda found: found[1] + numbers()[found[2]] + found[3], text)
