# TasNet Studio. `make` lists the targets; each sets up what it needs.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
DEMO := resources/demo/interview.flac

.DEFAULT_GOAL := help
.PHONY: help run test check lint bench setup system tools clean

help: ## List the targets
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-8s %s\n", $$1, $$2 }' Makefile

run: $(READY) ## Set everything up and open the application on the demo recording
	@if [ "$$(uname -s)" = Linux ] && [ -z "$$DISPLAY$$WAYLAND_DISPLAY" ]; then \
		echo "There is no display here; on the command line the same is: $(BIN)/tasnet separate $(DEMO) -o separated" >&2; \
		exit 1; \
	fi
	@$(BIN)/tasnet-gui $(DEMO)

test: tools lint ## Set everything up, check the code and run the tests: what CI runs
	@$(BIN)/python -m pytest -q

check: test ## The same as `make test`

lint: $(READY) ## Style (ruff), types (mypy) and floor plan (import-linter), without the tests
	@$(BIN)/ruff check --quiet .
	@$(BIN)/mypy
	@$(BIN)/lint-imports --no-logo

bench: $(READY) ## Measure start-up and speed
	@set -e; for script in benchmarks/[a-z]*.py; do \
		name=$$(basename "$$script" .py); echo "== $$name"; $(BIN)/python -m "benchmarks.$$name"; \
	done

setup: tools $(READY) ## Only set everything up: .venv with the pinned packages, system libraries, what the tests use

clean: ## Remove the virtual environment and the caches
	rm -rf $(VENV) build dist *.egg-info .mypy_cache .pytest_cache .ruff_cache .import_linter_cache .hypothesis
	find tasnet_gui tests benchmarks -name __pycache__ -type d -prune -exec rm -rf {} +

system:
	@PYTHON="$(PYTHON)" bash packaging/linux/system-packages.sh

tools:
	@PYTHON="$(PYTHON)" bash packaging/linux/system-packages.sh --tests

# `system` is order-only: it looks every time (a few milliseconds) and never makes the environment stale.
$(READY): pyproject.toml constraints.txt | system
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "TasNet Studio needs Python 3.11 or newer; choose one with: make PYTHON=python3.12 $(MAKECMDGOALS)" >&2; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || \
		{ echo "Python's venv module is missing; on Debian it is installed by: sudo apt-get install python3-venv" >&2; exit 1; }
	@echo "Setting up $(VENV): the first time downloads PyTorch and Qt and takes a few minutes."
	@$(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install $(if $(MAKE_TERMOUT),,--quiet) --disable-pip-version-check -c constraints.txt -e '.[dev]'
	@touch $@
