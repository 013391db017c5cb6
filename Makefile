# From a fresh clone, with Python 3.11 or newer and make alone: `make run`. `make help` lists the rest.
# Everything is installed into .venv; a stamp is written only after success, so an interrupted
# installation is simply taken up again.

# The first Python that is new enough; `make PYTHON=/path/to/python …` overrules the search.
PYTHON ?= $(shell for p in python3 python3.14 python3.13 python3.12 python3.11; do \
	$$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$p && exit; \
	done; echo python3)

VENV    := .venv
PY      := $(VENV)/bin/python
CREATED := $(VENV)/.created
RUNTIME := $(VENV)/.runtime-installed
DEV     := $(VENV)/.dev-installed
PEERS   := $(VENV)/.bench-installed
SOURCES  = $(wildcard main.py nnlib gui tests benchmarks)

# No cache: nothing is written outside the checkout.
PIP := $(PY) -m pip install --quiet --no-cache-dir --disable-pip-version-check -c constraints.txt
# Prints the requirements that pyproject.toml declares; with `dev`, those for development too.
REQUIREMENTS = $(PY) -c 'import sys, tomllib; p = tomllib.load(open("pyproject.toml", "rb"))["project"]; \
	print(*p["dependencies"], *[r for e in sys.argv[1:] for r in p["optional-dependencies"][e]], sep="\n")'
OFFLINE = { echo "LayerLab: the installation did not finish (see above); it needs the network. Running make again takes it up."; exit 1; }

.PHONY: run test test-long check format bench bench-peers digits dev clean distclean help
.DELETE_ON_ERROR:

run: $(RUNTIME) ## start the program (ARGS="train two-layer" for the command line)
	@$(PY) main.py $(ARGS)

test: $(DEV) ## run the tests (ARGS="-k name" for some of them)
	@$(PY) -m pytest $(ARGS)

test-long: $(DEV) ## run all tests, those that take minutes too
	@$(PY) -m pytest -m "long or not long" $(ARGS)

check: $(DEV) ## lint, formatting, types, and who imports whom
	@$(PY) -m ruff check .
	@$(PY) -m ruff format --check .
	@$(PY) -m mypy $(SOURCES)
	@$(PY) -c 'from importlinter.cli import lint_imports_command as lint; lint()'

format: $(DEV) ## put the sources into shape
	@$(PY) -m ruff check --fix .
	@$(PY) -m ruff format .

bench: $(RUNTIME) ## measure how fast it trains (ARGS="--networks lenet" for one; ARGS=--help)
	@$(PY) -m benchmarks $(ARGS)

bench-peers: $(PEERS) ## install PyTorch and JAX, which bench compares with

digits: $(RUNTIME) ## make the built-in digits anew
	@$(PY) -m nnlib.data.digits $(ARGS)

dev: $(DEV) ## install what development needs into .venv

clean: ## remove caches and build products
	@rm -rf build dist *.egg-info .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis
	@find . -path ./$(VENV) -prune -o -type d -name __pycache__ -exec rm -rf {} +

distclean: clean ## remove .venv too
	@rm -rf $(VENV)

help: ## this list
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/make \1|\2/p' $(MAKEFILE_LIST) | \
		while IFS='|' read -r name text; do printf '%-15s %s\n' "$$name" "$$text"; done

$(CREATED):
	@command -v $(PYTHON) >/dev/null || { \
		echo "LayerLab needs Python 3.11 or newer, and $(PYTHON) was not found: install it, or name one with make PYTHON=…"; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
		echo "LayerLab needs Python 3.11 or newer, and $(PYTHON) is $$($(PYTHON) -V 2>&1): install a newer one, or name it with make PYTHON=…"; exit 1; }
	@$(PYTHON) -c 'import venv, ensurepip' 2>/dev/null || { \
		echo "$(PYTHON) lacks the venv module: install it (Debian and Ubuntu: apt install python3-venv), then run make again."; exit 1; }
	@$(PYTHON) -m venv --clear $(VENV)
	@touch $@

$(RUNTIME): $(CREATED) pyproject.toml constraints.txt
	@echo "Setting up LayerLab in $(VENV): $$($(REQUIREMENTS) | tr '\n' ' ')…"
	@$(REQUIREMENTS) > $(VENV)/runtime.txt
	@$(PIP) -r $(VENV)/runtime.txt || $(OFFLINE)
	@touch $@

$(DEV): $(RUNTIME)
	@echo "Setting up the development tools in $(VENV)…"
	@$(REQUIREMENTS) dev > $(VENV)/dev.txt
	@$(PIP) -r $(VENV)/dev.txt || $(OFFLINE)
	@touch $@

$(PEERS): $(RUNTIME)
	@echo "Installing what the benchmarks compare with…"
	@$(REQUIREMENTS) bench > $(VENV)/bench.txt
	@$(PIP) -r $(VENV)/bench.txt || $(OFFLINE)
	@touch $@
