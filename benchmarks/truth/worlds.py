"""Worlds in which studies are drawn: what arms truly do, and how much their models differ.

The numbers are in ``world.toml``: gains and classes of the stored truth study, the noise of
trained models. A world differs from another by its noise, and by whether arms do anything.
"""

import tomllib
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

import numpy as np

FILE = Path(__file__).parent / "world.toml"
SHOWN = "M"  # strategies noisier than baselines by the ratio seen


@dataclass(frozen=True, eq=False)
class World:
    """What is true.

    Attributes:
        arms: names, the control first. gain: float [arm]. effect: of recalls [arm, class].
        base: recall of the baselines [class]. shape: float [class, class], what makes standard
            normal numbers into one model's recalls, for an SD of accuracy of 1.
        sd: of accuracy, of the baselines and then of every arm. finite: share of that variance
            that is single images. image_sd: what the choice of images moves an arm's gain by,
            [arm]. images: to which finite, sd and image_sd belong.
    """

    arms: tuple[str, ...]
    gain: np.ndarray
    effect: np.ndarray
    base: np.ndarray
    shape: np.ndarray
    sd: np.ndarray
    finite: float
    image_sd: np.ndarray
    images: int

    @property
    def nothing(self) -> "World":
        """The same noise, where no arm does anything."""
        none = {name: np.zeros_like(getattr(self, name)) for name in ("gain", "effect", "image_sd")}
        return replace(self, **none)

    def noise(self, images: int) -> np.ndarray:
        """Return the SD of accuracy of the baselines and of every arm, by test images."""
        return self.sd * np.sqrt(1 - self.finite + self.finite * self.images / images)

    def image_variance(self, images: int) -> np.ndarray:
        """Return the image part of the variance of every arm's gain [arm]."""
        return self.image_sd**2 * self.images / images


@cache
def _numbers() -> dict:
    return tomllib.loads(FILE.read_text("utf-8"))


def names() -> list[str]:
    """Return the names of the worlds."""
    return list(_numbers()["sd"])


def world(name: str = SHOWN) -> World:
    """Return a world by name."""
    numbers = _numbers()
    arms = numbers["arms"]
    gain = np.array([arm["gain"] for arm in arms])
    classes = np.array([arm["classes"] for arm in arms]) / 100
    scale = np.array(numbers["class_sd"])
    correlations = np.array(numbers["correlations"])
    accuracy_sd = np.sqrt(scale @ correlations @ scale) / len(scale)
    return World(
        arms=tuple(arm["name"] for arm in arms),
        gain=gain,
        effect=classes - classes.mean(axis=1, keepdims=True) + gain[:, None],
        base=np.array(numbers["base"]),
        shape=scale[:, None] * np.linalg.cholesky(correlations) / accuracy_sd,
        sd=np.array(numbers["sd"][name]),
        finite=numbers["finite"],
        image_sd=np.array([arm["image_sd"] for arm in arms]),
        images=numbers["images"],
    )


@dataclass(frozen=True, eq=False)
class Drawn:
    """Studies drawn in a world: recalls in whole images.

    Attributes:
        baselines: float [study, class, model]. arms: float [study, arm, class, model], the
            control first.
        images: test images, evenly of all classes.
        image, class_image: what their choice adds to the variance of the arms' gains, float
            [arm], and of the gains in each class's recall, float [class, arm].
    """

    baselines: np.ndarray
    arms: np.ndarray
    images: int
    image: np.ndarray
    class_image: np.ndarray


def draw(
    world: World,
    studies: int,
    models: int,
    baselines: int,
    images: int,
    rng: np.random.Generator,
    moved: np.ndarray | None = None,
) -> Drawn:
    """Draw studies.

    Args:
        moved: float [study, arm], standard normal: what the choice of test images does to the
            arms; studies of the same images share it. None: drawn.
    """
    count, classes = len(world.arms), len(world.base)
    noise = world.noise(images)
    if moved is None:
        moved = rng.standard_normal((studies, count))

    def recalls(shape: tuple[int, ...]) -> np.ndarray:
        return np.moveaxis(rng.standard_normal((*shape, classes)) @ world.shape.T, -1, -2)

    base = world.base[:, None] + noise[0] * recalls((studies, baselines))
    shift = moved * np.sqrt(world.image_variance(images))
    centre = (world.base + world.effect)[None] + shift[:, :, None]
    arms = centre[..., None] + noise[1:, None, None] * recalls((studies, count, models))
    of_class = images / classes
    base, arms = (np.round(values * of_class) / of_class for values in (base, arms))
    # In these worlds the choice of images moves all classes of an arm together.
    image = world.image_variance(images)
    return Drawn(base, arms, images, image, np.tile(image, (classes, 1)))
