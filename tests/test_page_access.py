"""The page for everybody: axe-core, which other programs are judged by, finds nothing serious."""

import shutil
from importlib.util import find_spec
from pathlib import Path
from xml.etree import ElementTree

import pytest

from cam_augment.records import load_profile
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
    place = tmp_path_factory.mktemp("access")
    profile = example_profile(masked=True)
    profile = profile.model_copy(update={"probes": profile.probes[:2]})
    write(profile, place, "en,ja")
    return place


PAGES = {"en": "report.html", "ja": "report.ja.html"}


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
    address = (folder / PAGES[language]).as_uri()
    assert violations(browser, axe, address, theme, "#decision") == []


@pytest.mark.parametrize(("language", "theme"), [("en", "dark"), ("ja", "light")])
def test_nor_in_two_views(browser, axe, folder, language, theme):
    address = (folder / PAGES[language]).as_uri()
    assert violations(browser, axe, f"{address}#s=shear&v=mixup", theme, "#strategies") == []


@pytest.mark.parametrize("theme", ["light", pytest.param("dark", marks=pytest.mark.slow)])
@pytest.mark.parametrize("chapter", ["attention", "classes", "validity", "paper"])
def test_nor_in_a_chapter(browser, axe, folder, theme, chapter):
    address = (folder / PAGES["en"]).as_uri()
    assert violations(browser, axe, f"{address}#{chapter}", theme, f"#{chapter}") == []


def test_misses_are_drawn_against_false_alarms_in_the_view(browser, folder):
    resize(browser, 1280, 757)
    browser.get("about:blank")
    browser.get((folder / "report.html").as_uri() + "#s=shear")
    outside, curves, equal = browser.execute_script(
        """const chart = document.querySelector('.view.on .errors');
        const frame = chart.getBoundingClientRect();
        const out = [...chart.querySelectorAll('text, .mark')].map(e => e.getBoundingClientRect())
          .filter(r => r.left < frame.left || r.right > frame.right || r.top < frame.top ||
            r.bottom > frame.bottom || !r.width);
        return [out.length, chart.querySelectorAll('.arm .seed').length,
          chart.querySelector('.equal').getBoundingClientRect().width]"""
    )
    assert (outside, curves) == (0, 8)
    assert equal > 100


def test_on_paper_gains_are_drawn_beside_savings(browser, folder):
    resize(browser, 703)  # a sheet of A4 less its margins
    browser.get("about:blank")
    browser.get((folder / "report.html").as_uri())
    browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": "print"})
    try:
        drawings, right = browser.execute_script(
            """const row = document.querySelector('#row-1');
            return [row.querySelector('svg.forest').getBoundingClientRect().width,
              document.querySelector('.rows').getBoundingClientRect().right]"""
        )
    finally:
        browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": ""})
    assert drawings > 100
    assert right <= 703


TAKE = """const [kind, done] = arguments;
const button = document.querySelector(`.view.on .picture[data-kind=${kind}]`);
const label = button.textContent;
button.click();
const wait = () => button.textContent === label ? setTimeout(wait, 20) : take();
async function take() {
  const said = button.textContent;
  if (kind === "svg") return done([said, await navigator.clipboard.readText()]);
  const [item] = await navigator.clipboard.read();
  const image = await createImageBitmap(await item.getType("image/png"));
  const canvas = new OffscreenCanvas(image.width, image.height), pen = canvas.getContext("2d");
  pen.drawImage(image, 0, 0);
  const { data } = pen.getImageData(0, 0, image.width, image.height);
  const colours = new Set(new Uint32Array(data.buffer));
  done([said, [image.width, image.height, colours.size]]);
}
wait();"""


def test_the_drawings_of_a_view_are_copied_as_pictures(browser, folder):
    permissions = ["clipboardReadWrite", "clipboardSanitizedWrite"]
    browser.execute_cdp_cmd("Browser.grantPermissions", {"permissions": permissions})
    browser.execute_cdp_cmd("Emulation.setFocusEmulationEnabled", {"enabled": True})
    resize(browser, 1280, 757)
    browser.get("about:blank")
    browser.get((folder / "report.html").as_uri() + "#s=shear")
    said, text = browser.execute_async_script(TAKE, "svg")
    assert said == "copied"
    root = ElementTree.fromstring(text)
    parts = [part.tag.partition("}")[2] for part in root.iter()]
    assert parts.count("circle") == 4  # its models
    assert parts.count("svg") == 6  # around all, the axis, the row, its mark, curves, their frame
    assert "var(--" not in text
    assert "class=" not in text
    assert "shear" in "".join(root.itertext())
    said, (width, height, colours) = browser.execute_async_script(TAKE, "png")
    assert said == "copied"
    assert width == 3 * float(root.get("width"))
    assert height == 3 * float(root.get("height"))
    assert colours > 10


def test_the_switch_leads_to_the_same_place_in_the_other_language_and_back(browser, folder):
    resize(browser, 1280, 757)
    browser.get("about:blank")
    browser.get((folder / "report.html").as_uri() + "#s=shear&v=mixup")
    browser.find_element("id", "view-close").click()
    browser.execute_script("location.hash = 's=shear&v=mixup'")
    link = "document.querySelector('.languages a')"
    browser.execute_script(f"{link}.click()")
    assert browser.current_url.endswith("report.ja.html#s=shear&v=mixup")
    assert browser.find_element("tag name", "html").get_attribute("lang") == "ja"
    browser.execute_script(f"{link}.click()")
    assert browser.current_url.endswith("report.html#s=shear&v=mixup")


def test_the_switch_is_there_without_the_script_and_only_where_there_are_both(folder, tmp_path):
    english, japanese = ((folder / page).read_text("utf-8") for page in PAGES.values())
    assert '<a href="report.ja.html" lang="ja" hreflang="ja">日本語</a>' in english
    assert '<a href="report.html" lang="en" hreflang="en">EN</a>' in japanese
    assert 'aria-current="page">EN</b>' in english
    assert "report.ja.html" in (folder / "manifest.json").read_text("utf-8")
    alone = shutil.copytree(folder, tmp_path / "alone")
    write(load_profile(alone), alone)  # in one language: the other page goes
    assert not (alone / "report.ja.html").exists()
    assert 'class="languages"' not in (alone / "report.html").read_text("utf-8")
