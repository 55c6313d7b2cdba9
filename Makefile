# `make help` lists the targets. Everything installed stands in .venv, everything built under build/.

PYTHON ?= python3
BIN := .venv/bin
JOBS ?= 2

.DEFAULT_GOAL := help
.PHONY: help run test check proofs archive bench fuzz soak promises assent-screens desk-pictures messages lock clean

help: ## List the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-14s %s\n", $$1, $$2 }' Makefile

run: .venv/.run ## Install what is missing, build the archive, serve archive and kiosk on http://127.0.0.1:8000
	@$(BIN)/kiosk demo

# Checks and proofs use one processor each: together, they keep two at work.
test: .venv/.test ## Install what is missing, then run every check and every test
	@$(MAKE) --no-print-directory --jobs=$(JOBS) --output-sync=line check $(if $(TESTS),,proofs)
	$(BIN)/python -m pytest -n $(JOBS) --dist loadgroup $(or $(TESTS),--ignore=tests/kiosk/proof)

check: .venv/.test ## Lint, format, strict types, import contracts (under two minutes)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check --quiet .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/cgu check --quiet

# Every line and branch of kiosk/proof is covered by its own tests; they are not run a second time.
proofs: .venv/.test ## Run the tests of kiosk/proof, which go through each of its lines and branches
	$(BIN)/python -m pytest tests/kiosk/proof --cov --cov-config=tests/kiosk/proof/coverage.ini

archive: .venv/.run ## Build the static archive to build/archive
	@$(BIN)/cgu build

bench: .venv/.test ## Print figures beside their bars (SERIES=DIR: texts of a folder too; CGU_SOAK=1: longer)
	$(BIN)/python -m tests.bench

fuzz: .venv/.test ## Feed the parsers of proofs with 100,000 changed files each
	CGU_SOAK=1 $(BIN)/python -m pytest -n $(JOBS) tests/fuzz

soak: .venv/.test ## The same tests with large counts and a fixed seed
	CGU_SOAK=1 $(BIN)/python -m pytest -n $(JOBS) --dist loadgroup --hypothesis-seed=1 $(TESTS)

promises: .venv/.test ## Print which promises of the five texts a test proves, and which none does
	@$(BIN)/python -m pytest --promises -q --no-header $(TESTS)

assent-screens: .venv/.test ## Picture and examine the decision screen of each service, to build/assent-screens/<hash>
	@$(BIN)/python -m tests.assent_screens

desk-pictures: .venv/.test ## Take the pictures of the guide for lawyers again, to site/pages/pictures
	@$(BIN)/python -m tests.desk_pictures

messages: .venv/.test ## Bring kiosk/translations/en.po up to what pages say; what has no English yet is left empty
	@mkdir -p build
	$(BIN)/pybabel -q extract -F kiosk/translations/extraction.cfg -k marked --no-location --sort-output -o build/messages.pot kiosk
	$(BIN)/pybabel -q update -N --ignore-obsolete --no-wrap --omit-header -l en -i build/messages.pot -o kiosk/translations/en.po

lock: .venv/.test ## Renew the locked dependencies (needs uv)
	uv pip compile --quiet --universal --generate-hashes --no-header --upgrade \
		--extra archive --extra kiosk --extra install --extra dev --output-file requirements-dev.txt pyproject.toml
	uv pip compile --quiet --universal --generate-hashes --no-header --constraint requirements-dev.txt \
		--extra archive --extra kiosk --extra install --output-file requirements.txt pyproject.toml

clean: ## Remove what was built (never the data in var/)
	rm -rf build

.venv/bin/python:
	@.ci/packages run
	@$(PYTHON) -m venv .venv

.venv/.run: requirements.txt pyproject.toml | .venv/bin/python
	@.ci/packages run
	@if [ ! -f .venv/.test ]; then \
		echo "Installing Python packages (first time only)…"; \
		$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements.txt && \
		$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .; fi
	@touch $@

.venv/.test: requirements-dev.txt pyproject.toml | .venv/bin/python
	@.ci/packages test
	@echo "Installing Python packages…"
	@$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.txt
	@$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@ .venv/.run
