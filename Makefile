# make run · make test · make bench — everything else is below. Needs Python 3.11 or newer, and make.
SHELL := /bin/sh
PYTHON ?= $(shell for p in python3.11 python3.12 python3.13 python3; do command -v $$p && break; done)
BIN := .venv/bin
WHEELS := $(if $(wildcard wheels/*.whl),--no-index --find-links wheels,)
export PIP_DISABLE_PIP_VERSION_CHECK := 1
# Every test starts many processes; without kept bytecode each of them compiles the whole service again.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: run code test unit lint bench race bundle backup restore faults demo-visit demo-consult proof debian clean

run: .venv/.runs
	@$(BIN)/python -m ops.run

code: .venv/.runs  ## the current second factor of a demo account: make code USER=officer
	@$(BIN)/python -m ops.code "$(USER)"

test: .venv/.tests debian
	@$(BIN)/python -m ops.check

lint: .venv/.tests
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

QUICK := -p no:schemathesis -p no:logging -p no:unraisableexception
unit: .venv/.tests
	$(BIN)/pytest tests/unit $(QUICK)

bench: .venv/.tests debian
	@$(BIN)/python -m bench $(SCENARIO)

race: .venv/.tests debian  ## make race ENGINE=sqlite|postgresql ATTEMPTS=20000 [NEGATIVE=1]
	@ENGINE="$(or $(ENGINE),sqlite)" ATTEMPTS="$(ATTEMPTS)" NEGATIVE="$(NEGATIVE)" BLIND="$(BLIND)" $(BIN)/python -m bench.race

faults: .venv/.tests debian  ## make faults SCENARIO=media
	@$(BIN)/python -m bench.faults $(SCENARIO)

demo-visit: .venv/.tests debian
	@$(BIN)/python -m bench.demo_visit

demo-consult: .venv/.tests debian
	@$(BIN)/python -m bench.demo_consult

proof: .venv/.tests debian
	@$(BIN)/python -m tests.proof $(PROOF)

bundle: .venv/.runs
	@$(BIN)/python -m ops.bundle

backup: .venv/.runs  ## make backup TO=folder
	@$(BIN)/python -m ops.backup save "$(TO)"

restore: .venv/.runs  ## make restore FROM=file
	@$(BIN)/python -m ops.backup restore "$(FROM)"

debian: .venv/.tests
	@$(BIN)/python -m ops.debian

.venv/bin/python:
	@test -n "$(PYTHON)" || { echo "Python 3.11 or newer is needed: apt-get install python3 python3-venv"; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Python 3.11 or newer is needed; found `$(PYTHON) --version`"; exit 1; }
	@$(PYTHON) -m venv .venv || { echo "The module venv is missing: apt-get install python3-venv"; rm -rf .venv; exit 1; }

.venv/.runs: .venv/bin/python requirements.txt constraints.txt
	@$(BIN)/python -m pip install --quiet $(WHEELS) -r requirements.txt -c constraints.txt
	@touch $@

.venv/.tests: .venv/.runs requirements-dev.txt
	@$(BIN)/python -m pip install --quiet $(WHEELS) -r requirements-dev.txt -c constraints.txt
	@touch $@

clean:  ## forget the virtual environment; the data in var stays
	rm -rf .venv dist
