"""A profile in a notebook's cell: its decision rows, and nothing that reaches beyond the cell."""

import re

import pytest

from cam_augment.report import notebook
from tests.conftest import resize
from tests.profiles import example_profile, troubled_profile


def test_a_profile_shows_its_rows_and_no_script():
    profile = example_profile()
    text = profile._repr_html_()
    assert text == notebook(profile)
    assert text.count("<tr") == len(profile.strategies) + 2  # the head, and the baselines
    for strategy in profile.strategies:
        assert f'data-strategy="{strategy.strategy}"' in text
    assert not re.search(r"<script|<link|https?://(?!www.w3.org)| id=|href=", text)


def test_names_of_strangers_are_text():
    text = notebook(troubled_profile())
    assert "<img src=x" not in text
    assert "<script" not in text


def test_a_profile_speaks_japanese():
    assert "採用" in notebook(example_profile(), "ja")


@pytest.mark.parametrize("dark", [False, True])
def test_the_looks_stay_in_the_cell(browser, tmp_path, dark):
    cell = notebook(example_profile())
    around = (
        "<style>body { font-family: monospace }</style><table><tr><td id=other>x</td></tr></table>"
    )
    plain, page = tmp_path / "plain.html", tmp_path / "notebook.html"
    plain.write_text(f"<!doctype html>{around}", "utf-8")
    page.write_text(f"<!doctype html><meta charset=utf-8>{around}{cell}", "utf-8")
    resize(browser, 1280)
    looks = (
        "const s = getComputedStyle(document.getElementById('other'));"
        "return [s.padding, s.fontSize, s.borderBottom, s.color, s.fontFamily]"
    )
    before, after = (_result(browser, path, looks) for path in (plain, page))
    assert before == after
    shown = browser.execute_script(
        "const c = document.querySelector('.cam-augment-profile');"
        "if (arguments[0]) c.dataset.theme = 'dark';"
        "return [getComputedStyle(c).backgroundColor,"
        " c.querySelector('.forest').getBoundingClientRect().width]",
        dark,
    )
    assert shown[0] == ("rgb(22, 24, 27)" if dark else "rgb(255, 255, 255)")
    assert shown[1] > 100


def _result(browser, path, script):
    browser.get(path.as_uri())
    return browser.execute_script(script)
