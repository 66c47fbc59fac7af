"""A folder of pictures with blemishes, read as tiles."""

import numpy as np

from cam_augment.datasets.folder import folder
from cam_augment.reading.tiling import Tiling
from tests.own_pictures import drawn, save

SHAPE = (40, 50)
TILES = {"size": 16, "stride": 12, "marked": 6}
PER_CLASS = 20
PLAN = {"strategies": ["identity", "rotation"], "baselines": 4, "seeds": 4, "bootstrap": 100,
        "permutations": 1000, "gain": "auroc", "metrics": ["pearson"], "gallery": 1}  # fmt: skip


def blemish(number: int) -> np.ndarray:
    """A mask of four by four pixels; of two pictures a smaller one, or none at all."""
    mask = np.zeros(SHAPE, np.uint8)
    row, column = (7 * number) % 36, (11 * number) % 46
    side = {2: 2, 3: 0}.get(number, 4)
    mask[row : row + side, column : column + side] = 255
    return mask


def write_parts(root) -> None:
    """Write a folder of sound and scratched parts, and one of the masks of the scratches."""
    for number in range(PER_CLASS):
        save(root / "parts" / "good" / f"g{number}.png", drawn(number, SHAPE))
        save(root / "parts" / "scratch" / f"s{number}.png", drawn(100 + number, SHAPE))
        save(root / "marks" / "scratch" / f"s{number}.png", blemish(number))


def read_tiles(root, **changes):
    places = {"path": str(root / "parts"), "masks": str(root / "marks")}
    return folder(**{**places, "tiles": Tiling(**TILES).text, **changes})
