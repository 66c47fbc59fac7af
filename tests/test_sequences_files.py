"""Sequences in people's files: videos by class, and tables that say which frame is which."""

import os

import av
import keras
import numpy as np
import pytest

from cam_augment.base.errors import InputError
from cam_augment.cli.study import main
from cam_augment.plan import Plan
from cam_augment.reading.videos import Video
from cam_augment.registry import DATASETS
from cam_augment.store import Store
from cam_augment.study import from_files
from cam_augment.study.run import load_data
from tests.own_pictures import drawn, save, write_table
from tests.own_videos import FRAMES, RATE, SIDE, film, films, frames_of

SPLITS = ("train", "validation", "probe", "test")
SHARES = {"train": 0.4, "validation": 0.2, "probe": 0.2, "test": 0.2}


def load(path, **settings):
    dataset = {"name": "folder", "path": str(path), "size": f"{SIDE}x{SIDE}", **SHARES, **settings}
    return load_data(Plan.make({"dataset": dataset}))


def refused(path, **settings) -> str:
    with pytest.raises(InputError) as caught:
        load(path, **settings)
    line = str(caught.value)
    assert line.isprintable()
    return line


@pytest.fixture(scope="module")
def root(tmp_path_factory):
    return films(tmp_path_factory.mktemp("films"))


# ---- videos


def test_a_video_is_a_sequence_and_stays_whole(root):
    data = load(root, frames=RATE)
    groups = [set(getattr(data, split).groups.tolist()) for split in SPLITS]
    assert sum(map(len, groups)) == len(set.union(*groups)) == 10
    assert sum(len(getattr(data, split)) for split in SPLITS) == 10 * FRAMES
    sequences = data.sequences
    assert len(data.probe) == len(sequences.numbers) * FRAMES
    for number in sequences.numbers:
        members = sequences.members(number)
        assert sequences.frame[members].tolist() == list(range(FRAMES))
        label = data.classes[data.probe.labels[members[0]]]
        assert sequences.names[number].startswith(f"{label}/")


def test_frames_are_the_pictures_of_the_video_in_order(tmp_path):
    pictures = frames_of(7)
    video = Video(film(tmp_path / "v.mkv", pictures, "ffv1"), "v.mkv", RATE)
    for frame, picture in zip(video.frames, pictures, strict=True):
        np.testing.assert_allclose(video.picture(frame).values, picture / 255, atol=1e-6)
    backwards = [video.picture(frame).values for frame in reversed(video.frames)]
    np.testing.assert_allclose(backwards, [p / 255 for p in reversed(pictures)], atol=1e-6)


def nearest(frame, pictures):
    """Return which of some pictures is the most like a frame."""
    alike = [np.corrcoef(frame.values.ravel(), p.ravel())[0, 1] for p in pictures]
    return int(np.argmax(alike))


@pytest.mark.parametrize(("codec", "ending"), [
    ("mpeg4", "avi"), ("libx264", "mp4"), ("libx264", "avi"), ("libx264", "wmv"),
])  # fmt: skip
def test_usual_kinds_of_videos_are_read(tmp_path, codec, ending):
    pictures = frames_of(3)  # libx264 stores them in another order than they are shown in
    video = Video(film(tmp_path / f"v.{ending}", pictures, codec), "v", RATE)
    for frame in video.frames:
        assert nearest(video.picture(frame), pictures) == frame.number


@pytest.mark.parametrize(("rate", "numbers"), [(5, [0, 2, 4, 6]), (4, [0, 3, 5]), (99, range(8))])
def test_frames_are_taken_at_the_rate_of_the_plan(tmp_path, rate, numbers):
    video = Video(film(tmp_path / "v.mp4", frames_of(1)), "v", rate)
    assert [frame.number for frame in video.frames] == list(numbers)


@pytest.mark.parametrize("frames", [30, 15])
def test_a_clock_of_milliseconds_leaves_frames_evenly_apart(tmp_path, frames):
    video = Video(film(tmp_path / "v.mkv", frames_of(1, 31), rate=30), "v", frames)
    assert [frame.number for frame in video.frames] == list(range(0, 31, 30 // frames))


def test_grey_frames_have_one_channel(tmp_path):
    grey = [np.repeat(p[:, :, :1], 3, axis=2) for p in frames_of(2)]
    video = Video(film(tmp_path / "v.mkv", grey, "ffv1"), "v", RATE)
    assert video.picture(video.frames[0]).values.shape == (SIDE, SIDE, 1)


def test_what_was_decoded_is_kept_and_read_the_same(root, tmp_path):
    dataset = {"name": "folder", "path": str(root), "size": "16x16", **SHARES, "frames": 5}
    plan = Plan.make({"dataset": dataset})
    first, second = (load_data(plan, Store(tmp_path / "store")) for _ in range(2))
    assert first.fingerprint == second.fingerprint
    assert first.sequences.names == second.sequences.names
    np.testing.assert_array_equal(first.sequences.frame, second.sequences.frame)
    assert load(root, frames=2, size="16x16").fingerprint != first.fingerprint


def spoil(path, start=0.3, size=400):
    content = bytearray(path.read_bytes())
    place = int(start * len(content))
    content[place : place + size] = bytes(size)
    path.write_bytes(content)


def test_videos_that_cannot_be_decoded_are_named_and_counted(tmp_path):
    films(tmp_path, 6)
    (tmp_path / "bad" / "v0.mp4").write_bytes(b"no video")
    (tmp_path / "good" / "v1.mp4").write_bytes((tmp_path / "good" / "v1.mp4").read_bytes()[:500])
    line = refused(tmp_path, frames=RATE)
    assert "bad/v0.mp4: cannot be decoded" in line
    assert "(2 are damaged in all)" in line
    data = load(tmp_path, frames=RATE, damaged="skip")
    assert sum(len(getattr(data, split)) for split in SPLITS) == 10 * FRAMES
    (note,) = (note for note in data.notes if note.code == "pictures.damaged")
    assert note.values["count"] == 2
    assert "good/v1.mp4" in str(note.values["messages"])


def test_frames_behind_a_broken_place_are_damaged(tmp_path):
    path = film(tmp_path / "v.mp4", frames_of(4, 30))
    spoil(path, 0.5)
    video = Video(path, "v.mp4", RATE)
    video.picture(video.frames[0])
    for _ in range(2):
        with pytest.raises(InputError, match=r"v\.mp4: cannot be decoded") as caught:
            video.picture(video.frames[-1])
        assert str(caught.value).isprintable()


def test_a_video_that_was_cut_short_is_damaged(tmp_path):
    path = film(tmp_path / "v.mkv", frames_of(4, 120))
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    with pytest.raises(InputError, match=r"v\.mkv: cannot be decoded: it has .* of its 12\.0 s"):
        Video(path, "v.mkv", RATE)


@pytest.mark.skipif(not os.path.isdir("/dev/fd"), reason="open files cannot be counted here")
def test_a_video_is_closed_after_the_last_frame_that_is_taken(tmp_path):
    path = film(tmp_path / "v.mp4", frames_of(4, 30))
    before = len(os.listdir("/dev/fd"))
    video = Video(path, "v.mp4", 1)
    for _ in range(2):  # asked again, it starts anew
        pictures = [video.picture(frame).values for frame in video.frames]
        assert len(pictures) == 3
        assert len(os.listdir("/dev/fd")) == before


def test_what_was_trimmed_off_the_start_is_no_frame(tmp_path):
    pictures = frames_of(5, 12)
    path = film(tmp_path / "v.mp4", pictures, trimmed=4)
    with av.open(str(path)) as container:
        assert any(packet.is_discard for packet in container.demux(video=0))
    video = Video(path, "v.mp4", RATE)
    assert len(video.frames) == 8
    for frame in video.frames:
        assert nearest(video.picture(frame), pictures) == frame.number + 4


def test_a_frame_that_is_missing_is_damaged_and_those_behind_it_are_not_decoded_for_it(tmp_path):
    video = Video(film(tmp_path / "v.mp4", frames_of(4, 30)), "v.mp4", RATE)
    second, third = video.frames[1:3]
    missing = second._replace(time=second.time + 1)
    video.frames = (video.frames[0], missing, *video.frames[2:])
    with pytest.raises(InputError, match=r"v\.mp4: cannot be decoded: a frame is missing"):
        video.picture(missing)
    assert len(video._waiting) <= 2
    assert video.picture(third).values.shape == (SIDE, SIDE, 3)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="there are no pipes here")
def test_a_pipe_is_no_video_and_is_not_waited_for(tmp_path, monkeypatch):
    os.mkfifo(tmp_path / "v.mp4")
    monkeypatch.setattr("av.open", lambda *_: pytest.fail("it is opened"))
    with pytest.raises(InputError, match=r"v\.mp4: there is no such file"):
        Video(tmp_path / "v.mp4", "v.mp4", RATE)


def test_a_mask_called_like_a_video_is_of_all_its_frames(tmp_path):
    films(tmp_path / "p")
    mask = np.zeros((SIDE, SIDE), np.uint8)
    mask[4:12, 8:20] = 255
    for number in range(5):
        save(tmp_path / "m" / "bad" / f"v{number}.png", mask)
    data = load(tmp_path / "p", frames=RATE, masks=str(tmp_path / "m"))
    areas = data.probe.masks.areas()
    assert set(areas[data.probe.labels == 0]) == {96}
    assert set(areas[data.probe.labels == 1]) == {0}


# ---- tables


def rows_of(root, parts=10, frames=4):
    rows = []
    for part in range(parts):
        for frame in range(frames):
            name = f"{part}-{frame}.png"
            save(root / name, drawn(10 * part + frame, (SIDE, SIDE)))
            rows.append({"path": name, "label": "ab"[part % 2], "sequence": f"part {part}",
                         "frame": str(frames - frame)})  # fmt: skip
    return rows


def test_a_table_says_which_pictures_are_frames_and_in_which_order(tmp_path):
    rows = rows_of(tmp_path)
    for number in range(4):  # stills beside the sequences
        save(tmp_path / f"s{number}.png", drawn(900 + number, (SIDE, SIDE)))
        rows.append({"path": f"s{number}.png", "label": "ab"[number % 2],
                     "sequence": ("", "nan")[number % 2],
                     "frame": ""})  # fmt: skip
    data = load(write_table(tmp_path, rows))
    for number in data.sequences.numbers:
        members = data.sequences.members(number)
        assert data.sequences.frame[members].tolist() == [1, 2, 3, 4]
    torn = [set(getattr(data, split).groups.tolist()) for split in SPLITS]
    assert sum(map(len, torn)) == len(set.union(*torn)) == 14


def test_a_sequence_may_be_of_several_classes(tmp_path):
    rows = rows_of(tmp_path)
    for row in rows[1::4]:
        row["label"] = "ab"[row["label"] == "a"]
    data = load(write_table(tmp_path, rows))
    members = data.sequences.members(data.sequences.numbers[0])
    assert len(set(data.probe.labels[members])) == 2


def test_frames_that_are_skipped_part_those_on_either_side(tmp_path):
    rows = rows_of(tmp_path, frames=5)
    for row in rows:
        if row["frame"] in "234":
            (tmp_path / row["path"]).write_bytes(b"no picture")
    for store in (None, Store(tmp_path / "store"), Store(tmp_path / "store")):
        dataset = {"name": "folder", "path": str(write_table(tmp_path, rows)), "size": "16x16",
                   **SHARES, "damaged": "skip"}  # fmt: skip
        data = load_data(Plan.make({"dataset": dataset}), store)
        assert len(data.probe) == 2 * len(data.sequences.numbers) > 0
        assert not len(data.sequences.successive())
        assert data.sequences.interrupted == len(data.sequences.numbers)


def without(column):
    return lambda rows: [row.pop(column) for row in rows]


REFUSED = {
    "no frame": (without("frame"), "line 2: a sequence, and the table has no column 'frame'"),
    "no number": (lambda rows: rows[3].update(frame="last"), "line 5: frame 'last'; expected"),
    "empty": (lambda rows: rows[3].update(frame=""), "line 5: frame ''; expected"),
    "infinite": (lambda rows: rows[3].update(frame="inf"), "line 5: frame 'inf'; expected"),
    "twice": (lambda rows: rows[1].update(frame="4"), "line 3: frame 4 of sequence 'part 0' is"),
    "alone": (lambda rows: rows[0].update(sequence="x"), "line 2: sequence 'x' has this frame al"),
    "two groups": (
        lambda rows: [row.update(group="g" if place else "h") for place, row in enumerate(rows)],
        "line 3: sequence 'part 0' is in the group 'g' here and in 'h' above",
    ),
    "a group here and none there": (
        lambda rows: [row.update(group="" if n % 4 == 2 else "g") for n, row in enumerate(rows)],
        "line 4: '0-2.png' has no group, and '0-0.png' of the same sequence 'part 0' has 'g'; a",
    ),
    "none here and a group there": (
        lambda rows: [row.update(group="g" if n % 4 else "") for n, row in enumerate(rows)],
        "line 2: '0-0.png' has no group, and '0-1.png' of the same sequence 'part 0' has 'g'; a",
    ),
    "two splits": (
        lambda rows: [row.update(split="train" if i % 3 else "test") for i, row in enumerate(rows)],
        "line 3: sequence 'part 0' is in the split 'train' here and in 'test' above",
    ),
    "a video": (
        lambda rows: rows[0].update(path="v.mp4", sequence="", frame=""),
        "line 2: 'v.mp4' is a video; dataset.frames says",
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", REFUSED)
def test_a_table_that_cannot_be_so_is_refused_in_one_line(tmp_path, case):
    spoiled, says = REFUSED[case]
    rows = rows_of(tmp_path)
    film(tmp_path / "v.mp4", frames_of(0))
    spoiled(rows)
    assert says in refused(write_table(tmp_path, rows))


def test_a_video_is_no_frame_of_a_sequence_of_a_table(tmp_path):
    rows = rows_of(tmp_path)
    film(tmp_path / "v.mp4", frames_of(0))
    rows[0]["path"] = "v.mp4"
    line = refused(write_table(tmp_path, rows), frames=RATE)
    assert "line 2: 'v.mp4' is a video, which is a sequence of its own" in line
    assert "cannot be a frame of 'part 0'; the column group keeps videos together" in line


def model_of(classes):
    """A model that reads pictures of one size."""
    image = keras.Input((SIDE, SIDE, 1))
    return keras.Model(image, keras.layers.Dense(classes)(keras.layers.Flatten()(image)))


def test_models_from_elsewhere_are_shown_frames_as_those_of_a_study(root, tmp_path):
    classes = len([path for path in root.iterdir() if path.is_dir()])
    model = model_of(classes)
    videos = from_files.pictures(root, {"frames": RATE}, model, (0, 1))
    assert len(videos.sequences.successive()) == len(videos.labels) - len(videos.sequences.names)
    names = videos.sequences.names
    assert list(videos.groups) == [names[number] for number in videos.sequences.sequence]
    rows = rows_of(tmp_path, 2, 2)
    table = from_files.pictures(write_table(tmp_path, rows), {}, model_of(2), (0, 1))
    assert [*table.sequences.names] == [*dict.fromkeys(row["sequence"] for row in rows)]
    assert len(table.sequences.successive()) == len(rows) - len(table.sequences.names)


def test_frames_are_not_cut_into_tiles(tmp_path):
    rows = rows_of(tmp_path)
    mask = np.zeros((SIDE, SIDE), np.uint8)
    mask[:9, :9] = 255
    save(tmp_path / "masks" / "0-0.png", mask)
    rows[0]["mask"] = "masks/0-0.png"
    assert "tiles: frames of sequences" in refused(write_table(tmp_path, rows), tiles="16")


# ---- the folder, by the command


def test_a_folder_of_videos_asks_for_a_rate(root, tmp_path, capsys):
    places = ["--store", str(tmp_path / "s"), "--out", str(tmp_path / "o")]
    assert main(["--dataset", "folder", "--data", str(root), *places]) == 2
    error = capsys.readouterr().err
    assert "holds no picture; the files in it are: 10 .mp4. dataset.frames says how many" in error
    assert error.count("\n") == 1
    assert not (tmp_path / "o").exists()


def test_a_rate_that_takes_one_frame_is_refused(root):
    assert "frames=0.5 a second take one frame of it" in refused(root, frames=0.5)


def test_videos_need_their_extra(root, monkeypatch):
    monkeypatch.setattr("cam_augment.reading.videos.find_spec", lambda _: None)
    assert refused(root, frames=5).endswith("pip install '.[video]'")


# ---- constructed parts in motion


def test_moving_surfaces_move_with_their_masks_and_change_their_light():
    make = DATASETS["moving_surfaces"]
    sizes = dict.fromkeys(SPLITS, 8)
    data = make(size=32, frames=6, light=0.3, **sizes)
    assert data.probe.images.shape == (48, 32, 32, 1)
    assert len(data.sequences.successive()) == 8 * 5
    members = np.array([data.sequences.members(number) for number in range(8)])
    assert (data.probe.labels[members] == data.probe.labels[members[:, :1]]).all()
    pit = members[2]
    centres = [np.argwhere(data.probe.masks[int(i)]).mean(axis=0) for i in pit[[0, -1]]]
    assert np.hypot(*(centres[1] - centres[0])) > 4
    means = np.array(data.probe.images[:]).mean(axis=(1, 2, 3))[members]
    assert (np.ptp(means, axis=1) > 0.05).all()
    still = make(size=32, frames=6, motion=0, light=0, **sizes)
    frames = np.array(still.probe.images[:])[members]
    assert abs(frames - frames[:, :1]).max() < 0.1  # the camera's noise
    assert (still.probe.masks[:][members].std(axis=1) == 0).all()
