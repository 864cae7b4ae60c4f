# Needs Python 3.11 to 3.14 and make; everything else is installed into .venv.

# The embedded PostgreSQL comes as wheels, which there are for these.
FITS := import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 14))
# The first that fits; python3 itself where none does, for the message.
PYTHON ?= $(or $(shell for each in python3 python3.14 python3.13 python3.12 python3.11; do \
	$$each -c '$(FITS)' 2>/dev/null && echo $$each && break; done),python3)
UV ?= uv
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet
# The database, its secrets and its log of a checkout that is only looked at.
KIBUBU_HOME ?= $(CURDIR)/.kibubu
# Whatever database this shell is set up for, `make run` has its own.
NOT_FOR_RUN := DATABASE_URL KIBUBU_ADMIN_URL KIBUBU_WORKER_URL KIBUBU_MIGRATE_URL KIBUBU_TRACES_URL \
	KIBUBU_MASTER_KEY KIBUBU_MASTER_KEY_PREVIOUS KIBUBU_MASTER_KEY_FILE

.DEFAULT_GOAL := help
.PHONY: help run test test-postgres15 check format bench lock clean

help: ## Show this list
	@sed -n 's/^\([a-z0-9-]*\):.*## /\1\t/p' $(MAKEFILE_LIST) | expand -t 18

run: $(VENV)/.installed ## Serve on 127.0.0.1:8000 with its own database and demonstration data
	@env $(NOT_FOR_RUN:%=-u %) KIBUBU_HOME="$(KIBUBU_HOME)" $(BIN)/kibubu run

test: check ## Everything: check, the whole suite, and its marked part on PostgreSQL 15
	$(BIN)/python -m pytest -n 2 --dist worksteal
	@$(MAKE) --no-print-directory test-postgres15

test-postgres15: $(VENV)/.installed-dev ## The part of the suite that also runs on the system's PostgreSQL 15
	$(BIN)/python -m tests.support.debian15

check: $(VENV)/.installed-dev ## Format, lint, types, and the schema: current, in style, nothing taken away
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/kibubu schema --check --lint
	$(BIN)/kibubu errors --check

format: $(VENV)/.installed-dev ## Format the code, and write schema.graphql and docs/errors.md
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .
	$(BIN)/kibubu schema > schema.graphql.new && mv schema.graphql.new schema.graphql
	$(BIN)/kibubu errors > docs/errors.md.new && mv docs/errors.md.new docs/errors.md

bench: $(VENV)/.installed-dev ## Measure; takes minutes (docs/operations.md, Measuring)
	$(BIN)/python -m bench

lock: ## Lock what pyproject.toml allows, for all platforms; needs uv
	$(UV) pip compile pyproject.toml --extra build --universal --python-version 3.11 --generate-hashes \
		--no-header --no-emit-index-url --no-emit-find-links --output-file requirements.lock
	$(UV) pip compile pyproject.toml --extra build --extra dev --universal --python-version 3.11 --generate-hashes \
		--no-header --no-emit-index-url --no-emit-find-links --constraint requirements.lock \
		--output-file requirements-dev.lock
	$(UV) pip compile tests/clients/python/ariadne-codegen.in --universal --python-version 3.11 --generate-hashes \
		--no-header --no-emit-index-url --no-emit-find-links --output-file tests/clients/python/ariadne-codegen.lock

clean: ## Remove the environment and what tools leave behind; never a database
	rm -rf $(VENV) build dist *.egg-info .mypy_cache .pytest_cache .ruff_cache .hypothesis
	find . -name __pycache__ -type d -not -path './.git/*' -prune -exec rm -rf {} +

# What tests need holds all that running needs.
$(VENV)/.installed-dev: requirements-dev.lock pyproject.toml $(VENV)/.made
	$(PIP) install --require-hashes -r requirements-dev.lock
	$(PIP) install --no-deps --no-build-isolation --editable .
	@touch $(VENV)/.installed $@

$(VENV)/.installed: requirements.lock pyproject.toml $(VENV)/.made
	@echo "Installing what Kibubu needs; this takes a minute, once."
	$(PIP) install --require-hashes -r requirements.lock
	$(PIP) install --no-deps --no-build-isolation --editable .
	@touch $@

$(VENV)/.made:
	@$(PYTHON) -c '$(FITS)' 2>/dev/null || { \
		echo "Kibubu needs Python 3.11, 3.12, 3.13 or 3.14, and $(PYTHON) is none of them." >&2; \
		echo "Install one (Debian, Ubuntu: apt install python3 python3-venv)," >&2; \
		echo "or name another one: make PYTHON=python3.12" >&2; exit 1; }
	@$(PYTHON) -c 'import venv, ensurepip' 2>/dev/null || { \
		echo "$(PYTHON) cannot make virtual environments. Install its venv module (Debian, Ubuntu: apt install python3-venv)." >&2; \
		exit 1; }
	$(PYTHON) -m venv $(VENV)
	@touch $@
