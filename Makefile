# make help lists what there is to do. Only Python 3.11+ and make are needed.
PYTHON ?= python3
BIN := .venv/bin
INSTALLED := .venv/.installed

.PHONY: help study test test-all check bench lock clean

help: ## list what there is to do
	@grep -E '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 12

$(INSTALLED): requirements.lock pyproject.toml
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed: make PYTHON=python3.11 ...")'
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@

study: $(INSTALLED) ## the default study: 48 models, and the page at results/quickstart/report.html
	$(BIN)/python -m cam_augment.study

test: $(INSTALLED) ## all tests but the slow proofs
	$(BIN)/python -m pytest -q -n auto --dist loadfile

test-all: $(INSTALLED) ## all tests, the slow proofs too
	$(BIN)/python -m pytest -q -n auto --dist loadfile -m "slow or not slow"

check: $(INSTALLED) ## style of the code
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

bench: $(INSTALLED) ## how fast, as ratios measured side by side: results/benchmarks/
	$(BIN)/python -m benchmarks

lock: $(INSTALLED) ## pin the newest versions, by hash
	$(BIN)/python -m pip install --quiet --disable-pip-version-check pip-tools
	$(BIN)/pip-compile --upgrade --generate-hashes --no-emit-index-url --no-emit-find-links \
		--extra test --extra build --output-file requirements.lock pyproject.toml

clean: ## remove the environment and caches; results and the store stay
	rm -rf .venv .pytest_cache .ruff_cache .hypothesis
