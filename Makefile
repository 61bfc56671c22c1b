# Vuoro's two commands: `make demo` and `make test`. Both begin with `make setup`, which does nothing when all is there.
PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
STAMP  := $(VENV)/.complete

.PHONY: setup demo test explore lint format lock clean

setup: $(STAMP)

$(STAMP): requirements.lock pyproject.toml Makefile
	@$(PYTHON) -c 'import sys; sys.exit("Vuoro needs Python 3.11 or newer; this is " + sys.version.split()[0] + ". Try: make PYTHON=python3.12") if sys.version_info < (3, 11) else None'
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV) || { echo "No virtual environment could be made; on Debian: apt-get install python3-venv"; exit 1; }
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes --requirement requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $(STAMP)

demo: setup
	$(BIN)/vuoro demo

# What lint says comes at the end: it runs beside the tests, behind them in the queue for the processors.
test: setup
	@said=$$(mktemp); nice sh -c '$(LINT)' >"$$said" 2>&1 & lint=$$!; \
	trap 'kill $$lint 2>/dev/null; rm -f "$$said"' EXIT; trap 'exit 130' INT TERM; \
	failed=; $(BIN)/python -m pytest -n 2 --dist worksteal || failed=" tests"; \
	wait $$lint || failed="$$failed lint"; cat "$$said"; \
	test -z "$$failed" || { echo "make test: failed:$$failed"; exit 1; }

# The property tests with examples that no run has seen; `make test` draws the same ones every time.
explore: setup
	HYPOTHESIS_PROFILE=explore $(BIN)/python -m pytest -n 2 --dist worksteal -m hypothesis

LINT = $(BIN)/ruff check . && $(BIN)/ruff format --check . && $(BIN)/mypy && PYTHONPATH=. $(BIN)/lint-imports --no-cache

lint: setup
	$(LINT)

format: setup
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

# Needs uv; writes names, versions and hashes, no download addresses.
lock:
	uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --no-annotate --no-emit-index-url \
		--extra insight --group dev --upgrade pyproject.toml requirements.build.in --output-file requirements.lock

clean:
	rm -rf $(VENV) build dist .mypy_cache .ruff_cache .hypothesis
