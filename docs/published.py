"""The numbers of the docs that ``results/`` say; ``python -m docs.tables`` writes them anew.

A page holds each between ``<!-- is: NAME -->`` and ``<!-- end -->``. Most are facts of the
technical report, which states them once for both.
"""

import re
import tomllib
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from pathlib import Path

from benchmarks.estimate import Large
from cam_augment.plan.choices import BASELINE
from cam_augment.records import Effect
from cam_augment.report.words import points, span
from cam_augment.statistics.significance import is_significant
from paper import attention, evidence, facts, truth
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
    named = {name: plain(text) for group in FACTS for name, text in group()}
    ours = (alarms, noise, unsettled, corrupted, other_looks, moved, shown, pictures)
    return named | {name: text for group in ours for name, text in group()}


FACTS: tuple[Callable[[], Numbers], ...] = (
    truth.verdicts, truth.processors, truth.alarms, attention.shortcuts, attention.sweeps,
    facts.data, facts.losses, facts.search,
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


def other_looks() -> Numbers:
    """Yield how many answers each further look at the default study flips, and its tau."""
    for row in evidence.rows("looks/checks.csv"):
        look = row["look"].rpartition("=")[2]
        yield f"looks.{look}.flips", f"{len(row['flips'].split())}"
        yield f"looks.{look}.kendall", f"{float(row['kendall']):.2f}".removeprefix("0")


def moved() -> Numbers:
    """Yield under how many strategies of a study attention moves."""
    for name in ("fashion", "pneumonia", "pipeline"):
        judged = [s for s in evidence.study(name).strategies if s.rule != "control"]
        yield f"{name}.moved", f"{sum(s.attention == 'moved' for s in judged)}"
        yield f"{name}.judged", f"{len(judged)}"


def shown() -> Numbers:
    """Yield what the gallery says of its smallest studies, and of a search."""
    profile = evidence.study("efficientnet")
    flip = next(s for s in profile.strategies if s.strategy == "horizontal_flip")
    accuracies = [known(accuracy) for accuracy in profile.points["accuracy"][BASELINE]]
    pipeline = evidence.study("pipeline")
    proposed = pipeline.search.proposal if pipeline.search else None
    for name in (proposed, "trivial_augment", "rand_augment"):
        key = "proposal" if name == proposed else name
        yield f"pipeline.{key}", points(pipeline.effect(str(name), "gain").estimate)
    yield "efficientnet.models", f"{len(profile.models)}"
    yield "efficientnet.accuracy", f"{100 * sum(accuracies) / len(accuracies):.0f} %"
    yield "efficientnet.identity", points(profile.effect("identity", "gain").estimate)
    yield "efficientnet.upper", f"{100 * known(flip.bound_high):.1f}"
    yield "efficientnet.margin", f"{100 * profile.plan.margins.gain:g}"
    cut = evidence.study("magnetic-tiles-cut")
    gains = [cut.effect(s.strategy, "gain") for s in cut.strategies if s.rule != "control"]
    yield "tiles.cut.models", f"{len(cut.models)}"
    yield "tiles.cut.images", f"{round(sum(map(sum, cut.confusion[BASELINE])))}"
    yield "tiles.cut.groups", f"{cut.test_groups}"
    widths = sorted(100 * (known(gain.high) - known(gain.low)) for gain in gains)
    yield "tiles.cut.narrowest", f"{widths[0]:.0f}"
    yield "tiles.cut.widest", f"{widths[-1]:.0f}"


def pictures() -> Numbers:
    """Yield what a study of many pictures takes, and the decoding of ImageNet's by that."""
    rows = {what: evidence.measurement("images", what) for what in PICTURES.values()}
    values = {name: rows[what]["value"] for name, what in PICTURES.items()}
    yield "images.driver.first", f"{values['driver.first']:.0f} MiB"
    yield "images.driver.second", f"{values['driver.second']:.0f} MiB"
    yield "images.worker", f"{values['worker'] / 1024:.1f} GiB"
    yield "images.start.first", f"{values['start.first']:.1f} s"
    yield "images.start.second", f"{values['start.second']:.2f} s".removeprefix("0")
    yield "images.step", f"{values['step']:.2f}"
    yield "images.study", f"{values['study']:.0f} s"
    yield "images.study.driver", f"{values['study.driver']:.0f} MiB"
    count = int(rows[PICTURES["start.first"]]["note"].partition(" ")[0].replace(",", ""))
    cores = evidence.document("benchmarks/benchmarks.json")["machines"]["images"]["processors"]
    each = values["start.first"] * cores / count  # seconds of one core
    hours = Large().train * each / 3600
    yield "images.count", f"{count:,}"
    yield "images.decoding", f"{1000 * each:.0f} ms"
    yield "images.imagenet", f"{hours:.1f} hours"
    yield "images.imagenet.16", f"{60 * hours / 16:.0f} minutes"


PICTURES = {
    "driver.first": "the driver's own memory, first start",
    "driver.second": "the driver's own memory, second start",
    "worker": "a worker's own memory",
    "start.first": "until the first training, first start",
    "start.second": "until the first training, second start",
    "step": "a training step, images in a file",
    "study": "a study through the command",
    "study.driver": "the driver's own memory, a whole study",
}


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
