"""What a search for a pipeline tried, and what it proposed."""

from typing import Literal

from cam_augment.plan import Frozen
from cam_augment.records.values import Number
from cam_augment.statistics.significance import Change, Gain, Shift

Phase = Literal["baseline", "screening", "growth", "final"]
Fate = Literal["pays", "open", "harmful"]
Source = Literal["screening", "growth", "policy"]


class Trial(Frozen):
    """One trained model of a search. score: on the validation images; None where it failed."""

    phase: Phase
    strategy: str
    seed: int
    score: Number


class Screened(Frozen):
    """What one strategy adds: half of its gain alone, half of what it adds beside a partner.

    Where no model carries it beside another one, its gain alone.

    Attributes:
        models: that carried it. estimate, low, high: what it adds, in the score's own unit, with
            the deciding interval. fate: ``pays``: its one-sided bound is above 0, and it is grown
            on; ``harmful``: it surely loses, and left after a half of the models; else ``open``.
        shift: how far it moves attention: the unbiased squared length of what it adds to
            standardised maps, the excess shift by Pearson's 1 - r. shift_p, shift_p_adjusted,
            shift_finding: of that, one-sided. All None where models have no maps.
    """

    strategy: str
    models: int
    estimate: Number
    low: Number
    high: Number
    p: Number
    p_adjusted: Number
    finding: Gain | None
    fate: Fate
    left_after: Literal[1, 2] | None = None
    shift: Number = None
    shift_p: Number = None
    shift_p_adjusted: Number = None
    shift_finding: Shift | None = None


class Interaction(Frozen):
    """What a pair gains beyond what its two strategies add.

    Attributes:
        estimate: by least squares. shrunken: by empirical Bayes. visible: the size that would be
            beyond noise with power .8.
    """

    first: str
    second: str
    models: int
    estimate: Number
    shrunken: Number
    p_adjusted: Number
    visible: Number
    finding: Change | None


class PairFit(Frozen):
    """Whether what strategies add explains their pairs: F, its degrees of freedom and p.

    Attributes:
        repeats: degrees of freedom of pure error from repeated pairs; the rest are baselines'.
        lacks: whether it does not; None where that cannot be tested.
    """

    ratio: Number
    df: Number
    pure_df: Number
    p: Number
    repeats: int
    lacks: bool | None


class Finalist(Frozen):
    """A pipeline that was repeated with fresh seeds: what it promises.

    Attributes:
        source: where it came from: ``policy`` is a fixed one. gain, low, high: of its repeats alone
            against the search's baselines, on the validation images.
    """

    strategy: str
    source: Source
    models: int
    gain: Number
    low: Number
    high: Number
    finding: Gain | None


class SearchResult(Frozen):
    """What a search tried and proposed; what was confirmed are the profile's effects.

    Attributes:
        score: the name of the deciding score. images: validation images that it is from.
        sampler: what grew the pipeline. baseline: mean score of the search's baselines.
        strategies: as screened. spread: standard deviation of all interactions.
        trials: every trained model, in the order in which they were asked for.
        finalists: pipelines and fixed policies that were repeated.
        proposal: of the finalists that surely gain, the one that promises most; None: none does.
        best_single: of the strategies by themselves, the one that adds most.
        probes: probe images by whose maps strategies were screened; None: by none.
    """

    score: str
    images: int
    sampler: Literal["tpe", "random"]
    baseline: Number
    strategies: tuple[Screened, ...]
    fit: PairFit
    spread: Number
    interactions: tuple[Interaction, ...]
    trials: tuple[Trial, ...]
    finalists: tuple[Finalist, ...]
    proposal: str | None
    best_single: str
    probes: int | None = None
