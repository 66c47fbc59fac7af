"""The site of the docs, as ``make docs`` writes it: pages open from a folder, search and all."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import resize

ROOT = Path(__file__).resolve().parent.parent
pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    """Return the folder of a site that was made without a warning."""
    folder = tmp_path_factory.mktemp("site")
    done = subprocess.run(
        [sys.executable, "-m", "mkdocs", "build", "--strict", "--site-dir", str(folder)],
        cwd=ROOT, capture_output=True, text=True,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return folder


def test_maths_is_written_without_a_script(site):
    assert "<math" in (site / "explanation" / "tests.html").read_text("utf-8")


def test_pages_load_nothing_from_elsewhere(site):
    """Links may be followed; nothing else is asked for."""
    for page in site.rglob("*.html"):
        loaded = re.findall(r"<(?:script|img|link)[^>]*(?:src|href)=.?https?:", page.read_text())
        assert not loaded, (page, loaded[0])


def test_pages_that_open_from_a_folder_are_searched(site, browser):
    from selenium.webdriver.common.by import By
    from selenium.webdriver.support.wait import WebDriverWait

    resize(browser, 1280)  # on a telephone the field is behind a sign
    browser.get((site / "howto" / "plan.html").as_uri())
    field = browser.find_element(By.CSS_SELECTOR, "input.md-search__input")
    WebDriverWait(browser, 60).until(lambda _: field.is_displayed())
    field.click()
    field.send_keys("flicker")

    def places(_):
        links = browser.find_elements(By.CSS_SELECTOR, ".md-search-result__link")
        return [link.get_attribute("href") for link in links]

    first = WebDriverWait(browser, 60).until(places)[0]
    assert first.startswith((site / "explanation" / "attention.html").as_uri())
