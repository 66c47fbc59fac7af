"""The page for everybody: axe-core, which other programs are judged by, finds nothing serious."""

from importlib.util import find_spec
from pathlib import Path

import pytest

from tests.bare import write
from tests.conftest import resize
from tests.profiles import example_profile

RUN = """const [place, done] = arguments;
axe.run({include: [[place]]}, {resultTypes: ['violations']}).then(found => done(found.violations
  .filter(v => ['serious', 'critical'].includes(v.impact))
  .map(v => [v.id, v.nodes.length, v.nodes[0].html.slice(0, 160), v.nodes[0].failureSummary])))"""


@pytest.fixture(scope="module")
def axe() -> str:
    """The source of axe-core, from the package that brings it."""
    package = find_spec("axe_selenium_python")
    if package is None or package.origin is None:
        pytest.skip("axe-selenium-python is not installed")
    folder = Path(package.origin).parent
    return (folder / "node_modules" / "axe-core" / "axe.min.js").read_text("utf-8")


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    made = tmp_path_factory.mktemp("access")
    profile = example_profile(masked=True)
    profile = profile.model_copy(update={"probes": profile.probes[:2]})
    for language in ("en", "ja"):
        write(profile, made / language, language)
    return made


def violations(browser, axe: str, address: str, theme: str, place: str) -> list:
    resize(browser, 1280, 757)
    browser.get("about:blank")  # a page that differs in its fragment alone is not loaded anew
    browser.get(address)
    browser.execute_script("document.documentElement.dataset.theme = arguments[0]", theme)
    browser.execute_script(axe)  # by the driver, which the page's policy does not hold
    return browser.execute_async_script(RUN, place)


@pytest.mark.parametrize("language", ["en", "ja"])
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_nothing_serious_on_the_first_screen(browser, axe, folder, language, theme):
    address = (folder / language / "report.html").as_uri()
    assert violations(browser, axe, address, theme, "#decision") == []


@pytest.mark.parametrize(("language", "theme"), [("en", "dark"), ("ja", "light")])
def test_nor_in_two_views(browser, axe, folder, language, theme):
    address = (folder / language / "report.html").as_uri()
    assert violations(browser, axe, f"{address}#s=shear&v=mixup", theme, "#strategies") == []


@pytest.mark.parametrize("theme", ["light", pytest.param("dark", marks=pytest.mark.slow)])
@pytest.mark.parametrize("chapter", ["attention", "classes", "validity", "paper"])
def test_nor_in_a_chapter(browser, axe, folder, theme, chapter):
    address = (folder / "en" / "report.html").as_uri()
    assert violations(browser, axe, f"{address}#{chapter}", theme, f"#{chapter}") == []
