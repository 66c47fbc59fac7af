"""What a study, or a search, will take and what it can show, before anything is trained."""

from dataclasses import dataclass
from typing import Literal, NamedTuple

from cam_augment.plan import Plan, Stage
from cam_augment.records.data import DataSet
from cam_augment.records.notices import Notice
from cam_augment.records.search import Phase


class SeedNoise(NamedTuple):
    """The standard deviation of the deciding score over seeds, and of how many models it is known.

    Attributes:
        models: baselines that are done; 0: it is a guess.
        room: what is left to gain above their mean; 1 where that is not known.
    """

    sd: float
    models: int
    room: float = 1.0


class ArmRuns(NamedTuple):
    """The runs of an arm by seed: those that are done, and those of its first stage to do."""

    label: str
    done: tuple[int, ...]
    missing: tuple[int, ...]


class Duration(NamedTuple):
    """How long the trainings that are missing take.

    Attributes:
        least, most: minutes, of the first stage alone and of all that the plan allows.
        seconds: of a model. measured: whether on runs that are done; else it is a rough guess.
    """

    least: float
    most: float
    workers: int
    seconds: float
    measured: bool


class Reach(NamedTuple):
    """The least gain that a stage finds with power .8, a fraction of the deciding score."""

    stage: Stage
    gain: float


class Part(NamedTuple):
    """Models of one part of a search.

    Attributes:
        least, most: how many it takes. done: of these; None where only the search tells which
            models they are.
    """

    name: Phase | Literal["confirmation"]
    least: int
    most: int
    done: int | None


@dataclass(frozen=True, eq=False)
class SearchForecast:
    """What is known of a search before it begins.

    Attributes:
        strategies: labels of those that a pipeline may have. parts: in their order.
        to_ask: models of the screening that are trained, and to be asked more.
    """

    plan: Plan
    data: DataSet
    strategies: tuple[str, ...]
    parts: tuple[Part, ...]
    to_ask: int
    duration: Duration


@dataclass(frozen=True, eq=False)
class Forecast:
    """What is known of a study before it begins.

    Attributes:
        models: how many it takes at least, and at most. done: of these. to_ask: trained, and to
            be asked more.
        smallest_p, corrected_p: the least p of one strategy, and what a correction leaves of it.
        noise: None where costs decide: what theirs is, only their study tells.
        reaches: of every stage; none where the noise is not known, or is nothing.
        notices: what to heed in the data.
    """

    plan: Plan
    data: DataSet
    models: tuple[int, int]
    done: int
    to_ask: int
    arms: tuple[ArmRuns, ...]
    duration: Duration
    smallest_p: float
    corrected_p: float
    noise: SeedNoise | None
    reaches: tuple[Reach, ...]
    notices: tuple[Notice, ...]

    @property
    def least_gain(self) -> float | None:
        """The least gain that some stage finds; None where it is not known."""
        return min((reach.gain for reach in self.reaches), default=None)

    @property
    def decides(self) -> bool:
        """Whether the design can decide on a gain: whether so large a one is left to gain."""
        return self.noise is None or self.least_gain is None or self.least_gain < self.noise.room
