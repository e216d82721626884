# Two commands for everybody: `make demo` and `make test`. Both set up what they need in .venv.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
JOBS ?= 3

LOCK := $(BIN)/uv pip compile --quiet --upgrade --generate-hashes --universal --python-version 3.11 --no-header --no-annotate

SEED ?=
KILLS ?= 1000
WORKER_KILLS ?= 200

.PHONY: golden screenshots help demo test test-servers test-interop test-slow storm lint format bench wheel lock docs clean

help:
	@echo "make demo          a real change goes wrong and is brought back, on this machine"
	@echo "make test          the tests but for the long ones, with branch coverage"
	@echo "make test-servers  install the servers that tests use from Debian's packages (as root)"
	@echo "make test-interop  our records in the hands of programs from npm (needs node and npm)"
	@echo "make test-slow     the long tests, and properties at full length"
	@echo "make storm         a thousand kills of executors, shims and steps, and two hundred of workers (SEED=, KILLS=,"
	@echo "                   WORKER_KILLS=), and what came of them"
	@echo "make lint          format, lint and types"
	@echo "make bench         measurements against peers and limits"
	@echo "make wheel         build the wheel"
	@echo "make lock          pin what the GitHub Action installs"
	@echo "make docs          write the rule pages from the code"
	@echo "make screenshots   take the pictures of the dashboard anew (needs Chromium)"
	@echo "make golden        write the golden reports of the tests anew"

$(VENV)/.runtime: pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Python 3.11 or newer is needed: make PYTHON=python3.12 …"; exit 2; }
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@echo "Installing rollback-gov into $(VENV) …"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable .
	@touch $@

$(VENV)/.dev: pyproject.toml $(VENV)/.runtime
	@echo "Installing what the tests need into $(VENV) …"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[dev]'
	@touch $@

demo: $(VENV)/.runtime
	@$(BIN)/python plans-example/demo/demo.py $(ARGS)

# Thousands of tests start processes of ours: where Python is told to write no byte code, each would compile all of it.
# The tests put the files that take long first; the plugin would put those with many tests first.
test: $(VENV)/.dev
	@$(BIN)/python -m compileall -q rollback_gov
	$(BIN)/python -m pytest -n $(JOBS) -m 'not slow' --dist loadfile --no-loadscope-reorder --cov --cov-report=term --cov-fail-under=95 $(ARGS)

test-servers:
	apt-get update -qq
	DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends chromium curl iproute2 jq postgresql prometheus prometheus-alertmanager prometheus-node-exporter prometheus-pushgateway redis-server rsync shellcheck strace > /dev/null
	@command -v npm > /dev/null || DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends npm > /dev/null
	@for folder in dashboard/browser interop; do npm --prefix tests/$$folder ci --ignore-scripts --no-audit --no-fund --loglevel=error || exit; done
	@PYTHON=$(PYTHON) tests/install-engine.sh

test-interop: $(VENV)/.dev
	@npm --prefix tests/interop ci --ignore-scripts --no-audit --no-fund --loglevel=error
	CI=true ROLLBACK_GOV_SLOW=1 $(BIN)/python -m pytest tests/interop tests/records/test_interop.py $(ARGS)

test-slow: $(VENV)/.dev
	@$(BIN)/python -m compileall -q rollback_gov
	ROLLBACK_GOV_SLOW=1 $(BIN)/python -m pytest -n $(JOBS) -m 'slow or property' $(ARGS)

storm: $(VENV)/.dev
	SEED=$(SEED) KILLS=$(KILLS) $(BIN)/python -c 'import sys; from tests.execution.storm import main; sys.exit(main())'
	SEED=$(SEED) KILLS=$(WORKER_KILLS) $(BIN)/python -m tests.distributed.storm

lint: $(VENV)/.dev
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy

format: $(VENV)/.dev
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

bench: $(VENV)/.dev
	$(BIN)/python bench/validate.py
	$(BIN)/python bench/markdown.py
	$(BIN)/python bench/scale.py
	$(BIN)/python bench/start.py --profile
	$(BIN)/python bench/permit.py --profile
	$(BIN)/python bench/execution.py
	$(BIN)/python bench/journal.py
	$(BIN)/python bench/output.py
	$(BIN)/python bench/audit.py
	$(BIN)/python bench/shell.py
	$(BIN)/python bench/triggers.py
	$(BIN)/python bench/fleet.py
	$(BIN)/python bench/messages.py
	$(BIN)/python bench/dashboard.py

wheel: $(VENV)/.dev
	rm -rf dist
	$(BIN)/python -m build --wheel --outdir dist .

# What the action installs: every file by its hash, for every Python and platform at once.
lock: $(VENV)/.dev
	$(LOCK) action/build.in --output-file action/build.txt
	$(LOCK) pyproject.toml --extra cel --output-file action/requirements.txt

golden: $(VENV)/.dev
	$(BIN)/python -m tests.reports.golden_runs

screenshots: $(VENV)/.dev
	$(BIN)/python -m tests.dashboard.screenshots

docs: $(VENV)/.dev
	$(BIN)/python -m rollback_gov.policy.pages docs/rules

clean:
	rm -rf $(VENV) dist build .coverage .coverage.* .mypy_cache .ruff_cache .pytest_cache .hypothesis .demo
