"""Are verdicts true, and would a second study say otherwise? Studies drawn in known worlds.

Every study is judged by the statistics and rules of the package (``judged``). Held against
what is true: are decided verdicts right, as claims? How many are left undecided? What does a
second study, of the same test images, say? And how often is something claimed of nothing?
"""

from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np

from benchmarks.truth.alarms import clopper_pearson
from benchmarks.truth.judged import ALPHA, CLASS, GAIN, Design, gone_through
from benchmarks.truth.worlds import SHOWN, Drawn, World, draw, names, world
from cam_augment.statistics import adjust, design, relabellings
from cam_augment.statistics.significance import are_significant

PAIRS, NULLS = 2_000, 4_000
QUICK_PAIRS, QUICK_NULLS = 30, 60
ROUNDING = 1e-12


@dataclass(frozen=True)
class Verdicts:
    """How verdicts of one design in one world fare.

    Attributes:
        studies: pairs. models: mean of a study. undecided: share of verdicts. right: share of
            decided verdicts that are true as claims, where that is known; unknown: share of
            decided verdicts where it is not. below: share of the adopted strategies that truly
            gain less than the margin, where that is known. Of the pairs of verdicts on one
            strategy by the two studies of a pair, undecided ones too, against: share in which one
            adopts and the other decides otherwise; apart: that decide differently; alike: of the
            same verdict. counts: of each verdict.
    """

    world: str
    design: str
    images: int
    studies: int
    models: float
    undecided: float
    right: float
    below: float
    against: float
    apart: float
    alike: float
    counts: dict[str, int]
    unknown: float = 0.0


class Truth(NamedTuple):
    """What is true of strategies, as far as it is known: lower and upper limits, equal in a world.

    Attributes:
        gain: float [..., strategy]. worst: the loss of the class that loses most.
    """

    gain: tuple[np.ndarray, np.ndarray]
    worst: tuple[np.ndarray, np.ndarray]


def truth_of(world: World) -> Truth:
    """Return what is true in a world, of the strategies."""
    gain, worst = world.gain[1:], -world.effect[1:].min(axis=1)
    return Truth((gain, gain), (worst, worst))


def held_true(truth: Truth, verdicts: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return whether verdicts [study, strategy] are true as claims, and whether that is known.

    It is known where all that may be true says the same. Undecided claims nothing.
    """
    corners = np.stack([_true(g, w, verdicts) for g in truth.gain for w in truth.worst])
    always, never = np.all(corners, axis=0), ~np.any(corners, axis=0)
    return np.asarray(always), np.asarray(always | never)


def _true(gain: np.ndarray, worst: np.ndarray, verdicts: np.ndarray) -> np.ndarray:
    claims = {
        "adopt": (gain > 0) & (worst <= CLASS),
        "trade-off": (gain > 0) & (worst > CLASS),
        "avoid": (gain < 0) | (worst > CLASS),
        "no gain worth having": gain < GAIN,
        "undecided": np.ones(gain.shape, bool),
    }
    return sum((verdicts == name) & claim for name, claim in claims.items()).astype(bool)


def adopted_below(truth: Truth, verdicts: np.ndarray) -> tuple[int, int]:
    """Return how many adopted strategies truly gain less than the margin, and of how many known."""
    least, most = (np.broadcast_to(gain, verdicts.shape) for gain in truth.gain)
    below, above = most < GAIN, least >= GAIN
    adopted = verdicts == "adopt"
    return int((adopted & below).sum()), int((adopted & (below | above)).sum())


def pairs(name: str, world: World, scheme: Design, studies: int, seed: int = 0) -> Verdicts:
    """Draw pairs of studies of the same test images, and hold them against the truth."""
    rng = np.random.default_rng(seed)
    moved = rng.standard_normal((studies, len(world.arms)))
    one, two = (draw(world, studies, *scheme.most, scheme.images, rng, moved) for _ in range(2))
    return compared(name, scheme, (one, two), truth_of(world))


def compared(name: str, scheme: Design, drawn: tuple[Drawn, Drawn], truth: Truth) -> Verdicts:
    """Judge pairs of studies, and hold them against each other and against what is true."""
    ends = [gone_through(studies, scheme) for studies in drawn]
    one, two = (end.verdict for end in ends)
    both = np.concatenate([one, two])
    decided = both != "undecided"
    true, sure = (
        np.concatenate(pair)
        for pair in zip(held_true(truth, one), held_true(truth, two), strict=True)
    )
    below, adopted = np.sum([adopted_below(truth, verdicts) for verdicts in (one, two)], axis=0)
    known = (one != "undecided") & (two != "undecided")
    adopts = (one == "adopt") ^ (two == "adopt")
    models = [end.baselines + end.models.sum(axis=1) + scheme.stages[0][0] for end in ends]
    return Verdicts(
        world=name,
        design=scheme.name,
        images=scheme.images,
        studies=len(one),
        models=float(np.mean(models)),
        undecided=float(np.mean(~decided)),
        right=float(true[decided & sure].mean()),
        unknown=float(np.mean(~sure[decided])),
        below=float(below / max(adopted, 1)),
        against=float(np.mean(known & adopts)),
        apart=float(np.mean(known & (one != two))),
        alike=float(np.mean(one == two)),
        counts={verdict: int((both == verdict).sum()) for verdict in sorted(set(both.ravel()))},
    )


@dataclass(frozen=True)
class Alarms:
    """How many studies of nothing claim something of one strategy at least.

    Attributes:
        question: gain, class at its margin, or gain, relabelled.
        low, high: exact binomial interval of the share, 95 %.
    """

    world: str
    design: str
    question: str
    studies: int
    alarms: int
    low: float
    high: float

    @property
    def share(self) -> float:
        return self.alarms / self.studies


def alarms(name: str, world: World, scheme: Design, studies: int, seed: int = 1) -> list[Alarms]:
    """Draw studies of nothing, and count what they claim at any stage.

    *class at its margin*: half of the classes lose exactly their margin, where a false claim
    is likeliest, and the others gain as much. *gain, relabelled*: by the exact test of the
    first stage's models, which supposes that arms are alike in variance too.
    """
    rng = np.random.default_rng(seed)
    nothing, lossy = (
        draw(truth, studies, *scheme.most, scheme.images, rng)
        for truth in (world.nothing, at_margin(world))
    )
    return claimed_of_nothing(name, scheme, nothing, lossy)


def claimed_of_nothing(name: str, scheme: Design, nothing: Drawn, lossy: Drawn) -> list[Alarms]:
    """Count what studies claim of nothing, and of classes at their margin; see ``alarms``."""
    studies = len(nothing.baselines)
    claimed = {
        "gain": gone_through(nothing, scheme).gain != 0,
        "class at its margin": gone_through(lossy, scheme).loses.any(axis=2),
    }
    if len(scheme.stages) == 1:
        claimed["gain, relabelled"] = are_significant(adjust(relabelled(nothing), "holm"), ALPHA)
    counts = {question: int(flags.any(axis=1).sum()) for question, flags in claimed.items()}
    return [
        Alarms(name, scheme.name, question, studies, count, *clopper_pearson(count, studies))
        for question, count in counts.items()
    ]


def relabelled(drawn: Drawn) -> np.ndarray:
    """Return p of every gain by relabelling whole models [study, strategy], as the exact test."""
    base = drawn.baselines.mean(axis=1)
    models, baselines = drawn.arms.shape[-1], base.shape[1]
    layout, labels = design(models, baselines), relabellings(models, baselines)
    p = []
    for strategy in range(1, drawn.arms.shape[1]):
        values = np.concatenate([drawn.arms[:, strategy].mean(axis=1), base], axis=1)
        sizes = np.abs(layout.differences((values - values.mean(axis=1, keepdims=True)).T, labels))
        p.append((sizes >= sizes[0] - ROUNDING).mean(axis=0))
    return np.stack(p, axis=1)


def at_margin(world: World) -> World:
    """Return a world in which every second class loses its margin, and the others gain it."""
    classes = world.effect.shape[1]
    signs = np.where(np.arange(classes) % 2, CLASS, -CLASS)
    return replace(world.nothing, effect=np.tile(signs, (len(world.arms), 1)))


DESIGNS = (
    Design(((4, 8),), 2_500),
    Design(((4, 8),), 3_750),
    Design(((4, 8),), 10_000),
    Design(((5, 10),), 3_750),
    Design(((4, 8), (6, 12)), 3_750),
    Design(((4, 8), (6, 12), (8, 16)), 3_750),
)
ONE, DEFAULT = DESIGNS[1], DESIGNS[4]


def measured(quick: bool = False) -> tuple[list[Verdicts], list[Alarms]]:
    """Return verdicts by design in the world shown, by world for the default, and alarms."""
    studies, nulls = (QUICK_PAIRS, QUICK_NULLS) if quick else (PAIRS, NULLS)
    schemes = [(SHOWN, scheme) for scheme in DESIGNS]
    schemes += [(name, DEFAULT) for name in names() if name != SHOWN]
    verdicts = [pairs(name, world(name), scheme, studies) for name, scheme in schemes]
    claims = [
        alarm
        for scheme in (ONE, DEFAULT)
        for name in names()
        for alarm in alarms(name, world(name), scheme, nulls)
    ]
    return verdicts, claims
