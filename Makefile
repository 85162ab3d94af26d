# Everything is set up by itself, in .venv: `make book` and `make test` work in a fresh clone.
PYTHON ?= python3
PROFILE ?= page
JOBS ?= 2
PIP_ARGS ?=

# What is imported, a quarter of the libraries, is compiled then and kept: pip would compile it all,
# and without keeping a hundred processes would do it anew.
unexport PYTHONDONTWRITEBYTECODE

BIN := .venv/bin
INSTALLED := .venv/.installed
# A file at a time on each of JOBS processes, in their order: by themselves those with the fewest
# tests would come last, which are the longest ones.
PYTEST = $(BIN)/python -m pytest -n $(JOBS) --dist loadfile --no-loadscope-reorder

.PHONY: book links test test-fast test-notebooks test-site lint notebooks venv clean

book: $(INSTALLED)  ## run what is out of date, build the site
	$(BIN)/iblrnn book --profile $(PROFILE) --jobs $(JOBS)

links: $(INSTALLED)  ## and follow every link of the book that leads outside
	$(BIN)/iblrnn book --profile $(PROFILE) --jobs $(JOBS) --check-links

test: $(INSTALLED)  ## run the tests
	$(PYTEST)

test-fast: $(INSTALLED)  ## only those that take seconds
	$(PYTEST) -m "not slow"

test-notebooks: PROFILE = smoke
test-notebooks: $(INSTALLED)  ## run each notebook alone, as Colab would; NOTEBOOKS="01_task 18_ring" for some
	$(BIN)/python tests/alone/alone.py --profile $(PROFILE) --pip-args="$(PIP_ARGS)" $(NOTEBOOKS)

test-site: tests/site/node_modules/.package-lock.json  ## check every page of build/site in Chromium
	node tests/site/check.js

lint: $(INSTALLED)  ## check style, the rooms' layers, types, wordings, and that .ipynb files follow .py files
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/lint-imports --no-cache
	$(BIN)/basedpyright
	$(BIN)/python tests/words.py
	$(BIN)/iblrnn notebooks --check

notebooks: $(INSTALLED)  ## write the .ipynb files from the .py files
	$(BIN)/iblrnn notebooks

venv: $(INSTALLED)  ## only install

# Again only when one of these files changed; an interrupted installation leaves no mark.
$(INSTALLED): pyproject.toml requirements.txt constraints.txt
	@command -v $(PYTHON) >/dev/null || { echo "make: no $(PYTHON) found; try make PYTHON=/path/to/python3" >&2; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 10))' || { echo "make: this needs Python 3.10 or newer, and $(PYTHON) is $$($(PYTHON) -V 2>&1); try make PYTHON=python3.12" >&2; exit 1; }
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-compile $(PIP_ARGS) -r requirements.txt
	@touch $@

tests/site/node_modules/.package-lock.json: tests/site/package-lock.json
	cd tests/site && npm ci --no-audit --no-fund

clean:  ## remove what was built; .venv stays
	rm -rf build
