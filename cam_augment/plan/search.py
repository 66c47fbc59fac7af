"""How pipelines are searched for: the table ``search`` of a plan."""

from typing import Literal

from pydantic import Field

from cam_augment.plan.checks import MOST_MODELS
from cam_augment.plan.values import Frozen


class Search(Frozen):
    """How ``cam-augment search`` looks for a pipeline of the plan's strategies."""

    models: int = Field(
        54,
        ge=3,
        le=MOST_MODELS,
        description="Models of the screening, each with two strategies, beside `baselines` "
        "without any. At least four more than strategies.",
    )
    trials: int = Field(
        6,
        ge=0,
        le=MOST_MODELS,
        description="Pipelines that are grown of the strategies that pay, one model each. Leave "
        "them out, with 0, where there are few models in all.",
    )
    sampler: Literal["tpe", "random"] = Field(
        "tpe",
        description="What proposes them: Optuna's tree of Parzen estimators, or chance, to "
        "compare with.",
    )
    finalists: int = Field(
        2,
        ge=1,
        le=20,
        description="Pipelines that are repeated with fresh seeds, beside the fixed policies "
        "`trivial_augment` and `rand_augment`.",
    )
    repeats: int = Field(4, ge=2, le=100, description="Models of each finalist.")
    validation: int = Field(
        1_500,
        ge=1,
        le=10**7,
        description="Validation images that all scores of a search are from: of those that no "
        "other split has. Where a plan states no number of test images, they are all that is left, "
        "so they become fewer. Where a data set states `validation` as a share, or takes all there "
        "are, that stays.",
    )
