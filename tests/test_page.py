"""The page in a real browser: complete, quiet, offline, and readable on a phone."""

import itertools

import pytest

from tests.conftest import resize


@pytest.fixture(scope="module", params=["report", "troubled"])
def address(request):
    return (request.getfixturevalue(request.param) / "report.html").as_uri()


@pytest.fixture
def page(browser, address):
    """The page at a desktop's width."""
    resize(browser, 1280)
    browser.get(address)
    return browser


def test_no_error_and_no_request_to_anywhere(page):
    assert page.get_log("browser") == []
    requests = page.execute_script(
        "return performance.getEntriesByType('resource').map(e => e.name)"
        ".filter(n => !n.startsWith('data:'))"
    )
    assert requests == []


def test_every_image_is_shown_and_described(page):
    images = page.execute_script(
        "return [...document.images].map(i => [i.complete, i.naturalWidth, i.alt])"
    )
    assert len(images) > 100
    named = "return [...document.querySelectorAll('[role=img]')].every(e => e.ariaLabel)"
    assert page.execute_script(named)
    assert all(complete and width > 0 and alt for complete, width, alt in images)


def test_no_script_came_in_by_a_name(page):
    assert page.execute_script("return document.scripts.length") == 1
    assert (
        page.execute_script("return document.querySelectorAll('td script, li script').length") == 0
    )
    assert page.execute_script("return document.querySelectorAll('h4 b, th b, dd b').length") == 0


@pytest.mark.parametrize("width", [390, 768, 1280])
def test_the_page_is_no_wider_than_the_screen(page, width):
    resize(page, width)
    wide = page.execute_script("return document.documentElement.scrollWidth")
    assert wide <= width
    outside = page.execute_script(
        """const wide = document.documentElement.clientWidth;
        return [...document.querySelectorAll('h1,h2,h3,h4,p,dl,li,figure,article,details,.wide')]
          .filter(e => e.getClientRects().length && e.getBoundingClientRect().right > wide + 1)
          .filter(e => !e.classList.contains('skip')).map(e => e.outerHTML.slice(0, 80))"""
    )
    assert outside == []


def test_headings_step_down_one_by_one(page):
    levels = page.execute_script(
        "return [...document.querySelectorAll('h1,h2,h3,h4')].map(h => +h.tagName[1])"
    )
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after <= before + 1 for before, after in itertools.pairwise(levels))


def test_what_scrolls_can_be_reached_by_keyboard(page):
    reachable = page.execute_script(
        "return [...document.querySelectorAll('.wide')].every(e => e.tabIndex === 0 "
        "&& e.getAttribute('role') === 'region' && e.getAttribute('aria-label'))"
    )
    assert reachable


def test_links_of_the_contents_lead_somewhere(page):
    lost = page.execute_script(
        "return [...document.querySelectorAll('a[href^=\"#\"]')]"
        ".filter(a => !document.getElementById(a.getAttribute('href').slice(1))).length"
    )
    assert lost == 0


def test_tables_have_headings_and_text_of_a_readable_size(page):
    problems = page.execute_script(
        """return [...document.querySelectorAll('table')].filter(t =>
          !t.querySelector('tbody th[scope=row]') ||
          parseFloat(getComputedStyle(t).fontSize) < 13 ||
          (!t.querySelector('thead th[scope=col]') && !t.matches('.facts-table'))).map(t => t.id)"""
    )
    assert problems == []


def test_the_page_is_small_enough_to_be_sent(report):
    assert (report / "report.html").stat().st_size < 5_000_000


def test_chapters_are_folded_and_a_link_into_one_unfolds_it(page, address):
    opened = "return [...document.querySelectorAll('details.chapter[open]')].map(e => e.id)"
    assert page.execute_script(opened) == []
    page.get(f"{address}#table-effects")
    assert page.execute_script(opened) == ["paper"]
    assert page.find_element("id", "table-effects").is_displayed()


def test_no_sentence_of_the_page_stands_twice(page):
    texts = page.execute_script(
        "return [...document.querySelectorAll('p, dd, li')].filter(e => !e.querySelector('p, li'))"
        ".filter(e => !e.closest('.views, .gallery, dialog')).map(e => e.textContent.trim())"
    )
    long = [text for text in texts if len(text) > 60]
    assert len(long) > 15
    assert sorted(set(long)) == sorted(long)
