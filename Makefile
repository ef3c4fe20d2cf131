# The commands of a checkout. Each one sets up what it needs; `make help` lists them.
# What they do is in tools/, so that nothing here is longer than it has to be.

BIN := .venv/bin
# Which emulator, and how it is started: make emulator NAME=mine EMULATOR_OPTIONS='--delays real --time-scale 10'
NAME ?= default
EMULATOR_OPTIONS ?=
# More for pytest: make test PYTEST_ARGS='-k network -x'
PYTEST_ARGS ?=
# One more than processors: hosts that boot, clusters that start and modules that wait leave processors idle.
WORKERS ?= $(shell expr $$(getconf _NPROCESSORS_ONLN) + 1)
export PATH := $(CURDIR)/$(BIN):$(PATH)
# A Python that keeps no bytecode compiles what it imports, in each of the thousands of processes of a test run.
unexport PYTHONDONTWRITEBYTECODE
# A home directory that cannot be written must not stop Ansible.
ifeq ($(shell test -w "$${ANSIBLE_HOME:-$$HOME}" && echo writable),)
export ANSIBLE_HOME := $(CURDIR)/.cache/ansible
export ANSIBLE_REMOTE_TEMP := $(ANSIBLE_HOME)/tmp
endif

.DEFAULT_GOAL := help
.PHONY: help setup demo test test-all test-unit lint docs bench kubernetes emulator emulator-stop lock clean

help: ## list the commands
	@sed -n 's/^\([a-z][a-z-]*\):.*## /\1	/p' Makefile | while IFS='	' read -r name text; do printf '  make %-14s %s\n' "$$name" "$$text"; done

setup: ## make .venv with everything in it (quick when there is nothing to do)
	@tools/setup

demo: setup ## build a whole production system in the emulator and say what to try next
	@tools/demo --name $(NAME) $(EMULATOR_OPTIONS)

test: setup ## run the tests: everything once, in 36 minutes on two cores
	@$(BIN)/python -m pytest -n $(WORKERS) --maxprocesses 8 -m 'not long' $(PYTEST_ARGS)

test-all: setup ## run all tests, also what shows at length what others show as well; before a release
	@$(BIN)/python -m pytest -n $(WORKERS) --maxprocesses 8 $(PYTEST_ARGS)

test-unit: setup ## run the tests that take no more than seconds
	@$(BIN)/python -m pytest tests/unit $(PYTEST_ARGS)

lint: setup ## run every linter
	@tools/lint

docs: setup ## write the READMEs of the roles, and the documentation into docs/site
	@tools/docs

bench: setup ## measure, and compare with the last measurement
	@$(BIN)/python -m tests.benchmarks

kubernetes: setup ## build the emulator's Kubernetes API, unless it is built (4 minutes the first time)
	@$(BIN)/python -m tests.emulator.kubernetes build >/dev/null

emulator: setup ## start the emulator and print its exports, for eval
	@$(BIN)/python -m tests.emulator start --name $(NAME) $(EMULATOR_OPTIONS)

emulator-stop: setup ## stop the emulator
	@$(BIN)/python -m tests.emulator stop --name $(NAME)

lock: setup ## resolve requirements/dev.in into requirements/dev.txt again
	@$(BIN)/uv pip compile --quiet --universal --python-version 3.12 --generate-hashes --no-annotate --no-header \
	  --no-emit-index-url --no-emit-find-links $(LOCK_OPTIONS) requirements/dev.in -o requirements/dev.txt

clean: ## remove what the tools have made, except .venv and the built control plane
	@tools/clean
