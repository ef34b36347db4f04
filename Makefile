# fmops: every command of this repository. `make` alone lists them.
SHELL := /bin/bash
CACHE := $(or $(XDG_CACHE_HOME),$(HOME)/.cache)/fmops
# One environment per checkout and set of pins, outside the tree; a change of the pins makes a new one.
VENV := $(CACHE)/venv/$(shell { pwd; sed -n '/^.project/,/^.tool/p' pyproject.toml; cat constraints.txt; } | sha256sum | cut -c1-12)
BIN := $(VENV)/bin
PYTHON ?= python3
PYTEST ?=

export PYTHONUTF8 := 1
# Hundreds of tests start a Python of their own: compiled once, outside the tree, whatever the environment says of it.
unexport PYTHONDONTWRITEBYTECODE
export PYTHONPYCACHEPREFIX := $(CACHE)/pycache

.DEFAULT_GOAL := help
.PHONY: help setup demo demo-shell demo-down test test-compiled check e2e bench fuzz generate classifier image clean

help:  ## List the commands
	@awk -F':.*## ' '/^[a-z0-9-]+:.*## /{printf "  \033[1mmake %-14s\033[0m %s\n", $$1, $$2}' $(MAKEFILE_LIST)

$(VENV)/ready:
	@echo "Preparing the Python environment (once per set of pins) ..."
	@command -v $(PYTHON) >/dev/null || { echo "make: $(PYTHON) is missing; install Python 3.11 or later" >&2; exit 2; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "make: $$($(PYTHON) --version) found, Python 3.11 or later is needed; say which with PYTHON=python3.x" >&2; exit 2; }
	@mkdir -p $(CACHE)/venv
	@$(PYTHON) -m venv --clear $(VENV) || { echo "make: no venv; on Debian: apt-get install python3-venv" >&2; exit 2; }
	@$(BIN)/python -m pip install -q uv
	@UV_LINK_MODE=copy $(BIN)/uv pip install -q --python $(BIN)/python -e '.[dev]' -c constraints.txt
	@touch $@

# The native part, built once per set of its sources; left out where there is no Rust compiler.
$(VENV)/native: $(VENV)/ready $(wildcard native/*.toml native/src/*.rs)
	@$(BIN)/python -m tests.cluster.native_wheel
	@if command -v cargo >/dev/null; then touch $@; fi

setup: $(VENV)/native

demo: setup  ## Serve and evaluate a real model on a local Kubernetes, from nothing
	@$(BIN)/python -m tests.cluster.demo

demo-shell: setup  ## Open a shell with kubectl pointed at the demo's cluster
	@$(BIN)/python -m tests.cluster shell --node

demo-down: setup  ## Stop the demo's cluster and everything in it
	@$(BIN)/python -m tests.cluster down --node

test: setup  ## Run everything but the node tier (real control plane, real Helm)
	@$(BIN)/python -m tests.cluster build
	@$(BIN)/python -m pytest -m "not node" -n 5 --dist loadfile --no-loadscope-reorder --durations 15 $(PYTEST)
	@$(if $(PYTEST),,$(MAKE) --no-print-directory test-compiled)

test-compiled: setup  ## Run the tests of gateway and guard on hot modules as the image has them, compiled
	@tree=$$($(BIN)/python -m tests.cluster.compiled_wheel) && if [ -n "$$tree" ]; then \
		PYTHONPATH=$$tree FMOPS_COMPILED=on $(BIN)/python -m pytest tests/serving/gateway tests/serving/guard -n 5 --dist loadfile; fi

e2e: setup  ## Run the node tier: real pods and the real engine
	@$(BIN)/python -m tests.cluster build --node
	@$(BIN)/python -m pytest -m "node and not long" $(PYTEST)

check: setup  ## Check style, types, layers and that generated files are up to date
	@$(BIN)/ruff format --check . && $(BIN)/ruff check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports --cache-dir $(CACHE)/import-linter
	@$(BIN)/python -m tests.support.generate --check

fuzz: setup  ## Fuzz the gateway's parser, screen and dialects, a minute each
	@$(BIN)/python -m tests.fuzz.run

generate: setup  ## Write what is generated: CRDs, chart copies, reference docs
	@$(BIN)/python -m tests.support.generate

classifier: setup  ## Train a classifier of toxic English texts for guard rails, and say where it is
	@$(BIN)/python -m tests.support.toxic_classifier

image: setup  ## Build the images operator, serving and engine-cpu from the Dockerfile
	@$(BIN)/python -m tests.cluster images

bench: setup  ## Measure Rouge, evaluation, guard, gateway and operator against their peers, and how well intervals hold
	@$(BIN)/python -m tests.bench.intervals
	@$(BIN)/python -m tests.bench.rouge
	@$(BIN)/python -m tests.bench.evaluate
	@$(BIN)/python -m tests.bench.evaluate_memory
	@$(BIN)/python -m tests.bench.measure
	@$(BIN)/python -m tests.bench.guard
	@$(BIN)/python -m tests.bench.gateway
	@$(BIN)/python -m tests.bench.gateway_clients
	@$(BIN)/python -m tests.bench.engine_clients
	@$(BIN)/python -m tests.bench.prefix_affinity
	@$(BIN)/python -m tests.bench.metrics
	@$(BIN)/python -m tests.cluster build
	@$(BIN)/python -m tests.bench.operator
