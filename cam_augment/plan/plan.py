"""The whole plan: which strategies, on which data and network, how often, and how judged."""

from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import (
    Field,
    ValidationError,
    ValidationInfo,
    field_validator,
    model_serializer,
    model_validator,
)

from cam_augment.base.errors import InputError, nearest
from cam_augment.plan.choices import BASELINE, GIVEN, Check, Choice, Frozen, Strategy
from cam_augment.plan.costs import Costs, parts_of
from cam_augment.plan.reading import changed, one_line, read_fields
from cam_augment.plan.runs import Recipe, Run
from cam_augment.registry import ARCHITECTURES, CAMS, DATASETS, METRICS

MAX_RUNS = 100_000
MAX_FOLDS = 20
LEAST_MODELS = 3
MOST_MODELS = 1000
FIRST_ROUND = 2  # models of each strategy: with one, nothing is known of how they differ
LEAST_FOR_ROUNDS = 6


class Plan(Frozen):
    """A study: which strategies, on which data and network, how often, and how judged."""

    name: Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$")] = "study"
    dataset: Choice = Field(default="mnist", validate_default=True)
    architecture: Choice = Field(default="small_cnn", validate_default=True)
    strategies: tuple[Strategy, ...] = Field(
        default=("identity", "rotation"), validate_default=True
    )
    baselines: Annotated[int, Field(ge=LEAST_MODELS, le=MOST_MODELS)] = 8
    seeds: Annotated[int, Field(ge=LEAST_MODELS, le=MOST_MODELS)] = 4
    first_seed: Annotated[int, Field(ge=0, le=10**9)] = 0
    folds: Annotated[int, Field(ge=2, le=MAX_FOLDS)] | None = None
    adaptive: bool = False
    budget: Annotated[int, Field(ge=1, le=MAX_RUNS)] | None = None
    recipe: Recipe = Field(default_factory=Recipe)
    cam: Choice = Field(default="gradcam", validate_default=True)
    cam_target: Literal["true", "predicted"] = "true"
    cam_layer: str | None = None
    checks: tuple[Check, ...] = ()
    probe_regions: str | None = None
    foretell: bool = False
    costs: Costs | None = None
    parts: dict[str, float] | None = None
    metrics: tuple[str, ...] = (
        "pearson",
        "spearman",
        "mad",
        "msd",
        "overlap",
        "wasserstein",
        "centroid_shift",
    )
    primary: str = "pearson"
    alpha: Annotated[float, Field(gt=0, lt=0.5)] = 0.05
    correction: Literal["holm", "bh"] = "holm"
    bootstrap: Annotated[int, Field(ge=100, le=1_000_000)] = 2000
    permutations: Annotated[int, Field(ge=1000, le=10_000_000)] = 200_000
    gallery: Annotated[int, Field(ge=0, le=500)] = 12

    @field_validator("dataset", "architecture", "cam", mode="before")
    @classmethod
    def _choice(cls, value: Any, info: ValidationInfo) -> Choice:
        registry = {"dataset": DATASETS, "architecture": ARCHITECTURES, "cam": CAMS}
        return Choice.parse(value, registry[info.field_name])

    @field_validator("strategies", mode="before")
    @classmethod
    def _strategies(cls, value: Any) -> tuple[Strategy, ...]:
        if isinstance(value, str):
            value = [value]
        if not isinstance(value, (list, tuple)) or not value:
            raise InputError(f"received {value!r}; expected a list of one strategy or more")
        if len(value) > MAX_RUNS:
            raise InputError(f"received {len(value)} strategies; at most {MAX_RUNS}")
        strategies = tuple(Strategy.parse(item) for item in value)
        labels = [strategy.label for strategy in strategies]
        _check_once(labels, "strategy")
        if BASELINE in labels:
            raise InputError("received 'baseline'; baselines are trained by themselves")
        return strategies

    @field_validator("checks", mode="before")
    @classmethod
    def _checks(cls, value: Any) -> tuple[Check, ...]:
        items = [value] if isinstance(value, (str, Mapping)) else value
        if not isinstance(items, (list, tuple)):
            raise InputError(f"received {value!r}; expected a list of checks")
        checks = tuple(Check.parse(item) for item in items)
        _check_once([check.label for check in checks], "check")
        return checks

    @field_validator("costs", mode="before")
    @classmethod
    def _costs(cls, value: Any) -> Costs | None:
        return None if value is None else Costs.parse(value)

    @field_validator("parts", mode="before")
    @classmethod
    def _parts(cls, value: Any) -> dict[str, float] | None:
        return None if value is None else parts_of(value)

    @field_validator("metrics", mode="after")
    @classmethod
    def _metrics(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for name in value:
            if METRICS[name].compares != "maps":
                raise InputError(f"metric '{name}' does not compare two stacks of maps")
        _check_once(value, "metric")
        return value

    @model_validator(mode="after")
    def _consistent(self) -> "Plan":
        elsewhere = {self.dataset.name == GIVEN, self.architecture.name == GIVEN}
        if elsewhere | {strategy.given is not None for strategy in self.strategies} == {
            True,
            False,
        }:
            raise InputError(
                f"'{GIVEN}' is what compare() calls its models; a plan cannot ask for it"
            )
        if self.primary not in self.metrics:
            raise InputError(
                f"primary: received '{self.primary}'; it must be one of the plan's metrics."
                f"{nearest(self.primary, self.metrics)}"
            )
        if self.size > MAX_RUNS:
            raise InputError(f"the plan asks for {self.size} runs; at most {MAX_RUNS}")
        if self.parts is not None and self.costs is None:
            raise InputError("parts: the mix of production weighs costs; this plan has no costs")
        self._check_folds()
        self._check_rounds()
        for strategy in self.strategies:
            self._run(strategy)
        return self

    def _check_folds(self) -> None:
        if self.folds is None:
            return
        if self.dataset.name == GIVEN:
            raise InputError("folds: compare() takes models as they were trained; leave it out")
        if self.baselines % self.folds or self.seeds % self.folds:
            nearest = (_multiple(n, self.folds) for n in (self.baselines, self.seeds))
            raise InputError(
                f"folds: received {self.folds} with baselines = {self.baselines} and seeds = "
                f"{self.seeds}; both must be multiples of {self.folds}, so that every arm has "
                "each fold equally often. Nearest: baselines = {}, seeds = {}".format(*nearest)
            )

    def _check_rounds(self) -> None:
        """Raise InputError for what a study in rounds cannot judge, or cannot begin."""
        if not self.adaptive:
            if self.budget is not None:
                raise InputError("budget: it bounds a study in rounds; this plan is not adaptive")
            return
        if self.dataset.name == GIVEN:
            raise InputError("adaptive: compare() takes models as they are; leave it out")
        for field in ("folds", "costs", "checks"):
            if getattr(self, field):
                raise InputError(
                    f"adaptive: received true beside {field}, whose tests take all models at "
                    "once; leave out one of the two"
                )
        if self.baselines < LEAST_FOR_ROUNDS:
            raise InputError(
                f"baselines: received {self.baselines}; a study in rounds knows the noise of "
                f"attention by {LEAST_FOR_ROUNDS} or more"
            )
        least = self.baselines + FIRST_ROUND * len(self.strategies)
        if self.budget is not None and self.budget < least:
            raise InputError(
                f"budget: received {self.budget}; the first round takes {least} models: "
                f"{self.baselines} baselines and {FIRST_ROUND} of each strategy"
            )

    @model_serializer(mode="plain")
    def _serialize(self) -> dict[str, Any]:
        return {
            **{name: getattr(self, name) for name in type(self).model_fields},
            "dataset": {"name": self.dataset.name, **self.dataset.settings},
            "architecture": {"name": self.architecture.name, **self.architecture.settings},
            "strategies": [strategy.written for strategy in self.strategies],
            "recipe": self.recipe.model_dump(),
            "cam": {"name": self.cam.name, **self.cam.settings},
            "checks": [check.written for check in self.checks],
            "costs": self.costs and self.costs.written,
            "metrics": list(self.metrics),
        }

    @property
    def look(self) -> list:
        """All that decides a model's maps but the model and the probe set."""
        version = CAMS[self.cam.name].version
        return [self.cam.model_dump(mode="json"), version, self.cam_target, self.cam_layer]

    def under(self, check: Check) -> "Plan":
        """Return this plan with a check's look in place of its own, and no further checks."""
        return self.model_copy(
            update={
                "cam": check.cam or self.cam,
                "cam_target": check.target or self.cam_target,
                "cam_layer": check.layer or self.cam_layer,
                "checks": (),
            }
        )

    @property
    def primary_question(self) -> str:
        """The question that decides on attention: the excess shift of the primary metric."""
        return f"excess_shift.{self.primary}"

    @property
    def size(self) -> int:
        """The number of models that the plan trains."""
        return self.baselines + self.seeds * len(self.strategies)

    def runs(self) -> list[Run]:
        """Return every run of the plan, baselines first."""
        arms = [(Strategy(), self.baselines), *((s, self.seeds) for s in self.strategies)]
        return [
            run.model_copy(update={"seed": seed, "fold": self.fold_of(seed)})
            for strategy, replicates in arms
            for run in [self._run(strategy)]
            for seed in range(self.first_seed, self.first_seed + replicates)
        ]

    def fold_of(self, seed: int) -> tuple[int, int] | None:
        """Return the fold of the runs with a seed, and of how many; None without folds.

        It follows from the seed alone, so plans with other first seeds share their runs;
        whole multiples of ``folds`` seeds in a row hold every fold equally often.
        """
        return None if self.folds is None else (seed % self.folds, self.folds)

    @property
    def blocks(self) -> list[int] | None:
        """The folds of a strategy's models, then of the baselines; None without folds."""
        if self.folds is None:
            return None
        seeds = (
            self.first_seed + n for count in (self.seeds, self.baselines) for n in range(count)
        )
        return [seed % self.folds for seed in seeds]

    def _run(self, strategy: Strategy) -> Run:
        """Return a strategy's first run: a control's network and recipe differ from the plan's."""
        architecture, recipe = self.architecture, self.recipe
        for field, value in strategy.changes.items():
            room, _, name = field.partition(".")
            if room == "recipe":
                recipe = Recipe(**recipe.model_dump() | {name: value})
                continue
            if name not in architecture.settings:
                raise InputError(
                    f"strategy '{strategy.label}' sets '{name}' of the network; "
                    f"'{architecture.name}' has no such setting"
                )
            settings = architecture.settings | {name: value}
            architecture = Choice(name=architecture.name, settings=settings)
        if recipe.frozen_epochs:
            _check_base(architecture, recipe)
        return Run(
            dataset=self.dataset,
            architecture=architecture,
            strategy=strategy,
            seed=self.first_seed,
            recipe=recipe,
        )

    @classmethod
    def read(cls, source: str | Path, **changes: Any) -> "Plan":
        """Read a plan from a TOML file, or a packaged one by name (``"quickstart"``).

        ``changes`` replace fields; a dotted name (``"recipe.epochs"``) reaches inside.

        Raises:
            InputError: no such file, no TOML, an unknown field or a refused value.
        """
        return cls.make(read_fields(source), changes, str(source))

    @classmethod
    def make(
        cls, fields: Mapping[str, Any], changes: Mapping[str, Any] = {}, source: str = "plan"
    ) -> "Plan":
        """Check ``fields``, with ``changes`` made to them, and return the plan.

        Raises:
            InputError: naming ``source`` or the option, the field, and what was received.
        """
        merged = changed(fields, changes, cls.model_fields)
        try:
            return cls(**merged)
        except ValidationError as error:
            raise InputError(one_line(error, source, changes, cls.model_fields)) from None
        except InputError as error:
            raise InputError(f"{source}: {error}") from None
        except RecursionError:
            raise InputError(f"{source}: nested too deep to be a plan") from None


def _check_once(names: Sequence[str], kind: str) -> None:
    """Raise InputError where a name is there twice."""
    name, times = next(iter(Counter(names).most_common(1)), ("", 0))
    if times > 1:
        raise InputError(f"received '{name}' twice; each {kind} is named once")


def _multiple(value: int, of: int) -> int:
    """Return the nearest multiple that is an allowed number of models, of two the larger."""
    least, most = -(-LEAST_MODELS // of), MOST_MODELS // of
    return of * min(max((2 * value + of) // (2 * of), least), most)


def _check_base(architecture: Choice, recipe: Recipe) -> None:
    """Raise InputError where a network has no base that could stay frozen."""
    if architecture.name == GIVEN:
        return
    if ARCHITECTURES[architecture.name].place("base", architecture.settings) is None:
        known = [entry.name for entry in ARCHITECTURES.values() if entry.has_base]
        raise InputError(
            f"recipe.frozen_epochs: received {recipe.frozen_epochs}; network "
            f"'{architecture.name}' names no base that could stay frozen. Those that do: "
            f"{', '.join(known)}"
        )
