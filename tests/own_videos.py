"""Small video files that a test writes, as a camera might."""

from pathlib import Path

import av
import numpy as np

from tests.own_pictures import drawn

SIDE, RATE, FRAMES = 32, 10, 8


def frames_of(seed: int, frames: int = FRAMES) -> list[np.ndarray]:
    """Return pictures of a part that moves to the right, uint8 [row, column, 3] each."""
    part = drawn(seed, (SIDE, SIDE, 3))
    return [np.roll(part, 3 * step, axis=1) for step in range(frames)]


def film(
    path: Path,
    pictures: list[np.ndarray],
    codec: str = "mpeg4",
    rate: int = RATE,
    trimmed: int = 0,
) -> Path:
    """Write a video; ``ffv1`` keeps every value as it is.

    Args:
        trimmed: frames at the start that are in the file and are not shown (an MP4's edit list).
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with av.open(str(path), "w") as container:
        stream = container.add_stream(codec, rate=rate)
        stream.height, stream.width = pictures[0].shape[:2]
        stream.pix_fmt = "bgr0" if codec == "ffv1" else "yuv420p"
        frames = [av.VideoFrame.from_ndarray(picture, format="rgb24") for picture in pictures]
        for frame in [*frames, None]:
            for packet in stream.encode(frame):
                packet.pts, packet.dts = packet.pts - trimmed, packet.dts - trimmed
                container.mux(packet)
    return path


def films(root: Path, per_class: int = 5, classes=("bad", "good")) -> Path:
    """Write a folder of videos for each class."""
    for place, name in enumerate(classes):
        for number in range(per_class):
            film(root / name / f"v{number}.mp4", frames_of(100 * place + number))
    return root
