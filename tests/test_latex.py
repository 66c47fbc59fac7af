"""Tables as LaTeX: compiled by LaTeX where it is installed, each within its column."""

import re
import shutil
import subprocess
from typing import get_args

import pytest

from cam_augment.records.claims import Verdict
from cam_augment.report import words
from cam_augment.report.contents import Report
from cam_augment.report.formats.latex import WIDTH, escape, latex
from cam_augment.report.formats.paper import main_table
from cam_augment.report.parts import TABLES, Table, View, discover, in_order
from tests.profiles import example_profile, troubled_profile

PROVENANCE = {
    "commit": "c26035a90a08fc03ab5b4c1e2f64f8163b330ada",
    "training_environments": [{"data": "458da426cf945545aa8b76070fd399f0", "numpy": "2.4.6"}],
}


def example():
    """A profile made by a commit whose name no line holds."""
    return example_profile().model_copy(update={"provenance": PROVENANCE})


PROFILES = {"example": example, "masked": lambda: example_profile(masked=True),
            "troubled": troubled_profile}  # fmt: skip


def tables(profile) -> dict[str, str]:
    """Every table of a profile's report, by name, as LaTeX."""
    discover()
    parts = (entry.make(profile) for entry in in_order(TABLES))
    return {part.name: latex(part) for part in parts if part is not None}


@pytest.mark.parametrize("name", PROFILES)
def test_rows_have_as_many_cells_as_columns(name):
    for text in tables(PROFILES[name]()).values():
        for part in re.findall(r"\\begin\{longtable\}.*?\\end\{longtable\}", text, re.S):
            written = re.search(r"\{@\{\}((?:[lr]|p\{[^}]*\})+)@\{\}\}", part)[1]
            columns = len(re.sub(r"p\{[^}]*\}", "p", written))
            body = part.partition(r"\endfoot")[2].partition(r"\end{longtable}")[0]
            for line in filter(str.strip, body.splitlines()):
                assert line.endswith(r"\\")
                ampersands = len(re.findall(r"(?<!\\)&", line))
                assert ampersands == columns - 1 or line.startswith(r"\multicolumn")


@pytest.mark.parametrize("name", PROFILES)
def test_latex_holds_only_what_latex_sets(name):
    profile = PROFILES[name]()
    for title, text in (tables(profile) | {"main": main_table(profile)}).items():
        foreign = {c for c in text if not c.isascii() and not c.isalpha()}
        assert not foreign, title


def test_facts_of_the_provenance_stand_one_by_one():
    text = tables(example())["provenance"]
    assert "training\\_environments numpy & 2.4.6" in text
    assert "{'" not in text


def test_text_is_escaped():
    text = tables(troubled_profile())["class_gains"]
    assert r"50 \% of \$x\_1\$ \& \{y\}\textasciitilde{}\textasciicircum{}\textbackslash{}" in text


def test_letters_of_other_scripts_are_question_marks():
    assert escape("Čeština, Größe, İzmir, Țara, e\u0301") == "Čeština, Größe, İzmir, Țara, é"
    assert escape("良品 キズ норма ελ ħ ﬁ ａ") == "?? ?? ????? ?? ? ? ?"


def test_every_verdict_has_a_sign_of_its_own():
    signs = {name: escape(words.SYMBOLS[name]) for name in get_args(Verdict)}
    assert len(set(signs.values())) == len(signs)
    assert [name for name, sign in signs.items() if sign == "?"] == ["undecided"]


def test_a_wide_table_is_set_in_parts_with_its_first_column():
    views = [View(f"column {n}", lambda _r, n=n: f"{n}.000 [0.000, 1.000]") for n in range(30)]
    wide = Table("wide", "Wide", "Many columns.", ("a",), ((1,),), tuple(views))
    parts = latex(wide).split(r"\begin{longtable}")[1:]
    assert len(parts) > 2
    assert all("0.000 [0.000" in part for part in parts)
    columns_set = [
        int(n) for part in parts for n in re.findall(r"column (\d+)", part.split("firsthead")[0])
    ]
    assert sorted(set(columns_set)) == list(range(30))
    assert latex(wide).count(r"\label{tab:wide}") == 1


def test_cells_hold_no_sentences():
    profile = example_profile(masked=True)
    with_sentences = {part.name: part for part in Report(profile).tables
                      if any(view.kind == "sentence" for view in part.views)}  # fmt: skip
    for name, text in tables(profile).items():
        if name not in with_sentences or name in ("missing", "prediction", "runs"):
            continue
        for row in with_sentences[name].records():
            for view in with_sentences[name].views:
                if view.kind == "sentence" and view.lead(row):
                    assert escape(view.text(row)) not in text, name


def test_the_main_table_has_a_row_for_each_arm_with_its_gain():
    profile = example_profile()
    text = main_table(profile)
    for strategy in profile.strategies:
        gain = profile.effect(strategy.strategy, "gain")
        row = next(r for r in text.splitlines() if r.startswith(escape(strategy.strategy)))
        assert f"{100 * gain.estimate:+.2f}" in row
    assert text.count(r" \\") == len(profile.strategies) + 2


# ---- compiled

needs_latex = pytest.mark.skipif(shutil.which("pdflatex") is None, reason="LaTeX is not installed")
HEAD = r"\usepackage[T1]{fontenc}\usepackage[utf8]{inputenc}" + "\n"


def compiled(folder, text: str) -> str:
    """Compile a document; return LaTeX's log."""
    (folder / "paper.tex").write_text(text, "utf-8")
    words = ["pdflatex", "-interaction=nonstopmode", "-halt-on-error", "paper.tex"]
    for _ in range(3):  # longtables take several runs to know their widths
        done = subprocess.run(words, cwd=folder, capture_output=True, text=True, errors="replace",
                              check=False)  # fmt: skip
        assert done.returncode == 0, done.stdout[-2000:]
    return (folder / "paper.log").read_text("utf-8", errors="replace")


@needs_latex
def test_every_letter_that_is_left_is_set(tmp_path):
    letters = " ".join(
        map(chr, [*range(0xA1, 0x250), *range(0x370, 0x500), *range(0x1E00, 0x1F00)])
    )
    compiled(tmp_path, "\n".join([
        r"\documentclass{article}", HEAD, r"\usepackage{amssymb,textcomp}",
        r"\begin{document}", escape(letters + " 良品"), r"\end{document}",
    ]))  # fmt: skip


@needs_latex
@pytest.mark.parametrize("name", PROFILES)
def test_every_table_is_set_within_the_page(name, tmp_path):
    body = "\n".join(tables(PROFILES[name]()).values())
    log = compiled(tmp_path, "\n".join([
        r"\documentclass{article}", HEAD,
        rf"\usepackage[textwidth={WIDTH}pt]{{geometry}}",
        r"\usepackage{booktabs,longtable,amssymb,caption,textcomp}",
        r"\begin{document}", body, r"\end{document}",
    ]))  # fmt: skip
    wide = [float(points) for points in re.findall(r"Overfull \\hbox \(([\d.]+)pt", log)]
    assert not [points for points in wide if points > 1], log.count("Overfull")


@needs_latex
@pytest.mark.parametrize("name", PROFILES)
def test_the_main_table_is_set_within_a_column(name, tmp_path):
    log = compiled(tmp_path, "\n".join([
        r"\documentclass{article}", HEAD,
        r"\usepackage[textwidth=240pt]{geometry}",
        r"\usepackage{booktabs,threeparttable,siunitx,amssymb,textcomp}",
        r"\begin{document}", main_table(PROFILES[name]()), r"\end{document}",
    ]))  # fmt: skip
    wide = [float(points) for points in re.findall(r"Overfull \\hbox \(([\d.]+)pt", log)]
    assert not [points for points in wide if points > 1], wide
