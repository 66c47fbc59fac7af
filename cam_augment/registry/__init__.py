"""Named entries: one decorator, one good error, discovery by folder and entry point.

An entry is a function with a name, an integer version and the traits of its kind: what the
package has to know of it, and what listings, reports and the tables of the docs say of it.
Traits are checked when the function is entered. Its keyword-only parameters are its settings:
each is annotated with a type and its limits (``Annotated[float, Field(ge=0, le=180)]``) and has
a default, so that a plan is checked before anything runs. Raise ``version`` when the meaning of
an entry changes: runs made under the old meaning are then made again.

Modules of entries load TensorFlow lazily; listing entries stays fast.
"""

from cam_augment.registry.discovery import Registry
from cam_augment.registry.entry import Entry
from cam_augment.registry.kinds import (
    ArchitectureEntry,
    CamEntry,
    CorruptionEntry,
    DatasetEntry,
    MetricEntry,
    QuestionEntry,
    StrategyEntry,
)

__all__ = [
    "ARCHITECTURES",
    "CAMS",
    "CORRUPTIONS",
    "DATASETS",
    "METRICS",
    "QUESTIONS",
    "STRATEGIES",
    "ArchitectureEntry",
    "CamEntry",
    "CorruptionEntry",
    "DatasetEntry",
    "Entry",
    "MetricEntry",
    "QuestionEntry",
    "Registry",
    "StrategyEntry",
]

STRATEGIES = Registry(StrategyEntry, "cam_augment.strategies")
CAMS = Registry(CamEntry, "cam_augment.cams")
METRICS = Registry(MetricEntry, "cam_augment.metrics")
DATASETS = Registry(DatasetEntry, "cam_augment.datasets")
ARCHITECTURES = Registry(ArchitectureEntry, "cam_augment.architectures")
CORRUPTIONS = Registry(CorruptionEntry, "cam_augment.corruptions")
QUESTIONS = Registry(QuestionEntry, "cam_augment.questions")
