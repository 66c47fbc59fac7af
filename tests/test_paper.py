"""A paper of a report: it compiles as it is, cites what it rests on, and says what was done."""

import ast
import io
import re
import shutil
import subprocess
from pathlib import Path

import pytest

import cam_augment
from cam_augment.base.errors import InputError
from cam_augment.cli import report as command
from cam_augment.plan import Choice
from cam_augment.report import drawing
from cam_augment.report.contents import Report
from cam_augment.report.paper.document import files, keys_in
from cam_augment.report.paper.method import paragraphs
from cam_augment.report.paper.sources import cited, sources
from cam_augment.report.parts import discover
from tests.profiles import example_profile, troubled_profile

ROOT = Path(cam_augment.__file__).parents[1]
CITATION = re.compile(r"(?:[A-Z][\w'-]*\w(?<!'s)|et al\.),? \(?((?:19|20)\d\d)\b")


def a_pdf() -> bytes:
    """A drawing of nothing."""
    from matplotlib.figure import Figure

    content = io.BytesIO()
    Figure((1, 1)).savefig(content, format="pdf")
    return content.getvalue()


class Blank(drawing.Helpers):
    """Draws nothing into every figure."""

    def draw(self, parts, meanwhile=None):  # noqa: ARG002
        page = a_pdf()
        return {part.name: {"-column.pdf": page, "-page.pdf": page} for part in parts}


def written(profile) -> dict[str, bytes]:
    discover()
    return files(Report(profile, Blank()))


@pytest.mark.skipif(shutil.which("latexmk") is None, reason="latexmk is not installed")
@pytest.mark.parametrize("make", [lambda: example_profile(masked=True), troubled_profile])
def test_it_compiles_as_it_is(make, tmp_path):
    for name, content in written(make()).items():
        (tmp_path / name).write_bytes(content)
    words = ["latexmk", "-pdf", "-interaction=nonstopmode", "-halt-on-error", "paper.tex"]
    done = subprocess.run(words, cwd=tmp_path, capture_output=True, text=True, errors="replace",
                          check=False)  # fmt: skip
    assert done.returncode == 0, done.stdout[-2000:]
    log = (tmp_path / "paper.log").read_text("utf-8", errors="replace")
    assert "undefined" not in log
    wide = [float(points) for points in re.findall(r"Overfull \\hbox \(([\d.]+)pt", log)]
    assert not [points for points in wide if points > 1]
    dois = re.findall(r"doi = \{(.+)\}", (tmp_path / "references.bib").read_text("utf-8"))
    printed = (tmp_path / "paper.bbl").read_text("utf-8")
    assert len(dois) >= 4
    assert [doi for doi in dois if rf"\doi{{{doi}}}" not in printed] == []


def test_it_cites_what_its_bibliography_has():
    content = written(example_profile())
    text, bibliography = content["paper.tex"].decode(), content["references.bib"].decode()
    keys = keys_in(text)
    assert {"dorneles2025", "phipson2010", "selvaraju2017", "szekely2013"} <= keys
    assert set(re.findall(r"^@\w+\{(\w+),", bibliography, re.MULTILINE)) == keys


def test_the_method_has_the_choices_of_the_plan():
    profile = example_profile()
    plan = profile.plan.model_copy(
        update={"correction": "bh", "alpha": 0.1, "primary": "wasserstein", "folds": 5}
    )
    text = " ".join(paragraphs(profile.model_copy(update={"plan": plan})))
    for words in ("Benjamini and Hochberg's", r"\alpha = 0.1", "Wasserstein", "5 folds",
                  f"{plan.recipe.epochs} epochs", "identity"):  # fmt: skip
        assert words in text
    assert "Holm" not in text


def method(**changes) -> str:
    """The method of the example's profile, its plan or itself changed."""
    profile = example_profile()
    unknown = set(changes) - set(type(profile).model_fields)
    plan = profile.plan.model_copy(update={name: changes.pop(name) for name in unknown})
    return " ".join(paragraphs(profile.model_copy(update={"plan": plan, **changes})))


def test_a_rotating_test_part_is_no_left_out_fold():
    assert "is the test part of a network" in method(folds=5, test="rotating")
    assert "trained without one of 5 folds" in method(folds=5)
    assert "fold" not in method()


def test_moderated_variances_are_claimed_only_where_they_were_taken():
    effects = tuple(
        effect.model_copy(update={"relabelling_p": 0.5}) for effect in example_profile().effects
    )
    assert "smyth2004" in method(effects=effects)
    plain = tuple(
        effect.model_copy(update={"relabelling_p": None}) for effect in example_profile().effects
    )
    assert "smyth2004" not in method(effects=plain)
    assert "relabel whole networks" in method(effects=plain)


def test_a_method_without_a_target_explains_no_class():
    assert "maps of the predicted class" in method(cam_target="predicted")
    assert "eigencam" in method(cam=Choice(name="eigencam"))
    assert "maps of the" not in method(cam=Choice(name="eigencam"))


def test_networks_are_counted_that_have_answers():
    strategies = example_profile().strategies
    fewer = (strategies[0].model_copy(update={"runs": 2}), *strategies[1:])
    assert "For each strategy 2 to" in method(strategies=fewer)


def test_a_proposal_is_said_to_be_one():
    profile = example_profile(masked=True)
    assert profile.search.proposal
    assert "was proposed by a search" in " ".join(paragraphs(profile))
    assert "search" not in method(search=None)


def test_names_of_strangers_are_escaped():
    text = " ".join(paragraphs(troubled_profile()))
    assert not re.search(r"(?<!\\)[#&%]", text)


# -- sources --------------------------------------------------------------------------------


def docstrings() -> list[str]:
    trees = (ast.parse(path.read_text("utf-8")) for path in (ROOT / "cam_augment").rglob("*.py"))
    kinds = (ast.Module, ast.ClassDef, ast.FunctionDef)
    nodes = (node for tree in trees for node in ast.walk(tree) if isinstance(node, kinds))
    return [text for node in nodes if (text := ast.get_docstring(node))]


def test_every_source_that_a_docstring_names_is_listed():
    lacking = []
    for text in docstrings():
        plain = " ".join(text.split())
        for match in CITATION.finditer(plain):
            window = plain[max(0, match.start() - 70) : match.end()]
            of_year = [source for source in sources().values() if source.year == match[1]]
            if not any(author in window for source in of_year for author in source.authors):
                lacking.append(window)
    assert lacking == []


@pytest.mark.parametrize(
    ("text", "keys"),
    [
        ("After Müller and Hutter (2021).", ("muller2021",)),
        ("(Székely and Rizzo 2013)", ("szekely2013",)),
        ("(Szekely and Rizzo 2013)", ("szekely2013",)),
        ('Zhang et al. (2018), "mixup: Beyond Empirical Risk Minimization"', ("zhang2018mixup",)),
        ("Selvaraju et al. 2017; Holm 1979", ("holm1979", "selvaraju2017")),
        ("made in 2017", ()),
        ("Holm was read. It was 1979.", ()),
    ],
)
def test_texts_cite_by_name_and_year(text, keys):
    assert cited(text) == keys


# -- the command ----------------------------------------------------------------------------


def test_a_paper_takes_no_plan_and_no_other_report():
    for words in (
        ["other.toml", "--paper", "x"],
        ["--seeds", "5", "--paper", "x"],
        ["--from", "y", "--paper", "x"],
    ):
        with pytest.raises(InputError, match="option --paper"):
            command.run("cam-augment report", words)


def test_the_paper_of_no_report_is_refused(tmp_path):
    with pytest.raises(InputError, match=r"profile\.json"):
        command.run("cam-augment report", ["--paper", str(tmp_path)])
    assert list(tmp_path.iterdir()) == []
