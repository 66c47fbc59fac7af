"""MLflow: one run for a study, with its report as artefacts, and one run in it for each strategy.

Where it goes is MLflow's own affair: MLFLOW_TRACKING_URI, MLFLOW_EXPERIMENT_NAME.
"""

import os
import re
from pathlib import Path

from cam_augment.base.errors import InputError, cause
from cam_augment.plan import BASELINE
from cam_augment.records import ImpactProfile
from cam_augment.report import sentence
from cam_augment.report.trackers import numbers

EXPERIMENT = "cam-augment"
_LONGEST = 500  # characters of a parameter that every store of MLflow takes
_FOREIGN = re.compile(r"[^\w\-. :/]")  # what a name may not hold


def send(profile: ImpactProfile, folder: Path) -> str:
    """Log a study; return where it is.

    Raises:
        InputError: MLflow cannot be written to.
    """
    import mlflow

    try:
        if "MLFLOW_EXPERIMENT_NAME" not in os.environ and mlflow.active_run() is None:
            mlflow.set_experiment(EXPERIMENT)
        nested = mlflow.active_run() is not None
        with mlflow.start_run(run_name=profile.plan.name, nested=nested) as run:
            _log_study(profile, folder)
            for strategy in profile.arms:
                if strategy != BASELINE:
                    _log_strategy(profile, strategy)
    except (mlflow.MlflowException, OSError) as error:
        raise InputError(
            f"option --to: mlflow: '{mlflow.get_tracking_uri()}' cannot be written to: "
            f"{cause(error)}"
        ) from None
    return f"run {run.info.run_id} at {mlflow.get_tracking_uri()}"


def _log_study(profile: ImpactProfile, folder: Path) -> None:
    import mlflow

    mlflow.log_params({_name(k): v[:_LONGEST] for k, v in numbers.settings(profile).items()})
    mlflow.log_metrics({_name(k): v for k, v in numbers.of_baselines(profile).items()})
    mlflow.log_artifacts(str(folder))


def _log_strategy(profile: ImpactProfile, label: str) -> None:
    import mlflow

    strategy = next(candidate for candidate in profile.strategies if candidate.strategy == label)
    with mlflow.start_run(run_name=label, nested=True):
        mlflow.log_param("strategy", label)
        mlflow.log_metrics({_name(k): v for k, v in numbers.of_strategy(profile, label).items()})
        mlflow.set_tags({"verdict": strategy.conclusion, "verdict.sentence": sentence(strategy)})


def _name(text: str) -> str:
    return _FOREIGN.sub("-", text)
