# Matriarch on one machine. `make help` lists what there is.
SHELL := /bin/bash
.DEFAULT_GOAL := help
export PATH := $(PATH):/opt/swift/usr/bin

# One configuration everywhere: what is tested is what runs.
BUILD := swift build -c release -Xswiftc -enable-testing
BIN := .build/release
SOURCES := $(shell find Sources -type f) Package.swift

.PHONY: help
help: ## This list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-15s %s\n", $$1, $$2 }' Makefile

.PHONY: up
up: $(BIN)/matriarch ## Start the control plane, three nodes and the cluster `demo`
	@$(BIN)/matriarch local up --demo $(UP_OPTIONS)

.PHONY: down
down: ## Stop everything, keep the data
	@if [ -x $(BIN)/matriarch ]; then $(BIN)/matriarch local down; else echo 'nothing is built, so nothing runs'; fi

.PHONY: clean
clean: ## Stop everything and remove its data
	@if [ -x $(BIN)/matriarch ]; then $(BIN)/matriarch local clean --yes; else echo 'nothing is built, so there is nothing to remove'; fi

.PHONY: env
env: ## Print shell variables: eval "$$(make -s env)"
	@$(BIN)/matriarch local env

.PHONY: status
status: ## What runs, and where
	@$(BIN)/matriarch local status

.PHONY: build
build: $(BIN)/matriarch ## Compile (6 to 17 minutes the first time)

$(BIN)/matriarch: $(SOURCES) | setup
	@scripts/build $(BUILD) --product matriarch
	@scripts/build $(BUILD) --product matriarch-shim
	@scripts/build $(BUILD) --product matriarch-wal
	@touch $@

.PHONY: setup
setup: ## Install what is missing (Debian packages, kubectl)
	@scripts/setup

.PHONY: test
test: ## Every test: unit, integration, walkthrough, crash tests
	@scripts/test

.PHONY: lint
lint: ## Formatting, warnings
	@swift format lint --strict --recursive --parallel Sources Tests Benchmarks Package.swift

.PHONY: format
format: ## Format the sources
	@swift format --in-place --recursive --parallel Sources Tests Benchmarks Package.swift

.PHONY: bench
bench: $(BIN)/matriarch ## Benchmarks, as ratios to the limit measured in the same run
	@Benchmarks/run

.PHONY: bench-failover
bench-failover: $(BIN)/matriarch ## Failover and switchover beside Patroni and the bare floor (TRIALS=10: over an hour)
	@Benchmarks/failover/run

.PHONY: bench-backup
bench-backup: $(BIN)/matriarch ## Backup, restore and archive beside barman-cloud and pgBackRest (SCALE=100 for the record)
	@Benchmarks/backup/run

.PHONY: chaos
chaos: $(BIN)/matriarch ## Faults of all kinds under load: FAULTS=500 or MINUTES=60, SEED=N
	@Tests/Chaos/run $(if $(FAULTS),--faults $(FAULTS)) $(if $(MINUTES),--minutes $(MINUTES)) $(if $(SEED),--seed $(SEED)) $(if $(FAULTS)$(MINUTES),,--minutes 10)

.PHONY: model
model: ## The failover protocol, checked by spin
	@Tests/Model/check.sh
