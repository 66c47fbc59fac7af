"""Large pictures are cut into tiles with classes from masks; what cannot be cut is refused."""

import zipfile
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cam_augment.base.errors import InputError
from cam_augment.base.keeper import kept_by
from cam_augment.datasets import decoding
from cam_augment.datasets.folder import folder
from cam_augment.datasets.folds import check_folds, parts_of
from cam_augment.datasets.magnetic_tiles import magnetic_tiles
from cam_augment.datasets.splits import SPLITS
from cam_augment.impact.scored import tile_notices
from cam_augment.plan import Plan
from cam_augment.reading.tiling import Tiling
from cam_augment.report.overview import data_lines
from cam_augment.report.sentences import notice
from cam_augment.store import Store
from cam_augment.store.pictures import KIND, Pictures
from cam_augment.study import from_files
from tests.cut_pictures import PER_CLASS, SHAPE, TILES, blemish, read_tiles
from tests.own_pictures import drawn, save, write_table


@pytest.fixture(scope="module")
def data(parts):
    return read_tiles(parts)


# ---- how pictures are cut


@given(st.integers(8, 20), st.data())
def test_every_pixel_is_in_a_tile_and_every_tile_in_the_picture(size, draw):
    stride, sides = draw.draw(st.integers(1, size)), st.integers(size, 60)
    shape = draw.draw(sides), draw.draw(sides)
    covered = np.zeros(shape, int)
    for tile in Tiling(size, stride, 1).images(covered):
        assert tile.shape == (size, size)
        tile += 1
    assert covered.min() == 1 or (stride < size and covered.min() >= 1)
    corners = Tiling(size, stride, 1).corners(shape)
    assert len(np.unique(corners, axis=0)) == len(corners)
    assert (corners >= 0).all()
    assert (np.diff(np.unique(corners[:, 0])) <= stride).all()


@pytest.mark.parametrize(
    ("written", "text"),
    [
        (TILES, "16 stride 12 marked 6"),
        ({"size": "64", "marked": "3"}, "64 stride 48 marked 3"),
        (256, "256 stride 192 marked 16"),
        ("256", "256 stride 192 marked 16"),
        ("16 stride 12 marked 6", "16 stride 12 marked 6"),
    ],
)
def test_a_plan_says_how_as_a_table_a_side_or_the_spelling_of_labels(written, text):
    plan = Plan.make({"dataset": {"name": "folder", "path": "x", "tiles": written}})
    assert plan.dataset.settings["tiles"] == text
    assert Plan.make(plan.model_dump()).dataset == plan.dataset
    assert Tiling.parse(text).text == text


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ({"size": 16, "strid": 3}, "no key 'strid'. Did you mean 'stride'? Allowed: size, stride,"),
        ({"stride": 3}, "expected 'size'"),
        ({"size": 16, "stride": 17}, "a stride of 17 above the size of 16 leaves pixels that no"),
        ({"size": 16, "stride": 0}, "stride: received 0; a whole number of pixels, 1 or more"),
        ({"size": 16, "marked": -1}, "marked: received -1; a whole number of pixels, 1 or more"),
        ({"size": 16, "marked": 257}, "has 256 pixels; marked is at most those"),
        ({"size": 2000}, "size: received 2000; a whole number of pixels, 8 to 1,024"),
        ({"size": 16.5}, "size: received 16.5; a whole number"),
        ("many", "size: received 'many'"),
    ],
)
def test_what_is_no_way_to_cut_is_refused_in_one_line(written, said):
    with pytest.raises(InputError, match="dataset 'folder', setting 'tiles': received") as refusal:
        Plan.make({"dataset": {"name": "folder", "path": "x", "tiles": written}})
    assert said in str(refusal.value)


def test_data_sets_without_masks_have_no_such_setting():
    with pytest.raises(InputError, match="dataset 'mnist' has no setting 'tiles'"):
        Plan.make({"dataset": {"name": "mnist", "tiles": 64}})


# ---- classes of tiles


def test_masks_give_each_tile_its_class(data):
    """The slow twin cuts each mask and counts."""
    good, tiling = data.classes.index("good"), Tiling(**TILES)
    for name in SPLITS:
        split = getattr(data, name)
        for index in range(len(split)):
            picture = split.tiles.names[split.tiles.picture[index]]
            row, column = split.tiles.corner[index]
            kind, number = picture.split("/")[0], int(picture.split("/")[1][1:-4])
            whole = blemish(number) > 0 if kind == "scratch" else np.zeros(SHAPE, bool)
            mask = whole[row : row + 16, column : column + 16]
            np.testing.assert_array_equal(split.masks[index], mask)
            seed = number if kind == "good" else 100 + number
            pixels = drawn(seed, SHAPE)[row : row + 16, column : column + 16]
            np.testing.assert_array_equal(split.images[index][..., 0], pixels / np.float32(255))
            shows = mask.sum() >= tiling.marked
            is_good = kind == "good" or (whole.any() and not mask.any())
            assert split.labels[index] == (good if is_good else 1 - good)
            assert split.tiles.clear[index] == (shows or is_good)


def test_nothing_is_learnt_from_or_looked_at_where_the_class_is_not_sure(data):
    together = [getattr(data, name) for name in SPLITS]
    assert sum(int((~split.tiles.clear).sum()) for split in together) > 0
    assert data.probe.tiles.clear.all()
    for split in (data.train, data.validation):
        assert len(split.learnable) == split.tiles.clear.sum()
        assert split.learnable.tiles.clear.all()


def test_a_picture_is_in_one_split_with_all_of_its_tiles(data):
    pictures = [set(getattr(data, name).tiles.pictures.tolist()) for name in SPLITS]
    assert sum(map(len, pictures)) == len(set.union(*pictures))
    assert sum(map(len, pictures)) >= 2 * PER_CLASS - 1  # of one nothing is sure: no probe
    for name in ("train", "validation", "test"):
        tiles = getattr(data, name).tiles
        counts = np.bincount(tiles.picture)
        assert set(counts[counts > 0]) == {len(Tiling(**TILES).corners(SHAPE))}
    shares = {name: np.bincount(getattr(data, name).judged_labels).tolist() for name in SPLITS}
    assert shares == {"train": [12, 12], "validation": [2, 2], "probe": [2, 1], "test": [4, 4]}


def test_groups_of_the_data_stay_together(parts):
    grouped = read_tiles(parts, group=r"(\d)\.png")  # the last figure of a name
    figures = [
        {split.tiles.names[p][-5] for p in split.tiles.pictures}
        for split in (getattr(grouped, name) for name in SPLITS)
    ]
    assert sum(map(len, figures)) == len(set.union(*figures)) == 10


@pytest.mark.parametrize("test", ["fixed", "rotating"])
def test_no_fold_tears_a_picture(data, test):
    fields = {"folds": 3, "test": test, "seeds": 3, "baselines": 3,
              "dataset": {"name": "folder", "path": "x"}}  # fmt: skip
    plan = Plan.make(fields)
    check_folds(data, plan)
    for run in plan.runs()[:3]:
        parts = parts_of(data, run)
        pictures = [set(part.tiles.pictures.tolist()) for part in parts]
        assert not pictures[0] & pictures[1] | pictures[1] & pictures[2] | pictures[0] & pictures[2]


def test_which_pictures_tiles_are_of_decides_keys(data):
    tiles = data.train.tiles
    other = replace(tiles, clear=~tiles.clear)
    train = type(data.train)(data.train.images, data.train.labels, tiles=other)
    assert replace(data, train=train).training_contents != data.training_contents
    assert replace(data, train=train).pool_contents != data.pool_contents


def clear_tiles(data):
    """The tiles of all splits whose class is known, in no order: pixels and class."""
    splits = [getattr(data, name).learnable for name in SPLITS]
    return sorted(
        (image.tobytes(), label)
        for split in splits
        for image, label in zip(split.images, split.labels.tolist(), strict=True)
    )


def test_a_table_with_masks_and_a_zip_of_pictures_are_cut_alike(parts, data, tmp_path):
    names = [f"parts/{kind}/{kind[0]}{n}.png" for kind in ("good", "scratch")
             for n in range(PER_CLASS)]  # fmt: skip
    masks = [n.replace("parts", "marks") if "scratch" in n else "" for n in names]
    kinds = [name.split("/")[1] for name in names]
    rows = [{"path": name, "label": kind, "mask": mask}
            for name, kind, mask in zip(names, kinds, masks, strict=True)]  # fmt: skip
    table = write_table(parts, rows)
    from_table = folder(path=str(table), tiles=Tiling(**TILES).text)
    assert clear_tiles(from_table) == clear_tiles(data)
    classes = {"good": "free", "scratch": "scratch"}
    index = ["image,mask,class,group"]
    for number, (name, mask, kind) in enumerate(zip(names, masks, kinds, strict=True)):
        index.append(f"{name},{mask},{classes[kind]},{number}")
    with zipfile.ZipFile(tmp_path / "tiles.zip", "w") as archive:
        archive.writestr("index.csv", "\n".join(index))
        for name in filter(None, [*names, *masks]):
            archive.write(parts / name, name)
    zipped = magnetic_tiles(path=str(tmp_path / "tiles.zip"), classes="binary",
                            tiles=Tiling(**TILES).text)  # fmt: skip
    assert zipped.train.images.shape[1:] == (16, 16, 1)
    pixels = [[image for image, _ in clear_tiles(one)] for one in (zipped, data)]
    assert pixels[0] == pixels[1]


def test_what_was_cut_is_kept_and_cut_otherwise_anew(parts, data, tmp_path, monkeypatch):
    store = Store(tmp_path / "store")
    with kept_by(Pictures(store)):
        assert read_tiles(parts).fingerprint == data.fingerprint
        monkeypatch.setattr(decoding, "read_picture", None)  # it would be called
        again = read_tiles(parts)
        assert again.fingerprint == data.fingerprint
        assert again.train.images.file.dtype == "uint8"
        monkeypatch.undo()
        read_tiles(parts, tiles="16 stride 16 marked 6")
    assert len(list((store.folder / KIND).glob("*/record.json"))) == 2
    for name in SPLITS:
        one, other = (getattr(contents, name).tiles for contents in (again, data))
        for part in ("picture", "corner", "clear", "classes"):
            np.testing.assert_array_equal(getattr(one, part), getattr(other, part))
        assert (one.names, one.good) == (other.names, other.good)


def test_a_dry_run_says_how_many_pictures_tiles_and_marks(data):
    text = "\n".join(data_lines(data))
    assert "40 pictures are cut into 480 tiles of 16x16, 12 pixels apart." in text
    assert "pictures" in data_lines(data)[1]
    assert "have 6 or more marked pixels" in text
    unmarked = [note for note in data.notes if note.code == "tiles.unmarked"]
    assert "scratch/s3.png" in notice(unmarked[0])


def test_accuracy_of_pictures_of_many_tiles_is_warned_of(data):
    (note,) = tile_notices(Plan.make({}), data)
    assert "its worst of about 12 tiles" in notice(note)
    assert tile_notices(Plan.make({"gain": "auroc"}), data) == []


# ---- refusals of pictures


def refused(root, said, **changes):
    with pytest.raises(InputError, match=said) as refusal:
        read_tiles(root, **changes)
    assert "\n" not in str(refusal.value)


def test_pictures_smaller_than_a_tile_are_named_with_their_size(parts):
    refused(
        parts, r"g0\.png: 40x50 pixels; tiles of 48x48 are larger", tiles="48 stride 48 marked 1"
    )


def test_where_no_tile_has_enough_marks_the_most_is_said(parts):
    refused(parts, "no tile has 17 marked pixels; the most in one tile are 16",
            tiles="16 stride 12 marked 17")  # fmt: skip


def test_without_masks_there_are_no_tiles(parts):
    refused(parts, "folder: tiles: take their classes from masks, and there are none", masks=None)


def test_models_from_elsewhere_are_not_shown_tiles(parts):
    model = SimpleNamespace(inputs=[SimpleNamespace(shape=(None, 16, 16, 1))])
    with pytest.raises(InputError, match=r"compare: dataset\.tiles: models from elsewhere judge"):
        from_files.pictures(parts / "parts", {"tiles": 16}, model, (0, 1))


@pytest.mark.parametrize(("kinds", "which"), [
    (("alpha", "beta", "scratch"), "'alpha' and 'beta', of 3"), (("scratch",), "none, of 1"),
])  # fmt: skip
@pytest.mark.usefixtures("parts")
def test_one_class_is_without_marks(tmp_path, kinds, which):
    for place, kind in enumerate(kinds):
        for number in range(3):
            save(
                tmp_path / "parts" / kind / f"{kind}{number}.png", drawn(50 * place + number, SHAPE)
            )
    save(tmp_path / "marks" / "scratch" / "scratch0.png", blemish(0))
    refused(tmp_path, f"the only one without marks; here that is {which} classes")
