"""The first screen and the views of strategies, in a real browser."""

import csv
import io

import pytest

from cam_augment.report import queries, words
from cam_augment.report.formats.paper import main_table
from tests.bare import write
from tests.conftest import resize
from tests.profiles import MEASURED, example_profile

INSIDE = """return [...document.querySelectorAll(arguments[0])].map(e => e.getBoundingClientRect())
  .map(r => [r.top, r.bottom, r.left, r.right])"""
MARKS = "#strategies-table tbody .marker path"


@pytest.fixture(scope="module")
def address(tmp_path_factory):
    folder = tmp_path_factory.mktemp("decision")
    write(example_profile(), folder)
    return (folder / "report.html").as_uri()


@pytest.fixture
def page(browser, address):
    """The page as it opens on a laptop."""
    resize(browser, 1280, 757)
    browser.get("about:blank")  # a page that differs in its fragment alone is not loaded anew
    browser.get(address)
    return browser


def ask(page, script, *arguments):
    return page.execute_script(script, *arguments)


def shown(page) -> list[str]:
    return ask(
        page,
        "return [...document.querySelectorAll('#strategies-table tbody tr')]"
        ".filter(e => e.getClientRects().length).map(e => e.dataset.strategy)",
    )


def views(page) -> list[str]:
    return ask(
        page,
        "return [...document.querySelectorAll('.view')]"
        ".filter(e => e.checkVisibility()).map(e => e.dataset.strategy)",
    )


def views_are(page, expected: list[str]) -> bool:
    """Wait until these views are shown: an address that changes is told to the page later."""
    from selenium.webdriver.support.wait import WebDriverWait

    return WebDriverWait(page, 60).until(lambda _: sorted(views(page)) == sorted(expected))


def choose(page, name: str, value: str) -> None:
    from selenium.webdriver.support.ui import Select

    Select(page.find_element("id", name)).select_by_value(value)


def press(page, key: str) -> None:
    from selenium.webdriver import ActionChains

    ActionChains(page).send_keys(key).perform()


# ---- the first screen


@pytest.mark.parametrize(
    "selector",
    ["h1", ".facts", ".lines li", ".checks li", ".ask ol li", ".copy:not(.exports *)", MARKS,
     "td.gain b", ".rows td.worst", ".rows .cells:not([hidden]) img", ".rows td.attention"],
)  # fmt: skip
def test_the_first_screen_decides_without_scrolling(page, selector):
    places = ask(page, INSIDE, selector)
    assert places
    assert all(top >= 0 and bottom <= 757 for top, bottom, *_ in places if bottom > top)
    assert any(bottom > top for top, bottom, *_ in places)
    assert all(left >= 0 and right <= 1280 for *_, left, right in places)


def test_every_strategy_has_its_row_in_the_one_order(page):
    assert shown(page) == [strategy.strategy for strategy in queries.ranked(example_profile())]
    signs = ask(
        page, "return [...document.querySelectorAll('tbody .sign')].map(e => e.textContent)"
    )
    verdicts = [strategy.conclusion for strategy in queries.ranked(example_profile())]
    assert signs == [words.SYMBOLS[verdict] for verdict in verdicts]


def test_marks_stand_where_their_gains_are(page):
    """Larger gains lie further right, and the mean of the models under its interval's middle."""
    rows = ask(
        page,
        """return [...document.querySelectorAll('#strategies-table tbody tr')].map(row => {
          const x = s => [...row.querySelectorAll(s)].map(e => e.getBoundingClientRect())
            .map(r => (r.left + r.right) / 2);
          return [+row.dataset.gain, x('.marker path')[0], x('circle'), x('.band')[0]] })""",
    )
    by_gain = sorted(rows)
    assert [row[1] for row in by_gain] == sorted(row[1] for row in by_gain)
    for _, mark, models, _ in rows:
        assert len(models) == 4
        assert min(models) <= mark <= max(models)
    zero = rows[0][3]  # the band of margins is about 0
    assert all((gain > 0) == (mark > zero) for gain, mark, *_ in rows)


def test_the_page_says_little_before_it_is_asked(page):
    text = ask(page, "return document.body.innerText")
    assert 100 < len(text.split()) < 900


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_on_a_phone_rows_reflow_and_nothing_scrolls_sideways(page, theme):
    resize(page, 390, 844)
    ask(page, "document.documentElement.dataset.theme = arguments[0]", theme)
    assert ask(page, "return document.documentElement.scrollWidth") <= 390
    for selector in (MARKS, "td.gain b", ".rows .cells:not([hidden]) img", ".rows td.attention"):
        places = ask(page, INSIDE, selector)
        assert len(places) >= len(MEASURED)
        assert all(left >= 0 and right <= 390 for *_, left, right in places)


def test_paper_is_one_sheet_of_a4(page):
    import base64

    printed = page.execute_cdp_cmd("Page.printToPDF", {"preferCSSPageSize": True})["data"]
    pages = base64.b64decode(printed).count(b"/Type /Page\n")
    assert pages == 1


# ---- order, selection, comparison


def test_rows_are_sorted_by_what_is_chosen(page):
    choose(page, "sort", "gain")
    gains = {strategy: values[0] for strategy, values in MEASURED.items()}
    assert shown(page) == sorted(MEASURED, key=lambda strategy: -gains[strategy])
    choose(page, "sort", "name")
    assert shown(page) == sorted(MEASURED)
    choose(page, "sort", "")
    assert shown(page) == [strategy.strategy for strategy in queries.ranked(example_profile())]


def test_verdicts_are_left_out_and_the_control_stays(page):
    page.find_element("css selector", "#tools input[value=adopt]").click()
    left = shown(page)
    assert "identity" in left
    verdicts = {strategy.strategy: strategy.verdict for strategy in example_profile().strategies}
    assert {verdicts[name] for name in left} == set(verdicts.values()) - {"adopt"}
    assert page.find_element("id", "rows-status").text == f"{len(left)} of 10 rows"


def test_maps_of_one_class_are_shown_in_all_rows(page):
    count = "return document.querySelectorAll('.rows [data-map=\"3\"]:not([hidden])').length"
    assert ask(page, count) == 0
    choose(page, "map-class", "3")
    assert ask(page, count) == len(MEASURED) + 1


def test_two_rows_are_compared(page):
    compare = page.find_element("id", "compare")
    boxes = page.find_elements("css selector", ".pick")
    boxes[0].click()
    assert not compare.is_enabled()
    boxes[2].click()
    compare.click()
    order = [strategy.strategy for strategy in queries.ranked(example_profile())]
    assert views_are(page, [order[0], order[2]])
    tops = ask(page, INSIDE, ".view.on")
    assert tops[0][0] == tops[1][0]


# ---- a strategy looked at closely


def test_a_name_opens_its_view_and_keys_go_on_and_back(page):
    order = [strategy.strategy for strategy in queries.ranked(example_profile())]
    page.find_element("css selector", "#row-2 a").click()
    assert views_are(page, [order[1]])
    assert not page.find_element("id", "decision").is_displayed()
    assert ask(page, "return document.activeElement.closest('.view').dataset.strategy") == order[1]
    press(page, "j")
    assert views_are(page, [order[2]])
    press(page, "k")
    press(page, "k")
    assert views_are(page, [order[0]])
    press(page, "\ue00c")  # Escape
    assert views_are(page, [])
    assert page.find_element("id", "decision").is_displayed()


def test_an_address_leads_to_a_view(page, address):
    page.get(f"{address}#s=zoom&v=mixup")
    assert views_are(page, ["mixup", "zoom"])
    assert page.find_element("id", "view-beside").get_attribute("value") == "mixup"
    page.find_element("id", "view-close").click()
    assert views_are(page, [])
    assert page.find_element("id", "decision").is_displayed()


def test_a_view_has_its_numbers_classes_and_images(page, address):
    page.get(f"{address}#s=horizontal_flip")
    text = page.find_element("css selector", ".view.on").text
    gain = example_profile().effect("horizontal_flip", "gain")
    assert words.points(gain.estimate) in text
    assert "Images that it fixes" in text
    assert "Images that it breaks" in text
    bars = page.find_elements("css selector", ".view.on .bar")
    assert len(bars) == 10
    broken = [e.naturalWidth for e in ask(page, "return []")]
    assert broken == []


def test_the_row_is_copied_as_csv_and_latex(page, address):
    page.get(f"{address}#s=zoom")
    latex, table = ask(
        page, "return [...document.querySelectorAll('.view.on .copy')].map(e => e.dataset.copy)"
    )
    (row,) = csv.DictReader(io.StringIO(table))
    assert row["strategy"] == "zoom"
    assert float(row["gain"]) == pytest.approx(example_profile().effect("zoom", "gain").estimate)
    assert latex in main_table(example_profile()).splitlines()
    assert latex.startswith("zoom & ")


def test_without_the_script_everything_is_there(browser, address):
    browser.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": True})
    try:
        resize(browser, 1280, 757)
        browser.get("about:blank")
        browser.get(address)
        assert not browser.find_element("id", "tools").is_displayed()
        assert browser.find_element("css selector", ".ask code").is_displayed()
        browser.find_element("css selector", "#strategies > summary").click()
        result = browser.find_elements("css selector", ".view")
        assert all(view.is_displayed() for view in result)
        assert len(result) == len(MEASURED)
    finally:
        browser.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": False})
