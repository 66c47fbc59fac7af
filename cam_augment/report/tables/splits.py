"""Cross-validation: split noise beside seed noise."""

from cam_augment.records import ImpactProfile, SplitNoise
from cam_augment.report import words
from cam_augment.report.language import say
from cam_augment.report.parts import Row, Table, View, table
from cam_augment.report.tables.cells import unit
from cam_augment.report.words import is_known, number, percent, points

COLUMNS = ("measure", "seed", "split", "both", "share", "low", "high")


@table("validity", 12)
def split_noise(profile: ImpactProfile) -> Table | None:
    """How much of the noise is the seed's, how much the split's."""
    noise = profile.split_noise
    if noise is None:
        return None

    def write(row: Row, name: str) -> str:
        if row["measure"] == "accuracy":
            return points(row[name], sign=False)
        return number(row[name])

    units = {
        "accuracy": say("points, standard deviation"),
        "attention": say("distance, {unit}", unit=unit(profile)),
    }
    return Table(
        name="split_noise",
        title=say("Split noise and seed noise"),
        caption=say(
            "Each model left out one of {folds} folds of the training images. Accuracy: how much "
            "models of one arm vary, from the variance components of {models} models; the split's "
            "share is of the variance, with its {level} interval. Attention: mean distance of two "
            "models of one arm, of the same fold (seed alone) and of different folds (seed and "
            "split), over the arms that have both ({pairs} of the same fold). Few folds make a "
            "wide interval. Folds share most of their images: new data would differ more.",
            folds=noise.folds,
            models=noise.models,
            level=percent(1 - profile.plan.alpha, 0),
            pairs=words.count(noise.pairs, "pair"),
        ),
        columns=COLUMNS,
        rows=(
            (
                "accuracy", noise.seed, noise.split, _combine(noise.seed, noise.split),
                noise.share, noise.low, noise.high,
            ),
            ("attention", noise.same_fold, None, noise.other_fold, _rest(noise), None, None),
        ),
        views=(
            View(say("Noise of"), lambda r: say(r["measure"]), kind="word"),
            View(say("Seed alone"), lambda r: write(r, "seed")),
            View(say("Split alone"), lambda r: write(r, "split")),
            View(say("Seed and split"), lambda r: write(r, "both")),
            View(say("Unit"), lambda r: units[r["measure"]], kind="word"),
            View(say("Split's share [interval]"), _share),
        ),
    )  # fmt: skip


def _share(row: Row) -> str:
    limits = words.span(row["low"], row["high"], percent, digits=0)
    return f"{percent(row['share'], 0)} {limits}".strip()


def _combine(seed: float | None, split: float | None) -> float | None:
    return (seed**2 + split**2) ** 0.5 if is_known(seed) and is_known(split) else None


def _rest(noise: SplitNoise) -> float | None:
    """Return the part of the distance across folds that seeds alone do not explain."""
    if not is_known(noise.same_fold) or not noise.other_fold:
        return None
    return 1 - noise.same_fold / noise.other_fold
