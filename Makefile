# Two commands do all the set-up: `make run` and `make test`. `make help` lists the rest.
SHELL := /bin/bash
VENV := .venv
PYTHON := $(VENV)/bin/python
STAMP := $(VENV)/.installed
FIND_PYTHON := for p in python3.13 python3.12 python3.11 python3 python; do \
	command -v $$p >/dev/null 2>&1 && $$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && { command -v $$p; break; }; done

.DEFAULT_GOAL := help
.PHONY: help setup run test check lint judges bench lock clean

help: ## list the commands
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):[^#]*## /  make \1\t/' | expand -t 16

setup: $(STAMP) ## make .venv with everything locked, development tools included

$(STAMP): requirements-dev.txt requirements.txt
	@python="$$($(FIND_PYTHON))"; \
	if [ -z "$$python" ]; then echo "Python 3.11 or newer is needed / 需要 Python 3.11 以上" >&2; exit 1; fi; \
	[ -x $(PYTHON) ] || "$$python" -m venv $(VENV)
	@echo "installing locked dependencies …"
	@$(PYTHON) -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.txt
	@touch $(STAMP)

run: setup ## start the demo city and print where to go
	@exec $(PYTHON) -m anjia.conf.main run $(ARGS)

judges: setup ## install browser, fonts and outside judges from Debian, where that is allowed
	@tests/judges.sh

test: setup judges ## the whole suite, browser journeys and outside judges included
	$(PYTHON) -m pytest -m "not browser" $(ARGS)
	@# A browser's event loop lives as long as its process, so the journeys have one of their own.
	$(PYTHON) -m pytest -m browser $(ARGS)

check: setup lint ## the suite without browser
	$(PYTHON) -m pytest -m "not browser" $(ARGS)

lint: setup ## style, types and import directions
	$(VENV)/bin/ruff check anjia tests bench simulators
	$(VENV)/bin/mypy
	$(VENV)/bin/lint-imports

bench: setup ## run every bench briefly
	@for file in bench/*.py; do $(PYTHON) $$file --quick || exit 1; done

lock: ## lock the dependencies again, with hashes (needs uv)
	uv pip compile --quiet --generate-hashes --universal --python-version 3.11 --no-header requirements.in -o requirements.txt
	uv pip compile --quiet --generate-hashes --universal --python-version 3.11 --no-header requirements-dev.in -o requirements-dev.txt

clean: ## remove the environment and all state of this checkout
	rm -rf $(VENV) .anjia .anjia-test .pytest_cache .mypy_cache .ruff_cache .hypothesis
