"""What is claimed of a strategy, and the verdict that follows: codes and numbers, no words."""

from dataclasses import dataclass
from typing import Literal

from cam_augment.records.notices import Notice
from cam_augment.statistics.significance import Gain

Verdict = Literal[
    "adopt",
    "trade-off",
    "undecided",
    "no gain worth having",
    "avoid",
    "quiet",
    "not quiet",
]


@dataclass(frozen=True)
class Claims:
    """What is known of one strategy; each claim stays true as models are added.

    Attributes:
        gain: in the deciding score. equivalent: it lies between the margins. no_gain: its
            upper bound lies below the margin.
        surely, may, unseen: classes that surely lose more than their margin, that may, and
            whose loss the design would not find.
        cost: savings; None where the plan has no costs, or cost is the deciding score.
        leaves: whether focus falls by more than its margin. missed: classes whose marks
            attention misses. maps_valid: whether the maps pass their own check; where they do
            not, what they show decides nothing.
        control: whether the strategy cannot have an effect.
        leaks: share of the test images that a model learned from, 0..1.
        models: of the smaller arm. control_p: least p of a control's gain.
        early: whether the best epoch lies in the first half of training.
    """

    gain: Gain | None = None
    equivalent: bool = False
    no_gain: bool = False
    surely: tuple[str, ...] = ()
    may: tuple[str, ...] = ()
    unseen: tuple[str, ...] = ()
    cost: Gain | None = None
    leaves: bool = False
    missed: tuple[str, ...] = ()
    maps_valid: bool = True
    control: bool = False
    leaks: float = 0.0
    models: int = 3
    control_p: float | None = None
    early: bool = False


@dataclass(frozen=True)
class Judgement:
    """A verdict with what it rests on.

    Attributes:
        verdict: of a control, quiet or not quiet. rule: code of the rule that matched.
        reasons: what speaks for it. notes: what a reader must know beside it.
    """

    verdict: Verdict
    rule: str
    reasons: tuple[Notice, ...]
    notes: tuple[Notice, ...] = ()


@dataclass(frozen=True)
class Outlook:
    """What would decide about an undecided strategy.

    Attributes:
        models: that it has. more_models: that would decide about its gain, inf where test
            images are short. class_models: likewise about a class that may lose.
        images: test images, all or of the class named. more_images: of all that would leave
            models enough; class_images: class that images are short of to
            (images now, images that would show a loss, or decide about one).
    """

    models: int
    more_models: float
    class_models: float
    images: int
    more_images: int
    class_images: dict[str, tuple[int, int]]
