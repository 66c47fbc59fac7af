"""What does a model see in patches of the probe images? What its layer gives there.

A patch is a cell of the layer's grid, in one image. All models of a study are asked about the
same ones, so what they see can be held side by side although their channels have nothing in
common.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from cam_augment.base.errors import InputError
from cam_augment.plan import Plan, Run
from cam_augment.questions import Question, Trained, question
from cam_augment.records import DataSet

COUNT = 2000  # patches, spread evenly over the probe images


@question
@dataclass(frozen=True)
class ConceptsQuestion(Question):
    """What the layer that is looked at gives in patches, of every run, if the plan asks for it.

    Attributes:
        layer: its name, or None for the network's own. factors: how many are to be learned.
        images: probe images. None of the last two decides an answer.
    """

    kind = "concepts"
    version = 1
    sees = ("probe",)

    layer: str | None = None
    factors: int = 1
    images: int = 1

    @classmethod
    def asked(cls, run: Run, plan: Plan, data: DataSet) -> Iterator["ConceptsQuestion"]:
        if plan.concepts is not None:
            key = cls.key_of(run, data, COUNT, plan.place)
            yield cls(key, plan.cam_layer, plan.concepts.factors, len(data.probe))

    def check(self, trainer: Trained) -> None:
        """Raise InputError where there is no such layer, or too little for so many factors."""
        look = trainer.view(self.layer)
        patches = len(patches_of(self.images, look.grid))
        check_factors(self.factors, look.layer, look.channels, patches)

    def answer(self, trainer: Trained, run: Run, data: DataSet) -> dict[str, np.ndarray]:
        """Return ``activations``, float16 [patch, channel].

        The patches are those that ``patches_of`` names. The activations are divided by their
        largest absolute value, which says nothing beside a layer's own scale.
        """
        look = trainer.view(self.layer)
        images, places = data.probe.images, patches_of(len(data.probe), look.grid)
        rows = []
        for start in range(0, len(images), look.block):
            block = slice(start, start + look.block)
            of_block = places[(places[:, 0] >= start) & (places[:, 0] < start + look.block)]
            image, row, column = of_block.T
            rows.append(look.activations(images[block])[image - start, row, column])
        values = np.concatenate(rows)
        largest = np.abs(values).max()
        scaled = values / largest if largest > 0 else values
        return {"activations": scaled.astype(np.float16)}


def patches_of(images: int, grid: tuple[int, int]) -> np.ndarray:
    """Return the patches that models are asked about, int64 [patch, 3]: image, row and column.

    At most ``COUNT``, spread evenly over the images; which cells of an image is drawn once, the
    same for all models.

    Args:
        images: of the probe set. grid: rows and columns of the layer.

    >>> patches_of(2, (1, 2)).tolist()
    [[0, 0, 0], [0, 0, 1], [1, 0, 0], [1, 0, 1]]
    """
    cells = grid[0] * grid[1]
    count = min(COUNT, images * cells)
    ends = np.arange(images + 1) * count // images
    generator = np.random.default_rng(0)
    chosen = [
        np.sort(generator.permutation(cells)[:size]) + image * cells
        for image, size in enumerate(np.diff(ends))
    ]
    return np.stack(np.unravel_index(np.concatenate(chosen), (images, *grid)), axis=1)


def check_factors(factors: int, layer: str, channels: int, patches: int) -> None:
    """Raise InputError where a layer has fewer channels, or the probe set fewer patches."""
    for count, things in ((channels, "channels"), (patches, "patches of probe images")):
        if factors > count:
            raise InputError(
                f"concepts: received {factors} factors; layer '{layer}' has {count} {things}, and "
                "there are at most as many factors"
            )
