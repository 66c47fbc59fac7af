"""Notices: codes with values, said by the report in two languages; texts of before as codes."""

import json
import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from cam_augment import load_profile, report
from cam_augment.datasets import remarks
from cam_augment.impact.attention.checks import unstable
from cam_augment.impact.attention.faithfulness import unfaithful
from cam_augment.impact.attention.pointing import missed_by_baselines
from cam_augment.records import (
    CheckResult,
    DataSet,
    Estimate,
    MissingRun,
    Notice,
    Pointing,
    Split,
    old_texts,
)
from cam_augment.report import phrases, sentences
from cam_augment.report.language import speaking
from cam_augment.report.prose import notices
from tests.bilingual import in_both
from tests.profiles import HOSTILE, example_profile

RESULTS = Path(__file__).parent.parent / "results"


# A sentence as profiles of before stored it, and what is said now of the code that it is read as.
SAID = [
    ("maps.coarse",
     "The maps have a grid of 3x4: below 4x4 they say almost nothing. Take an earlier layer "
     "(cam_layer) or larger images.", None),
    ("maps.empty", "zoom: 12% of the maps are all zero and left out.",
     "zoom: 12 % of the maps are all zero and left out."),
    ("maps.no_better_than_random",
     "Maps under hirescam: deletion does not show that their highest cells matter more to the "
     "baselines than cells drawn at random.", None),
    ("maps.no_better_than_centre",
     "Maps under layer=stage_1 do no better than a blob in the middle of the image: neither "
     "deletion nor insertion shows that their highest cells matter more to the baselines than the "
     "cells nearest to the centre.",
     "Maps under layer=stage_1 are not shown to do better than a blob in the middle: neither "
     "deletion nor insertion shows that their highest cells matter more to the baselines than the "
     "cells nearest to the centre."),
    ("maps.worse_than_centre",
     "Maps under hirescam: insertion shows that the cells nearest to the centre matter more to "
     "the baselines than their highest cells.", None),
    ("maps.show_the_image",
     "Maps under gradcam stay nearly the same (mean Pearson 0.95) when all weights are drawn "
     "anew: they show the image, and not what the models have learnt.",
     "Maps under gradcam stay nearly the same (mean Pearson 0.95) when all weights are "
     "randomised: they show the image, not what the models have learnt."),
    ("look.unstable",
     "Unstable under layer=stage_2: whether attention moves beyond seed noise comes out otherwise "
     "than under the plan's own look for zoom, shear.",
     "Unstable under layer=stage_2: it disagrees with the plan's own look on whether attention "
     "moves beyond seed noise under zoom, shear."),
    ("baselines.miss_class",
     "Baselines: in class 'a, b's' attention misses the marked regions in most images, chance "
     "taken off (on them in 12% of the maps, 10% by chance; strongest at the top left in 60%). "
     "These networks may decide by something else there; accuracy on images like these cannot "
     "show it.",
     "Baselines: in class 'a, b's' attention misses the marked regions in most images, corrected "
     "for chance (on them in 12 % of the maps, 10 % by chance; strongest at the top left in "
     "60 %). These networks may decide by something else there; accuracy on images like these "
     "cannot show it."),
    ("costs.unfitted_given",
     "Costs are those of plain decisions, for the likeliest class: decisions of least expected "
     "cost could not be fitted, since models that were given have no validation images.", None),
    ("costs.unfitted",
     "Costs are those of plain decisions, for the likeliest class: decisions of least expected "
     "cost could not be fitted, since 3 of the models were not asked for their validation images; "
     "the command asks them, without training.",
     "Costs are those of plain decisions, for the likeliest class: decisions of least expected "
     "cost could not be fitted, since 3 of the models have no answers on their validation images; "
     "running the plan again adds them, without training."),
    ("costs.fitted_higher",
     "Costs: decisions fitted for least expected cost are dearer here than those for the "
     "likeliest class: the baselines cost 255 per 1,000 parts with the former and 1.2e+03 with "
     "the latter. Savings are counted from the former.",
     "Costs: decisions fitted for least expected cost are more expensive here than those for the "
     "likeliest class: the baselines cost 255 per 1,000 parts with the former and 1200 with the "
     "latter. Savings are counted from the former."),
    ("costs.fitted_decides",
     "Costs: what zoom saves rests on decisions fitted for least expected cost: with them it "
     "costs 211 per 1,000 parts (baselines 255), by the likeliest class 386 (baselines 241).",
     None),
    ("costs.few_images",
     "Costs: what mistakes on 'c' cost rests on 3 test images, each of which stands for 66.7 of "
     "1,000 parts.", None),
    ("models.mixed", "The models were made under different keras: 3.15.0, 3.15.1.", None),
    ("pictures.damaged", "1 picture is damaged and left out: 3.png: cut off.", None),
    ("pictures.damaged",
     "5 pictures are damaged and left out: a.png: cut off; b.png: empty; c.png; and 2 more.",
     None),
    ("pictures.marks_cut_off",
     "1 picture is marked only outside of the part that is shown: 3.png. They count as having "
     "nothing marked.",
     "1 picture is marked only outside of the part that is shown: 3.png. It counts as having "
     "nothing marked."),
    ("pictures.marks_cut_off",
     "5 pictures are marked only outside of the part that is shown: 1.png, 2.png, 3.png and 2 "
     "more. They count as having nothing marked.",
     "5 pictures are marked only outside of the part that is shown: 1.png, 2.png, 3.png, and 2 "
     "more. They count as having nothing marked."),
    ("pictures.near_duplicates",
     "Nearly the same pictures lie in two splits: 1 of 134 validation images in train, 2 of 268 "
     "probe images in train (such as a.jpg and b.jpg; c.jpg and d.jpg). What is measured on them "
     "may flatter; a group keeps them together.", None),
    ("pictures.groups_torn",
     "4 groups are in more than one of the splits that the data bring along ('g0', 'g1', 'g2', "
     "...).",
     "4 groups are in more than one of the splits that the data bring along ('g0', 'g1', 'g2', "
     "and 1 more)."),
    ("files.ignored",
     "Ignored: 2 hidden files, 3 files that are no pictures by their names, 1 pictures that lie "
     "in no folder of a class.",
     "Ignored: 2 hidden files, 3 files that are no pictures by their names, 1 picture that lies "
     "in no folder of a class."),
    ("masks.unused", "1 masks have the name of no picture and are not used.",
     "1 mask has the name of no picture and is not used."),
    ("masks.lacking",
     "Pictures without a mask, in which nothing counts as marked: 1 of 10 of class 'dent', 2 of "
     "10 of class 'a, b'.", None),
    ("run.not_trained", "not trained yet", None),
    ("run.not_asked", "not asked everything yet", None),
]  # fmt: skip


@pytest.mark.parametrize(("code", "before", "now"), SAID)
def test_a_sentence_of_before_is_read_as_its_code_and_said_again(code, before, now):
    notice = old_texts.notice(before)
    assert notice.code == code
    assert sentences.notice(notice).replace("\N{NO-BREAK SPACE}", " ") == (now or before)
    assert Notice.model_validate_json(notice.model_dump_json()) == notice


# Codes that no profile of before has, with their values and what is said of them.
NEW = [
    ("models.shared", {"count": 1, "pairs": [["other #0", "plain #0"]]},
     "Two models of different arms answer all images exactly alike: other #0 and plain #0. "
     "Intervals and tests take all models for trained apart: with one model in two arms they do "
     "not hold."),
    ("groups.unused", {"count": 3, "name": "a/b.png"},
     "3 rows of the table of groups name no picture and are not used, such as a/b.png."),
    ("test.few_images", {"name": "pit", "now": 10, "then": 51},
     "Class 'pit' has 10 test images: gains of a few points cannot be told on so few. Let the test "
     "part rotate, and all 51 of it outside the probes are judged by models that have not seen "
     "them: --folds 5 --test rotating --baselines 10 --seeds 5."),
    ("score.uneven", {"name": "pit", "share": 0.042},
     "Accuracy decides here and says little of class 'pit', which has 4.2 % of the test images: "
     "let another score decide, such as --gain balanced_accuracy; nothing is trained for it."),
    ("score.order", {"score": "auroc", "count": 5, "names": ["zoom", "shear", "noise"]},
     "What decides, AUROC, asks how images are ordered, and a class's recall is that of the "
     "likeliest class: what a class loses under zoom, shear, noise, and 2 more may be a threshold "
     "that moved. Where a threshold is set before use, decide by the gain, and by recall at the "
     "false alarms that you allow: --gain recall_at_fpr:0.01."),
    ("score.tiles", {"count": 9},
     "Accuracy decides, and a picture is as its worst of about 9 tiles: one that is wrong makes it "
     "wrong. Let another score decide, such as --gain auroc; nothing is trained for it."),
    ("folds.near_duplicates", {"count": 3, "of": 97, "pairs": [["a", "b"]]},
     "3 of the 97 pictures outside the probes nearly repeat one of another fold (such as a and b), "
     "from which models that are judged by them learned. What is measured on them may flatter; a "
     "group keeps them together."),
    ("sequences.not_probed", {},
     "Nothing is compared from frame to frame: no probe image is a frame of a sequence."),
    ("sequences.no_pairs",
     {"sequences": 3, "frames": 12, "repeated": 5, "changing": 1, "interrupted": 2},
     "Nothing is compared from frame to frame: of 12 frames of 3 sequences among the probe images "
     "no pair of successive ones is left. Left out: of one picture twice 5, of two classes 1, with "
     "frames lacking between 2."),
    ("tiles.cut", {"pictures": 4, "count": 36, "size": 64, "stride": 32, "marked": 5, "enough": 40,
                   "unclear": 2},
     "4 pictures are cut into 36 tiles of 64x64, 32 pixels apart. 5 tiles have 40 or more marked "
     "pixels and their picture's class; of 2 the class is not sure, and nothing is learnt from "
     "them."),
    ("tiles.unmarked", {"count": 2, "names": ["a.png", "b.png"]},
     "2 pictures of a class with defects have nothing marked: a.png, b.png. Nothing is learnt "
     "from their tiles, and they are judged as pictures."),
    ("maps.passed_over", {"layer": "cell (1x1)", "taken": "before"},
     "The last layer with a grid, cell (1x1), is too coarse for a map: maps are made at before."),
    ("network.augments", {},
     "The plan lets the network change images at random in layers of its own "
     "(architecture.augments): models without augmentation may be augmented, too."),
    ("pictures.bits", {"count": 40, "bits": 12, "white": 4095},
     "40 pictures are stored with 16 bits a value and hold 12: white is 4,095."),
    ("pictures.mixed_depths", {"count": 1, "of": 40},
     "1 of 40 pictures has 16 bits a value and the others have 8."),
    ("pictures.class_depths", {"low": "a", "high": "b", "few": 12, "many": 16},
     "Pictures of class 'a' hold values of 12 bits and those of 'b' of 16: that alone tells "
     "the classes apart."),
    ("pictures.dark", {"share": 0.06},
     "All pictures are dark: no value is above 6 % of white. Strategies that change values "
     "are out of proportion to them."),
    ("regions.flaws", {"count": 2, "messages": ["a", "b"]},
     "2 annotations cannot be used and are left out: a; b."),
    ("masks.flaws", {"count": 1, "messages": ["a"]},
     "1 picture is left out, since its mask cannot be used: a."),
    ("masks.large", {"count": 5, "names": ["a", "b", "c"]},
     "5 masks mark more than half of their pictures: a, b, c, and 2 more."),
    ("masks.nothing", {"count": 5},
     "None of the 5 masks marks anything."),
    ("masks.greys", {"count": 1, "names": ["a"]},
     "1 mask holds many values between what it marks and what it does not: a. What is beyond"
     " half counts as marked."),
    ("masks.turned", {"count": 1, "names": ["a"]},
     "1 picture is turned upright by its Exif data, and its mask fits both ways: a. It is "
     "taken as drawn on the upright picture."),
    ("masks.rules", {"count": 3, "rules": {"levels": 1, "drawn": 2}, "share": 0.1, "most": 0.25},
     "Masks: 3 mark something, 10 % of the picture in the middle one and 25.0 % at most. "
     "Judged by all but the background (1 mask), shapes (2 pictures)."),
    ("layout", {"kind": "table", "name": "parts"},
     "Read as a table: parts."),
    ("table.encoding", {"name": "cp932"},
     "The table's text is in the encoding cp932."),
    ("classes.alike", {"count": 1, "pairs": [["Good", "good"]]},
     "Two classes are called nearly the same: Good and good. If they are one, give them one name."),
    ("classes.unknown", {"name": "nan"},
     "A class is called 'nan', as programs write a label that is lacking; if it is none, leave "
     "its pictures out."),
    ("classes.as_text", {"names": ["1", "10"], "count": 3},
     "The classes are numbered in the order of their folders' names as text, as Keras and "
     "torchvision number them: 1, 10, and 1 more. If the models number them by value, give the "
     "folders names of equal length, such as 01."),
    ("table.substitutes", {"count": 2, "pairs": [["a", "b/a.png"], ["/c/d.png", "d.png"]]},
     "2 paths of the table are not there as they are written; for each the one picture of that "
     "name was taken (path and picture: a and b/a.png; /c/d.png and d.png)."),
    ("costs.plain_lower", {"fitted": 255.0, "plain": 241.0},
     "Costs: decisions fitted for least expected cost are more expensive for the baselines than "
     "those for the likeliest class (255 per 1,000 parts against 241): calibrated on validation "
     "images, they do not hold on test images. Savings are counted from the cheaper ones."),
    ("costs.blind_lower", {"blind": 20.0, "name": "bad", "baseline_cost": 25.5},
     "Costs: calling every part 'bad' without a look costs 20.0 per 1,000 parts, less than the "
     "baselines (25.5): with these costs no model of theirs is of use."),
    ("folder.called_masks", {"name": "masks", "count": 20},
     "The folder 'masks' is called as those of masks are; its 20 pictures are read as pictures, "
     "not as masks."),
    ("folder.left_out", {"name": "ground_truth", "why": "masks", "count": 20},
     "Left out: 'ground_truth', which holds masks (20 pictures)."),
]  # fmt: skip


@pytest.mark.parametrize(("code", "values", "text"), NEW)
def test_a_code_is_said_in_words(code, values, text):
    notice = Notice.of(code, **values)
    assert sentences.notice(notice).replace("\N{NO-BREAK SPACE}", " ") == text
    assert str(notice) == sentences.notice(notice)
    assert notice[:5] == str(notice)[:5]


def test_every_code_is_among_them():
    codes = {code for code, *_ in (*SAID, *NEW)}
    assert codes | {"verdicts.old"} == set(phrases.NOTICES)


def test_that_verdicts_are_old_is_said_in_both_languages():
    english, _ = in_both(lambda: sentences.notice(Notice.of("verdicts.old")))
    assert english.startswith("The verdicts here are those of earlier rules")


NAMES = re.compile(
    r"zoom|shear|layercam|gradcam|hirescam|layer=stage_\d|keras|Pearson|Grad-CAM|cam_layer|group|"
    r"\w+\.(png|jpg)(: cut off|: empty)?|validation|probe|train|「[^」]*」| r "
)


def numbers(text: str) -> set[str]:
    return set(re.findall(r"\d[\d.,]*\d|\d", text))


@pytest.mark.parametrize("before", [before for _, before, _ in SAID])
def test_every_notice_is_said_in_japanese_with_the_same_numbers(before):
    notice = old_texts.notice(before)
    english = sentences.notice(notice)
    with speaking("ja"):
        japanese = sentences.notice(notice)
    assert not re.search("[A-Za-z]{2}", NAMES.sub("", japanese)), japanese
    assert numbers(english) <= numbers(japanese)


@pytest.mark.parametrize(
    "text",
    [
        "out of memory, on host 3",
        "",
        "Many masks",
        "{arm}",
        "Some masks have the name of no picture and are not used.",
    ],
)
def test_what_is_no_sentence_of_ours_stays_as_it_is(text):
    assert old_texts.notice(text) == Notice.text(text)
    with speaking("ja"):
        assert sentences.notice(Notice.text(text)) == text


def test_a_code_of_a_plug_in_is_shown_with_its_values():
    assert sentences.notice(Notice.of("lights.out", lamp="left", count=2)) == "lights.out: left: 2"


def test_a_data_sets_note_may_be_a_plain_text():
    split = Split(np.zeros((1, 2, 2, 1), np.float32), np.zeros(1, np.int64))
    data = DataSet("d", ("a",), split, split, split, split, notes=("Two lamps were out.",))
    assert data.notes == (Notice.text("Two lamps were out."),)
    assert replace(data, name="e").notes == data.notes


def test_hostile_names_and_messages_are_made_visible():
    profile = example_profile().model_copy(
        update={
            "warnings": tuple(Notice.of("maps.empty", arm=name, share=0.5) for name in HOSTILE),
            "missing": tuple(
                MissingRun(run=name, strategy=name, reason=Notice.text(name)) for name in HOSTILE
            ),
        }
    )
    lines = [text for _, text in notices(profile).points]
    assert len(lines) == 2 * len(HOSTILE)
    assert all(line.replace("\N{NO-BREAK SPACE}", " ").isprintable() for line in lines)


# ---- codes as they are made


def removal(better):
    return example_profile().faithful[0].deletion.model_copy(update={"better": better})


def notices_of_impact() -> list[Notice]:
    faithful = example_profile().faithful[0]
    alike = {name: values.model_copy(update={"estimate": 0.95})
             for name, values in faithful.alike.items()}  # fmt: skip
    bad = faithful.model_copy(
        update={"deletion": removal(()), "insertion": removal(()), "alike": alike}
    )
    centre = {"centre": Estimate(low=-0.2, high=-0.1)}
    middle = {"against": bad.insertion.against | centre, "worse": ("centre",)}
    mixed = faithful.model_copy(update={"insertion": faithful.insertion.model_copy(update=middle)})
    look = CheckResult(look="layercam", grid=(7, 7), shift={}, beyond=(), flips=("zoom", "mixup"),
                   kendall=None, low=None, high=None)  # fmt: skip
    missed = Pointing(arm="baseline", name="c", images=9, hit=0.1, chance=0.1, beyond=0.0, low=0.0,
                      high=0.1, place=1, there=0.6)  # fmt: skip
    return [
        *unstable([look]), *unfaithful([bad, mixed]), *missed_by_baselines((missed,)),
        *remarks.broken_note(["3.png: cut off"]), *remarks.flaws_note(["a.json: no JSON"]),
    ]  # fmt: skip


@pytest.mark.parametrize("notice", notices_of_impact(), ids=lambda notice: notice.code)
def test_notices_have_the_values_that_their_sentences_name(notice):
    assert "{" not in sentences.notice(notice)
    with speaking("ja"):
        assert sentences.notice(notice) != notice.code


# ---- profiles of before


@pytest.mark.parametrize(
    "path", sorted(RESULTS.glob("*/profile.json")), ids=lambda p: p.parent.name
)
def test_a_published_profile_is_read_all_in_codes(path):
    profile = load_profile(path)
    assert {warning.code for warning in profile.warnings} <= set(phrases.NOTICES)
    assert all(sentences.reading(curve) for curve in profile.curves)
    before = json.loads(path.read_text("utf-8"))
    old = profile.has_old_verdicts
    migrated = before["schema_version"] < 3
    assert old == (migrated or any(record["old_verdict"] for record in before["strategies"]))
    assert len(profile.warnings) == len(before["warnings"]) + migrated
    for strategy in profile.strategies:
        assert {reason.code for reason in strategy.reasons} <= {
            *phrases.REASONS, *(phrases.OLD_REASONS if old else ()),
        }  # fmt: skip


def test_texts_of_a_profile_of_before_become_codes(tmp_path):
    profile = json.loads(example_profile().model_dump_json()) | {"schema_version": 1}
    for strategy in profile["strategies"]:
        strategy |= {"verdict": "care", "sentence": "care: as it was said"}
    profile["warnings"] = [before for _, before, _ in SAID]
    profile["missing"] = [{"run": "a #1", "strategy": "a", "reason": "not trained yet"},
                          {"run": "b #1", "strategy": "b", "reason": "out of memory"}]  # fmt: skip
    readings = [curve["reading"] for curve in profile["curves"]]
    for curve in profile["curves"]:
        curve["reading"] = {
            "overfits": "overfits: validation loss is lowest at epoch 2 and 20 % higher at the end",
            "falling": "no overfitting: validation loss is lowest at the last epoch",
            "level": "no overfitting: validation loss is lowest at epoch 2 and level from there",
        }[curve["reading"]]
    (tmp_path / "profile.json").write_text(json.dumps(profile), "utf-8")
    read = load_profile(tmp_path)
    codes = ["verdicts.old", *(code for code, *_ in SAID)]
    assert [warning.code for warning in read.warnings] == codes
    assert [run.reason for run in read.missing] == [
        Notice.of("run.not_trained"), Notice.text("out of memory"),
    ]  # fmt: skip
    assert [curve.reading for curve in read.curves] == readings


def test_a_notice_is_said_by_the_report_to_anybody():
    notice = Notice.of("run.not_trained")
    assert report.notice(notice) == "not trained yet"
    assert report.notice(notice, "ja") == "まだ学習されていない"
