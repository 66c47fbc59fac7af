"""The reliability curves in numbers."""

from cam_augment.records import ImpactProfile
from cam_augment.report.language import say
from cam_augment.report.parts import Table, View, table
from cam_augment.report.tables.cells import of_strategy
from cam_augment.report.words import percent


@table("paper", 13)
def reliability_curves(profile: ImpactProfile) -> Table | None:
    """How right each arm's models are, from the images of which they are least sure on."""
    if not profile.reliability:
        return None
    rows = tuple(
        (curve.arm, place, confidence, right)
        for curve in profile.reliability
        for place, (confidence, right) in enumerate(
            zip(curve.confidence, curve.right, strict=True), 1
        )
    )
    return Table(
        name="reliability_curves",
        title=say("Reliability in numbers"),
        caption=say(
            "Bins of equally many test images, from the least sure on, mean over an arm's models. "
            "Confidence: the probability of the predicted class."
        ),
        columns=("arm", "bin", "confidence", "right"),
        rows=rows,
        views=(
            of_strategy("arm"),
            View(say("Bin"), lambda r: str(r["bin"])),
            View(say("Confidence"), lambda r: percent(r["confidence"])),
            View(say("Right"), lambda r: percent(r["right"])),
        ),
        folded=True,
    )
