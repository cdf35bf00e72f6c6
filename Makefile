# `make run` and `make test` need nothing but Python 3.11 or newer, make and a package index.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
SIM := $(BIN)/sim
# The tests start many processes: each would compile every module again if bytecode were not kept.
PYTEST := env -u PYTHONDONTWRITEBYTECODE $(BIN)/python -m pytest

.DEFAULT_GOAL := help
.PHONY: help run test test-browser test-deep test-matrix coverage bench bench-negotiate bench-history docs gallery mediators facts validation lint rooms release clean

help:
	@echo "make run        install into $(VENV), then: sim compare it_outsourcing"
	@echo "make test       the quick test suite"
	@echo "make test-browser   the page in a real Chromium"
	@echo "make test-deep  every test, with large counts"
	@echo "make test-matrix  the quick suite under Python 3.11, 3.12, 3.13, and with the lowest versions declared"
	@echo "make coverage   which lines no test runs, compiled rules run plain"
	@echo "make bench      measure speed and memory; talks against NegMAS first, side by side"
	@echo "make bench-negotiate   these talks alone"
	@echo "make bench-history  docs/benchmarks.md from benchmarks/history"
	@echo "make docs       write the generated pages again"
	@echo "make gallery    compare every shipped scenario: docs/gallery.md, its pictures and that of the README"
	@echo "make mediators  run every style of mediator: docs/mediators.md"
	@echo "make facts      hold scenarios against published facts: docs/facts.md"
	@echo "make validation sim validate, and docs/validation.md from what it finds"
	@echo "make lint       style, types, docstrings and dead code"
	@echo "make rooms      lines and modules of every room, and what stands against the marks"
	@echo "make release VERSION=0.2.0  wheel and sdist, each installed into an empty environment and tried"
	@echo "make clean      remove $(VENV) and caches"

run: $(VENV)/installed
	$(SIM) compare it_outsourcing

test: $(VENV)/installed-test
	$(PYTEST) -n 2 --dist worksteal

test-browser: $(VENV)/installed-test
	$(PYTEST) -n 2 --dist loadfile -m "browser and not deep"

test-deep: $(VENV)/installed-test
	HYPOTHESIS_PROFILE=deep $(PYTEST) -n 2 --dist loadfile -m "deep or verify or not deep"

# A Python that is not there is named and fails: it has not been tested.
test-matrix: $(VENV)/installed-dev
	$(BIN)/nox -f .ci/noxfile.py

# First the suite as it is, then small worlds of every scenario in plain Python, where coverage sees the rules.
coverage: $(VENV)/installed-dev
	$(PYTEST) -n 2 --dist worksteal --cov --cov-report=
	SIM_CACHE=artefacts/plain NUMBA_DISABLE_JIT=1 $(BIN)/coverage run --append .ci/plain_worlds.py
	$(BIN)/coverage report

bench: $(VENV)/installed-test bench-negotiate
	$(BIN)/python benchmarks/bench.py

bench-negotiate: $(VENV)/installed-test
	$(BIN)/python benchmarks/negotiations.py

bench-history: $(VENV)/installed-test
	$(BIN)/python benchmarks/history.py

docs: $(VENV)/installed
	$(SIM) schema --force --out scenarios/scenario.schema.json
	$(BIN)/python -c "from sim.reference.scenario_page import scenario_page as page; print(page(), end='')" > docs/scenario.md
	$(BIN)/python -c "from sim.reference.data_page import data_page as page; print(page(), end='')" > docs/data.md
	$(BIN)/python -c "from sim.reference.claims_page import claims_page as page; print(page(), end='')" > docs/claims.md
	$(BIN)/python -c "from sim.reference.strategies_page import strategies_page as page; print(page(), end='')" > docs/strategies.md

gallery: $(VENV)/installed
	$(BIN)/python -m sim.reference.gallery docs

mediators: $(VENV)/installed
	$(BIN)/python -m sim.reference.mediators_page docs

facts: $(VENV)/installed
	$(BIN)/python -m sim.reference.facts_page docs

validation: $(VENV)/installed
	$(SIM) validate --page docs/validation.md

lint: $(VENV)/installed-dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/interrogate --quiet sim
	$(BIN)/vulture sim tests/house/unused.py --min-confidence 80

rooms: $(VENV)/installed-test
	$(BIN)/python tests/house/rooms.py

release: $(VENV)/installed-dev
	@test -n "$(VERSION)" || { echo "VERSION: want the version to release: make release VERSION=0.2.0" >&2; exit 2; }
	$(BIN)/python .ci/release.py $(VERSION)

clean:
	rm -rf $(VENV) .ci/.nox .pytest_cache .ruff_cache .mypy_cache .hypothesis

# Stamps: an install runs again only when pyproject.toml is newer.

$(VENV)/installed: pyproject.toml $(VENV)/made
	$(BIN)/python -m pip install --quiet --editable .
	@touch $@

$(VENV)/installed-test: pyproject.toml $(VENV)/made
	$(BIN)/python -m pip install --quiet --editable ".[test]"
	@touch $@ $(VENV)/installed

$(VENV)/installed-dev: $(VENV)/installed-test
	$(BIN)/python -m pip install --quiet --editable ".[dev]"
	@touch $@

# Where venv comes without pip (Debian without python3-venv), pip outside installs into it.
$(VENV)/made:
	@command -v $(PYTHON) >/dev/null || { echo "$(PYTHON) is not there: install Python 3.11 or newer, or say make PYTHON=/path/to/python" >&2; exit 1; }
	@$(PYTHON) -c 'import sys; v = sys.version_info; sys.exit(v < (3, 11) and "$(PYTHON) is Python %d.%d; want 3.11 or newer: make PYTHON=python3.12" % v[:2])'
	@rm -rf $(VENV)
	@$(PYTHON) -m venv $(VENV) >/dev/null 2>&1 \
	  || { rm -rf $(VENV) && $(PYTHON) -m venv --without-pip $(VENV); }
	@$(BIN)/python -m pip --version >/dev/null 2>&1 \
	  || $(PYTHON) -m pip --python $(BIN)/python install --quiet pip \
	  || { echo "no pip: install python3-venv or python3-pip" >&2; exit 1; }
	@touch $@
