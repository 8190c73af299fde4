# Every target works in a virtual environment of its own: VENV=folder takes another one, PYTHON=program
# makes it with another interpreter. make fuzz GRAPHS=100000 searches for longer.
PYTHON ?= python3
VENV ?= .venv
OLDEST ?= .venv-oldest
GRAPHS ?= 1000
BIN = $(VENV)/bin
DEMO = $(VENV)/.installed-demo
DEV = $(VENV)/.installed-dev,demo

SHELL = bash
.SHELLFLAGS = -euo pipefail -c
# Tests start more than a hundred processes: each would compile every module anew.
unexport PYTHONDONTWRITEBYTECODE
.PHONY: demo test test-oldest fuzz lint types stubs bench docs clean

demo: $(DEMO)
	$(BIN)/python -m lamina run --dump-ir --dump-dir demo-output/ir \
	  examples/logistic_regression.py --picture demo-output/loss.png

test: lint types
	$(BIN)/pytest -n 2 --dist worksteal

# The oldest LLVM that Lamina takes: everything that meets generated code runs on it too.
test-oldest: $(OLDEST)/.installed
	$(OLDEST)/bin/pytest -n 2 --dist worksteal --graphs 100 $(wildcard tests/codegen tests/runtime tests/fuzz)

fuzz: $(DEV)
	$(BIN)/pytest -n 2 --dist worksteal -m fuzz --graphs $(GRAPHS) --hypothesis-profile random

lint: $(DEV)
	$(BIN)/ruff check --quiet .
	$(BIN)/ruff format --check --quiet .

# A type checker cannot see through the editable install, so it reads an ordinary one.
types: $(DEV)
	rm -rf build
	$(BIN)/python -m pip install --quiet --no-deps --target build/types .
	$(BIN)/pyright --project pyproject.toml --pythonpath $(BIN)/python | sed -E \
	  -e 's#$(CURDIR)/build/types/lamina/(ir|passes|codegen|runtime)/#\1/#' \
	  -e 's#$(CURDIR)/build/types/lamina/#frontend/#'

# What a type checker is told of the import paths that are a table.
stubs: $(DEV)
	$(BIN)/python -m lamina.home_stubs frontend/stubs

bench: $(VENV)/.installed-bench
	$(BIN)/python -m benchmarks

docs: $(DEV)
	$(BIN)/python -W ignore::RuntimeWarning -m lamina.ir.configuration > docs/configuration.md

clean:
	rm -rf build demo-output .venv .venv-oldest .ruff_cache .pytest_cache .hypothesis *.egg-info

# The stem names the extras: .installed-dev,demo is pip install -e .[dev,demo].
$(VENV)/.installed-%: pyproject.toml
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --editable '.[$*]'
	touch $@

$(OLDEST)/.installed: pyproject.toml
	test -x $(OLDEST)/bin/python || $(PYTHON) -m venv $(OLDEST)
	$(OLDEST)/bin/python -m pip install --quiet --editable '.[dev]' 'llvmlite==0.47.*'
	touch $@
