"""The technical report says nothing that ``results/`` does not say, and its PDF is of today."""

import re
import shutil
import subprocess

import numpy as np
import pytest

from benchmarks.search import Choice, comma_separated
from cam_augment.report.paper.document import keys_in
from cam_augment.report.paper.sources import sources
from paper import attention, evidence, numbers, truth
from paper.facts import SEARCHED, facts, search, sequence
from paper.figures import FIGURES
from paper.tables import TABLES

TEXT = (numbers.HERE / "paper.tex").read_text("utf-8")
# What may stand in the text as a digit, and why.
CONSTANTS = {
    "Apache-2.0": "the licence's name",
    "CIFAR-10": "the data set's name",
    "MobileNetV2": "the network's name",
    r"\alpha/2^s": "the level of a stage, by definition",
    "$s_h^2$": "a variance",
    "$d_h=n_h-1$": "degrees of freedom, by definition",
    "$d_0$": "prior degrees of freedom",
    "$d_0=": "what they are taken to be",
    "$s_0^2$": "the prior variance",
    "$E=0$": "the excess shift of equal mean maps, by definition",
    "$Q^2": "a statistic's name",
}
# Arguments that are names, places or sizes, and formulas set apart, which are definitions.
NAMES = r"\\(?:fact|cite|ref|label|input|includegraphics|setlength|begin|end)\b(?:\[[^]]*\])?"
NOT_TEXT = re.compile(
    rf"(?<!\\)%[^\n]*|\\begin\{{equation\}}.*?\\end\{{equation\}}|{NAMES}(?:\{{[^{{}}]*\}})+"
    r"|[\d.]+pt",
    re.DOTALL,
)
OPTIONAL = (evidence.SEARCH, evidence.SEQUENCE)


def typed(text: str) -> list[str]:
    """Return the lines of a body that hold a digit which nothing has made, each from it on."""
    body = NOT_TEXT.sub(" ", text.partition(r"\begin{document}")[2])
    for constant in CONSTANTS:
        body = body.replace(constant, " ")
    return [match[0] for match in re.finditer(r"\d[^\n]*", body)]


def test_no_number_is_typed():
    assert typed(TEXT) == []


@pytest.mark.parametrize(
    "sentence",
    ["It gains 3 points.", r"It gains $+1.9$.", r"It gains \fact{models} of 5.", "Of $n=4$ models"],
)
def test_a_typed_number_would_be_seen(sentence):
    assert typed(rf"\begin{{document}} {sentence}") != []


def test_every_constant_is_in_the_text():
    assert [constant for constant in CONSTANTS if constant not in TEXT] == []


def test_every_fact_that_is_named_is_known():
    named = set(re.findall(r"\\fact\{([^}]*)\}", TEXT.partition(r"\begin{document}")[2]))
    missing = named - facts().keys()
    answered = {name for name in OPTIONAL if evidence.has(name)}
    assert [n for n in missing if n.partition(".")[0] in answered or "." not in n] == []
    assert {name.partition(".")[0] for name in missing} <= set(OPTIONAL) - answered


def test_an_answer_that_is_lacking_has_no_facts():
    for name in OPTIONAL:
        assert evidence.has(name) == any(fact.startswith(f"{name}.") for fact in facts())


def test_attention_is_counted_where_maps_pass_their_check_alone():
    """By the tables of ``results/``: a shift of maps that fail decides nothing."""
    moved, looked = 0, 0
    for name, title in evidence.REAL.items():
        table = evidence.rows(f"{name}/faithfulness.csv")
        own = [r for r in table if "own" in r["look"] and r["test"] == "deletion"]
        strategies = [r for r in evidence.rows(f"{name}/verdicts.csv") if r["rule"] != "control"]
        some = sum(r["attention"] == "moved" for r in strategies)
        passes = own[0]["reading"].startswith("better than")
        (row,) = (line for line in TABLES["verdicts"]().splitlines() if line.startswith(title))
        assert (f" & {some}/{len(strategies)} & " in row) == passes
        assert (" & -- & " in row) != passes
        moved, looked = moved + some * passes, looked + len(strategies) * passes
    assert (facts()["data.moved"], facts()["data.looked"]) == (f"{moved}", f"{looked}")
    assert looked < len(evidence.REAL) * 9


PROPOSED = {
    ("mnist", "search"): "rand_augment",
    ("mnist", "fixed policy"): "rand_augment",
    ("fashion_mnist", "fixed policy"): "trivial_augment",
}


@pytest.fixture
def come(tmp_path, monkeypatch):
    """Results in which the answers that may be lacking have come."""
    caches = (evidence.study, evidence.rows, evidence.document, facts)
    ways = ("search", "best of chance", "greedy", "fixed policy")
    chosen = [
        Choice(data, way, 0, 84, PROPOSED.get((data, way), "rotation+shear"), 0.0212, 0.01, 0.03)
        for data in SEARCHED
        for way in ways
    ]
    (tmp_path / evidence.SEARCH).mkdir()
    (tmp_path / evidence.SEARCH / "search.csv").write_text(comma_separated(chosen), "utf-8")
    shutil.copytree(evidence.RESULTS / "quickstart", tmp_path / evidence.SEQUENCE)
    monkeypatch.setattr(evidence, "RESULTS", tmp_path)
    for cached in caches:
        cached.cache_clear()
    yield
    for cached in caches:
        cached.cache_clear()


@pytest.mark.usefixtures("come")
def test_answers_are_taken_in_when_they_come():
    named = set(re.findall(r"\\fact\{((?:search|sequence)\.[^}]*)\}", TEXT))
    made = dict(search()) | dict(sequence())
    assert named <= made.keys()
    assert made["search.greedy.gain"] == r"\ensuremath{+2.12}"
    assert (made["search.all"], made["search.policies"]) == ("2", "1")
    row = r"digits & greedy & 84 & \texttt{rotation+\allowbreak shear}"
    assert rf"{row} & \ensuremath{{+2.12\ [1.00, 3.00]}}" in TABLES["searches"]()


def test_every_table_and_figure_is_made_and_shown():
    assert set(re.findall(r"\\input\{made/table-(\w+)\}", TEXT)) == set(TABLES)
    assert set(re.findall(r"\{made/figure-(\w+)\}", TEXT)) == set(FIGURES)
    for label in re.findall(r"\\label\{((?:fig|tab):\w+)\}", TEXT):
        assert rf"\ref{{{label}}}" in TEXT, label


def test_every_source_is_one_of_the_package():
    assert keys_in(TEXT) <= sources().keys()


def verdict(study: str, strategy: str) -> str:
    return next(s.verdict for s in evidence.study(study).strategies if s.strategy == strategy)


# What the text says in words, and what must be so for it to be true.
WORDS = {
    "Clothing}: none is adopted": lambda: "adopt"
    not in {s.verdict for s in evidence.study("fashion").strategies},
    "surely lose more than the margin": lambda: all(
        "class.surely_loses"
        in {r.code for s in evidence.study("fashion").strategies if s.strategy == name
            for r in s.reasons}
        for name in ("translation", "cutmix")
    ),
    "the recall of pneumonia may fall": lambda: all(
        {(r.code, r.values.get("name")) for r in s.reasons}
        == {("gain.rises", None), ("class.may_lose", "pneumonia")}
        for s in evidence.study("pneumonia").strategies
        if s.strategy in ("zoom", "translation", "rotation")
    ),
    "That alone makes all three": lambda: {"undecided"} == {
        verdict("pneumonia", name) for name in ("zoom", "translation", "rotation")
    },
    "zoom's gain is surely worth having": lambda: gain("pneumonia", "zoom").low
    > evidence.study("pneumonia").plan.margins.gain,
    "the maps fail their check": lambda: all(
        "random" not in look.deletion.better for look in evidence.study("magnetic-tiles").faithful
    ),
    "predicts a family left out no better": lambda: primary("sweep-mnist").prediction
    != "predicts",
    "greedy growth's gain for half of its models, is narrowly missed": lambda: (
        -0.003 < chosen("search", "gain") - chosen("greedy", "gain") < 0
        and chosen("search", "models") <= chosen("greedy", "models") / 2
    ),
    "On clothing it does": lambda: primary("sweep-fashion").prediction == "predicts",
    "affinity predict more there": lambda: all(
        score("sweep-fashion", name).q2 > primary("sweep-fashion").q2 for name in CHEAPER
    ),
    "but not beyond chance": lambda: all(
        score("sweep-fashion", name).error_excess_p > 0.05 for name in CHEAPER
    ),
    "nothing is seen to be left": lambda: partials()[1].p > 0.05,
    "Given affinity and diversity, something is": lambda: partials()[2].p <= 0.05,
    "names every planted shortcut": lambda: all(
        set(condition["named"]) == {attention.MARKED} for condition in marks()
    ),
    "Under the invisible mark it names nothing": lambda: not any(
        condition["named"]
        for condition in evidence.document(attention.SHORTCUT)["conditions"]
        if not attention.learned(condition)
    ),
    "none beyond chance": lambda: beyond_chance("gain", attention.KEPT) == 0,
    "but mostly not by the accuracy that they then have": lambda: beyond_chance("focus", "none")
    < len(marks()) / 2,
    "it is the other way round": lambda: beyond_chance("gain", "none")
    > beyond_chance("focus", "none"),
    "orders nothing beyond chance": lambda: beyond_chance("shift", "none")
    == beyond_chance("shift", attention.KEPT)
    == 0,
    "Stages have a price": lambda: all(
        undecided(source, world, evidence.SINGLE) < undecided(source, world, evidence.STAGED)
        for source, world in (("simulated", "M"), ("trained", "trained"))
    ),
    "only the first has stages": lambda: [
        name for name in evidence.REAL if evidence.study(name).plan.more_models
    ] == ["quickstart"],
}  # fmt: skip
CHEAPER = ("excess_shift.prediction_kl", "affinity")


def gain(study: str, strategy: str):
    return evidence.study(study).effect(strategy, "gain")


def score(study: str, name: str):
    return next(c for c in evidence.study(study).correlations if c.score == name)


def partials():
    """What is left of the primary score on clothing, by how many scores are given."""
    left = evidence.study("sweep-fashion").gain_prediction.partials
    return {len(partial.given): partial for partial in left}


def marks():
    """The planted marks that were learned."""
    return [c for c in evidence.document(attention.SHORTCUT)["conditions"] if attention.learned(c)]


def beyond_chance(name: str, what: str) -> int:
    return sum(attention.order(c, attention.SCORES[name], what)[1] <= 0.05 for c in marks())


def undecided(source: str, world: str, stages: str) -> float:
    return float(truth.verdicts_of(source, world, stages)["undecided"])


def chosen(way: str, column: str) -> float:
    """Return the mean of what a way to choose a pipeline took, or gained, on digits."""
    rows = [row for row in evidence.rows("search/search.csv") if row["data"] == "mnist"]
    return float(np.mean([float(row[column]) for row in rows if row["way"] == way]))


def primary(study: str):
    return next(c for c in evidence.study(study).correlations if c.primary)


@pytest.mark.parametrize("words", WORDS)
def test_what_is_said_in_words_is_so(words):
    assert words in " ".join(TEXT.split()), "the sentence is gone: take it off this list"
    assert WORDS[words]()


def test_the_pdf_is_made_of_todays_text_and_results():
    content = (numbers.HERE / "paper.pdf").read_bytes()
    assert 6 <= len(re.findall(rb"/Type /Page\b", content)) <= 10
    made = re.search(rb"/Made \((\w+)\)", content)
    assert made, "paper/paper.pdf says not what it is made of"
    assert made[1].decode() == numbers.digest(), "run: make paper"


@pytest.mark.slow
def test_it_compiles(tmp_path):
    if not shutil.which("latexmk"):
        pytest.skip("latexmk is not installed")
    folder = shutil.copytree(
        numbers.HERE, tmp_path / "paper", ignore=shutil.ignore_patterns("*.pdf")
    )
    numbers.write(folder / "made")
    done = subprocess.run(
        ["latexmk", "-pdf", "-interaction=nonstopmode", "-halt-on-error", "paper.tex"],
        cwd=folder, capture_output=True, text=True,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout[-2000:]
    log = (folder / "paper.log").read_text("latin-1")
    assert "Overfull" not in log
    assert "undefined" not in log
