"""What a verdict rests on: effects, the class that loses most, the classes that are missed."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from cam_augment.records.attention import Pointing
from cam_augment.records.effects import Effect
from cam_augment.statistics.significance import Change, Gain, Loss, Shift, is_beyond_noise

RARE = 0.5  # of an even share of the test images


def rare(share: float, classes: int) -> bool:
    """Whether a class has less than half of what an even set would hold of it.

    >>> rare(0.04, 10), rare(0.06, 10)
    (True, False)
    """
    return bool(share < RARE / classes)


@dataclass(frozen=True)
class WorstClass:
    """The class that loses most under a strategy; p over classes and over strategies.

    Attributes:
        gain: change of its recall (a fraction). finding: whether it loses beyond noise.
        share: of the test images that are of this class; rare: whether that is less than
            half of what an even set would hold.
    """

    name: str
    gain: float
    p: float | None
    finding: Loss | None = None
    share: float | None = None
    rare: bool = False


@dataclass(frozen=True)
class Evidence:
    """What a verdict rests on, with its numbers.

    Attributes:
        gain, shift, spread, focus: effects; an empty one was not measured.
        worst: the class that loses most. smallest_gain: what the design can see.
        missed: classes whose marked regions attention does not follow in most images.
        saving: of cost; None where the plan has no costs.
    """

    gain: Effect
    shift: Effect
    spread: Effect
    focus: Effect
    worst: WorstClass | None
    smallest_gain: float | None
    missed: Sequence[Pointing] = ()
    saving: Effect | None = None

    @classmethod
    def of(
        cls,
        strategy: str,
        effects: Iterable[Effect],
        primary: str,
        worst: WorstClass | None,
        smallest_gain: float | None,
        pointings: Iterable[Pointing],
    ) -> "Evidence":
        """Return what the verdict on a strategy rests on, of all that was found.

        Args:
            effects, pointings: of all arms. primary: the question that decides on attention.
        """
        own = {effect.question: effect for effect in effects if effect.strategy == strategy}
        nothing = Effect(strategy=strategy, question="")
        return cls(
            gain=own["gain"],
            shift=own.get(primary, nothing),
            spread=own.get("spread", nothing),
            focus=own.get("focus", nothing),
            worst=worst,
            smallest_gain=smallest_gain,
            missed=missed(pointings, strategy),
            saving=own.get("gain_cost"),
        )

    @property
    def findings(self) -> "Findings":
        """What it shows, as codes."""
        return Findings(
            gain=self.gain.finding,
            shift=self.shift.finding,
            focus=self.focus.finding,
            worst=self.worst.finding if self.worst else None,
            saving=self.saving.finding if self.saving else None,
            missed=bool(self.missed),
        )


@dataclass(frozen=True)
class Findings:
    """What a verdict rests on as codes, which is all that its rules look at; None: not tested.

    Attributes:
        gain: in accuracy. shift: the primary excess shift. focus: on what is marked.
        worst: the class that loses most. saving: of cost.
        missed: whether attention does not follow the marked regions of some class.
    """

    gain: Gain | None = None
    shift: Shift | None = None
    focus: Change | None = None
    worst: Loss | None = None
    saving: Gain | None = None
    missed: bool = False

    @property
    def beyond_noise(self) -> bool:
        """Whether anything differs from the baselines beyond noise."""
        codes = (self.gain, self.shift, self.focus, self.worst, self.saving)
        return any(map(is_beyond_noise, codes))


def missed(pointings: Iterable[Pointing], arm: str) -> tuple[Pointing, ...]:
    """Return the classes whose marked regions an arm misses in most images, beyond doubt."""
    return tuple(each for each in pointings if each.arm == arm and each.missed)
