"""The pictures of the gallery: ``python -m docs.thumbnails`` takes the first screen of every page.

It needs chromium. Pages do not change when only the pictures do, so no test asks for them anew.
"""

import subprocess
from io import BytesIO
from pathlib import Path
from tempfile import TemporaryDirectory

from PIL import Image

HERE = Path(__file__).resolve().parent
RESULTS = HERE.parent / "results"
SCREEN = (1280, 757)  # pixels: a laptop's first screen
WIDTH = 640


def first_screen(page: Path) -> Image.Image:
    """Return what a browser shows of a page before anybody scrolls."""
    with TemporaryDirectory() as folder:
        shot = Path(folder) / "shot.png"
        subprocess.run(
            ["chromium", "--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars",
             "--window-size={},{}".format(*SCREEN), f"--screenshot={shot}", page.as_uri()],
            check=True, capture_output=True,
        )  # fmt: skip
        return Image.open(BytesIO(shot.read_bytes())).convert("RGB")


def main() -> None:
    """Write the picture of every page in ``results/``, and the one of the README in full size."""
    for page in sorted(RESULTS.glob("*/report.html")):
        screen = first_screen(page)
        small = screen.resize(
            (WIDTH, round(WIDTH * SCREEN[1] / SCREEN[0])), Image.Resampling.LANCZOS
        )
        _save(small, page.parent.name)
        if page.parent.name == "quickstart":
            _save(screen, "page")


def _save(image: Image.Image, name: str) -> None:
    # 256 colours are enough for what is mostly text, in a third of the bytes, where the rare ones
    # that mark verdicts stay what they are: by coverage, since the median cut mixes them.
    few = image.quantize(256, Image.Quantize.MAXCOVERAGE, dither=Image.Dither.NONE)
    few.save(HERE / "gallery" / f"{name}.png", optimize=True)


if __name__ == "__main__":
    main()
