"""The fields of a plan: types, limits, defaults and descriptions, each stated once.

``--help``, ``cam-augment list plan``, the table in ``docs/reference/plan.md`` and the JSON schema
are made of them.
"""

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import (
    BeforeValidator,
    Field,
    ValidationInfo,
    ValidatorFunctionWrapHandler,
    field_validator,
    model_serializer,
)

from cam_augment.base.errors import InputError
from cam_augment.networks.wishes import layer_wish
from cam_augment.plan.checks import (
    LEAST_MODELS,
    MAX_FOLDS,
    MAX_RUNS,
    MOST_MODELS,
    check_unique,
)
from cam_augment.plan.choices import BASELINE, GIVEN, Check, Choice, Strategy
from cam_augment.plan.concepts import Concepts
from cam_augment.plan.costs import Costs, currency_of, parts_of
from cam_augment.plan.margins import Margins
from cam_augment.plan.runs import Recipe
from cam_augment.plan.search import Search
from cam_augment.plan.stages import read_more_models
from cam_augment.plan.values import Frozen
from cam_augment.registry import ARCHITECTURES, CAMS, DATASETS, METRICS, Registry
from cam_augment.statistics.scoring import check_deciding, deciding


class PlanFields(Frozen):
    """The fields of a plan, each described where it is declared."""

    name: str = Field(
        "study",
        pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$",
        description="Name of the study and of its folder below `results/`. A letter or digit, then "
        "up to 63 more, `.`, `_` and `-` among them. A file without a name is called after the "
        "file.",
    )
    dataset: Choice = Field(
        "mnist",
        validate_default=True,
        description="The data: an entry of `cam-augment list datasets`. Its settings stand beside "
        'its name: `{ name = "mnist", train = 300 }`.',
    )
    architecture: Choice = Field(
        "small_cnn",
        validate_default=True,
        description="The network: an entry of `cam-augment list architectures`.",
    )
    strategies: tuple[Strategy, ...] = Field(
        ("identity", "rotation"),
        validate_default=True,
        description="The strategies, one or more, each once: entries of `cam-augment list "
        "strategies`, [written](../howto/plan.md#writing-a-strategy) as names, tables or lists.",
        examples=["rotation,zoom:0.2,rotation+zoom"],
    )
    baselines: int = Field(
        8,
        ge=LEAST_MODELS,
        le=MOST_MODELS,
        description="Models trained without augmentation. Their differences are the seed noise. "
        "They serve all strategies.",
    )
    seeds: int = Field(
        4, ge=LEAST_MODELS, le=MOST_MODELS, description="Models trained for each strategy."
    )
    first_seed: int = Field(
        0,
        ge=0,
        le=10**9,
        description="Number of the first seed of every arm. Another one makes other models: a "
        "replication.",
    )
    folds: int | None = Field(
        None,
        ge=2,
        le=MAX_FOLDS,
        description="Cross-validation: train and validation together are cut into so many folds, "
        "and each seed trains without another one. Probe and test stay. `baselines`, `seeds` and "
        "`more_models` are multiples of it. None: the data set's own train and validation.",
    )
    test: Literal["fixed", "rotating"] = Field(
        "fixed",
        description="`rotating`: every image outside the probes is "
        "[judged](../howto/data.md#small-data) by models "
        "that have not seen it. Each fold is the test part of its models, and the next one their "
        "validation part. Only with `folds`, 3 or more; not with `costs`, `predictors` or "
        "`robustness`.",
    )
    more_models: tuple[int, ...] = Field(
        (),
        description="[Further stages](../howto/plan.md#stages): how many models each "
        "adds to the strategies that "
        "more models would decide about, with two baselines for each; the first stage has `seeds` "
        "and `baselines`. Stage s is judged at `alpha` / 2^s. None: one stage, at `alpha`.",
        examples=["2,6"],
    )
    budget: int | None = Field(
        None,
        ge=1,
        le=MAX_RUNS,
        description="Models at most, all arms together; only with `more_models`. At least those of "
        "the first stage, `baselines` + `seeds` x strategies. When it runs out, the rest goes to "
        "the strategies that need the fewest models.",
    )
    recipe: Recipe = Field(
        default_factory=Recipe,
        validate_default=True,
        description="How every network of the study is trained.",
    )
    search: Search | None = Field(
        None,
        description="How [`cam-augment search`](search.md) looks for a pipeline of the strategies; "
        "a study has no use for it. None: as its fields have it by default.",
    )
    cam: Choice = Field(
        "gradcam",
        validate_default=True,
        description="The method that makes the maps: an entry of `cam-augment list cams`.",
    )
    cam_target: Literal["true", "predicted"] = Field(
        "true",
        description="Class whose logit is explained: the image's own, or the one that the model "
        "predicts.",
    )
    cam_layer: Annotated[str | None, BeforeValidator(layer_wish)] = Field(
        None,
        description="[Layer](../howto/networks.md#the-layer) "
        "whose output is looked at: a name, a path, or a number "
        "from the end. None: the network's own choice.",
    )
    checks: tuple[Check, ...] = Field(
        (),
        description='Further looks at the same models: CAM methods, `"target=predicted"`, '
        '`"layer=NAME"`, or tables of `cam`, `target`, `layer`. The profile says of which '
        "strategies the answer flips, and whether the baselines' maps are "
        "[faithful](../explanation/attention.md#faithful-maps) "
        "under each. No model is trained for them.",
        examples=["layercam,target=predicted,layer=NAME"],
    )
    probe_regions: str | None = Field(
        None,
        description="COCO file of regions that a person drew on probe images, in place of the "
        "data's own masks: see [Regions drawn by hand](../howto/data.md#regions-drawn-by-hand).",
    )
    predictors: bool = Field(
        False,
        description="Ask the baselines what "
        "[predicts the gain](../explanation/prediction.md#score-against-gain): affinity and the "
        "equivariance of their maps, for every strategy. No model is trained for it.",
    )
    robustness: bool = Field(
        False,
        description="Ask all models about "
        "[corrupted test images](../explanation/costs.md#robustness), and tell what each strategy "
        "gains on them. No model is trained for it.",
    )
    concepts: Concepts | None = Field(
        None,
        description="Describe what all models see in patches of the probe images by so many "
        "[factors](../explanation/factors.md#factors) that the baselines share, 1 to 32, and tell "
        "which of them each strategy uses more or less: a number, or a table that names them. "
        "Names go to places in the order of use: with another number of baselines, or others, the "
        "order may change, and a name then stands on another factor. No model is trained for it. "
        "0 or none: nothing of it.",
        examples=["8"],
    )
    costs: Costs | None = Field(
        None,
        description="What mistakes cost, in numbers of 0 or more, in [two forms]"
        "(../howto/plan.md#what-mistakes-cost). The profile says what each "
        "strategy saves per 1,000 parts.",
        examples=["miss=50,false_alarm=1,good=CLASS"],
    )
    parts: dict[str, float] | None = Field(
        None,
        description="Shares of classes in production, 0 to 1 and at most 1 together; only with "
        "`costs`. None: those of the test images.",
        examples=["CLASS=0.98,CLASS=0.01"],
    )
    currency: str | None = Field(
        None,
        description="What `costs` are counted in: a code, a word or a sign, such as `EUR`, `yen` "
        "or `$`; only with `costs`.",
        examples=["EUR"],
    )
    parts_per_year: int | None = Field(
        None,
        gt=0,
        le=10**12,
        description="Parts that are made in a year; only with `costs`. The profile then says what "
        "each strategy saves in a year.",
    )
    gain: str = Field(
        "accuracy",
        description="The [score](../howto/plan.md#what-decides) whose gain decides: "
        + ", ".join(f"`{name}`" for name in deciding())
        + "; RATE is that of false alarms, and `cost` asks for `costs`.",
        examples=["balanced_accuracy"],
    )
    margins: Margins = Field(
        default_factory=Margins,
        description="What is worth having and what may be lost, above 0 and at most 1: `gain`, the "
        "least gain worth having; `class`, the loss of a class's recall that matters; `focus` and "
        "`cost`, shares of the baselines'.",
        examples=["gain=0.01,class=0.05"],
    )
    metrics: tuple[str, ...] = Field(
        (
            "pearson",
            "spearman",
            "mad",
            "msd",
            "overlap",
            "wasserstein",
            "centroid_shift",
        ),
        description="Metrics whose excess shift is measured: those of `cam-augment list metrics` "
        "that compare two maps. Dispersion, focus and the predictions are measured in any case.",
    )
    primary: str = Field(
        "pearson",
        description="The one metric, of `metrics`, whose excess shift decides on attention.",
    )
    alpha: float = Field(
        0.05,
        gt=0,
        lt=0.5,
        description="Level of the tests, and of the intervals that go with them.",
    )
    correction: Literal["holm", "bh"] = Field(
        "holm",
        description="Correction of each question over the strategies: Holm (no false finding among "
        "them), or Benjamini-Hochberg (share of false findings).",
    )
    bootstrap: int = Field(
        2000, ge=100, le=1_000_000, description="Draws of the bootstrap behind the intervals."
    )
    permutations: int = Field(
        200_000,
        ge=1000,
        le=10_000_000,
        description="Relabellings at most. Where there are more, that many are drawn at random. "
        "Also the permutations of score against gain.",
    )
    gallery: int = Field(
        12,
        ge=0,
        le=500,
        description="Probe images that the report shows at most: so many that are typical of their "
        "classes, and so many that models misread. 0 keeps every picture out of the report's "
        "files.",
    )

    @field_validator("dataset", "architecture", "cam", mode="before")
    @classmethod
    def _choice(cls, value: Any, info: ValidationInfo) -> Choice:
        registries: dict[str | None, Registry] = {
            "dataset": DATASETS,
            "architecture": ARCHITECTURES,
            "cam": CAMS,
        }
        return Choice.parse(value, registries[info.field_name])

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
        check_unique(labels, "strategy")
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
        check_unique([check.label for check in checks], "check")
        return checks

    @field_validator("baselines", "seeds", mode="wrap")
    @classmethod
    def _models(
        cls, value: Any, validate: ValidatorFunctionWrapHandler, info: ValidationInfo
    ) -> int:
        """Take as few models as there are where they were trained elsewhere."""
        dataset = info.data.get("dataset")
        elsewhere = dataset is not None and dataset.name == GIVEN
        return value if elsewhere and value in range(1, LEAST_MODELS) else validate(value)

    @field_validator("concepts", mode="before")
    @classmethod
    def _concepts(cls, value: Any) -> Concepts | None:
        return Concepts.parse(value)

    @field_validator("costs", mode="before")
    @classmethod
    def _costs(cls, value: Any) -> Costs | None:
        return None if value is None else Costs.parse(value)

    @field_validator("gain", mode="before")
    @classmethod
    def _gain(cls, value: Any) -> str:
        return check_deciding(value)

    @field_validator("more_models", mode="before")
    @classmethod
    def _more_models(cls, value: Any) -> tuple[int, ...]:
        return read_more_models(value)

    @field_validator("margins", mode="before")
    @classmethod
    def _margins(cls, value: Any) -> Margins:
        return Margins.parse(value)

    @field_validator("parts", mode="before")
    @classmethod
    def _parts(cls, value: Any) -> dict[str, float] | None:
        return None if value is None else parts_of(value)

    @field_validator("currency", mode="before")
    @classmethod
    def _currency(cls, value: Any) -> str | None:
        return None if value is None else currency_of(value)

    @field_validator("recipe", mode="after")
    @classmethod
    def _recipe(cls, value: Recipe, info: ValidationInfo) -> Recipe:
        network = info.data.get("architecture")  # none where it was refused
        return value if network is None else value.on(network.name)

    @field_validator("metrics", mode="after")
    @classmethod
    def _metrics(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for name in value:
            if METRICS[name].compares != "maps":
                raise InputError(f"metric '{name}' does not compare two stacks of maps")
        check_unique(value, "metric")
        return value

    @model_serializer(mode="plain")
    def _serialize(self) -> dict[str, Any]:
        return {
            **{name: getattr(self, name) for name in type(self).model_fields},
            "dataset": {"name": self.dataset.name, **self.dataset.settings},
            "architecture": {"name": self.architecture.name, **self.architecture.settings},
            "strategies": [strategy.toml for strategy in self.strategies],
            "recipe": self.recipe.model_dump(),
            "search": self.search and self.search.model_dump(),
            "cam": {"name": self.cam.name, **self.cam.settings},
            "checks": [check.toml for check in self.checks],
            "concepts": self.concepts and self.concepts.toml,
            "costs": self.costs and self.costs.toml,
            "margins": self.margins.toml,
            "more_models": list(self.more_models),
            "metrics": list(self.metrics),
        }
