"""What will be done: a plan is a set of questions, read from TOML and checked at once.

``Plan`` says what to study; ``Plan.runs()`` says which models that takes; ``Run`` is all
that decides a model's weights and nothing else, and its ``key`` names the answer.
"""

import hashlib
import json
import tomllib
from collections.abc import Mapping
from functools import cached_property
from importlib.resources import files
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    SerializerFunctionWrapHandler,
    ValidationError,
    ValidationInfo,
    field_validator,
    model_serializer,
    model_validator,
)

from cam_augment import processor
from cam_augment.costs import Costs, parts_of
from cam_augment.errors import InputError, nearest
from cam_augment.registry import (
    ARCHITECTURES,
    CAMS,
    DATASETS,
    METRICS,
    STRATEGIES,
    Registry,
)

BASELINE = "baseline"
GIVEN = "given"  # data, network or strategy of models that were trained elsewhere
MAX_RUNS = 100_000
MAX_FOLDS = 20
LEAST_MODELS = 3
MOST_MODELS = 1000


class Frozen(BaseModel):
    """A value: unchangeable, and it refuses fields that it does not know."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class Choice(Frozen):
    """An entry by name, with all of its settings (defaults filled in)."""

    name: str
    settings: dict[str, Any] = Field(default_factory=dict)

    @classmethod
    def parse(cls, value: Any, registry: Registry) -> "Choice":
        """Read ``"rotation"``, ``"rotation:30"``, ``"rotation:30,fill=0"`` or a table.

        Raises:
            InputError: no such entry, or a setting that the entry refuses.
        """
        if isinstance(value, Choice):
            name, settings = value.name, value.settings
        elif isinstance(value, str):
            name, settings = _parse_words(value)
        elif isinstance(value, Mapping) and isinstance(value.get("name"), str):
            settings = {k: v for k, v in value.items() if k not in ("name", "settings")}
            name, settings = value["name"], {**value.get("settings", {}), **settings}
        else:
            raise InputError(f"received {value!r}; expected a name or a table with a 'name'")
        if name == GIVEN and registry is not STRATEGIES:
            return cls(name=GIVEN)
        entry = registry[name]
        completes = entry.traits.get("completes", dict)
        return cls(name=name, settings=completes(entry.resolve(settings)))

    def label(self, registry: Registry) -> str:
        """Return the shortest text that ``parse`` reads back as this choice."""
        if self.name == GIVEN:
            return GIVEN
        defaults = registry[self.name].resolve({})
        changed = {k: v for k, v in self.settings.items() if v != defaults[k]}
        magnitude = changed.pop("magnitude", None)
        words = self.name if magnitude is None else f"{self.name}:{_number(magnitude)}"
        return ",".join([words, *(f"{k}={_number(v)}" for k, v in changed.items())])


def _parse_words(text: str) -> tuple[str, dict[str, Any]]:
    head, *pairs = text.split(",")
    name, _, magnitude = head.strip().partition(":")
    settings = {"magnitude": magnitude} if magnitude else {}
    for pair in pairs:
        key, equals, value = pair.partition("=")
        if not equals:
            raise InputError(f"received '{text}'; settings are written key=value")
        settings[key.strip()] = value.strip()
    return name.strip(), settings


def _number(value: Any) -> str:
    return repr(value).removesuffix(".0") if isinstance(value, float) else str(value)


class Strategy(Frozen):
    """One augmentation or a composition of several, applied in order; none: the baseline.

    ``given`` names the arm of models that were trained elsewhere; it has no steps.
    """

    steps: tuple[Choice, ...] = ()
    given: str | None = None

    @classmethod
    def parse(cls, value: Any) -> "Strategy":
        """Read ``"rotation+zoom:0.2"``, a table, or a list of either."""
        if isinstance(value, Strategy):
            return value
        if isinstance(value, Mapping) and value.get("given"):
            return cls(given=str(value["given"]))
        if isinstance(value, Mapping) and "steps" in value:
            value = value["steps"]
        if isinstance(value, str):
            value = [] if value == BASELINE else value.split("+")
        if isinstance(value, Mapping):
            value = [value]
        if not isinstance(value, (list, tuple)):
            raise InputError(f"received {value!r}; expected a strategy's name, table or list")
        return cls(steps=tuple(Choice.parse(step, STRATEGIES) for step in value))

    @cached_property
    def label(self) -> str:
        """The strategy's name in tables: ``rotation``, ``rotation:30``, ``rotation+zoom``."""
        return self.given or "+".join(s.label(STRATEGIES) for s in self.steps) or BASELINE

    @property
    def augmentations(self) -> tuple[Choice, ...]:
        """The steps that change images or labels."""
        return tuple(s for s in self.steps if "changes" not in STRATEGIES[s.name].traits)

    @property
    def changes(self) -> dict[str, Any]:
        """What the strategy changes of the network and the recipe, by dotted field."""
        controls = [s for s in self.steps if "changes" in STRATEGIES[s.name].traits]
        return {k: v for s in controls for k, v in STRATEGIES[s.name](**s.settings).items()}

    @property
    def written(self) -> str | dict[str, str]:
        """The strategy as a plan's file has it."""
        return {"given": self.given} if self.given else self.label


class Check(Frozen):
    """Another look at the same models: would it say the same? What is None is the plan's own."""

    cam: Choice | None = None
    target: Literal["true", "predicted"] | None = None
    layer: str | None = None

    @classmethod
    def parse(cls, value: Any) -> "Check":
        """Read ``"layercam"``, ``"target=predicted"``, ``"layer=NAME"`` or a table of these."""
        if isinstance(value, Check):
            return value
        if isinstance(value, str):
            key, equals, text = value.partition("=")
            other = equals and key.strip() in ("target", "layer")
            value = {key.strip(): text.strip()} if other else {"cam": value}
        if not isinstance(value, Mapping) or not value:
            raise InputError(f"received {value!r}; expected a method, target=... or layer=...")
        cam = value.get("cam")
        return cls(**{**value, "cam": None if cam is None else Choice.parse(cam, CAMS)})

    @property
    def label(self) -> str:
        """``layercam``, ``target=predicted``: the shortest text for a check of one thing."""
        words = [] if self.cam is None else [self.cam.label(CAMS)]
        words += [f"target={self.target}"] if self.target else []
        return " ".join([*words, *([f"layer={self.layer}"] if self.layer else [])])

    @property
    def written(self) -> str | dict[str, str]:
        """The check as a plan's file has it."""
        parts = {"cam": self.cam and self.cam.label(CAMS), "target": self.target,
                 "layer": self.layer}  # fmt: skip
        given = {key: value for key, value in parts.items() if value}
        return self.label if len(given) == 1 else given


class Recipe(Frozen):
    """How every network of a study is trained: the same budget for every strategy."""

    epochs: Annotated[int, Field(ge=1, le=10_000)] = 30
    batch_size: Annotated[int, Field(ge=1, le=100_000)] = 50
    optimizer: Literal["adam", "sgd", "momentum", "rmsprop"] = "adam"
    learning_rate: Annotated[float, Field(gt=0, le=10)] = 5e-3
    schedule: Literal["cosine", "constant", "step", "exponential", "inverse"] = "cosine"
    warmup: Annotated[float, Field(ge=0, le=0.9)] = 0.0
    l1: Annotated[float, Field(ge=0, le=1)] = 0.0
    l2: Annotated[float, Field(ge=0, le=1)] = 0.0
    precision: Literal["auto", "float32", "bfloat16"] = Field(default="auto", validate_default=True)
    frozen_epochs: Annotated[int, Field(ge=0, le=10_000)] = 0
    fine_tune_rate: Annotated[float, Field(gt=0, le=10)] = 1.0
    class_weights: Literal["none", "balanced"] = "none"

    @property
    def weighs_classes(self) -> bool:
        """Whether the losses of classes are weighed differently."""
        return self.class_weights != "none"

    @model_validator(mode="after")
    def _staged(self) -> "Recipe":
        if self.frozen_epochs > self.epochs:
            raise InputError(
                f"frozen_epochs: received {self.frozen_epochs}; the training has {self.epochs} "
                "epochs"
            )
        if self.fine_tune_rate != 1 and not self.frozen_epochs:
            raise InputError(
                f"fine_tune_rate: received {self.fine_tune_rate:g}; it follows frozen_epochs, "
                "which is 0: change learning_rate instead"
            )
        return self

    @field_validator("precision", mode="after")
    @classmethod
    def _precision(cls, value: str) -> str:
        """Decide ``auto`` once and here: a plan and its keys name what is really used."""
        if value != "auto":
            return value
        return "bfloat16" if processor.multiplies_bfloat16() else "float32"


# Left out of a run's key while they are neutral: keys of runs made before they came stay.
LATER = ("frozen_epochs", "fine_tune_rate", "class_weights")


class Run(Frozen):
    """One model to train: all that decides its weights, and nothing else.

    ``fold``: number of the fold held out for validation, from 0, and of how many folds;
    None: the data set's own splits.
    """

    dataset: Choice
    architecture: Choice
    strategy: Strategy
    seed: int
    recipe: Recipe
    fold: tuple[int, int] | None = None

    @model_serializer(mode="wrap")
    def _serialize(self, plain: SerializerFunctionWrapHandler) -> dict[str, Any]:
        """Leave out a fold that there is not: keys of runs without folds stay what they were."""
        fields = plain(self)
        return fields if self.fold else {k: v for k, v in fields.items() if k != "fold"}

    @field_validator("dataset", mode="after")
    @classmethod
    def _without_places(cls, value: Choice) -> Choice:
        """Forget where the data lie: the plan knows it, and the weights do not depend on it."""
        if value.name not in DATASETS:
            return value
        return Choice(name=value.name, settings=DATASETS[value.name].deciding(value.settings))

    @cached_property
    def key(self) -> str:
        """32 hexadecimal digits: the hash of this run and of its entries' versions."""
        return digest({"run": self._identity(), "versions": self._versions()})

    def _identity(self) -> dict[str, Any]:
        """All fields by which two runs may differ."""
        run, fields = self.model_dump(mode="json"), Recipe.model_fields
        if self.architecture.name != GIVEN:
            for name in ARCHITECTURES[self.architecture.name].traits.get("outside", ()):
                del run["architecture"]["settings"][name]
        run["recipe"] = {
            name: value
            for name, value in run["recipe"].items()
            if name not in LATER or value != fields[name].default
        }
        return run

    def _versions(self) -> list[list]:
        chosen = [
            (DATASETS, self.dataset),
            (ARCHITECTURES, self.architecture),
            *((STRATEGIES, step) for step in self.strategy.steps),
        ]
        named = [(registry, choice.name) for registry, choice in chosen if choice.name != GIVEN]
        return [[name, registry[name].version] for registry, name in named]

    @cached_property
    def entropy(self) -> int:
        """A 31-bit integer from which all of this run's randomness is drawn.

        It follows from the strategy and the seed, so no two strategies and no strategy
        and baseline share initial weights: pairs that do look alike for that alone.
        """
        return int(digest({"strategy": self.strategy.label, "seed": self.seed})[:8], 16) >> 1

    @property
    def label(self) -> str:
        """``rotation #2``: the run's name in messages."""
        return f"{self.strategy.label} #{self.seed}"


def digest(value: Any) -> str:
    """Return 32 hexadecimal digits of the SHA-256 of ``value`` as canonical JSON."""
    text = json.dumps(value, sort_keys=True, separators=(",", ":"), allow_nan=False)
    return hashlib.sha256(text.encode()).hexdigest()[:32]


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
    recipe: Recipe = Field(default_factory=Recipe)
    cam: Choice = Field(default="gradcam", validate_default=True)
    cam_target: Literal["true", "predicted"] = "true"
    cam_layer: str | None = None
    checks: tuple[Check, ...] = ()
    probe_regions: str | None = None
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
        twice = next((label for label in labels if labels.count(label) > 1), None)
        if twice:
            raise InputError(f"received '{twice}' twice; each strategy is named once")
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
        labels = [check.label for check in checks]
        twice = next((label for label in labels if labels.count(label) > 1), None)
        if twice:
            raise InputError(f"received '{twice}' twice; each check is named once")
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
            if METRICS[name].traits["compares"] != "maps":
                raise InputError(f"metric '{name}' does not compare two stacks of maps")
            if value.count(name) > 1:
                raise InputError(f"received '{name}' twice; each metric is named once")
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
        path = _find(source)
        try:
            fields = tomllib.loads(path.read_text("utf-8"))
        except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
            raise InputError(f"{source}: this is no TOML: {error}") from None
        except OSError as error:
            raise InputError(f"{source}: cannot be read: {error.strerror}") from None
        return cls.make(fields | {"name": fields.get("name", path.stem)}, changes, str(source))

    @classmethod
    def make(
        cls, fields: Mapping[str, Any], changes: Mapping[str, Any] = {}, source: str = "plan"
    ) -> "Plan":
        """Check ``fields``, with ``changes`` made to them, and return the plan.

        Raises:
            InputError: naming ``source`` or the option, the field, and what was received.
        """
        merged = dict(fields)
        for name, value in changes.items():
            _change(merged, name, value)
        try:
            return cls(**merged)
        except ValidationError as error:
            raise InputError(_one_line(error, source, changes)) from None
        except InputError as error:
            raise InputError(f"{source}: {error}") from None


def _multiple(value: int, of: int) -> int:
    """Return the nearest multiple that is an allowed number of models, of two the larger."""
    least, most = -(-LEAST_MODELS // of), MOST_MODELS // of
    return of * min(max((2 * value + of) // (2 * of), least), most)


def _check_base(architecture: Choice, recipe: Recipe) -> None:
    """Raise InputError where a network has no base that could stay frozen."""
    if architecture.name == GIVEN:
        return
    if ARCHITECTURES[architecture.name].place("base", architecture.settings) is None:
        entries = ARCHITECTURES.values()
        known = [e.name for e in entries if "base" in {*e.traits, *e.settings.model_fields}]
        raise InputError(
            f"recipe.frozen_epochs: received {recipe.frozen_epochs}; network "
            f"'{architecture.name}' names no base that could stay frozen. Those that do: "
            f"{', '.join(known)}"
        )


def packaged() -> dict[str, Path]:
    """Return the plans that come with the package, by name."""
    return {Path(str(p)).stem: Path(str(p)) for p in files("cam_augment.plans").iterdir()
            if p.name.endswith(".toml")}  # fmt: skip


def _find(source: str | Path) -> Path:
    path = Path(source)
    if path.is_file():
        return path
    plans = packaged()
    if str(source) in plans:
        return plans[str(source)]
    raise InputError(
        f"no plan '{source}': neither a file nor a packaged plan."
        f"{nearest(str(source), plans)} Packaged: {', '.join(sorted(plans))}"
    )


def _change(fields: dict[str, Any], name: str, value: Any) -> None:
    head, _, rest = name.partition(".")
    if not rest:
        fields[head] = value
        return
    default = Plan.model_fields[head].default if head in Plan.model_fields else None
    inner = fields.get(head, default if isinstance(default, str) else {})
    if not isinstance(inner, (str, Mapping)):
        raise InputError(f"option --set {name}: '{head}' has no fields inside")
    fields[head] = {"name": inner} if isinstance(inner, str) else dict(inner)
    if rest == "name" and fields[head].get("name") != value:
        fields[head] = {}  # the settings of one entry are not those of another
    _change(fields[head], rest, value)


def _one_line(error: ValidationError, source: str, changes: Mapping[str, Any]) -> str:
    problem = error.errors()[0]
    field = ".".join(str(part) for part in problem["loc"])
    where = f"option --{field.replace('_', '-')}" if field in changes else f"{source}: {field}"
    where = where if field else source
    if problem["type"] == "extra_forbidden":
        return f"{source}: no field '{field}' (received {problem['input']!r}).{_meant(field)}"
    inner = problem.get("ctx", {}).get("error")
    if isinstance(inner, InputError):
        return f"{where}: {inner}"
    message = problem["msg"][0].lower() + problem["msg"][1:]
    return f"{where}: received {problem['input']!r}; {message}"


def _meant(field: str) -> str:
    """Return what an unknown field may have meant, and what there is."""
    recipe = [f"recipe.{name}" for name in Recipe.model_fields]
    there = recipe if field.startswith("recipe.") else list(Plan.model_fields)
    hint = f" Did you mean 'recipe.{field}'?" if f"recipe.{field}" in recipe else ""
    return f"{hint or nearest(field, [*there, *recipe])} Allowed: {', '.join(there)}"
