# make help lists what there is to do. Only make and a Python that pyproject.toml names are needed.
PYTHON ?= python3
VENV ?= .venv
PYTHONS := $(shell sed -n 's/.*Python :: \(3\.[0-9]*\)".*/\1/p' pyproject.toml)
VERSION = $(shell $(PYTHON) -c 'import sys; print("%d.%d" % sys.version_info[:2])')
BIN := $(VENV)/bin
# Not results/quickstart, which is published: the docs are held to it, and digits differ by processor.
OUT ?= out/quickstart
INSTALLED := $(VENV)/.installed
PIP := $(BIN)/python -m pip --disable-pip-version-check install --quiet
UV := $(BIN)/uv --quiet
# One version of each package for all Pythons, so that a study's numbers do not depend on which.
PIN = $(UV) pip compile --universal --fork-strategy fewest --python-version $(firstword $(PYTHONS)) \
	--generate-hashes --no-emit-index-url --no-emit-find-links --custom-compile-command "make lock"

# Compiled modules are kept, whatever the shell says: TensorFlow then loads in half the time.
export PYTHONDONTWRITEBYTECODE :=

.PHONY: help study test test-all smoke check tables results paper docs bench lock clean

help: ## list what there is to do
	@grep -E '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 12

# uv installs in seconds what takes pip minutes; where uv cannot be had or cannot install, pip does.
$(INSTALLED): requirements.lock requirements-uv.lock pyproject.toml
	$(if $(filter $(VERSION),$(PYTHONS)),,$(error $(PYTHON) is Python $(VERSION), and all packages \
		are pinned for $(PYTHONS) only: make PYTHON=python$(lastword $(PYTHONS)) ...))
	$(PYTHON) -m venv --clear $(VENV)
	{ $(PIP) --only-binary :all: --require-hashes -r requirements-uv.lock && \
		$(UV) pip install --python $(BIN)/python --require-hashes -r requirements.lock; } || \
		{ echo "uv cannot be had, so pip installs: this takes some minutes"; \
		$(PIP) --require-hashes -r requirements.lock; }
	$(PIP) --no-deps --no-build-isolation --editable .
	@touch $@

study: $(INSTALLED) ## the default study: 48 to 70 models, and the page at out/quickstart/report.html
	$(BIN)/python -m cam_augment.study --out $(OUT)

test: $(INSTALLED) ## all tests but the slow proofs
	$(BIN)/python -m pytest -q -n auto --dist worksteal

test-all: $(INSTALLED) ## all tests, the slow proofs too
	$(BIN)/python -m pytest -q -n auto --dist worksteal -m "slow or not slow"

smoke: $(INSTALLED) ## two minutes: a dry run, a small study, the tests that train next to nothing
	.ci/smoke $(BIN)

check: $(INSTALLED) ## style and types of the code
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

results: $(INSTALLED) ## the published pages anew, each from its own profile
	for profile in results/*/profile.json; do $(BIN)/python -m cam_augment report --from $$profile || exit; done

tables: $(INSTALLED) ## write the tables of docs/ that the code itself knows
	$(BIN)/python -m docs.tables

paper: $(INSTALLED) ## the technical report, paper/paper.pdf, of the published results (LaTeX's latexmk)
	$(BIN)/python -m paper.numbers
	cd paper && latexmk -pdf -interaction=nonstopmode -halt-on-error -silent paper.tex && latexmk -c -silent paper.tex

docs: $(INSTALLED) ## the site of the docs: site/index.html
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --strict

bench: $(INSTALLED) ## how fast, as ratios measured side by side: results/benchmarks/
	$(BIN)/python -m benchmarks

lock: $(INSTALLED) ## pin the newest versions, by hash, one for all Pythons
	$(PIN) --upgrade --extra test --extra docs --extra build --output-file requirements.lock pyproject.toml
	echo uv | $(PIN) --upgrade --output-file requirements-uv.lock -

clean: ## remove the environment and caches; results and the store stay
	rm -rf $(VENV) .venv-* .pytest_cache .ruff_cache .mypy_cache .hypothesis
