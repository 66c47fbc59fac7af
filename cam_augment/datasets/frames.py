"""Frames of sequences: taken of videos, or named by a table; a sequence stays whole."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Annotated, NamedTuple, NoReturn

from pydantic import Field

from cam_augment.base.errors import InputError
from cam_augment.base.stop import STOP
from cam_augment.datasets.layouts.rows import Row
from cam_augment.reading.names import shown
from cam_augment.reading.pictures import Damaged, Picture
from cam_augment.reading.videos import Video, check_installed, is_video

Rate = Annotated[float, Field(gt=0, le=1000)]


class Still(NamedTuple):
    """A picture, or a frame of a video, before it is read.

    Attributes:
        row: as the layout names it; of a frame it says which one. load: returns it; None: a file of
            its own. source: name of the row in the layout, by which masks are found.
    """

    row: Row
    load: Callable[[], Picture] | None
    source: str


def stills(rows: Sequence[Row], rate: float | None) -> list[Still]:
    """Return pictures and the frames that are taken of videos, in order.

    A video is a sequence and a group. One that cannot be opened is there as a picture that cannot
    be read.

    Args:
        rate: frames a second that are taken of videos; None: no row is a video.

    Raises:
        InputError: a sequence has one frame, or one twice, or is in two groups or splits; a row is
            a video against ``rate``, or as a frame of a sequence; or nothing can decode videos.
    """
    if rate is None:
        _check_no_videos(rows)
        taken = [Still(row, None, row.name) for row in rows]
    else:
        check_installed()
        taken = [still for row in rows for still in _taken(row, rate)]
    _check_sequences([still.row for still in taken if still.row.sequence is not None])
    return [still._replace(row=_in_group(still.row)) for still in taken]


def _check_no_videos(rows: Sequence[Row]) -> None:
    video = next((row for row in rows if is_video(str(row.path))), None)
    if video is not None:
        raise InputError(
            f"{video.where}: '{shown(video.name)}' is a video; dataset.frames says how many frames "
            "a second are taken"
        )


def _taken(row: Row, rate: float) -> Iterator[Still]:
    if not is_video(str(row.path)):
        yield Still(row, None, row.name)
        return
    _check_no_sequence(row)
    STOP.check()
    try:
        video = Video(row.path, row.name, rate)
    except Damaged as error:
        yield Still(row, partial(_raise, error), row.name)
        return
    if len(video.frames) == 1:
        raise InputError(
            f"{row.where}: frames={rate:g} a second take one frame of it, and none follows it; "
            "take more, or leave it out"
        )
    for frame in video.frames:
        name = f"{row.name}#{frame.number}"
        named = replace(row, name=name, sequence=row.name, frame=float(frame.number))
        yield Still(named, partial(video.picture, frame), row.name)


def _check_no_sequence(row: Row) -> None:
    if row.sequence is not None:
        raise InputError(
            f"{row.where}: '{shown(row.name)}' is a video, which is a sequence of its own, and "
            f"cannot be a frame of '{shown(row.sequence, 40)}'; the column group keeps videos "
            "together"
        )


def _raise(error: Damaged) -> NoReturn:
    raise error


def _in_group(row: Row) -> Row:
    """Return a frame of a sequence in the group that is this sequence, if it is in no other."""
    return replace(row, group=row.group or row.sequence)


def _check_sequences(rows: Sequence[Row]) -> None:
    frames: dict[str, dict[float, Row]] = {}
    for row in rows:
        assert row.sequence is not None
        assert row.frame is not None
        others = frames.setdefault(row.sequence, {})
        if row.frame in others:
            raise InputError(
                f"{row.where}: frame {row.frame:g} of sequence '{shown(row.sequence, 40)}' is "
                f"'{shown(others[row.frame].name)}', too"
            )
        others[row.frame] = row
        first = next(iter(others.values()))
        for kind in ("group", "split"):
            _check_whole(kind, first, row)
    _check_company(frames)


def _check_whole(kind: str, first: Row, row: Row) -> None:
    """Raise InputError where two frames of a sequence are in two groups or splits."""
    one, two = getattr(first, kind), getattr(row, kind)
    if one == two:
        return
    sequence = shown(str(row.sequence), 40)
    if None in (one, two):
        lacking, other = (first, row) if one is None else (row, first)
        raise InputError(
            f"{lacking.where}: '{shown(lacking.name)}' has no {kind}, and '{shown(other.name)}' "
            f"of the same sequence '{sequence}' has '{shown(getattr(other, kind), 40)}'; a "
            f"sequence stays whole: give all of its frames one {kind}, or none"
        )
    raise InputError(
        f"{row.where}: sequence '{sequence}' is in the {kind} '{shown(two, 40)}' here and in "
        f"'{shown(one, 40)}' above; a sequence stays whole"
    )


def _check_company(frames: Mapping[str, Mapping[float, Row]]) -> None:
    """Raise InputError where a sequence, of frames by number, has one alone."""
    alone = next((others for others in frames.values() if len(others) == 1), None)
    if alone is not None:
        (row,) = alone.values()
        raise InputError(
            f"{row.where}: sequence '{shown(str(row.sequence), 40)}' has this frame alone; it "
            "takes two at least"
        )
