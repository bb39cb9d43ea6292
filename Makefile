# make demo   install, then run the main job on the embedded corpus
# make test   install, then run the tests, all but the slow ones
# make test-engines  the slow ones: Ray, and SuperNodes that are killed
# make test-wheel  wheel and source distribution, installed into a fresh environment
# make check  linter, formatter and type checker
# make docs   the documentation site into docs/_build/html; its notebooks are run, its code is tried
# make figures   the figures of studies, drawn again from the committed results
# make benchmark  ratios of times to plain loops, with the processor's name; they decide nothing

PYTHON ?= python3
TORCH ?= torch==2.13.0
BIN := .venv/bin
# One thread per process: the work is split over processes.
export OMP_NUM_THREADS := 1

.PHONY: demo test test-engines test-wheel check docs benchmark figures clean

demo: .venv/installed
	$(BIN)/fedser demo

test: .venv/installed-dev
	$(BIN)/python -m pytest -n 2 --dist loadfile -m "not engine and not wheel and not docs"

test-engines: .venv/installed-dev
	$(BIN)/python -m pytest -m engine

test-wheel: .venv/installed-dev
	TORCH='$(TORCH)' $(BIN)/python -m pytest -m wheel tests/test_wheel.py

check: .venv/installed-dev
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy

docs: .venv/installed-docs
	rm -rf docs/_build
	$(BIN)/sphinx-build -q -W --keep-going -b html docs docs/_build/html
	$(BIN)/python -m pytest -q -m docs tests/test_docs.py

benchmark: .venv/installed-dev
	$(BIN)/python -m tests.benchmarks.steps
	$(BIN)/python -m tests.benchmarks.federation

figures: .venv/installed-dev
	$(BIN)/python -m tests.benchmarks.figures

# torch first and by its exact version: a later resolution then takes what is there.
.venv/installed: pyproject.toml constraints.txt
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "fedser needs Python 3.11 or later")'
	$(PYTHON) -m venv .venv
	$(BIN)/pip install -q --disable-pip-version-check $(TORCH)
	$(BIN)/pip install -q --disable-pip-version-check -c constraints.txt -e .
	touch $@

.venv/installed-dev: .venv/installed
	$(BIN)/pip install -q --disable-pip-version-check -c constraints.txt -e '.[dev]'
	touch $@

.venv/installed-docs: .venv/installed-dev
	$(BIN)/pip install -q --disable-pip-version-check -c constraints.txt -e '.[docs]'
	touch $@

clean:
	rm -rf .venv build docs/_build docs/generated *.egg-info .mypy_cache .pytest_cache .ruff_cache .hypothesis
