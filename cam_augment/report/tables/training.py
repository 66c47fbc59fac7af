"""How the trainings ended, and the numbers of every model."""

from typing import Any

from cam_augment.records import Curve, ImpactProfile
from cam_augment.report import naming
from cam_augment.report.language import say
from cam_augment.report.parts import Table, View, table
from cam_augment.report.sentences import reading
from cam_augment.report.tables.cells import of_strategy
from cam_augment.report.words import number, percent, visible


@table("validity", 41)
def training(profile: ImpactProfile) -> Table:
    """How each strategy's training ended, and what its curves say."""
    columns = (
        "strategy", "epochs", "best_epoch", "loss", "validation_loss", "accuracy",
        "validation_accuracy", "reading",
    )  # fmt: skip

    def row(curve: Curve) -> tuple[Any, ...]:
        last = (
            values[-1] if values else None
            for values in (curve.loss, curve.validation_loss, curve.accuracy,
                           curve.validation_accuracy)
        )  # fmt: skip
        return curve.strategy, len(curve.loss), curve.best_epoch, *last, reading(curve)

    return Table(
        name="training",
        title=say("How the trainings ended"),
        caption=say(
            "At the last epoch, mean over the strategy's models. Loss: cross-entropy in nats. The "
            "training loss is taken on augmented images, so it may stay above the validation loss. "
            "Best epoch: where the validation loss is least."
        ),
        columns=columns,
        rows=tuple(row(curve) for curve in profile.curves),
        views=(
            of_strategy(),
            View(
                say("Best epoch"),
                lambda r: say("{best} of {all}", best=r["best_epoch"], all=r["epochs"]),
            ),
            View(say("Loss, training"), lambda r: number(r["loss"], 2)),
            View(say("Loss, validation"), lambda r: number(r["validation_loss"], 2)),
            View(say("Accuracy, training"), lambda r: percent(r["accuracy"])),
            View(say("Accuracy, validation"), lambda r: percent(r["validation_accuracy"])),
            View(say("Reading"), lambda r: visible(r["reading"]), kind="sentence"),
        ),
    )


@table("paper", 60)
def runs(profile: ImpactProfile) -> Table:
    """The scalars of every model."""
    names = tuple(profile.points)
    rows = []
    for arm in profile.arms:
        values = [profile.points[name].get(arm, ()) for name in names]
        for run in range(max(map(len, values), default=0)):
            rows.append((arm, run, *(v[run] if run < len(v) else None for v in values)))
    return Table(
        name="runs",
        title=say("Every model"),
        caption=say(
            "One row per trained model. Accuracy, macro-F1 and balanced accuracy (where classes "
            "differ in size) on the test images; the others are means over the maps of the probe "
            "images."
        ),
        columns=("arm", "run", *names),
        rows=tuple(rows),
        views=(
            of_strategy("arm"),
            View(say("Model"), lambda r: str(r["run"] + 1)),
            *map(_scalar, names),
        ),
        folded=True,
    )


def _scalar(name: str) -> View:
    return View(naming.scalar(name), lambda r: number(r[name]))
