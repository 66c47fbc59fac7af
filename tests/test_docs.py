"""What the README and docs/ say stays true: their code, commands, tables, links and names."""

import doctest
import inspect
import re
import shlex
import subprocess
import tomllib
from pathlib import Path

import numpy as np
import pytest

from cam_augment.cli import compare, frame, init, report, search, study
from cam_augment.cli import list as listings
from cam_augment.cli import store as housekeeping
from cam_augment.cli.fields import plan_of
from cam_augment.cli.list import REGISTRIES as KINDS
from cam_augment.cli.progress import say_result
from cam_augment.plan import Plan
from cam_augment.records import load_profile
from cam_augment.records.effects import OF_TILES
from cam_augment.report import parts
from cam_augment.report.contents import Report
from cam_augment.statistics import smallest_adjusted_p, smallest_p
from docs import published, tables
from tests import lab
from tests.profiles import example_profile

ROOT = Path(__file__).resolve().parent.parent
PAGES = [
    *(ROOT / name for name in ("README.md", "CONTRIBUTING.md", "CHANGELOG.md")),
    *sorted((ROOT / "docs").rglob("*.md")),
]
REGISTRIES = tuple(KINDS.values())


def name_of(page: Path) -> str:
    return str(page.relative_to(ROOT))


def text_of(name: str) -> str:
    return (ROOT / name).read_text("utf-8")


def without_code(text: str) -> str:
    return re.sub(r"^```.*?^```$", "", text, flags=re.DOTALL | re.MULTILINE)


def rows(name: str, heading: str) -> dict[str, list[str]]:
    """Return the table under a heading: first cell, without its marks, to the other cells."""
    section = re.split(r"^#+ ", text_of(name).split(f"# {heading}\n", 1)[1], flags=re.MULTILINE)[0]
    lines = [line for line in section.splitlines() if line.startswith("|")][2:]
    cells = [[cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]] for line in lines]
    return {first.strip("`"): rest for first, *rest in cells}


# ---- the code


@pytest.fixture
def restored():
    """Keep what the examples enter from staying in the registries."""
    for registry in REGISTRIES:
        len(registry)  # found before, so that finding them is not undone
    parts.discover()
    entries_before = [dict(registry._entries) for registry in REGISTRIES]
    tables, figures = list(parts.TABLES), list(parts.FIGURES)
    yield
    for registry, entries in zip(REGISTRIES, entries_before, strict=True):
        registry._entries.clear()
        registry._entries.update(entries)
    parts.TABLES[:], parts.FIGURES[:] = tables, figures


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A folder in which a study was made and models were trained, as the examples suppose."""
    (tmp_path / "results" / "quickstart").mkdir(parents=True)
    profile = example_profile()
    few = {"curves": (), "probes": profile.probes[:2]}  # fewer drawings, less time
    profile.model_copy(update=few).save(tmp_path / "results" / "quickstart" / "profile.json")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def run_python(name: str) -> None:
    """Run the Python blocks of a page one after the other, as one program."""
    names = {"__name__": "docs_of_" + Path(name).stem}
    for number, code in enumerate(lab.blocks(name, "python")):
        exec(compile(code, f"{name}, Python block {number + 1}", "exec"), names)


@pytest.mark.usefixtures("folder", "restored", "no_figures")
def test_the_examples_of_entries_run():
    run_python("docs/howto/extending.md")
    new = set().union(*REGISTRIES)
    assert {"gamma", "positive_cells", "covering", "peak_shift", "stripes", "two_layers"} <= new


def trained(folder: Path) -> None:
    """Lay down the models and images that the ``compare`` example reads."""
    import keras

    for number, name in enumerate(
        f"{arm}-{seed}" for arm in ("plain", "flipped") for seed in "012"
    ):
        keras.utils.set_random_seed(number)
        image = keras.Input((8, 8, 1))
        x = keras.layers.Conv2D(3, 3, padding="same", activation="relu")(image)
        x = keras.layers.GlobalAveragePooling2D()(x)
        keras.Model(image, keras.layers.Dense(2)(x)).save(folder / f"{name}.keras")
    rng = np.random.default_rng(0)
    np.save(folder / "images.npy", rng.random((20, 8, 8, 1), np.float32))
    np.save(folder / "labels.npy", np.arange(20) % 2)


@pytest.mark.usefixtures("restored", "no_figures")
def test_the_examples_of_the_researcher_run(folder, capsys):  # noqa: ARG001
    run_python("docs/tutorials/researcher.md")
    assert "rotation" in capsys.readouterr().out


@pytest.mark.usefixtures("restored", "no_figures")
def test_the_examples_in_python_run(folder, monkeypatch):
    """All but the training itself, which ``make study`` shows: its call is checked."""
    from cam_augment.study import run as study

    called = []

    def run_study(*args, **options):
        called.append(inspect.signature(real).bind(*args, **options).arguments)
        return example_profile()

    real = study.run_study
    monkeypatch.setattr(study, "run_study", run_study)
    trained(folder)
    run_python("docs/howto/python.md")
    assert isinstance(called[0]["plan"], Plan)
    assert (folder / "results" / "compare" / "report.html").exists()


def test_a_package_of_ones_own_is_found_by_its_entry_points(tmp_path):
    """The page's ``pyproject.toml`` and modules, as an installed package."""
    groups = lab.install(tmp_path)
    assert set(groups) == {registry.package for registry in REGISTRIES} | set(parts.GROUPS)
    code = (
        "import sys\nfrom cam_augment.cli.list import REGISTRIES, listing\n"
        "print(*(listing(kind) for kind in REGISTRIES), sep='\\n')\n"
        "assert 'tensorflow' not in sys.modules"
    )
    done = lab.run(tmp_path, "-c", code)
    assert done.returncode == 0, done.stderr
    for name in ("gamma", "covering", "peak_inside", "stripes", "two_layers", "steadiness"):
        assert re.search(rf"^{name} ", done.stdout, re.MULTILINE), done.stdout


# ---- plans and commands


# Pages that show whole plans: others show parts of one.
PLANS = (
    "docs/howto/plan.md", "docs/howto/data.md", "docs/howto/networks.md", "docs/howto/search.md",
    "docs/tutorials/researcher.md",
)  # fmt: skip


def plan_files() -> dict[str, str]:
    """Return the plans shown in the pages: file name to text."""
    result = {}
    for page in PLANS:
        for text in lab.blocks(page, "toml"):
            named = re.match(r"# (\S+\.toml)\n", text)
            result[named[1] if named else f"{page} {len(result)}"] = text
    return result


@pytest.mark.parametrize("name", plan_files())
def test_every_plan_shown_is_accepted(name):
    assert Plan.make(tomllib.loads(plan_files()[name])).runs()


SAMPLE = "docs/tutorials/engineer.md"


def test_the_sample_output_is_what_the_command_prints(capsys):
    """Of the run in ``results/quickstart``, as ``make study`` prints it; cut at the right."""
    profile = load_profile(ROOT / "results" / "quickstart")
    say_result(profile, Path("out/quickstart"))
    verdicts = capsys.readouterr().out.strip().splitlines()
    blocks = re.findall(r"^```\w*\n(.*?)^```$", text_of(SAMPLE), re.DOTALL | re.MULTILINE)
    sample = next(block for block in blocks if "seed 0" in block)
    models, _, shown = sample.strip().partition("\n\n")
    assert [line.removesuffix("...") for line in shown.splitlines()] == [
        verdict[: len(line.removesuffix("..."))]
        for line, verdict in zip(shown.splitlines(), verdicts, strict=True)
    ]
    for arm, seed, accuracy in re.findall(r"(\w+) +seed (\d) +accuracy (\S+)", models):
        assert f"{profile.points['accuracy'][arm][int(seed)]:.4f}" == accuracy


COMMANDS = ("python -m cam_augment", "cam-augment ")
PARSERS = {
    "study": study.parser,
    "search": search.parser,
    "compare": compare.parser,
    "report": report.parser,
    "list": listings.parser,
    "init": init.parser,
}


def commands() -> list[tuple[str, str]]:
    return [
        (page.name, line.removeprefix("$ "))
        for page in PAGES
        for block in re.findall(r"^```(?:sh|console)\n(.*?)^```$", page.read_text("utf-8"),
                                re.DOTALL | re.MULTILINE)
        for line in block.replace("\\\n", " ").splitlines()
        if line.removeprefix("$ ").startswith(COMMANDS)
    ]  # fmt: skip


@pytest.mark.parametrize(("page", "line"), commands())
def test_every_command_shown_is_understood(page, line, tmp_path, monkeypatch):  # noqa: ARG001
    monkeypatch.chdir(tmp_path)
    for name, text in plan_files().items():
        if name.endswith(".toml"):
            (tmp_path / name).write_text(text, "utf-8")
    (tmp_path / "plans").symlink_to(ROOT / "plans")
    command, words = command_of(shlex.split(line, comments=True))
    if command == "store":
        command, words = housekeeping.menu("").choose(words)
        options = housekeeping.parser("", command).parse_args(words)
        assert all(Plan.read(plan).runs() for plan in getattr(options, "keep", None) or [])
        return
    options = PARSERS[command]("").parse_args(words)
    if kind := getattr(options, "list", None) or getattr(options, "kind", None):
        assert kind in KINDS
    elif command not in ("compare", "init"):
        assert plan_of(options).runs()


def command_of(words: list[str]) -> tuple[str, list[str]]:
    """Return the command that a line means, and the words that are the command's own."""
    if words[:2] == ["python", "-m"]:
        _, _, module = words[2].partition(".")
        return (module, words[3:]) if module else frame.menu().choose(words[3:])
    return frame.menu().choose(words[1:])


OPTION = re.compile(r"(?<![\w-])--[a-z][a-z0-9-]*")


def options_of_commands() -> set[str]:
    parsers = [
        frame.menu().parser,
        *(parser("") for parser in PARSERS.values()),
        *(housekeeping.parser("", command) for command in housekeeping.COMMANDS),
    ]
    return {o for parser in parsers for o in parser._option_string_actions if o.startswith("--")}


def options_of_benchmarks() -> set[str]:
    sources = (path.read_text("utf-8") for path in (ROOT / "benchmarks").rglob("*.py"))
    return {name for text in sources for name in re.findall(r'add_argument\("(--[a-z-]+)"', text)}


# Options of the programs that a cluster is made of: Dask's and Slurm's.
OF_CLUSTERS = {"--gres", "--nthreads", "--nworkers", "--port", "--scheduler-file"}


def test_every_option_named_exists_and_every_option_is_named():
    known, named = options_of_commands(), set()
    for page in PAGES:
        options = set(OPTION.findall(page.read_text("utf-8")))
        unknown = options - known - options_of_benchmarks()
        unknown -= OF_CLUSTERS if page.name == "scale.md" else set()
        assert not unknown, (page.name, unknown)
        named |= options
    assert known <= named


@pytest.mark.parametrize("page", tables.PAGES, ids=name_of)
def test_the_tables_of_a_page_are_those_of_the_code(page):
    text = page.read_text("utf-8")
    assert text == tables.renewed(text), "run: make tables"


def test_numbers_are_written_as_their_examples_say():
    result = doctest.testmod(published)
    assert result.attempted
    assert not result.failed


def test_every_table_of_the_code_has_its_place_in_one_page():
    places = [
        name for page in tables.PAGES for _, name, _ in tables.PLACE.findall(page.read_text())
    ]
    assert sorted(places) == sorted(tables.TABLES)


def test_the_least_p_of_designs_is_what_the_function_says():
    for row in rows("docs/howto/report.md", "The least reachable p").items():
        design, (least, corrected) = row[0], row[1]
        baselines, seeds = (int(n) for n in design.split("+"))
        assert least == f"{smallest_p(seeds, baselines):.4f}"
        assert corrected == f"{smallest_adjusted_p(seeds, baselines, 10):.4f}"


# ---- the profile


def test_every_column_of_profile_csv_is_documented_and_no_other():
    sections = ("Columns of profile.csv", "Columns of the scores")
    columns = [
        column for section in sections for column in rows("docs/reference/profile.md", section)
    ]
    assert columns == list(example_profile().to_frame().columns)


def test_every_figure_and_table_is_documented():
    parts.discover()
    profile = example_profile(masked=True)
    of_tiles = profile.effects[0].model_copy(update={"question": f"{OF_TILES}accuracy"})
    report = Report(profile.model_copy(update={"effects": (*profile.effects, of_tiles)}))
    figures = {part.name for part in report.parts if isinstance(part, parts.Figure)}
    tables = {part.name for part in report.tables}
    assert set(rows("docs/reference/profile.md", "The figures")) == figures
    assert set(rows("docs/reference/profile.md", "The tables")) == tables


# ---- the house


def test_every_make_target_named_exists():
    targets = set(re.findall(r"^([a-z-]+):", text_of("Makefile"), re.MULTILINE))
    for page in PAGES:
        named = set(re.findall(r"`make ([a-z-]+)", page.read_text("utf-8")))
        assert named <= targets, (page.name, named - targets)


def test_the_version_is_one():
    version = tomllib.loads(text_of("pyproject.toml"))["project"]["version"]
    assert f"\nversion: {version}\n" in text_of("CITATION.cff")
    assert f"## [{version}]" in text_of("CHANGELOG.md")


def test_the_citation_file_is_complete():
    import yaml

    cited = yaml.safe_load(text_of("CITATION.cff"))
    assert {"cff-version", "message", "title", "authors", "version", "license"} <= set(cited)
    assert all({"type", "title", "authors"} <= set(reference) for reference in cited["references"])


# ---- links and words


def anchors(page: Path) -> set[str]:
    """Return the anchors that a page's headings have."""
    headings = re.findall(r"^#+ (.+)$", without_code(page.read_text("utf-8")), re.MULTILINE)
    plain = (re.sub(r"[^\w\s-]", "", heading.lower()) for heading in headings)
    return {text.strip().replace(" ", "-") for text in plain}


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_every_internal_link_leads_somewhere(page):
    for target in re.findall(r"\]\(([^)\s]+)\)", without_code(page.read_text("utf-8"))):
        if re.match(r"\w+:", target):
            continue
        path, _, anchor = target.partition("#")
        there = (page.parent / path).resolve() if path else page
        assert there.exists(), f"{page.name}: {target}"
        assert not anchor or anchor in anchors(there), f"{page.name}: {target}"


def test_nothing_is_left_to_be_filled_in():
    for page in PAGES:
        assert "@@" not in page.read_text("utf-8"), page.name


def tracked() -> list[Path]:
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"],
        cwd=ROOT, capture_output=True, text=True,
    )  # fmt: skip
    if listed.returncode:
        pytest.skip("this is no git checkout")
    return [ROOT / name for name in listed.stdout.split("\0") if name and (ROOT / name).is_file()]


def test_no_file_names_a_place_of_one_machine_or_a_package_index():
    places = r"(?<![\w.~-])/(home|root|work|tmp|Users)/\w"
    indices = "|".join(
        [r"py" + r"pi\.", "python" + "hosted", r"(?<!emit-)index-url[ =]", r"https?://\S+/simple\b"]
    )
    forbidden = re.compile(f"{places}|{indices}")
    for path in tracked():
        content = path.read_bytes()
        if path == Path(__file__).resolve() or b"\0" in content[:8192]:
            continue
        result = forbidden.search(content.decode("utf-8", "replace"))
        assert not result, f"{path.relative_to(ROOT)}: {result[0]}"
