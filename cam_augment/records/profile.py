"""The impact profile: all that a report may read, as plain values."""

from collections.abc import Sequence
from functools import cached_property
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import Field, JsonValue, ValidationError

from cam_augment.base.errors import InputError
from cam_augment.plan import Frozen, Plan
from cam_augment.reading.files import read_json
from cam_augment.records import frame
from cam_augment.records.attention import CheckResult, FocusIn, Pointing, SplitNoise
from cam_augment.records.concepts import Concepts
from cam_augment.records.costs import ExpectedCosts
from cam_augment.records.effects import ClassGain, Effect, Stop, StrategyProfile
from cam_augment.records.errors import ErrorCurves
from cam_augment.records.faithfulness import Faithfulness
from cam_augment.records.league import League
from cam_augment.records.migration import SCHEMA, migrate
from cam_augment.records.notes import Note
from cam_augment.records.notices import Notice
from cam_augment.records.pictures import MeanMap, Turned
from cam_augment.records.predictors import Correlation, GainPrediction, WithinStrategy
from cam_augment.records.reliability import ReliabilityCurve
from cam_augment.records.robustness import Robustness
from cam_augment.records.search import SearchResult
from cam_augment.records.steadiness import Steadiness
from cam_augment.records.values import Number

if TYPE_CHECKING:
    import pandas as pd

_MOST_BYTES = 2**28


class Curve(Frozen):
    """Learning curves of one strategy, mean over its runs, one value per epoch.

    Attributes:
        loss, validation_loss: in nats. accuracy, validation_accuracy: fractions.
        best_epoch: the epoch of the least validation loss, from 1.
        reading: ``overfits``: the validation loss rises after the best epoch. ``falling``: the
            last epoch is the best. ``level``: neither.
    """

    strategy: str
    loss: tuple[float, ...]
    validation_loss: tuple[float, ...]
    accuracy: tuple[float, ...]
    validation_accuracy: tuple[float, ...]
    best_epoch: int
    reading: Literal["overfits", "falling", "level"]


class Probe(Frozen):
    """One probe image with the mean map of each arm, for the gallery.

    Attributes:
        image: PNG bytes as base64.
        maps: arm (``baseline`` and strategies) to [row][column] on the native grid: each map
            divided by its sum, then the mean over runs.
        right: arm to the share of its runs that classify the image correctly, 0..1.
        mask: [row][column] of 0 and 1 at the image's size, or None.
        why: reason to show it: ``typical`` of its class, or often ``misread``.
        picture: of a tile its picture, and row and column in it; None of other images.
    """

    index: int
    label: str
    image: str
    maps: dict[str, tuple[tuple[float, ...], ...]]
    right: dict[str, float]
    mask: tuple[tuple[int, ...], ...] | None = None
    why: Literal["typical", "misread"] = "typical"
    picture: str | None = None


class MissingRun(Frozen):
    """A run of the plan without an answer, and the reason."""

    run: str
    strategy: str
    reason: Notice


class ImpactProfile(Frozen):
    """All that the report may read.

    Attributes:
        arms: ``baseline`` and the strategies' labels, in the plan's order.
        points: question to arm to one value per run (accuracy, macro_f1, entropy, ...).
        models: the arm of each model.
        distance: ``[model][model]``, mean primary distance, in the order of ``models``.
        linkage: tree of strategies with similar profiles, as of ``scipy.cluster.hierarchy``.
        chance: metric to its mean between maps of different images (chance level).
        validity: facts on the maps: layer, grid, degenerate share, images.
        league: None where fewer than two strategies can be compared, and in profiles made
            before there was one. split_noise: None without folds.
        faithful: of the plan's own look and of each check, where the models were asked.
        answers: kind of question to its summary (``Question.summarise``), for questions that
            have no field here.
        cost_correlations: as ``correlations``, with what strategies save instead of the gain.
        costs: None where the plan has none.
        errors: misses against false alarms; None where no class is known to be the good one, and
            in profiles made before there were such curves.
        mean_maps: where each arm looks on average, all probe images first, then class by class.
        turned: probe images that strategies read otherwise than the baselines do.
        notes: what a person wrote on maps of the gallery.
        stages: why each strategy got no more models, in the order in which they stopped; empty
            where the plan has one stage.
        reliability: whether arms are as often right as they are sure, the baselines first.
        robustness, concepts: None where the plan does not ask for it.
        steadiness: from frame to frame; None where data have no sequences.
        search: what proposed the strategies; None where no search did.
        confusion: arm to ``[true class][predicted class]``, test images, mean over its models.
        finite_test_share: of the seed variance of accuracy, that of a finite number of test
            images, 0..1; None where models do not vary, and in profiles made before it was known.
        test_groups: groups of test images that count together, as exposures of one part; None:
            each image counts by itself.
    """

    schema_version: Literal[5] = SCHEMA
    plan: Plan
    classes: tuple[str, ...]
    arms: tuple[str, ...]
    strategies: tuple[StrategyProfile, ...]
    effects: tuple[Effect, ...]
    class_gains: tuple[ClassGain, ...]
    league: League | None = None
    correlations: tuple[Correlation, ...]
    gain_prediction: GainPrediction | None = None
    cost_correlations: tuple[Correlation, ...] = ()
    costs: ExpectedCosts | None = None
    errors: ErrorCurves | None = None
    stages: tuple[Stop, ...] = ()
    within: tuple[WithinStrategy, ...] = ()
    points: dict[str, dict[str, tuple[Number, ...]]]
    models: tuple[str, ...]
    distance: tuple[tuple[Number, ...], ...]
    linkage: tuple[tuple[float, float, float, float], ...]
    chance: dict[str, Number]
    validity: dict[str, Any]
    checks: tuple[CheckResult, ...] = ()
    pointing: tuple[Pointing, ...] = ()
    focus: tuple[FocusIn, ...] = ()
    split_noise: SplitNoise | None = None
    faithful: tuple[Faithfulness, ...] = ()
    answers: dict[str, JsonValue] = Field(default_factory=dict)
    curves: tuple[Curve, ...]
    reliability: tuple[ReliabilityCurve, ...] = ()
    robustness: Robustness | None = None
    steadiness: Steadiness | None = None
    concepts: Concepts | None = None
    search: SearchResult | None = None
    confusion: dict[str, tuple[tuple[float, ...], ...]]
    finite_test_share: Number = None
    test_groups: int | None = None
    probes: tuple[Probe, ...]
    mean_maps: tuple[MeanMap, ...] = ()
    turned: tuple[Turned, ...] = ()
    notes: tuple[Note, ...] = ()
    missing: tuple[MissingRun, ...]
    warnings: tuple[Notice, ...] = ()
    provenance: Annotated[dict[str, Any], Field(default_factory=dict)]

    @property
    def has_old_verdicts(self) -> bool:
        """Whether its verdicts are by the rules before margins."""
        return any(strategy.verdict is None for strategy in self.strategies)

    def effect(self, strategy: str, question: str) -> Effect:
        """Return a strategy's effect on one question, without numbers where it was not measured."""
        nothing = Effect(strategy=strategy, question=question)
        return self._effects.get((strategy, question), nothing)

    @cached_property
    def _effects(self) -> dict[tuple[str, str], Effect]:
        return {(effect.strategy, effect.question): effect for effect in self.effects}

    def to_frame(self) -> "pd.DataFrame":
        """Return one row per strategy, in the plan's order, with the columns of ``profile.csv``.

        Gains are fractions of accuracy; a missing value is NaN.
        """
        import pandas as pd

        return pd.DataFrame(frame.rows(self), columns=list(frame.COLUMNS))

    def _repr_html_(self) -> str:
        """The strategies with their verdicts, as a notebook shows them."""
        # The report is above this room; a profile that is shown should be readable all the same.
        return import_module("cam_augment.report").notebook(self)

    def save(self, path: str | Path) -> None:
        """Write the profile as JSON."""
        Path(path).write_text(self.model_dump_json(indent=1), "utf-8")


def load_profile(path: str | Path) -> ImpactProfile:
    """Read a profile that ``save`` or a study wrote.

    A profile of an older schema is migrated; its numbers stay.

    Args:
        path: a ``profile.json``, or the folder that it is in.

    Raises:
        InputError: there is no such file, it is not a profile, or it has a schema that this
            version does not know.
    """
    path = Path(path)
    path = path / "profile.json" if path.is_dir() else path
    content = read_json(path, _MOST_BYTES, f"'{path}'")
    try:
        profile = ImpactProfile.model_validate(migrate(content))
        _check_sizes(profile)
        return profile
    except InputError as error:
        raise InputError(f"'{path}': {error}") from None
    except ValidationError as error:
        raise InputError(f"'{path}' is not an impact profile: {_first(error)}") from None
    except RecursionError:
        raise InputError(f"'{path}' is not an impact profile: nested too deep") from None


def _check_sizes(profile: ImpactProfile) -> None:
    """Raise InputError where a list has not one entry for each of what it is about."""
    tables = {f"confusion.{arm}": (matrix, profile.classes, "classes")
              for arm, matrix in profile.confusion.items()}  # fmt: skip
    distance: Sequence[Sequence[Any]] = profile.distance
    for field, (rows, about, name) in {
        "distance": (distance, profile.models, "models"), **tables
    }.items():  # fmt: skip
        sizes = {len(rows), *map(len, rows)}
        if sizes - {len(about)}:
            raise InputError(
                f"not an impact profile: {field}: received a table of {len(rows)} rows"
                f"{f' of {len(rows[0])}' if rows else ''}; {name} are {len(about)}"
            )


def _first(error: ValidationError) -> str:
    """Return the first mistake, with its place."""
    mistake = error.errors(include_url=False, include_context=False)[0]
    return f"{'.'.join(map(str, mistake['loc']))}: {mistake['msg']}"
