# `make demo` runs the main job, `make test` every check; both install into .venv by themselves. `make fuzz` opens damaged
# files for FUZZ_SECONDS, `make check-install` installs the wheel in a bare environment of each Python that is here.

PYTHON ?= python3
BIN := .venv/bin
DEMO := demo
FUZZ_SECONDS ?= 180

.PHONY: demo test lint types layers unit docs fuzz check-install check-formats clean bench bench-quick accuracy peers

demo: .venv/installed
	mkdir -p $(DEMO)
	$(BIN)/graineye simulate $(DEMO)/polycrystal.h5 --force
	$(BIN)/graineye run $(DEMO)/polycrystal.h5 --out $(DEMO) --force
	$(BIN)/graineye score $(DEMO)/polycrystal.crystallites.emd $(DEMO)/polycrystal.truth.npz

test: lint types layers unit

lint: .venv/tested
	$(BIN)/ruff check .
	$(BIN)/ruff format --check --quiet .

types: .venv/tested
	$(BIN)/mypy

layers: .venv/tested
	$(BIN)/lint-imports

unit: .venv/tested
	$(BIN)/pytest

bench: .venv/tested
	$(BIN)/python benchmarks/speed/run.py benchmarks/scans

bench-quick: .venv/tested
	$(BIN)/python benchmarks/speed/run.py benchmarks/scans --quick

# Scores the default map of every scan with truth in a folder, the classic one beside it: make accuracy SCANS=DIR
accuracy: .venv/tested
	$(BIN)/python benchmarks/accuracy/run.py "$(SCANS)" --out accuracy.md

# Compares with quantem, py4DSTEM and pyxem, each in an environment of its own below FOLDER (8 GB, half an hour; never in
# `make test`): make peers SCANS=DIR FOLDER=DIR
peers: .venv/tested
	$(BIN)/python benchmarks/accuracy/peers/run.py "$(SCANS)" "$(FOLDER)" --out peers.md

docs: .venv/tested
	$(BIN)/mkdocs build --strict

fuzz: .venv/tested
	$(BIN)/python tests/fuzz/fuzz_files.py --seconds $(FUZZ_SECONDS)

# Opens every file that `make_formats.py OUT` wrote: make check-formats FILES=OUT
check-formats: .venv/tested
	$(BIN)/python tests/formats/check_formats.py "$(FILES)"

check-install:
	tests/packaging/install.sh

.venv/installed: pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "graineye needs Python 3.11 or newer: make PYTHON=python3.12"; exit 1; }
	test -x $(BIN)/python || $(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --upgrade "pip>=25.1"
	$(BIN)/python -m pip install --quiet --editable .
	touch $@

.venv/tested: .venv/installed
	$(BIN)/python -m pip install --quiet --group check --group test --group classic --group interop --group browser --group notebooks --group docs
	touch $@

clean:
	rm -rf .venv $(DEMO) site
