"""What people call folders of splits, of masks and of pictures, and the masks themselves."""

import re
from collections.abc import Iterable, Mapping

from cam_augment.reading.finder import normal

_WORDS_OF: Mapping[str, str] = {
    "train": "train training trn learn learning entrainement treino 学習 訓練 训练",
    "validation": "validation val valid validate validating dev validierung 検証 验证",
    "probe": "probe",
    "test": "test tst testing eval evaluation holdout prüfung prueba teste テスト 評価 测试",
}
_SPLIT_OF = {word: split for split, words in _WORDS_OF.items() for word in words.split()}
SPLITS = tuple(_WORDS_OF)
# Words that say nothing beside the name of a split.
_HARMLESS = frozenset(
    [
        "set",
        "sets",
        "data",
        "dataset",
        "datasets",
        "image",
        "images",
        "img",
        "imgs",
        "pic",
        "pics",
        "picture",
        "pictures",
        "photo",
        "photos",
        "folder",
        "split",
        "new",
        "final",
        "all",
        "full",
        "public",
        "seg",
        "aug",
        "crop",
        "cropped",
        "resized",
        "px",
        "データ",
        "画像",
        "数据",
    ]
)
_SOUND_WORDS = (
    "good ok okay normal fine free sound perfect intact pass passed unmarked no_defect nodefect "
    "defect_free defectfree 良品 正常"
)
_SOUND = frozenset(_SOUND_WORDS.split())
_MASKS = frozenset(
    [
        "mask",
        "masks",
        "ground_truth",
        "groundtruth",
        "ground_truths",
        "gt",
        "gts",
        "segmentation",
        "segmentations",
        "segmentation_mask",
        "segmentation_masks",
        "seg_mask",
        "seg_masks",
        "mask_image",
        "mask_images",
        "image_masks",
        "defect_mask",
        "defect_masks",
        "binary_masks",
        "masks_png",
        "マスク",
    ]
)
_MAYBE_MASKS = frozenset(
    [
        "label",
        "labels",
        "label_image",
        "label_images",
        "annotation",
        "annotations",
        "anno",
        "annos",
        "seg",
        "segs",
        "segmentationclass",
        "segmentationobject",
        "labels_png",
        "annotations_png",
    ]
)
_PICTURES = frozenset(
    [
        "image",
        "images",
        "img",
        "imgs",
        "jpegimages",
        "jpeg",
        "jpg",
        "png",
        "picture",
        "pictures",
        "photo",
        "photos",
        "rgb",
        "original",
        "originals",
        "input",
        "inputs",
        "画像",
    ]
)
_AFFIX = (
    r"(?:masks?|msk|labels?|lbl|gt|ground_?truth|seg|segm|segmentations?|annotations?|annos?|"
    r"manual|colou?rmask|defect_?mask|binary)"
)
_NUMBER = r"(?:[-_. ]?\(?\d+\)?)?"
_BEHIND = re.compile(rf"^(.+?)[-_. ]+{_AFFIX}{_NUMBER}$", re.IGNORECASE)
_BEFORE = re.compile(rf"^{_AFFIX}[-_. ]+(.+)$", re.IGNORECASE)
_NUMBERED_MASK = re.compile(rf"^{_AFFIX}[-_. ]*(\d+)$", re.IGNORECASE)
_NUMBERED_PICTURE = re.compile(r"^(?:images?|imgs?|pictures?|photos?)[-_. ]*(\d+)$", re.IGNORECASE)


def split_of(name: str, siblings: Iterable[str] = ()) -> str | None:
    """Return the split that a folder's name means: ``train_images``, ``seg_test``, ``val2017``.

    Args:
        siblings: names of the folders beside it; a word that it shares with one of them, such as
            the product's name, says nothing.

    >>> split_of("Train_Set"), split_of("cast_test", ["cast_train"]), split_of("test_tube")
    ('train', 'test', None)
    """
    words = _words(name)
    shared = {word for other in siblings for word in _words(other)}
    splits = {_SPLIT_OF[word] for word in words if word in _SPLIT_OF}
    rest = {word for word in words if word not in _SPLIT_OF} - _HARMLESS - shared
    return splits.pop() if len(splits) == 1 and not rest else None


def _words(name: str) -> list[str]:
    spaced = re.sub(r"(?<=[a-z])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", " ", normal(name))
    return re.findall(r"[^\W\d_]+", spaced.lower())


def is_sound(name: str) -> bool:
    """Return whether a class is called as that of sound parts is.

    >>> is_sound("Normal"), is_sound("defect-free"), is_sound("dent")
    (True, True, False)
    """
    return _plain(name) in _SOUND


def is_masks(name: str) -> bool:
    """Return whether a folder is called as folders of masks are."""
    return _plain(name) in _MASKS


def may_be_masks(name: str) -> bool:
    """Return whether a folder is called as folders of masks, or of other things, are."""
    return _plain(name) in _MASKS | _MAYBE_MASKS


def is_pictures(name: str) -> bool:
    """Return whether a folder's name says no more than that pictures are in it."""
    return _plain(name) in _PICTURES


def _plain(name: str) -> str:
    return re.sub(r"[-_. ]+", "_", normal(name).lower()).strip("_")


def stems_behind(stem: str) -> list[str]:
    """Return what the picture of a mask may be called, by the mask's name without its ending.

    >>> stems_behind("Part0_label"), stems_behind("mask_7"), stems_behind("a.GT")
    (['Part0_label', 'Part0'], ['mask_7', '7'], ['a.GT', 'a'])
    """
    matches = (pattern.match(stem) for pattern in (_BEHIND, _BEFORE, _NUMBERED_MASK))
    return list(dict.fromkeys([stem, *(match[1] for match in matches if match)]))


def number_of(stem: str) -> str | None:
    """Return the number of a picture that is called by nothing else: ``image_007``."""
    match = _NUMBERED_PICTURE.match(stem)
    return match[1] if match else None
