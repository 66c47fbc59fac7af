"""The results of a study: data, fits, maps, scores, and the impact profile made of them.

Records with arrays are frozen dataclasses with read-only arrays. The impact profile consists of
plain values, so ``profile.json`` holds all of it.
"""

from cam_augment.records.answers import Fit, Maps, Scores, Training
from cam_augment.records.attention import CheckResult, FocusIn, Pointing, SplitNoise
from cam_augment.records.claims import Verdict
from cam_augment.records.concepts import Concepts, Factor, Patch
from cam_augment.records.costs import ArmCost, DecisionRule, ExpectedCosts
from cam_augment.records.data import SPLITS, DataSet, Split
from cam_augment.records.effects import ClassGain, Effect, OldVerdict, Stop, StrategyProfile
from cam_augment.records.faithfulness import ALIKE, Estimate, Faithfulness, Removal
from cam_augment.records.league import League, Pair, Rank
from cam_augment.records.notices import Notice
from cam_augment.records.outside import Answers
from cam_augment.records.pictures import MeanMap, Turned
from cam_augment.records.predictors import (
    Correlation,
    GainPrediction,
    PartialCorrelation,
    WithinStrategy,
)
from cam_augment.records.profile import (
    SCHEMA,
    Curve,
    ImpactProfile,
    MissingRun,
    Probe,
    load_profile,
)
from cam_augment.records.robustness import Corrupted, Robustness
from cam_augment.records.sequences import Sequences
from cam_augment.records.steadiness import FrameView, Steadiness, Strip
from cam_augment.records.values import Number

__all__ = [
    "ALIKE",
    "SCHEMA",
    "SPLITS",
    "Answers",
    "ArmCost",
    "CheckResult",
    "ClassGain",
    "Concepts",
    "Correlation",
    "Corrupted",
    "Curve",
    "DataSet",
    "DecisionRule",
    "Effect",
    "Estimate",
    "ExpectedCosts",
    "Factor",
    "Faithfulness",
    "Fit",
    "FocusIn",
    "FrameView",
    "GainPrediction",
    "ImpactProfile",
    "League",
    "Maps",
    "MeanMap",
    "MissingRun",
    "Notice",
    "Number",
    "OldVerdict",
    "Pair",
    "PartialCorrelation",
    "Patch",
    "Pointing",
    "Probe",
    "Rank",
    "Removal",
    "Robustness",
    "Scores",
    "Sequences",
    "Split",
    "SplitNoise",
    "Steadiness",
    "Stop",
    "StrategyProfile",
    "Strip",
    "Training",
    "Turned",
    "Verdict",
    "WithinStrategy",
    "load_profile",
]
