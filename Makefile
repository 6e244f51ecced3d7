# Tiaowen 条文: `make run` sets everything up and answers three questions, `make test` checks everything.
# Both install what is missing, in the versions of constraints.txt, and skip what is done.

VENV    := .venv
BIN     := $(VENV)/bin
# The versions were resolved for Python 3.11, so it is preferred where several are installed.
PYTHON  ?= $(shell for p in python3.11 python3 python3.12 python3.13; do \
             $$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$p && break; done)

# Relative, because pip splits these at spaces and the folder's own path may hold one. The first is read by
# every pip, the second by newer ones for the environments in which they build source packages.
export PIP_CONSTRAINT       := constraints.txt
export PIP_BUILD_CONSTRAINT := constraints.txt
export PIP_DISABLE_PIP_VERSION_CHECK := 1

SUBSIDY := 渝北区新开一家普惠托育机构，每个托位能补多少钱？最高多少？由谁牵头？
LEAD    := 渝北区“家门口”托育服务由谁牵头？
TARGET  := 大興區2025年普惠托位占比要達到多少？

INDEXED := $(wildcard corpus/*.py corpus/documents/* corpus/wordlists/* indexing/*.py assistant/building.py)

.PHONY: help run build test lint bench browser
.DEFAULT_GOAL := help

help:
	@echo 'make run     set up, build the index over the bundled policies, answer three questions'
	@echo 'make test    lint, type check and the whole test suite, offline'
	@echo 'make lint    lint and type check only'
	@echo 'make bench   measure build, cold start and answers on this machine'
	@echo 'make browser the browser that the tests of the page need, where it may be installed'

run: build
	@for question in '$(SUBSIDY)' '$(LEAD)' '$(TARGET)'; do \
	  echo; echo "── $$question"; echo; $(BIN)/tiaowen ask "$$question" || exit $$?; done
	@echo
	@echo '── 接下来 / what next'
	@echo '提问 / ask more    $(BIN)/tiaowen ask 江蘇省2025年托育從業人員要達到多少人'
	@echo '网页 / the page   $(BIN)/tiaowen serve        # http://127.0.0.1:8000/'
	@echo '其他 / everything  $(BIN)/tiaowen --help'

# An index that is there and no older than what it is made of is left alone.
build: $(VENV)/index.stamp
	@$(BIN)/tiaowen documents >/dev/null 2>&1 || { \
	  echo 'build: preparing the model and the index over the bundled documents'; $(BIN)/tiaowen build; }

$(VENV)/index.stamp: $(INDEXED) | $(VENV)/run.stamp
	@echo 'build: preparing the model and the index over the bundled documents'
	@$(BIN)/tiaowen build
	@touch $@

test: export HF_HUB_OFFLINE := 1
test: export TRANSFORMERS_OFFLINE := 1
test: lint browser
	@echo 'test: pytest'
	@$(BIN)/python -m pytest

lint: $(VENV)/dev.stamp
	@echo 'lint: ruff'
	@$(BIN)/ruff check .
	@echo 'lint: mypy'
	@$(BIN)/mypy

bench: $(VENV)/run.stamp
	@$(BIN)/tiaowen bench

# The page is tested in Debian's Chromium and with axe-core (MPL-2.0). Where they cannot be had the tests of the page are
# skipped, and say so; nothing else depends on them.
AXE := $(VENV)/axe/package/axe.min.js

browser: | $(VENV)/pip.stamp
	@command -v chromium >/dev/null && command -v chromedriver >/dev/null || { \
	  echo 'set-up: installing chromium and chromium-driver for the tests of the page'; \
	  if [ "$$(id -u)" = 0 ]; then sudo=; else sudo='sudo -n'; fi; \
	  { $$sudo apt-get update -qq && $$sudo apt-get install -y -qq chromium chromium-driver; } >$(VENV)/browser.log 2>&1 \
	    || echo 'set-up: NO BROWSER could be installed (see $(VENV)/browser.log); the page will NOT be tested' >&2; }
	@test -f $(AXE) || { mkdir -p $(VENV)/axe; cd $(VENV)/axe && npm pack --silent axe-core@4.14.1 >/dev/null 2>&1 && tar xzf axe-core-*.tgz \
	  || echo 'set-up: NO AXE could be fetched with npm; accessibility will NOT be checked' >&2; }

$(VENV)/run.stamp: pyproject.toml constraints.txt | $(VENV)/pip.stamp
	@echo 'set-up: installing the pinned dependencies (once, a few minutes)'
	@$(BIN)/python -m pip install -qq --editable .
	@touch $@

$(VENV)/dev.stamp: pyproject.toml constraints.txt | $(VENV)/pip.stamp
	@echo 'set-up: installing the pinned dependencies and the test tools (once, a few minutes)'
	@$(BIN)/python -m pip install -qq --editable '.[dev]'
	@touch $@ $(VENV)/run.stamp

# Some systems ship Python without the part that puts pip into a new environment; their own pip does it then.
$(VENV)/pip.stamp:
	@test -n '$(PYTHON)' || { echo 'set-up: Python 3.11 or newer is needed, and none was found' >&2; exit 1; }
	@echo 'set-up: making $(VENV) with $(PYTHON)'
	@$(PYTHON) -m venv $(VENV) 2>/dev/null || { $(PYTHON) -m venv --clear --without-pip $(VENV) && \
	  $(PYTHON) -m pip --python $(BIN)/python install -qq pip; }
	@$(BIN)/python -m pip install -qq --upgrade pip
	@touch $@
