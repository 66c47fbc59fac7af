"""Regions that a person drew on probe images: a COCO file in, masks out.

The page's gallery writes such a file; any other tool that writes COCO's polygons, boxes or
run-length masks can.
Of a file that somebody hands in nothing is believed: sizes are bounded, every number checked.
"""

from pathlib import Path

import numpy as np

from cam_augment.base.errors import InputError, nearest
from cam_augment.reading.coco import Annotation, Coco, Runs
from cam_augment.reading.files import read_json
from cam_augment.reading.names import shown
from cam_augment.reading.shapes import rasterise
from cam_augment.records import DataSet

REGION, PRODUCT = "region", "product"
MOST_BYTES = 16 * 2**20
MOST_ANNOTATIONS = 10_000
OUTSIDE = 1.0  # pixels beyond the border that a hand may slip; they are cut off


def mark(data: DataSet, path: str | Path | None) -> DataSet:
    """Return ``data`` with what a file draws on the probe set; without a file, as it is.

    Annotations of the category ``region`` replace the masks; those of ``product`` outline the
    product. A file that has only one of the two leaves the other as the data have it.

    Raises:
        InputError: as ``read_regions``, which gets the data's own fingerprint.
    """
    if path is None:
        return data
    count, rows, columns, _ = data.probe.images.shape
    kinds = _read(path, (count, rows, columns), data.fingerprint, (REGION, PRODUCT))
    return data.with_marks(kinds.get(REGION), kinds.get(PRODUCT))


def read_regions(
    path: str | Path,
    count: int,
    rows: int,
    columns: int,
    fingerprint: str | None = None,
    category: str = REGION,
) -> np.ndarray:
    """Return the masks that a COCO file draws: bool [image, row, column].

    A pixel belongs to a region where its centre lies in it: even-odd within a polygon, the
    union of the polygons, run-length masks and annotations of one image. An annotation without
    either is its box. Images without a region get an empty mask.

    Args:
        path: JSON of ``images``, ``categories`` and ``annotations``; an image's id is its
            index in the probe set, coordinates are in pixels from its top left corner.
        count, rows, columns: of the probe set.
        fingerprint: of the data. A file whose ``info.data_fingerprint`` is another is refused;
            one without is believed.
        category: name of the annotations that count; the others are checked and left out.

    Raises:
        InputError: no such file, no COCO, other data, an unknown image, coordinates that are
            no place in the image, or nothing marked.
    """
    return _read(path, (count, rows, columns), fingerprint, (category,))[category]


def _read(
    path: str | Path,
    shape: tuple[int, int, int],
    fingerprint: str | None,
    categories: tuple[str, ...],
) -> dict[str, np.ndarray]:
    """Return the masks of those of ``categories`` that the file has, one of them at least."""
    name = Path(path).name
    coco = _load(Path(path), fingerprint)
    _check_images(coco, shape)
    masks: dict[str, np.ndarray] = {}
    kinds = set()
    for annotation in coco.annotations:
        category = coco.category(annotation)
        kinds.add(category)
        inside = _drawn(annotation, *shape[1:])
        if category in categories:
            masks.setdefault(category, np.zeros(shape, bool))[annotation.image] |= inside
    if not kinds:
        raise InputError(f"{name}: no annotation: nothing is marked")
    if not masks:
        names = "' or '".join(categories)
        raise InputError(
            f"{name}: no annotation of category '{names}'.{nearest(categories[0], kinds)} "
            f"The file has: {', '.join(sorted(kinds)[:8])}"
        )
    return masks


def _load(path: Path, fingerprint: str | None) -> Coco:
    """Return a file that is small enough, and drawn on data of this fingerprint."""
    name = path.name
    content = read_json(path, MOST_BYTES, name)
    if not isinstance(content, dict):
        raise InputError(f"{name}: no COCO file: expected a table at the top")
    info = content.get("info") or {}
    if not isinstance(info, dict):
        raise InputError(f"{name}: 'info' must be a table")
    of_file = info.get("data_fingerprint")
    if None not in (of_file, fingerprint) and of_file != fingerprint:
        raise InputError(
            f"{name}: drawn on other data: received fingerprint {shown(repr(of_file), 40)}; this "
            f"is {fingerprint}"
        )
    coco = Coco(content, name)
    if coco.flaws:
        raise InputError(coco.flaws[0])
    for kind in ("images", "annotations"):
        if len(coco.listed(kind)) > MOST_ANNOTATIONS:
            count = len(coco.listed(kind))
            raise InputError(f"{name}: {kind}: {count:,}; at most {MOST_ANNOTATIONS:,}")
    return coco


def _check_images(coco: Coco, shape: tuple[int, int, int]) -> None:
    """Raise InputError where an image is none of the probe set, or of another size."""
    count, rows, columns = shape
    for key, (where, image) in coco.images.items():
        if isinstance(key, bool) or not isinstance(key, int) or not 0 <= key < count:
            raise InputError(
                f"{where}: received image id {shown(repr(key), 40)}; probe images are 0 to "
                f"{count - 1}"
            )
        size = image.get("width", columns), image.get("height", rows)
        if size != (columns, rows):
            received = " x ".join(shown(repr(side), 40) for side in size)
            raise InputError(
                f"{where}: received {received} pixels; the probe images are {columns} x {rows}"
            )


def _drawn(annotation: Annotation, rows: int, columns: int) -> np.ndarray:
    """Return the pixels [row, column] of one annotation, at least one."""
    shape = annotation.shape
    if isinstance(shape, Runs):
        inside = _of_runs(shape, rows, columns)
    else:
        polygons = [_inside(polygon, rows, columns, annotation.where) for polygon in shape]
        inside = np.logical_or.reduce(polygons)
    if not inside.any():
        raise InputError(f"{annotation.where}: covers the centre of no pixel")
    return inside


def _of_runs(runs: Runs, rows: int, columns: int) -> np.ndarray:
    if runs.shape != (rows, columns):
        high, wide = runs.shape
        raise InputError(
            f"{runs.where}: runs of {high}x{wide} pixels; the probe images are {rows}x{columns}"
        )
    return runs.mask()


def _inside(polygon: list[float], rows: int, columns: int, where: str) -> np.ndarray:
    corners = np.array(polygon, float).reshape(-1, 2)
    far = (corners < -OUTSIDE) | (corners > np.array([columns, rows]) + OUTSIDE)
    if far.any():
        x, y = corners[far.any(axis=1)][0]
        raise InputError(f"{where}: received ({x:g}, {y:g}), outside of {columns} x {rows} pixels")
    return rasterise(corners, rows, columns)
