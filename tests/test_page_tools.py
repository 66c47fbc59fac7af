"""The gallery as a tool, in a real browser: opacity, filters, regions drawn and read back."""

import json
import time

import numpy as np
import pytest

from cam_augment import load_profile
from cam_augment.cli.study import main
from cam_augment.datasets.probe_regions import rasterise, read_regions
from tests.bare import write
from tests.conftest import resize
from tests.profiles import HOSTILE, MEASURED, example_profile, troubled_profile

FIRST = 5  # index of the first probe image of the example
ARMS = len(MEASURED) + 1


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    place = tmp_path_factory.mktemp("tools")
    write(example_profile(), place / "good")
    write(troubled_profile(), place / "bad")
    return place


@pytest.fixture
def page(browser, folder):
    """The example's page, as it opens."""
    return opened(browser, folder / "good" / "report.html")


def opened(browser, path):
    resize(browser, 1280)
    browser.get_log("performance")
    browser.get("about:blank")  # a page that differs in its fragment alone is not loaded anew
    browser.get(f"{path.as_uri()}#attention")  # the chapter of the gallery, unfolded
    return browser


def ask(page, script, *arguments):
    return page.execute_script(f"return {script}", *arguments)


def element(page, selector):
    return page.find_element("css selector", selector)


def shown(page) -> list[int]:
    """Return the probe images that are on the screen."""
    return ask(
        page,
        "[...document.querySelectorAll('.probe')].filter(e => e.getClientRects().length)"
        ".map(e => +e.dataset.index)",
    )


def choose(page, name: str, text: str) -> None:
    from selenium.webdriver.support.ui import Select

    Select(element(page, f"#gallery-{name}")).select_by_visible_text(text)


def keys(page, *pressed, shift=False):
    from selenium.webdriver import ActionChains, Keys

    actions = ActionChains(page)
    if shift:
        actions.key_down(Keys.SHIFT)
    actions.send_keys(*(getattr(Keys, name, name) for name in pressed))
    if shift:
        actions.key_up(Keys.SHIFT)
    actions.perform()


def status(page) -> str:
    return element(page, "#gallery-status").text


# ---- what is shown


def test_the_slider_fades_the_maps_and_leaves_the_images(page):
    opacity = "getComputedStyle(document.querySelector('li[data-arm] .stack img')).opacity"
    assert ask(page, opacity) == "1"
    element(page, "#gallery-opacity").send_keys("")  # focus without a click
    keys(page, "HOME")
    assert ask(page, opacity) == "0"
    keys(page, *["ARROW_RIGHT"] * 3)
    assert float(ask(page, opacity)) == pytest.approx(0.03)
    assert element(page, "#gallery-percent").text == "3 %"
    image = "getComputedStyle(document.querySelector('li[data-arm] .stack')).backgroundImage"
    assert ask(page, image).startswith('url("data:image/png')


def test_filters_hide_and_show_and_say_how_many(page):
    everything = shown(page)
    assert len(everything) == 10
    assert status(page) == f"10 of 10 images and {ARMS} of {ARMS} arms shown."
    choose(page, "class", "3")
    assert shown(page) == [everything[3]]
    assert status(page).startswith("1 of 10 images")
    choose(page, "class", "all")
    choose(page, "reading", "wrongly")
    assert shown(page) == [everything[9]]
    choose(page, "reader", "baseline")
    assert shown(page) == []
    choose(page, "reading", "rightly")
    assert shown(page) == everything
    choose(page, "reader", "horizontal_flip")
    assert shown(page) == everything[:9]
    element(page, "#gallery-reset").click()
    assert shown(page) == everything


def test_arms_are_hidden_and_do_not_count_as_readers(page):
    element(page, "fieldset input[value=horizontal_flip]").click()
    panels = "[...document.querySelectorAll('li[data-arm=horizontal_flip]')]"
    assert not ask(page, f"{panels}.some(e => e.getClientRects().length)")
    assert status(page) == f"10 of 10 images and {ARMS - 1} of {ARMS} arms shown."
    choose(page, "reading", "wrongly")
    assert shown(page) == []
    element(page, "#gallery-reset").click()
    assert ask(page, f"{panels}.every(e => e.getClientRects().length)")


def test_on_paper_is_the_decision_alone_or_everything(page):
    table = "document.querySelector('#table-effects').checkVisibility()"
    choose(page, "class", "3")
    assert not ask(page, table)
    page.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": "print"})
    try:
        assert element(page, "#decision").is_displayed()
        assert shown(page) == []
        page.execute_script("document.documentElement.classList.add('whole')")
        assert len(shown(page)) == 10
        for control in ("#gallery-tools", ".mark", "dialog", "#tools"):
            assert not element(page, control).is_displayed()
        assert ask(page, table)
    finally:
        page.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": ""})


def test_every_control_has_a_name_and_says_its_changes(page):
    unnamed = ask(
        page,
        "[...document.querySelectorAll('#gallery-tools input, #gallery-tools select, button')]"
        ".filter(e => !(e.labels?.length || e.ariaLabel || e.textContent.trim()))"
        ".map(e => e.outerHTML)",
    )
    assert unnamed == []
    assert element(page, "#gallery-status").get_attribute("role") == "status"
    element(page, "#gallery-class").send_keys("")
    keys(page, "TAB")
    focused = "document.activeElement"
    assert ask(page, f"{focused}.id") == "gallery-reading"
    assert ask(page, f"parseFloat(getComputedStyle({focused}).outlineWidth)") >= 2


# ---- without the script, and against other scripts


def test_without_the_script_everything_is_shown_and_nothing_is_offered(browser, folder):
    browser.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": True})
    try:
        page = opened(browser, folder / "good" / "report.html")
        element(page, "#attention > summary").click()
        assert len(page.find_elements("css selector", ".probe")) == 10
        assert all(card.is_displayed() for card in page.find_elements("css selector", ".probe"))
        assert len(page.find_elements("css selector", "li[data-arm]")) == 10 * ARMS
        for control in ("#gallery-tools", ".mark", "dialog"):
            assert not element(page, control).is_displayed()
    finally:
        browser.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": False})


def test_a_script_that_comes_in_is_not_run(browser, folder, tmp_path):
    text = (folder / "good" / "report.html").read_text("utf-8")
    foreign = "<script>document.title = 'run'</script><img src=x onerror=\"document.title='run'\">"
    (tmp_path / "forged.html").write_text(text.replace("<main>", f"<main>{foreign}"), "utf-8")
    page = opened(browser, tmp_path / "forged.html")
    assert page.title == "Impact profile: example"
    assert status(page)  # the page's own script was run
    assert any("Content Security Policy" in line["message"] for line in page.get_log("browser"))


def test_hostile_names_stay_text(browser, folder):
    page = opened(browser, folder / "bad" / "report.html")
    choose(page, "class", HOSTILE[0])
    assert shown(page) == [FIRST]
    element(page, f".probe[data-index='{FIRST}'] .mark").click()
    assert HOSTILE[0] in element(page, "#drawing-title").text
    assert ask(page, "document.scripts.length") == 1
    assert page.get_log("browser") == []
    element(page, "#drawing-done").click()


# ---- regions


def editor(page, index=FIRST):
    element(page, f".probe[data-index='{index}'] .mark").click()
    return element(page, "#drawing-stage")


def drag(page, stage, start, end):
    """Drag from one place to another, both in pixels of the data's image (28x28)."""
    from selenium.webdriver import ActionChains

    box = stage.rect

    def offset(place):
        return [round((p / 28 - 0.5) * size) for p, size in
                zip(place, (box["width"], box["height"]), strict=True)]  # fmt: skip

    actions = ActionChains(page, duration=0).move_to_element_with_offset(stage, *offset(start))
    if end is None:
        actions.click()
    else:
        actions.click_and_hold().move_to_element_with_offset(stage, *offset(end)).release()
    actions.perform()


def saved(page, tmp_path, name="example"):
    """Save by the open dialog's button; return the file of the plan of this name."""
    page.execute_cdp_cmd(
        "Browser.setDownloadBehavior", {"behavior": "allow", "downloadPath": str(tmp_path)}
    )
    element(page, "dialog .save").click()
    path = tmp_path / f"{name}-regions.json"
    for _ in range(100):
        if path.exists() and path.stat().st_size:
            return path
        time.sleep(0.05)
    raise AssertionError("nothing was saved")


def masks_of(path):
    fingerprint = example_profile().provenance["data"]["fingerprint"]
    return read_regions(path, 500, 28, 28, fingerprint=fingerprint)


def test_rectangles_drawn_by_mouse_are_the_pixels_read_back(page, tmp_path):
    stage = editor(page)
    drag(page, stage, (3.5, 5.5), (10.5, 8.5))
    drag(page, stage, (20.4, 25.6), (18.4, 20.4))  # from the lower right to the upper left
    element(page, "#drawing-done").click()
    assert element(page, f".probe[data-index='{FIRST}'] .count").text == "2 regions"
    drag(page, editor(page, FIRST + 37), (0.5, 0.5), (27.5, 27.5))
    masks = masks_of(saved(page, tmp_path))
    expected = np.zeros((500, 28, 28), bool)
    expected[FIRST, 5:9, 3:11] = expected[FIRST, 20:26, 18:21] = expected[FIRST + 37] = True
    np.testing.assert_array_equal(masks, expected)
    element(page, "#drawing-done").click()


def test_a_polygon_is_drawn_corner_by_corner(page, tmp_path):
    stage = editor(page)
    element(page, "#drawing-tool").send_keys("p")
    corners = [(4, 4), (20, 6), (12, 22)]
    for place in [*corners, (4.1, 4.1)]:
        drag(page, stage, place, None)
    assert element(page, "#drawing-list").text.startswith("1: region, polygon of 3 corners")
    path = saved(page, tmp_path)
    (polygon,) = json.loads(path.read_text())["annotations"][0]["segmentation"]
    np.testing.assert_allclose(np.reshape(polygon, (3, 2)), corners, atol=0.1)
    result = rasterise(np.reshape(polygon, (3, 2)), 28, 28)
    np.testing.assert_array_equal(masks_of(path)[FIRST], result)
    assert 100 < result.sum() < 200
    element(page, "#drawing-done").click()


def test_a_rectangle_is_added_moved_resized_and_deleted_by_keyboard(page, tmp_path):
    element(page, f".probe[data-index='{FIRST}'] .mark").send_keys("")
    keys(page, "ENTER")
    element(page, "#drawing-add").send_keys("")
    keys(page, "ENTER")
    keys(page, "ARROW_RIGHT", "ARROW_RIGHT", "ARROW_UP")
    keys(page, "ARROW_LEFT", "ARROW_DOWN", "ARROW_DOWN", shift=True)
    assert element(page, "#drawing-status").text == "1: region, rectangle, 13 × 16 pixels at 9, 6"
    mask = masks_of(saved(page, tmp_path))[FIRST]
    expected = np.zeros((28, 28), bool)
    expected[6:22, 9:22] = True
    np.testing.assert_array_equal(mask, expected)
    element(page, "#drawing-list button").send_keys("")
    keys(page, *["ARROW_LEFT"] * 40)
    assert "13 × 16 pixels at 0, 6" in element(page, "#drawing-list").text
    keys(page, "DELETE")
    assert page.find_elements("css selector", "#drawing-list li") == []
    assert not element(page, "dialog .save").is_enabled()
    keys(page, "ESCAPE")
    assert not element(page, "dialog").is_displayed()


def test_a_finger_draws_too(page):
    stage = editor(page)
    box = stage.rect
    box |= ask(page, "(r => ({x: r.x, y: r.y}))(arguments[0].getBoundingClientRect())", stage)

    def touch(kind, *places):
        points = [{"x": box["x"] + x / 28 * box["width"], "y": box["y"] + y / 28 * box["height"]}
                  for x, y in places]  # fmt: skip
        page.execute_cdp_cmd("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})

    touch("touchStart", (2.5, 2.5))
    touch("touchMove", (4.5, 6.5))
    touch("touchMove", (6.5, 9.5))
    touch("touchEnd")
    assert element(page, "#drawing-list").text.startswith("1: region, rectangle, 5 × 8 pixels at 2")
    element(page, "dialog li button:last-child").click()
    element(page, "#drawing-done").click()


def test_what_covers_no_pixel_is_not_taken(page):
    stage = editor(page)
    element(page, "#drawing-tool").send_keys("p")
    for place in [(4.0, 4.0), (4.3, 4.0), (4.2, 4.3)]:
        drag(page, stage, place, None)
    element(page, "#drawing-close-polygon").click()
    assert "centre of no pixel" in element(page, "#drawing-status").text
    assert page.find_elements("css selector", "#drawing-list li") == []
    element(page, "#drawing-done").click()


def test_the_file_is_the_same_in_whatever_order_regions_were_drawn(browser, folder, tmp_path):
    boxes = [((2.5, 2.5), (5.5, 5.5)), ((10.5, 3.5), (12.5, 9.5)), ((2.5, 1.5), (4.5, 4.5))]
    files = []
    for number, order in enumerate(([0, 1, 2], [2, 0, 1])):
        page = opened(browser, folder / "good" / "report.html")
        for index in (FIRST, FIRST + 37) if number else (FIRST + 37, FIRST):
            stage = editor(page, index)
            for place in order:
                drag(page, stage, *boxes[place])
            if index != (FIRST + 37 if number else FIRST):
                element(page, "#drawing-done").click()
        (tmp_path / str(number)).mkdir()
        files.append(saved(page, tmp_path / str(number)).read_bytes())
    assert files[0] == files[1]
    content = json.loads(files[0])
    assert [image["id"] for image in content["images"]] == [FIRST, FIRST + 37]
    assert content["info"]["data_fingerprint"].startswith("a3f1")
    assert [annotation["id"] for annotation in content["annotations"]] == [1, 2, 3, 4, 5, 6]


@pytest.mark.usefixtures("no_figures")
def test_a_study_answers_of_the_region_that_was_drawn_on_its_page(
    browser, studied, tmp_path, monkeypatch, capsys
):
    """From a page that the command wrote to a second command, which trains nothing."""
    page = opened(browser, studied / "results" / "tiny" / "report.html")
    index = shown(page)[0]
    drag(page, editor(page, index), (7.5, 7.5), (20.5, 20.5))
    path = saved(page, tmp_path, "tiny")
    monkeypatch.chdir(studied)
    assert main(["tiny.toml", "--probe-regions", str(path), "--out", "again"]) == 0
    assert "nothing to train" in capsys.readouterr().out
    profile = load_profile("again")
    assert profile.validity["marked_images"] == 1
    marked = [probe.index for probe in profile.probes if probe.mask]
    assert marked == [index]
    assert set(profile.points["focus"]) == set(profile.arms)


def test_all_of_this_asks_nobody(page, tmp_path):
    stage = editor(page)
    drag(page, stage, (3.5, 5.5), (10.5, 8.5))
    saved(page, tmp_path)
    messages = [json.loads(line["message"])["message"] for line in page.get_log("performance")]
    requests = [m["params"]["request"]["url"] for m in messages
             if m["method"] == "Network.requestWillBeSent"]  # fmt: skip
    assert requests
    assert [url for url in requests if not url.startswith(("file:", "data:", "blob:"))] == []
    assert page.get_log("browser") == []
    element(page, "#drawing-done").click()
