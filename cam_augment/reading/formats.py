"""Which files are pictures: by their endings, and where these say nothing by their content."""

import os
from pathlib import Path

from PIL import Image

# What Pillow decodes itself. EPS is left out, since it is handed to another program; so are icons,
# which desktop systems scatter, and the formats of which Pillow knows the name only.
FORMATS = (
    "PNG", "JPEG", "TIFF", "BMP", "DIB", "WEBP", "GIF", "JPEG2000", "PPM", "AVIF", "TGA",
    "PCX", "SGI", "SUN", "DDS", "PSD", "QOI", "MSP", "XBM", "XPM", "FITS",
)  # fmt: skip
ENDINGS = (
    ".png", ".apng", ".jpg", ".jpeg", ".jpe", ".jfif", ".mpo", ".tif", ".tiff", ".bmp", ".dib",
    ".webp", ".gif", ".jp2", ".j2k", ".j2c", ".jpc", ".jpf", ".jpx", ".pgm", ".ppm", ".pbm", ".pnm",
    ".avif", ".tga", ".pcx", ".sgi", ".rgb", ".bw", ".ras", ".dds", ".psd", ".qoi", ".msp", ".xbm",
    ".xpm", ".fit", ".fits",
)  # fmt: skip
# Those whose first bytes are a signature.
_SIGNED = ("PNG", "JPEG", "TIFF", "BMP", "WEBP", "GIF", "JPEG2000", "AVIF", "PPM", "QOI")
# Cameras' raw files begin as TIFF does, and what is read of them then is a thumbnail.
_RAW = (".dng", ".nef", ".nrw", ".cr2", ".cr3", ".arw", ".sr2", ".orf", ".rw2", ".pef", ".raf",
        ".srw", ".3fr", ".iiq", ".ico", ".cur")  # fmt: skip


def is_picture(path: str) -> bool:
    """Return whether a file is a picture: by its ending, or else by its first bytes."""
    name = path.lower()
    if name.endswith(ENDINGS):
        return True
    return not name.endswith(_RAW) and os.path.isfile(path) and _has_signature(path)


def _has_signature(path: str) -> bool:
    try:
        with Image.open(Path(path), formats=_SIGNED):
            return True
    except Exception:  # Pillow's readers raise errors of many kinds on what is none of theirs
        return False
