"""A person's notes on maps: read with suspicion, counted, and kept by the page in a browser."""

import json

import pytest

from cam_augment.base.errors import InputError
from cam_augment.cli.frame import main
from cam_augment.records import load_profile
from cam_augment.records.notes import Note
from cam_augment.report import write
from cam_augment.report.tables.notes import note_counts, notes
from cam_augment.study.notes import notes_on, read_notes
from tests.conftest import resize
from tests.profiles import HOSTILE, example_profile, troubled_profile

pytestmark = pytest.mark.usefixtures("no_figures")
ARMS = ("baseline", "zoom", "rotation:15")
WRONG = {"image_id": 3, "arm": "zoom", "mark": "wrong", "note": "the shadow,\n not the dent"}


def saved(folder, *entries, **info):
    path = folder / "study-regions.json"
    path.write_text(json.dumps({"info": info, "notes": list(entries), "annotations": []}))
    return path


def read(path, fingerprint="ours"):
    return read_notes(path, ARMS, 10, fingerprint)


def test_notes_are_read_in_order_and_in_one_line_each(tmp_path):
    path = saved(tmp_path, WRONG, {"image_id": 0, "arm": "baseline", "mark": "unclear"})
    assert read(path) == (
        Note(image=0, arm="baseline", mark="unclear"),
        Note(image=3, arm="zoom", mark="wrong", text="the shadow, not the dent"),
    )


def test_a_file_of_these_data_is_believed_and_one_without_a_name_too(tmp_path):
    assert read(saved(tmp_path, WRONG, data_fingerprint="ours"))
    assert read(saved(tmp_path, WRONG))


REFUSED = {
    "no table": ([], "expected a table at the top"),
    "no notes": ({"annotations": []}, "no notes; the gallery saves them with the regions"),
    "none in the list": ({"notes": []}, "no notes; the gallery"),
    "other data": (
        {"info": {"data_fingerprint": "theirs"}, "notes": [WRONG]},
        "written on other data: received fingerprint 'theirs'; this is ours"),
    "too many": ({"notes": [WRONG] * 10_001}, "10,001 notes; at most 10,000"),
    "a note of another kind": ({"notes": ["wrong"]}, "notes.0: expected a table of image_id"),
    "an image beyond the probe set": (
        {"notes": [WRONG | {"image_id": 10}]}, "received image_id 10; probe images are 0 to 9"),
    "an image that is no number": ({"notes": [WRONG | {"image_id": True}]}, "image_id True"),
    "an arm that is not there": (
        {"notes": [WRONG | {"arm": "zom"}]}, "arm: received 'zom'. Did you mean 'zoom'?"),
    "an arm that is no text": ({"notes": [WRONG | {"arm": ["zoom"]}]}, "arm: received"),
    "a mark that is not known": (
        {"notes": [WRONG | {"mark": "wrng"}]}, "Did you mean 'wrong'? Allowed: good, wrong, uncl"),
    "a note of another type": ({"notes": [WRONG | {"note": 3}]}, "note: expected a text of"),
    "a note without end": ({"notes": [WRONG | {"note": "a" * 2_001}]}, "at most 2,000 characters"),
    "two on one map": ({"notes": [WRONG, WRONG]}, "notes.1: a second note on image 3 of 'zoom'"),
}  # fmt: skip


@pytest.mark.parametrize("case", REFUSED)
def test_notes_that_say_nothing_known_are_refused(case, tmp_path):
    content, words = REFUSED[case]
    path = tmp_path / "n.json"
    path.write_text(json.dumps(content))
    with pytest.raises(InputError) as refusal:
        read(path)
    assert words in str(refusal.value)
    assert str(refusal.value).startswith("n.json: ")


FEW = {
    "curves": (),
    "models": (),
    "distance": (),
    "correlations": (),
    "faithful": (),
    "split_noise": None,
}  # drawings take time


def few(profile):
    return profile.model_copy(update=FEW)


def noted(profile):
    first, second = (probe.index for probe in profile.probes[:2])
    arm = profile.arms[1]
    return profile.model_copy(update={"notes": (
        Note(image=first, arm="baseline", mark="good"),
        Note(image=first, arm=arm, mark="wrong", text=HOSTILE[0]),
        Note(image=second, arm=arm, mark="wrong"),
        Note(image=second, arm="baseline", mark="wrong", text="the background"),
    )})  # fmt: skip


def test_notes_are_counted_by_arm():
    profile = noted(example_profile())
    counts = note_counts(profile)
    assert counts.records() == [
        {"arm": "baseline", "maps": 2, "good": 1, "wrong": 1, "unclear": 0},
        {"arm": profile.arms[1], "maps": 2, "good": 0, "wrong": 2, "unclear": 0},
    ]
    assert counts.views[2].text(counts.records()[1]) == "2 of 2 maps"
    assert [row["note"] for row in notes(profile).records()][1] == HOSTILE[0]
    assert note_counts(example_profile()) is None


def test_the_command_shows_notes_in_a_report_written_anew(tmp_path, capsys):
    profile = few(example_profile())
    write(profile, tmp_path / "report")
    entry = {"image_id": profile.probes[0].index, "arm": profile.arms[2], "mark": "good"}
    path = saved(tmp_path, entry)
    assert main(["report", "--from", str(tmp_path / "report"), "--notes", str(path)]) in (0, 1)
    assert load_profile(tmp_path / "report").notes == notes_on(profile, path).notes
    assert (tmp_path / "report" / "note_counts.csv").read_text().splitlines()[1].startswith(
        f"{profile.arms[2]},1,1,0,0")  # fmt: skip
    before = (tmp_path / "report" / "report.html").read_bytes()
    path.write_text("{}")
    assert main(["report", "--from", str(tmp_path / "report"), "--notes", str(path)]) == 2
    assert "study-regions.json: no notes" in capsys.readouterr().err
    assert (tmp_path / "report" / "report.html").read_bytes() == before


# ---- in a browser


def panel(image, arm):
    return f".probe[data-index='{image}'] li[data-arm='{arm}']"


def test_a_note_is_written_saved_with_the_regions_and_read_back(browser, tmp_path):
    profile = few(example_profile())
    write(profile, tmp_path / "report")
    image, arm = profile.probes[0].index, profile.arms[1]
    resize(browser, 1280)
    browser.get(f"{(tmp_path / 'report' / 'report.html').as_uri()}#attention")
    saves = "[...document.querySelectorAll('.save')].map(e => e.disabled)"
    assert all(browser.execute_script(f"return {saves}"))
    find = browser.find_element
    browser.execute_script(f'document.querySelector("{panel(image, arm)} .note").click()')
    assert find("id", "noting").is_displayed()
    find("css selector", "#noting-mark option[value=wrong]").click()
    find("id", "noting-words").send_keys("looks at <the> shadow")
    find("id", "noting-done").click()
    button = find("css selector", f"{panel(image, arm)} .note")
    assert button.text == "✗"
    assert "looks at <the> shadow" in button.get_attribute("aria-label")
    assert find("id", "gallery-save").text == "Save 1 note"
    content = browser.execute_script(
        "return new Promise(done => { URL.createObjectURL = blob => {"
        " blob.text().then(done); return 'data:,'; };"
        " document.getElementById('gallery-save').click(); })"
    )
    path = tmp_path / "saved.json"
    path.write_text(content)
    assert notes_on(profile, path).notes == (
        Note(image=image, arm=arm, mark="wrong", text="looks at <the> shadow"),
    )


def test_the_page_opens_with_the_notes_that_it_was_given(browser, tmp_path):
    profile = noted(few(troubled_profile()))
    write(profile, tmp_path / "report")
    browser.get(f"{(tmp_path / 'report' / 'report.html').as_uri()}#attention")
    notes_shown = browser.execute_script("return document.getElementById('gallery').notes()")
    there = {(note["image_id"], note["arm"], note["mark"], note["note"]) for note in notes_shown}
    assert there == {(n.image, n.arm, n.mark, n.text) for n in profile.notes}
    assert not browser.execute_script("return document.querySelectorAll('img[src=x]').length")
