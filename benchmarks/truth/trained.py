"""Studies drawn from trained models: are their verdicts true, and does a second one agree?

One plan with many models of every strategy stands for the world; a study is some of its models,
drawn without replacement, and is judged as the simulated studies are (``judged``). The truth is
what the models say that are in neither of two studies, with its interval; where that holds a
margin, nobody knows whether a claim is true, and it is counted apart.

What models predicted is kept beside the results, so that studies can be drawn without training.
"""

import io
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import scipy.stats

from benchmarks.truth.judged import CLASS, Design
from benchmarks.truth.simulated import Alarms, Truth, Verdicts, claimed_of_nothing, compared
from benchmarks.truth.worlds import Drawn
from cam_augment.impact.arms import Arms
from cam_augment.plan import BASELINE, Plan
from cam_augment.statistics import against, contrast, groups
from cam_augment.statistics.images import image_part

SEEDS, BASELINES, IMAGES = 20, 36, 3_750
STUDIES, NULLS = 1_000, 4_000
QUICK_STUDIES, QUICK_NULLS = 20, 40
CONTROL = "identity"
LEVEL = 0.95  # of the truth's intervals
SCALES = (0.5, 1.0, 1.5, 2.0)  # of the noise of strategies that do nothing
FILE = "trained.npz"
_ARRAYS = ("labels", "baselines", "arms")
QUICK = {
    "strategies": [CONTROL, "horizontal_flip"],
    "dataset": {"name": "mnist", "train": 100, "validation": 10, "probe": 30, "test": 200},
    "recipe": {"epochs": 3, "batch_size": 25},
}
DESIGNS = (
    Design(((4, 8),), 2_500),
    Design(((4, 8),), IMAGES),
    Design(((5, 10),), IMAGES),
    Design(((4, 8), (6, 12)), IMAGES),
)
QUICK_DESIGNS = (Design(((2, 2),), 100), Design(((2, 2), (3, 3)), 200))


def plan(quick: bool = False) -> Plan:
    """Return the default plan with many seeds."""
    if quick:
        return Plan.read("quickstart", **QUICK, seeds=7, baselines=8, more_models=[])
    return Plan.read(
        "quickstart",
        seeds=SEEDS,
        baselines=BASELINES,
        more_models=[],
        dataset={"name": "mnist", "test": IMAGES},
    )


@dataclass(frozen=True, eq=False)
class Pool:
    """What many models of every arm predicted.

    Attributes:
        names: of the arms, the control first. labels: int [image].
        baselines: int [model, image], the classes that they predicted; arms: int [arm, model,
            image].
    """

    names: tuple[str, ...]
    labels: np.ndarray
    baselines: np.ndarray
    arms: np.ndarray

    @classmethod
    def of(cls, arms: Arms) -> "Pool":
        """Return the predictions of a study's models."""
        names = [label for label in arms.labels if label != BASELINE]
        names = [CONTROL, *(name for name in names if name != CONTROL)]
        classes = [
            np.stack([fit.test_logits.argmax(axis=1) for fit in arms.fits(name)])
            for name in (BASELINE, *names)
        ]
        return cls(tuple(names), arms.data.test.labels, classes[0], np.stack(classes[1:]))

    @classmethod
    def read(cls, path: Path) -> "Pool":
        """Return the predictions of a file with ``content``."""
        with np.load(path, allow_pickle=False) as file:
            names = tuple(map(str, file["names"]))
            return cls(names, *(file[name].astype(int) for name in _ARRAYS))

    def content(self) -> bytes:
        """Return the predictions as a compressed npz file."""
        parts = {name: getattr(self, name).astype(np.uint8) for name in _ARRAYS}
        buffer = io.BytesIO()
        np.savez_compressed(buffer, names=np.array(self.names), **parts)
        return buffer.getvalue()

    def first(self, images: int) -> "Pool":
        """Return the predictions of the first images, which have the classes' shares."""
        part = slice(0, images)
        return Pool(self.names, self.labels[part], self.baselines[:, part], self.arms[..., part])

    @property
    def classes(self) -> int:
        return int(self.labels.max()) + 1

    def recalls(self, predicted: np.ndarray) -> np.ndarray:
        """Return every class's recall [..., class, model] of predictions [..., model, image]."""
        right = predicted == self.labels
        member = np.eye(self.classes)[self.labels]
        return np.moveaxis(right @ member / member.sum(axis=0), -1, -2)

    def image_parts(self) -> tuple[np.ndarray, np.ndarray]:
        """Return what the choice of images adds to the variance of gains [arm], and of recalls.

        Returns:
            float [arm], of accuracy; float [class, arm], of every class's recall.
        """
        values = np.concatenate([self.baselines, *self.arms]) == self.labels
        models = groups([len(self.baselines), *[self.arms.shape[1]] * len(self.arms)])
        contrasts = against(1 + len(self.arms))
        of_class = [
            image_part(values[:, self.labels == label], models, contrasts)
            for label in range(self.classes)
        ]
        return image_part(values, models, contrasts), np.stack(of_class)


def drawn_pairs(
    pool: Pool, studies: int, design: Design, rng: np.random.Generator
) -> tuple[Drawn, Drawn, Truth]:
    """Return pairs of studies that share no model, and what the models of neither say."""
    models, baselines = design.most
    base, arms = pool.recalls(pool.baselines), pool.recalls(pool.arms)
    rows = _orders(studies, base.shape[-1], rng)
    orders = np.stack([_orders(studies, arms.shape[-1], rng) for _ in arms], axis=1)
    gain, of_class = pool.image_parts()

    def part(bases: slice, models: slice) -> Drawn:
        ours = np.moveaxis(base[:, rows[:, bases]], 1, 0)
        theirs = np.take_along_axis(arms[None], orders[:, :, None, models], axis=-1)
        return Drawn(ours, theirs, len(pool.labels), gain, of_class)

    one = part(slice(0, baselines), slice(0, models))
    two = part(slice(baselines, 2 * baselines), slice(models, 2 * models))
    rest = part(slice(2 * baselines, None), slice(2 * models, None))
    return one, two, truth_of(rest)


def _orders(studies: int, count: int, rng: np.random.Generator) -> np.ndarray:
    return rng.permuted(np.tile(np.arange(count), (studies, 1)), axis=1)


def truth_of(rest: Drawn) -> Truth:
    """Return the gains and the worst classes of strategies by all models of some studies."""
    sizes = [rest.baselines.shape[-1], *[rest.arms.shape[-1]] * rest.arms.shape[1]]
    values = np.concatenate([rest.baselines, *np.moveaxis(rest.arms, 1, 0)], axis=-1)
    models, contrasts = groups(sizes), against(len(sizes))[1:]
    gain = contrast(values.mean(axis=1), models, contrasts, rest.image[1:], rest.images)
    classes = values.shape[1]
    recall = contrast(values, models, contrasts, rest.class_image[:, 1:], rest.images / classes)
    half, half_class = (_quantile(part.df) * np.sqrt(part.variance) for part in (gain, recall))
    return Truth(
        gain=(gain.estimate - half, gain.estimate + half),
        worst=(
            (-recall.estimate - half_class).max(axis=1),
            (-recall.estimate + half_class).max(axis=1),
        ),
    )


def _quantile(df: np.ndarray) -> np.ndarray:
    return scipy.stats.t.ppf((1 + LEVEL) / 2, np.where(np.isfinite(df), df, 1))


def pairs(pool: Pool, design: Design, studies: int, seed: int = 0) -> Verdicts:
    """Draw pairs of studies of the same test images, and hold them against the truth."""
    rng = np.random.default_rng(seed)
    one, two, truth = drawn_pairs(pool.first(design.images), studies, design, rng)
    return compared("trained", design, (one, two), truth)


def alarms(pool: Pool, design: Design, scale: float, studies: int, seed: int = 1) -> list[Alarms]:
    """Draw studies of nothing, and count what they claim at any stage.

    Recalls are drawn with replacement from the models that do nothing, baselines and control,
    as they lie about their mean; those of the strategies ``scale`` times as far.
    """
    rng = np.random.default_rng(seed)
    recalls = np.concatenate([pool.recalls(pool.baselines), pool.recalls(pool.arms[0])], axis=1)
    mean, count = recalls.mean(axis=1, keepdims=True), recalls.shape[1]
    residuals = (recalls - mean) * np.sqrt(count / (count - 1))
    models, baselines = design.most
    strategies = len(pool.arms)
    none, at_margin = np.zeros(len(mean)), np.where(np.arange(len(mean)) % 2, CLASS, -CLASS)

    def study(effect: np.ndarray) -> Drawn:
        base = residuals[:, rng.integers(count, size=(studies, baselines))]
        draws = residuals[:, rng.integers(count, size=(studies, strategies, models))] * scale
        return Drawn(
            np.moveaxis(mean[:, :, None] + base, 0, 1),
            np.moveaxis(mean[:, :, None, None] + draws, 0, 2) + effect[:, None],
            len(pool.labels),
            np.zeros(strategies),
            np.zeros((len(mean), strategies)),
        )

    return claimed_of_nothing(f"trained, noise x {scale:g}", design, study(none), study(at_margin))


def measured(pool: Pool, quick: bool = False) -> tuple[list[Verdicts], list[Alarms]]:
    """Return verdicts by design, and alarms of the first and the last design by scale."""
    studies, nulls = (QUICK_STUDIES, QUICK_NULLS) if quick else (STUDIES, NULLS)
    designs: Sequence[Design] = QUICK_DESIGNS if quick else DESIGNS
    verdicts = [pairs(pool, design, studies) for design in designs]
    claims = [
        alarm
        for design in (designs[-2], designs[-1])
        for scale in SCALES
        for alarm in alarms(pool.first(design.images), design, scale, nulls)
    ]
    return verdicts, claims
