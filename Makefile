# Every target sets up what it needs; a fresh machine needs git, make and Python 3.11 or later.
PYTHON ?= $(shell for p in python3.13 python3.12 python3.11 python3; do \
	$$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1 && command -v $$p && break; done)
BIN := .venv/bin
export SAM_CLI_TELEMETRY := 0
export AWS_DEFAULT_REGION ?= us-east-1
LOCK = $(BIN)/uv pip compile --universal --python-version 3.11 --generate-hashes --no-header --no-annotate \
	--upgrade -q

.PHONY: help demo sandbox test check bench bench-judge chaos screenshots format lock clean
.DEFAULT_GOAL := help

# Ctrl-C ends what runs, which says so itself: code 130 is no failure to report once more.
UNTIL_CTRL_C = @trap : INT; $(1); code=$$?; [ $$code -eq 130 ] || exit $$code

help:  ## this list
	@echo "Gantry: what make can do."
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' $(firstword $(MAKEFILE_LIST))

demo: .venv/installed  ## push to prod, rollbacks, S3, REST APIs, ECS, on a stand-in
	$(call UNTIL_CTRL_C,$(BIN)/python -m sandbox.stories.demo)

sandbox: .venv/installed  ## the same pipeline, left running for a service of your own
	$(call UNTIL_CTRL_C,$(BIN)/python -m sandbox)

test: .venv/installed  ## all tests
	@$(BIN)/python -m pytest tests/unit tests/template -n 2 --cov --cov-report=term:skip-covered --cov-fail-under=95
	@$(BIN)/python -m pytest tests/browser
	@$(BIN)/python -m pytest tests/sandbox -n 2
	@$(BIN)/python -m pytest tests/pages tests/statemachine tests/end_to_end -n 2 --dist loadfile --no-loadscope-reorder

check: .venv/installed  ## format, lint, types, templates, workflows and actions
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check --no-cache .
	@$(BIN)/mypy functions sandbox tests actions
	@$(BIN)/cfn-lint template.yaml target/template.yaml examples/*.template.yaml examples/*/*.template.yaml
	@$(BIN)/sam validate --lint --template template.yaml
	@$(BIN)/sam validate --lint --template target/template.yaml
	@$(BIN)/actionlint -shellcheck= -pyflakes= examples/*/.github/workflows/*.yaml
	@$(BIN)/zizmor --offline --pedantic --strict-collection --no-progress examples actions

bench: .venv/installed  ## the figures of docs/architecture.md; PARTS="calls faults"
	@$(BIN)/python -m sandbox.stories.bench $(PARTS)

bench-judge: .venv/installed  ## the figures of docs/judge.md, by simulated rollouts
	@PYTHONPATH=functions $(BIN)/python -m tests.judge_bench

chaos: .venv/installed  ## every fault in every task, and the races
	@$(BIN)/python -m sandbox.stories.chaos

screenshots: .venv/installed  ## the pictures in docs/images, taken by the tests' browser
	@PYTHONPATH=functions $(BIN)/python -m tests.browser.pictures

format: .venv/installed  ## format, and fix what can be fixed
	@$(BIN)/ruff format .
	@$(BIN)/ruff check --fix .

lock: .venv/installed  ## the newest versions that pyproject.toml allows
	@$(LOCK) --group layer -o layer/requirements.txt
	@$(LOCK) pyproject.toml --group dev --constraint layer/requirements.txt -o requirements.lock
	@$(LOCK) pyproject.toml --constraint requirements.lock -o command-line.lock

clean:  ## remove what make has made
	rm -rf .venv .aws-sam .sandbox .mypy_cache .pytest_cache .ruff_cache .hypothesis .coverage

.venv/installed: requirements.lock
	@test -n "$(PYTHON)" || { echo "Gantry needs Python 3.11 or later on the PATH (python3.11, python3.12 or python3.13)." >&2; exit 1; }
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	@sed -n '/^uv==/,/[^\\]$$/p' requirements.lock >.venv/uv.txt
	@$(BIN)/python -m pip install -q --require-hashes --only-binary=:all: -r .venv/uv.txt
	@$(BIN)/uv pip sync -q --python $(BIN)/python --require-hashes requirements.lock
	@touch $@
