# `make reproduce` (the main job) and `make test` set everything up from nothing, then work.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PRESET ?= default
ARGS ?=
export PIP_DISABLE_PIP_VERSION_CHECK := 1

.PHONY: install reproduce test check bench mutants docs lock clean

install: $(VENV)/.run-stamp

reproduce: $(VENV)/.run-stamp
	$(BIN)/zitter reproduce --preset $(PRESET) $(ARGS)

test: $(VENV)/.dev-stamp
	$(BIN)/pytest -n 2 --dist loadgroup

check: $(VENV)/.dev-stamp
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/pyright
	$(BIN)/pytest -n 2 --dist loadgroup -rs
	$(MAKE) docs

docs: $(VENV)/.dev-stamp
	$(BIN)/zitter equations --markdown docs/generated/equations.md
	$(BIN)/zitter claims --markdown docs/generated/claims.md
	$(BIN)/python tools/docs_api.py
	$(BIN)/python tools/docs_gallery.py
	$(BIN)/sphinx-build -q -W -b html docs docs/_build/html

# Each function of an equation with a wrong sign and a wrong factor 2: its tests must fail.
mutants: $(VENV)/.dev-stamp
	$(BIN)/python tools/mutants.py

bench: $(VENV)/.dev-stamp
	$(BIN)/python -m benchmarks

$(VENV)/bin/python:
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "zitter needs Python 3.11 or newer: make PYTHON=python3.11")'
	$(PYTHON) -m venv $(VENV)

$(VENV)/.run-stamp: requirements.lock pyproject.toml | $(VENV)/bin/python
	$(BIN)/pip install -q --require-hashes -r requirements.lock
	$(BIN)/pip install -q --no-deps --no-build-isolation -e .
	touch $@

$(VENV)/.dev-stamp: requirements-dev.lock pyproject.toml | $(VENV)/bin/python
	$(BIN)/pip install -q --require-hashes -r requirements-dev.lock
	$(BIN)/pip install -q --no-deps --no-build-isolation -e .
	touch $@ $(VENV)/.run-stamp

# Needs `uv` (from the package index); the files carry versions and hashes, no addresses.
lock:
	uv pip compile -q pyproject.toml --extra build --universal --python-version 3.11 --generate-hashes --no-header --no-annotate -o requirements.lock
	uv pip compile -q pyproject.toml --extra build --extra dev --universal --python-version 3.11 --generate-hashes --no-header --no-annotate -c requirements.lock -o requirements-dev.lock

clean:
	rm -rf $(VENV) out docs/_build docs/generated
