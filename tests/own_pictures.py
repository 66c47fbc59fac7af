"""Folders of pictures that a test writes, as a person might have them."""

import csv
import struct
import zlib
from pathlib import Path

import numpy as np
from PIL import Image

CLASSES = ("dent", "fine", "scratch")


def drawn(seed: int, shape: tuple[int, ...] = (20, 30)) -> np.ndarray:
    """Return bytes that look like no other seed's."""
    coarse = np.random.default_rng(seed).integers(0, 256, (6, 6, *shape[2:]), np.uint8)
    rows = np.arange(shape[0]) * 6 // shape[0]
    columns = np.arange(shape[1]) * 6 // shape[1]
    return coarse[rows][:, columns]


def save(path: Path, values: np.ndarray, **options) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(values).save(path, **options)
    return path


def class_folders(root: Path, per_class: int = 10, classes=CLASSES, seed: int = 0) -> Path:
    for place, name in enumerate(classes):
        for number in range(per_class):
            save(root / name / f"{name}-{number}.png", drawn(seed + 1000 * place + number))
    return root


def square(shape: tuple[int, int] = (20, 30)) -> np.ndarray:
    """A mask that marks rows 4 to 11 and columns 6 to 20."""
    mask = np.zeros(shape, np.uint8)
    mask[4:12, 6:21] = 255
    return mask


def write_masks(root: Path, masks: Path, ending: str = ".png", flat: bool = False) -> Path:
    for path in sorted(root.rglob("*.png")):
        if path.parent.name != "fine":
            relative = Path(path.name) if flat else path.relative_to(root)
            save((masks / relative).with_suffix("").with_name(path.stem + ending), square())
    return masks


def write_table(root: Path, rows: list[dict], name: str = "table.csv") -> Path:
    columns = list(dict.fromkeys(column for row in rows for column in row))
    with (root / name).open("w", newline="", encoding="utf-8") as file:
        table = csv.DictWriter(file, columns)
        table.writeheader()
        table.writerows(rows)
    return root / name


def png(values):
    """A PNG file of 16 bits a value, uint16 [row, column, 3 or 4]."""

    def chunk(kind, content):
        check = zlib.crc32(kind + content)
        return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", check)

    rows, columns, channels = values.shape
    head = struct.pack(">IIBBBBB", columns, rows, 16, {3: 2, 4: 6}[channels], 0, 0, 0)
    lines = b"".join(b"\0" + row.astype(">u2").tobytes() for row in values)
    parts = (b"IHDR", head), (b"IDAT", zlib.compress(lines)), (b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunk(*part) for part in parts)


def photograph(seed, shape=(20, 30)):
    """Bytes [row, column, 3] of many colours."""
    return np.random.default_rng(seed).integers(0, 256, (*shape, 3), np.uint8)


def object_map(objects, seed=0, shape=(256, 256)):
    """A map of squares in colours by chance on black, uint8 [row, column, 3]."""
    random, values = np.random.default_rng(seed), np.zeros((*shape, 3), np.uint8)
    for _ in range(objects):
        row, column = random.integers(0, np.array(shape) - 14)
        values[row : row + 12, column : column + 12] = random.integers(30, 256, 3)
    return values


def tiff(values, photometric):
    """A TIFF file of greys, uint8 or uint16 [row, column]; photometric 0: white is stored as 0."""
    (rows, columns), bits = values.shape, values.dtype.itemsize * 8
    content = values.astype(f"<u{bits // 8}").tobytes()
    tags = {256: columns, 257: rows, 258: bits, 259: 1, 262: photometric, 273: 0, 277: 1,
            278: rows, 279: len(content)}  # fmt: skip
    tags[273] = 8 + 2 + 12 * len(tags) + 4
    entries = b"".join(struct.pack("<HHIHH", tag, 3, 1, value, 0) for tag, value in tags.items())
    head = b"II*\0" + struct.pack("<IH", 8, len(tags))
    return head + entries + struct.pack("<I", 0) + content
