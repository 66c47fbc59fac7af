"""What a study of ImageNet's size would take: arithmetic on counts, and one published rate.

Nothing here is measured but what the engine adds to a run, which is given.
"""

from dataclasses import dataclass
from math import ceil

from benchmarks.rows import Row, number
from cam_augment.statistics import smallest_adjusted_p

GPUS = (1, 100, 1000)
FLOAT, DOUBLE = 4, 8  # bytes
LIMIT = 200_000  # relabellings that are counted
HOUR, DAY = 3600, 86400
GIB, TIB = 2**30, 2**40
# ResNet-50 v1.5 in mixed precision on one A100 of 80 GB, images a second in training:
# NVIDIA DeepLearningExamples, PyTorch/Classification/ConvNets/resnet50v1.5, container 21.03.
RATE = 2_470
RATE_NOTE = (
    f"ResNet-50, 90 epochs of 1,281,167 images, at {RATE:,} images/s: one A100, mixed precision, "
    "published by NVIDIA (DeepLearningExamples); not measured here"
)


@dataclass(frozen=True)
class Large:
    """A study of ImageNet's size: what is trained, asked and kept."""

    strategies: int = 1_000
    seeds: int = 10
    baselines: int = 10
    epochs: int = 90
    train: int = 1_281_167
    test: int = 50_000
    probe: int = 500
    classes: int = 1_000
    side: int = 224
    grid: int = 7
    weights: int = 25_557_032  # of ResNet-50

    @property
    def models(self) -> int:
        return self.strategies * self.seeds + self.baselines

    @property
    def seconds(self) -> float:
        """Return the seconds in which one GPU trains one model."""
        return self.epochs * self.train / RATE

    def days(self, gpus: int) -> float:
        """Return the days of so many GPUs, each of which trains whole models."""
        return ceil(self.models / gpus) * self.seconds / DAY

    @property
    def predictions(self) -> int:
        """Return the bytes of what one model says of the test and the probe images."""
        return (self.test + self.probe) * self.classes * FLOAT

    @property
    def maps(self) -> int:
        """Return the bytes of one model's maps."""
        return self.probe * self.grid**2 * FLOAT

    @property
    def smallest_p(self) -> float:
        """Return the least p that a strategy can reach once corrected for all the others."""
        least = smallest_adjusted_p(self.seeds, self.baselines, self.strategies, "holm", LIMIT)
        return float(least)


def estimated(part: str, engine: float, study: Large = Large()) -> list[Row]:
    """Return what a study would take.

    Args:
        engine: measured seconds that the engine adds to a run.
    """
    per_answer = study.seconds / GPUS[-1]
    whole = f"{study.strategies:,} strategies of {study.seeds} models, {study.baselines} baselines"
    sizes = f"{whole}; {study.test:,} test and {study.probe} probe images, float32"
    images = f"{study.train:,} images of {study.side}x{study.side}x3, float32"

    def row(what: str, value: float, unit: str, note: str) -> Row:
        return number(part, f"estimate: {what}", [value], unit, note=note)

    return [
        row("models", study.models, "models", whole),
        row("a model on one GPU", study.seconds / HOUR, "hours", RATE_NOTE),
        *(row(f"{n:,} GPUs" if n > 1 else "1 GPU", study.days(n), "days",
              f"{whole}; each GPU trains whole models") for n in GPUS),
        row(f"an answer comes, from {GPUS[-1]:,} GPUs, every", per_answer, "s", whole),
        row("the engine's share of that", engine / per_answer, "of the time",
            "measured time a task, over the time between answers"),
        row("training images in a file on each machine", study.train * study.side**2 * 3 * FLOAT
            / GIB, "GiB", images),
        row("what single images do to one score, in the driver's memory",
            study.models * study.test * DOUBLE / GIB, "GiB", sizes),
        row("predictions in the store", study.models * study.predictions / TIB, "TiB", sizes),
        row("weights in the store", study.models * study.weights * FLOAT / TIB, "TiB",
            "ResNet-50, float32"),
        row("maps in the store", study.models * study.maps / GIB, "GiB",
            f"{study.probe} maps of {study.grid}x{study.grid}, float32"),
        row("least p, corrected", study.smallest_p, "p",
            "Holm over all strategies; all relabellings of a strategy's models and the baselines"),
        row("least p, corrected, of 4 and 8 models", Large(seeds=4, baselines=8).smallest_p, "p",
            "the default plan's numbers of models, as many strategies"),
    ]  # fmt: skip
