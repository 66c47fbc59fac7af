"""Frames of video files, decoded one after the other and taken at a rate."""

import math
from collections import deque
from collections.abc import Generator, Iterator
from importlib.util import find_spec
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from cam_augment.base.errors import InputError
from cam_augment.reading.names import reason, shown
from cam_augment.reading.pictures import Damaged, Picture, check_file, check_size, picture_of

if TYPE_CHECKING:
    import av

ENDINGS = (
    ".mp4", ".m4v", ".mov", ".avi", ".mkv", ".webm", ".mpg", ".mpeg", ".wmv", ".mts", ".m2ts",
    ".ts", ".flv", ".ogv", ".3gp",
)  # fmt: skip
_STRICT = {"err_detect": "explode"}  # else a decoder paints over what is damaged, and says nothing
_MOST_LOST = 0.1  # share of its length that may lack at the end of a video, beside a second
# Seconds by which a frame may come before its time and is taken all the same: a unit of the
# coarsest clock (MKV, WebM and FLV count milliseconds), and what sums of fractions lose.
_EARLY = 1e-3 + 1e-6


def is_video(path: str) -> bool:
    """Return whether a file is a video, by its ending."""
    return path.lower().endswith(ENDINGS)


def check_installed() -> None:
    """Raise InputError where nothing can decode videos."""
    if find_spec("av") is None:
        raise InputError("folder: frames: av is not installed; pip install '.[video]'")


class Sampled(NamedTuple):
    """A frame that is taken of a video.

    Attributes:
        number: its place among all of the video's frames, from 0. time: when it is shown, in units
            of the stream.
    """

    number: int
    time: int


class Video:
    """A video of which some frames are taken; several threads may ask for them.

    What is decoded on the way to a frame and is taken, too, waits until somebody asks for it, so a
    video is decoded once where its frames are asked for in order.

    Args:
        path: of its file. name: what messages call it. rate: frames a second that are taken; all of
            a video that has fewer.

    Attributes:
        frames: those that are taken, in order.

    Raises:
        Damaged: it cannot be opened, or has no frame.
    """

    def __init__(self, path: Path, name: str, rate: float):
        self.name = name
        self._path = path
        self._lock = Lock()
        self._decoding: Generator[tuple[int, Picture | Damaged], None, None] | None = None
        self._waiting: dict[int, Picture | Damaged] = {}
        self._passed = -math.inf  # time of the frame that was decoded last
        self._counted = False  # whether times are of another order than that of showing
        self.frames = self._sampled(rate)

    def picture(self, frame: Sampled) -> Picture:
        """Return a frame as a picture, upright.

        Raises:
            Damaged: it cannot be decoded.
        """
        with self._lock:
            if frame.time not in self._waiting and frame.time <= self._passed:
                self._close()
                self._passed = -math.inf  # from the beginning again
            while frame.time not in self._waiting:
                self._decode_one()
            picture = self._waiting.pop(frame.time)
        if isinstance(picture, Damaged):
            raise picture
        return picture

    def _decode_one(self) -> None:
        """Decode until one more frame waits; the last one closes the file."""
        if self._decoding is None:
            self._decoding = self._pictures()
        time, self._waiting[time] = next(self._decoding)
        self._passed = time
        if time == self.frames[-1].time:
            self._close()

    def _close(self) -> None:
        if self._decoding is not None:
            self._decoding.close()
        self._decoding = None

    def _pictures(self) -> Generator[tuple[int, Picture | Damaged], None, None]:
        """Yield the frames that are taken, in order, by their times; or what is wrong with them."""
        import av

        left = deque(self.frames)
        why = "it ends before its last frame"
        try:
            with av.open(str(self._path)) as container:
                stream = container.streams.video[0]
                stream.codec_context.options = _STRICT
                for number, frame in enumerate(container.decode(stream)):
                    place = number if self._counted else frame.pts
                    while left and place is not None and self._place(left[0]) < place:
                        yield left.popleft().time, self._damaged("a frame is missing")
                    if left and self._place(left[0]) == place:
                        yield left.popleft().time, _picture(frame)
        except (av.FFmpegError, OSError, ValueError) as error:
            why = reason(error)
        for missing in left:
            yield missing.time, self._damaged(why)

    def _place(self, frame: Sampled) -> int:
        """Return what a decoded frame is told by."""
        return frame.number if self._counted else frame.time

    def _sampled(self, rate: float) -> tuple[Sampled, ...]:
        """Return which frames are taken, by their times, for which nothing is decoded."""
        import av

        check_file(self._path, self.name)
        try:
            with av.open(str(self._path)) as container:
                stream = container.streams.video[0] if container.streams.video else None
                if stream is None or stream.time_base is None:
                    raise self._damaged("it has no pictures in it")
                check_size((stream.width, stream.height), self.name)
                stored = list(_times(container.demux(stream)))
                times = sorted(set(stored))
                # AVI and WMV have no times of showing: where frames are stored in another order,
                # the times are of that order, and decoded frames are told by their count.
                self._counted = stream.codec_context.has_b_frames and stored == times
                second = float(1 / stream.time_base)
                whole = _seconds(container, stream)
        except (av.FFmpegError, OSError) as error:
            raise self._damaged(reason(error)) from None
        if not times:
            raise self._damaged("it has no frame")
        there = (times[-1] - times[0]) / second
        if there < (1 - _MOST_LOST) * whole - 1:
            raise self._damaged(f"it has {there:.1f} of its {whole:.1f} seconds")
        return tuple(_at_rate(times, second, rate))

    def _damaged(self, why: str) -> Damaged:
        return Damaged(f"{shown(self.name)}: cannot be decoded: {why}")


def _times(packets: Iterator["av.Packet"]) -> Iterator[int]:
    """Yield the times of packets, of all but those that an edit list trims off, as stored."""
    for packet in packets:
        if packet.pts is not None and not packet.is_discard:
            yield packet.pts


def _seconds(container: "av.container.InputContainer", stream: "av.VideoStream") -> float:
    """Return how long a video says that it is, 0 where it does not say."""
    if stream.duration is not None and stream.time_base is not None:
        return float(stream.duration * stream.time_base)
    if container.duration is None or len(container.streams) > 1:  # sound may go on without pictures
        return 0.0
    return container.duration / 1e6


def _at_rate(times: list[int], second: float, rate: float) -> Iterator[Sampled]:
    """Yield, of every 1/rate seconds from the first frame on, the first frame that is shown.

    Args:
        times: of all frames, rising. second: in units of these.

    >>> [frame.number for frame in _at_rate([0, 10, 20, 30, 40, 50], 20, 1)]
    [0, 2, 4]
    """
    last = -1
    for number, time in enumerate(times):
        tick = int(((time - times[0]) / second + _EARLY) * rate)
        if tick > last:
            last = tick
            yield Sampled(number, time)


def _picture(frame: "av.VideoFrame") -> Picture:
    values = frame.to_ndarray(format="rgb24") / np.float32(255)
    return picture_of(np.rot90(values, round(frame.rotation / 90)))
