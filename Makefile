# `make` alone prints what there is. These targets are exactly what continuous integration runs.
SHELL := /bin/bash
.DEFAULT_GOAL := help
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
DEV_READY := $(VENV)/.ready-dev
PYTEST_ARGS ?=

help: ## print this
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F':.*## ' '{printf "  make %-12s %s\n", $$1, $$2}'

$(READY): requirements/all.txt pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/all.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps -e .
	@touch $@

$(DEV_READY): requirements/dev.txt $(READY)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/dev.txt
	@touch $@

setup: $(READY) ## make the virtual environment
setup-dev: $(DEV_READY) ## the same with the tools for tests and checks

run: $(READY) ## run all stages over the demo site, with the dashboard on http://127.0.0.1:8080
	$(BIN)/dateline run --demo

test: $(DEV_READY) ## install and start what the tests need, run them all, stop it again
	$(BIN)/python -m pytest $(PYTEST_ARGS)

check: $(DEV_READY) ## formatting, lint, types, import rules, schemas
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/dateline schemas export --check

format: $(DEV_READY) ## format and mend what can be mended
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

bench: $(DEV_READY) ## measure; figures go to docs/benchmarks.md
	$(BIN)/python -m bench

requirements: $(DEV_READY) ## compile the hashed requirement files from pyproject.toml
	$(BIN)/python deploy/requirements.py

clean: ## remove the virtual environment, caches and the data of `make run`
	rm -rf $(VENV) data build .mypy_cache .ruff_cache .pytest_cache .hypothesis *.egg-info

.PHONY: help setup setup-dev run test check format bench requirements clean
