"""What was found: data, fits, maps, scores, and the impact profile made of them.

Records with arrays are frozen dataclasses whose arrays are read-only. The impact profile
is plain values all through, so that ``profile.json`` holds all of it.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from functools import cached_property
from pathlib import Path
from typing import Annotated, Any, Literal

import numpy as np
from pydantic import Field

from cam_augment.plan import Frozen, Plan, Run

SCHEMA = 1
MAJORITY = 0.5
ALIKE = 0.9  # maps that correlate more under fresh weights do not look at the model

Verdict = Literal["adopt", "care", "no effect seen", "avoid"]
Number = float | None


def _freeze(record: Any) -> None:
    for each in fields(record):
        value = getattr(record, each.name)
        if isinstance(value, np.ndarray):
            value = value.view()
            value.setflags(write=False)
            object.__setattr__(record, each.name, value)


@dataclass(frozen=True, eq=False)
class Split:
    """Images with their labels, and masks of what matters in them where such exist.

    Attributes:
        images: float32 [image, row, column, channel] in 0..1.
        labels: int64 [image], each in 0..classes-1.
        masks: bool [image, row, column] or None; an all-False mask means "nothing marked".
    """

    images: np.ndarray
    labels: np.ndarray
    masks: np.ndarray | None = None

    def __post_init__(self):
        _freeze(self)

    def __len__(self) -> int:
        return len(self.labels)


@dataclass(frozen=True, eq=False)
class DataSet:
    """Four disjoint splits: learn from, choose by, look at (probe), and judge by (test).

    Attributes:
        notes: what the report warns of: pictures left out, near duplicates across splits.
            They are not part of the fingerprint.
        regions: fingerprint of what a person drew on the probe set.
        product: bool [probe image, row, column], where the product itself lies, or None; all
            False: not outlined. No part of the fingerprint: no fit and no map depends on it.
    """

    name: str
    classes: tuple[str, ...]
    train: Split
    validation: Split
    probe: Split
    test: Split
    notes: tuple[str, ...] = ()
    regions: str | None = None
    product: np.ndarray | None = None

    @cached_property
    def fingerprint(self) -> str:
        """32 hexadecimal digits of the SHA-256 of all splits, in order."""
        hasher = hashlib.sha256()
        for split in (self.train, self.validation, self.probe, self.test):
            for array in (split.images, split.labels, split.masks):
                if array is not None:
                    hasher.update(str((array.shape, array.dtype)).encode())
                    hasher.update(np.ascontiguousarray(array).data)
        return hasher.hexdigest()[:32]

    def marked(
        self, masks: np.ndarray | None = None, product: np.ndarray | None = None
    ) -> "DataSet":
        """Return these data with other masks, or another outline of the product, or both.

        Both are of the probe images, bool [image, row, column]; what is None stays as it is.
        The fingerprint stays that of the data as loaded: neither changes a fit nor a map, so
        what the store holds of these data is theirs too. ``regions`` tells them apart.
        """
        name, probe = hashlib.sha256(), self.probe
        if masks is not None:
            name.update(_bytes(masks))
            probe = Split(probe.images, probe.labels, masks)
        if product is not None:
            name.update(b"product" + _bytes(product))
        outline = self.product if product is None else product
        other = replace(self, probe=probe, product=outline, regions=name.hexdigest()[:32])
        other.__dict__["fingerprint"] = self.fingerprint
        return other


def _bytes(masks: np.ndarray) -> bytes:
    return str(masks.shape).encode() + np.packbits(masks).tobytes()


@dataclass(frozen=True, eq=False)
class Fit:
    """One trained model, as far as its answers go.

    Attributes:
        run: what was trained.
        test_logits: float32 [test image, class].
        probe_logits: float32 [probe image, class].
        history: float64 [epoch] by name: ``loss``, ``accuracy``, ``validation_loss``,
            ``validation_accuracy`` (loss in nats; accuracy in 0..1).
        seconds: wall time of the training.
        environment: package versions, machine and data fingerprint it was made with.
        model: the model as the bytes of a ``.keras`` file.
    """

    run: Run
    test_logits: np.ndarray
    probe_logits: np.ndarray
    history: Mapping[str, np.ndarray]
    seconds: float
    environment: Mapping[str, Any]
    model: bytes = field(repr=False, default=b"")

    def __post_init__(self):
        _freeze(self)


@dataclass(frozen=True, eq=False)
class Maps:
    """One model's class activation maps of the probe set, on the layer's native grid.

    Attributes:
        run: key of the run whose model was looked at.
        cam: the method, by its label in the plan.
        layer: name of the layer.
        values: float32 [image, row, column], not negative; all zero where degenerate.
    """

    run: str
    cam: str
    layer: str
    values: np.ndarray

    def __post_init__(self):
        _freeze(self)


@dataclass(frozen=True, eq=False)
class Scores:
    """One metric between the maps (or predictions) of all pairs of models.

    Attributes:
        metric: the metric's name.
        values: float32 [model, model, image], the metric as a distance (0 where two maps are
            equal), symmetric, zero on the diagonal; NaN where a map of the pair is degenerate.
        distance: float64 [model, model], its mean over images.
    """

    metric: str
    values: np.ndarray
    distance: np.ndarray

    def __post_init__(self):
        _freeze(self)


class Effect(Frozen):
    """What one question found for one strategy, against seed noise.

    Attributes:
        estimate, low, high: the effect and its confidence interval (level 1 - alpha).
        noise: what the same number is between or among baselines (the seeds' share).
        p: exact relabelling test, unadjusted; in a study in rounds, of what verdicts rest on,
            the sequential p. p_adjusted: corrected over strategies.
        smallest_p: the least p that this design can reach, unadjusted.
    """

    strategy: str
    question: str
    estimate: Number = None
    low: Number = None
    high: Number = None
    noise: Number = None
    p: Number = None
    p_adjusted: Number = None
    smallest_p: Number = None


class ClassGain(Frozen):
    """The change of recall in one class under one strategy (fractions)."""

    strategy: str
    name: str
    baseline: Number
    recall: Number
    gain: Number


class StrategyProfile(Frozen):
    """All that was found of one strategy.

    Attributes:
        floor, between, within: F, C and W of the excess shift 2C - F - W, on the
            primary metric's distance.
        worst_class, worst_class_gain, worst_class_p: the class that loses most, the change
            of its recall, and the max-statistic p over classes (corrected over strategies).
        smallest_gain: the least gain that this design finds with power .8.
        missed: classes whose marked regions attention does not follow in most images.
        beyond_noise: whether anything differs from the baselines beyond seed noise.
        group: number of the cluster of strategies with a similar profile, from 1.
        sentence: the verdict in one sentence, with its numbers.
    """

    strategy: str
    runs: int
    accuracy: Number
    macro_f1: Number
    floor: Number
    between: Number
    within: Number
    degenerate_share: Number
    worst_class: str | None = None
    worst_class_gain: Number = None
    worst_class_p: Number = None
    smallest_gain: Number = None
    missed: tuple[str, ...] = ()
    beyond_noise: bool | None = None
    group: int | None = None
    verdict: Verdict
    sentence: str


class Stop(Frozen):
    """Why a strategy of a study in rounds got no more models.

    Attributes:
        models: that it has. most: that the plan would have given it.
        round: the last in which it took part, from 1.
        reason: ``certain``: what its verdict rests on is beyond noise. ``unlikely``: what is
            not beyond noise would hardly come to be, with all models. ``budget``: others
            were nearer to an answer. ``all``: it has all models.
    """

    strategy: str
    models: int
    most: int
    round: int
    reason: Literal["certain", "unlikely", "budget", "all"]


class Correlation(Frozen):
    """Does one score foretell the gain, over strategies? The score ``mean`` is no score at all.

    Attributes:
        rho, p: Spearman's rank correlation with its permutation p (primary score: alone;
            others: corrected together by the max-statistic). low, high: its interval.
        q2, error: Q squared and mean absolute error (fraction of accuracy) of families of
            strategies left out, or of single strategies. q2_p: its permutation p.
        reliability: of the score, from halves of the models. ceiling: the largest
            correlation that such a score and such a gain can show.
        must_beat: whether it costs no more than the primary score and has to be beaten.
        against, against_p: the primary score's mean absolute error less this one's, and its
            p by changes of sign of whole families, corrected over those to be beaten (Holm).
    """

    score: str
    against: str = "gain"
    primary: bool
    strategies: int
    rho: Number
    low: Number
    high: Number
    p: Number
    q2: Number
    error: Number
    q2_p: Number = None
    reliability: Number = None
    ceiling: Number = None
    must_beat: bool = False
    against: Number = None
    against_p: Number = None


class Partial(Frozen):
    """What is left of a score's rank correlation with the gain, given other scores."""

    score: str
    given: tuple[str, ...]
    strategies: int
    rho: Number
    low: Number
    high: Number
    p: Number


class Foretelling(Frozen):
    """What scores against gain rests on, beside the correlations.

    Attributes:
        families: how many families of strategies were judged (a family: the same steps at
            any settings). by_family: whether whole families were left out, permuted and
            drawn; if not, single strategies.
        gain_reliability: of the gain, from halves of the models.
        predictors: predictor to strategy to its value, where it is defined.
        partials: what is left of the primary score.
    """

    families: int
    by_family: bool
    gain_reliability: Number = None
    predictors: dict[str, dict[str, float]] = Field(default_factory=dict)
    partials: tuple[Partial, ...] = ()


class Within(Frozen):
    """Inside one strategy: did the true class gain where attention moved?

    Attributes:
        images: probe images that count. probability_change: mean change of the true class'
            probability on the probe images, strategy less baseline.
        rho, p: rank correlation, within classes, of each image's excess shift with the
            change of its true class' probability; p by relabelling whole models.
        classes, rho_classes, p_classes: the same over the classes' means.
        p_adjusted, p_classes_adjusted: corrected over strategies.
    """

    strategy: str
    images: int
    probability_change: Number
    rho: Number
    p: Number
    p_adjusted: Number = None
    classes: int
    rho_classes: Number
    p_classes: Number
    p_classes_adjusted: Number = None


class Pointing(Frozen):
    """Does an arm's attention find what is marked in the images of a class?

    Attributes:
        images: of the class, with a mask. hit: share of maps whose strongest cell touches
            the image's mask. chance: the same with the masks of the class's other images.
        beyond, low, high: (hit - chance) / (1 - chance) with its interval over models and
            images: 0 is chance, 1 is always.
        place, there: the ninth of the image (0 top left, 8 bottom right, row by row) where
            strongest cells lie most often, and the share of them there.
    """

    arm: str
    name: str
    images: int
    hit: Number
    chance: Number
    beyond: Number
    low: Number
    high: Number
    place: int
    there: Number

    @property
    def missed(self) -> bool:
        """Whether attention does not follow the marks: the interval lies below one half.

        Where chance alone hits half of the maps, as with one region marked in all images,
        looking there and following it cannot be told apart, and nothing is said.
        """
        followed = self.high is None or self.high >= MAJORITY
        return not followed and self.chance < MAJORITY

    @property
    def where(self) -> str:
        """``place`` in words: ``top left``, ``centre``, ..."""
        row, column = divmod(self.place, 3)
        return ("top ", "", "bottom ")[row] + ("left", "centre", "right")[column]


class FocusIn(Frozen):
    """How a strategy changes focus in the images of one class, or of one size of what is marked.

    Attributes:
        question: the metric. by: what the images have in common. name: of the class, or
            ``small``, ``medium``, ``large``: thirds of the marked images by the mask's share.
        images: how many. least, most: the masks' shares of these images, 0..1.
        baseline, own: mean of the metric, baselines and strategy.
        estimate, low, high: own less baseline with its interval over models.
        p: exact relabelling test, corrected over the classes, or sizes, by the maximum.
        p_adjusted: corrected over strategies too.
    """

    strategy: str
    question: str
    by: Literal["class", "size"]
    name: str
    images: int
    least: float
    most: float
    baseline: Number
    own: Number
    estimate: Number = None
    low: Number = None
    high: Number = None
    p: Number = None
    p_adjusted: Number = None


class SplitNoise(Frozen):
    """With cross-validation: how much is due to the fold left out, how much to the seed.

    Attributes:
        folds: of the plan. models: of the study, all arms.
        seed, split: standard deviations of test accuracy (fraction) between models of one
            arm: of one fold, and what another fold adds; from their variance components.
        share, low, high: split's part of the variance, 0..1, with its interval.
        same_fold, other_fold: mean primary distance of two models of one arm, of the same
            and of different folds, over arms that have both.
        pairs: pairs of models of the same arm and fold.
    """

    folds: int
    models: int
    seed: Number
    split: Number
    share: Number
    low: Number
    high: Number
    same_fold: Number
    other_fold: Number
    pairs: int


class Checked(Frozen):
    """Would another look at the same models say the same of attention?

    Attributes:
        look: the check, as the plan names it. grid: of its maps.
        shift: strategy to the primary excess shift under this look.
        beyond: strategies whose shift is beyond seed noise under this look (corrected p).
        flips: strategies of which this look says another thing than the plan's own.
        kendall, low, high: tau-b of the strategies' order by shift under the two looks,
            with its interval over resampled probe images.
    """

    look: str
    grid: tuple[int, int]
    shift: dict[str, Number]
    beyond: tuple[str, ...]
    flips: tuple[str, ...]
    kendall: Number
    low: Number
    high: Number


class Estimate(Frozen):
    """A mean over models and images with its interval over both (level 1 - alpha)."""

    estimate: Number = None
    low: Number = None
    high: Number = None


class Removal(Frozen):
    """Deletion or insertion under one look, mean over the baselines' models and images.

    Attributes:
        score: order of the cells (``map``, ``centre``, ``random``) to the mean probability of
            the look's class over the steps, 0..1.
        against: ``centre``, ``random`` to the map's score less that order's, paired.
        better: those of them against which the map is better: the interval leaves out zero
            on the side below it in deletion, above it in insertion.
        curve: order to the mean probability after each step; low, high: the least and the
            greatest model's own mean.
    """

    score: dict[str, Number]
    against: dict[str, Estimate]
    better: tuple[str, ...]
    curve: dict[str, tuple[Number, ...]]
    low: dict[str, tuple[Number, ...]]
    high: dict[str, tuple[Number, ...]]


class Faithful(Frozen):
    """Are the baselines' maps under one look faithful to the models?

    Attributes:
        look: the method, or the check as the plan names it. own: whether it is the plan's own.
        targeted: whether the method speaks for a class.
        models, images: baselines, and images that count in one of them at least.
        deletion, insertion: covering, and showing, the highest cells first.
        alike: ``last``, ``all`` to the mean Pearson's r of a map with that under a last layer,
            under weights, drawn anew. alike_share: to the share of images that have it.
        chance: mean Pearson's r of the maps of different images.
    """

    look: str
    own: bool
    targeted: bool
    grid: tuple[int, int]
    models: int
    images: int
    deletion: Removal
    insertion: Removal
    alike: dict[str, Estimate]
    alike_share: dict[str, float]
    chance: Number


class ArmCost(Frozen):
    """What an arm's models cost per 1,000 parts of production, mean over its models.

    Attributes:
        cost: by the decisions of least expected cost; None where none could be fitted.
        cost_argmax: by plain decisions, for the likeliest class.
        mistakes, misses, false_alarms: parts of 1,000 that are decided wrongly; that are
            defects and called good; that are good and called a defect. By the decisions
            that ``cost`` is of, else by plain ones; ``_argmax``: by plain ones.
        temperature: median over its models.
    """

    arm: str
    cost: Number
    cost_argmax: Number
    mistakes: Number
    mistakes_argmax: Number
    misses: Number = None
    misses_argmax: Number = None
    false_alarms: Number = None
    false_alarms_argmax: Number = None
    temperature: Number = None


class ExpectedCosts(Frozen):
    """What mistakes cost, by the plan's costs and production mix.

    Attributes:
        fitted: whether models decide by least expected cost, fitted on validation images;
            else for the likeliest class.
        good: the class without a defect, where the plan names one.
        matrix: [true class][predicted class]. shares: class to its share of production.
        blind, blind_class: what 1,000 parts cost without a look at them, and the class that
            all are called then.
    """

    fitted: bool
    good: str | None
    matrix: tuple[tuple[float, ...], ...]
    shares: dict[str, float]
    blind: float
    blind_class: str
    arms: tuple[ArmCost, ...]


class Curve(Frozen):
    """Learning curves of one strategy, mean over its runs, per epoch, and their reading."""

    strategy: str
    loss: tuple[float, ...]
    validation_loss: tuple[float, ...]
    accuracy: tuple[float, ...]
    validation_accuracy: tuple[float, ...]
    best_epoch: int
    reading: str


class Probe(Frozen):
    """One probe image with the mean map of each arm, for the gallery.

    Attributes:
        image: PNG bytes as base64.
        maps: arm (``baseline`` and strategies) to [row][column] on the native grid; mean
            over runs of the maps divided by their sum.
        right: arm to the share of its runs that classify the image rightly.
        mask: [row][column] of 0 and 1 at the image's size, or None.
        why: it is shown: the typical image of its class, or one that models often misread.
    """

    index: int
    label: str
    image: str
    maps: dict[str, tuple[tuple[float, ...], ...]]
    right: dict[str, float]
    mask: tuple[tuple[int, ...], ...] | None = None
    why: Literal["typical", "misread"] = "typical"


class Missing(Frozen):
    """A run of the plan that has no answer, and why."""

    run: str
    strategy: str
    reason: str


class ImpactProfile(Frozen):
    """All that the report may read.

    Attributes:
        arms: ``baseline`` and the strategies' labels, in the plan's order.
        points: question to arm to one value per run (accuracy, macro_f1, entropy, ...).
        distance: mean primary distance between models, rows and columns in the order of
            ``models`` (arm of each row).
        chance: metric to its mean between maps of different images (chance level).
        validity: facts on the maps: layer, grid, degenerate share, images.
        split_noise: None without folds.
        faithful: of the plan's own look and of each check, where the models were asked.
        cost_correlations: as ``correlations``, against what strategies save.
        costs: None where the plan has none.
        rounds: why each strategy got no more models; empty where all came at once.
    """

    schema_version: int = SCHEMA
    plan: Plan
    classes: tuple[str, ...]
    arms: tuple[str, ...]
    strategies: tuple[StrategyProfile, ...]
    effects: tuple[Effect, ...]
    class_gains: tuple[ClassGain, ...]
    correlations: tuple[Correlation, ...]
    foretelling: Foretelling | None = None
    cost_correlations: tuple[Correlation, ...] = ()
    costs: ExpectedCosts | None = None
    rounds: tuple[Stop, ...] = ()
    within: tuple[Within, ...] = ()
    points: dict[str, dict[str, tuple[Number, ...]]]
    models: tuple[str, ...]
    distance: tuple[tuple[Number, ...], ...]
    linkage: tuple[tuple[float, float, float, float], ...]
    chance: dict[str, Number]
    validity: dict[str, Any]
    checks: tuple[Checked, ...] = ()
    pointing: tuple[Pointing, ...] = ()
    focus: tuple[FocusIn, ...] = ()
    split_noise: SplitNoise | None = None
    faithful: tuple[Faithful, ...] = ()
    curves: tuple[Curve, ...]
    confusion: dict[str, tuple[tuple[float, ...], ...]]
    probes: tuple[Probe, ...]
    missing: tuple[Missing, ...]
    warnings: tuple[str, ...] = ()
    provenance: Annotated[dict[str, Any], Field(default_factory=dict)]

    def effect(self, strategy: str, question: str) -> Effect:
        """Return the effect of ``strategy`` on ``question`` (empty where not measured)."""
        for effect in self.effects:
            if (effect.strategy, effect.question) == (strategy, question):
                return effect
        return Effect(strategy=strategy, question=question)

    def to_frame(self):
        """Return one row per strategy as a ``pandas.DataFrame``, as in ``profile.csv``."""
        from cam_augment.report.tables import profile_frame

        return profile_frame(self)

    def save(self, path: str | Path) -> None:
        """Write the profile as JSON."""
        Path(path).write_text(self.model_dump_json(indent=1), "utf-8")


def load_profile(path: str | Path) -> ImpactProfile:
    """Read a profile that ``save`` or a study wrote: a ``profile.json`` or its folder."""
    path = Path(path)
    path = path / "profile.json" if path.is_dir() else path
    return ImpactProfile.model_validate_json(path.read_text("utf-8"))
