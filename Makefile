# Two commands matter: `make demo` and `make test`. Everything installs into .venv by itself.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
PEERS := .venv-bench

.PHONY: demo test test-postgresql check lint bench compiled faults parity screens clean help

help: ## Show what can be made
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 18

demo: $(READY) ## A living channel in the browser, with a simulated market and no account
	$(BIN)/python run_bot.py demo $(ARGS)

test: $(READY) ## The whole test suite, offline
	$(BIN)/python -m pytest -n 2 $(ARGS)

test-postgresql: $(READY) ## The whole suite on a real PostgreSQL, from the system's packages
	$(BIN)/python -m pytest -n 2 --database postgresql $(ARGS)

lint: $(READY) ## Formatter, linter and strict types, without the suite
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy

compiled: build/compiled/made-of ## The engine as machine code, about seven times as fast; needs a C compiler

bench: $(VENV)/.ready-bench $(PEERS)/.ready build/compiled/made-of ## How fast the engine is, side by side with others; ARGS=ticks for one of them
	$(BIN)/python -m bench $(ARGS)

faults: $(READY) ## Kill the delivery at every point, on a line that fails too; ARGS='--seed N' runs one again
	$(BIN)/python -m tests.faults $(ARGS)

parity: $(READY) ## Recorded tick days through replay and backtest: equal to the cent? ARGS='file.csv' for others
	$(BIN)/python -m tests.parity $(ARGS)

screens: $(VENV)/.ready-screens ## Pictures of the chat page in headless Chromium, into screens/; look at them
	$(BIN)/python -m pytest tests/bot/test_screens.py --screens screens -rs $(ARGS)

check: lint test ## Everything that must hold before a commit

$(READY): pyproject.toml constraints.txt
	$(PYTHON) -c 'import sys; assert (3, 11) <= sys.version_info[:2] <= (3, 13), "Python 3.11 to 3.13 is needed, this is " + sys.version.split()[0] + "; try: make PYTHON=python3.12 " + "demo"'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[dev]'
	touch $(READY)

$(VENV)/.ready-bench: $(READY)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[dev,bench]'
	touch $@

# Apart from the sources: what is not made of exactly these is not used (bot/compiled.py).
build/compiled/made-of: $(READY) bot/compiling.py bot/practice.py bot/attribute_cache.h $(shell find engine -name '*.py')
	$(BIN)/python -m bot.compiling

# A Chromium of the system will do where none can be fetched.
$(VENV)/.ready-screens: $(READY)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[dev,screens]'
	-$(BIN)/python -m playwright install chromium
	touch $@

# Peers that do not go together with our own versions. Where they cannot be installed, the rest is measured without.
$(PEERS)/.ready: bench/peers/requirements.txt
	$(PYTHON) -m venv $(PEERS)
	-$(PEERS)/bin/python -m pip install --quiet --disable-pip-version-check -r $< && touch $@

clean: ## Remove the virtual environment and caches
	rm -rf $(VENV) $(PEERS) build bench/results screens .pytest_cache .mypy_cache .ruff_cache .hypothesis *.egg-info
