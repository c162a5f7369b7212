# Everything a contributor or a curious operator needs. `make help` lists it.
SHELL := /bin/bash
.DEFAULT_GOAL := help
SWIFT ?= swift
DURATION ?=
FUZZ_SECONDS ?= 60

.PHONY: help deps build run test conformance bench lint format fuzz clean

help: ## Show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## /{printf "  make %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

deps: ## Install the Debian packages that are missing (says which and why; uses sudo only when not root)
	@scripts/install-dependencies.sh

build: deps ## Build the release binary: .build/release/swell
	@$(SWIFT) build -c release --product swell

run: build ## Private Redis with 500 waiting entries, Swell in front of it, 0 to 50 replicas and back (DURATION=seconds to stop by itself)
	@DURATION="$(DURATION)" scripts/demo.sh

test: deps ## Build everything and run every test, real Redis, Prometheus and Kafka-protocol broker included
	@scripts/test.sh

conformance: deps ## Only the cases recorded from KEDA and Kubernetes (SWELL_CONFORMANCE_DIR=DIR for another folder)
	@$(SWIFT) test --filter Conformance

bench: build ## Measure speed and size against real servers on this machine, as a table
	@scripts/bench.sh

lint: ## Check format and house rules
	@scripts/lint.sh

format: ## Format all Swift files in place
	@$(SWIFT) format --in-place --parallel --recursive Package.swift Sources Tests Benchmarks Fuzz

fuzz: deps ## Run each fuzz target for FUZZ_SECONDS (60) with libFuzzer
	@FUZZ_SECONDS="$(FUZZ_SECONDS)" scripts/fuzz.sh

clean: ## Remove build products
	@rm -rf .build .build-*
