"""What a verdict rests on: effects, the class that loses most, and missed classes."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from cam_augment.records.attention import Pointing
from cam_augment.records.effects import Effect
from cam_augment.statistics.significance import Finding, Loss, is_beyond_noise

RARE = 0.5  # times the share that each class has where all are equally frequent


def is_rare(share: float, classes: int) -> bool:
    """Return whether a class has less than half of an even share of the images.

    Args:
        share: of the images that are of the class, 0..1. classes: their number.

    >>> is_rare(0.04, 10), is_rare(0.06, 10)
    (True, False)
    """
    return bool(share < RARE / classes)


@dataclass(frozen=True)
class WorstClass:
    """The class that loses most under a strategy.

    Attributes:
        gain: change of its recall (a fraction). p: corrected over classes and strategies.
        finding: whether it loses beyond noise; None where that was not tested.
        share: of the test images that are of this class, 0..1. rare: see ``is_rare``.
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
        gain, shift, spread, focus: effects; one without an estimate was not measured.
        worst: the class that loses most.
        smallest_gain: the least gain (a fraction) that the design finds with a power of 0.8.
        missed: classes whose marked regions attention misses in most images.
        saving: the effect on cost; None where the plan has no costs.
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
        """Return the evidence for the verdict on one strategy.

        Args:
            effects, pointings: of all arms. primary: the question that decides on attention.
        """
        by_question = {e.question: e for e in effects if e.strategy == strategy}
        nothing = Effect(strategy=strategy, question="")
        return cls(
            gain=by_question["gain"],
            shift=by_question.get(primary, nothing),
            spread=by_question.get("spread", nothing),
            focus=by_question.get("focus", nothing),
            worst=worst,
            smallest_gain=smallest_gain,
            missed=missed_classes(pointings, strategy),
            saving=by_question.get("gain_cost"),
        )

    @property
    def findings(self) -> "Findings":
        """The codes of what it shows."""
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
    """What a verdict rests on, as codes; its rules see nothing else. None: not tested.

    Attributes:
        gain: of accuracy. shift: the primary excess shift. focus: on what is marked.
        worst: the class that loses most. saving: of cost.
        missed: whether attention misses the marked regions of some class in most images.
    """

    gain: Finding | None = None
    shift: Finding | None = None
    focus: Finding | None = None
    worst: Loss | None = None
    saving: Finding | None = None
    missed: bool = False

    @property
    def beyond_noise(self) -> bool:
        """Whether anything differs from the baselines beyond noise."""
        codes = (self.gain, self.shift, self.focus, self.worst, self.saving)
        return any(map(is_beyond_noise, codes))


def missed_classes(pointings: Iterable[Pointing], arm: str) -> tuple[Pointing, ...]:
    """Return the classes whose marked regions an arm, beyond doubt, misses in most images."""
    return tuple(pointing for pointing in pointings if pointing.arm == arm and pointing.missed)
