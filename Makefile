# Every command that a contributor needs. `make` lists them.

SHELL := /bin/bash
# Where rustup puts cargo; not every shell has it on the path.
export PATH := $(PATH):$(or $(CARGO_HOME),$(HOME)/.cargo)/bin
CARGO ?= cargo
# The local cluster of `make run` keeps everything that it writes below this folder.
VAR ?= $(CURDIR)/var
# What it stands over: local, a directory, or minio, a server that is built for it (Go is needed).
STORE ?= local

.DEFAULT_GOAL := help
.PHONY: help run stop build test test-s3 check lint deny bench docs clean toolchain

help: ## List these commands
	@grep -E '^[a-z0-9-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14

run: build ## Build, start a local cluster, run the 24 tests; STORE=minio for one over MinIO
	@libexec/alluxio-demo.sh "$(VAR)" "$(STORE)"

stop: ## Stop the cluster that `make run` started
	@ALLUXIO_CONF_DIR="$(VAR)/conf" bin/alluxio-stop.sh local
	@libexec/minio.sh stop "$(VAR)/minio"

toolchain: ## Install the Rust toolchain if it is missing
	@libexec/install-toolchain.sh

build: toolchain ## Build the release binary
	$(CARGO) build --release --locked --bin alluxio

test: toolchain ## Run every test but those of S3: style, unit, property, contract, cluster, shell
	$(MAKE) lint
	$(CARGO) build --locked --bin alluxio
	$(CARGO) test --workspace --locked --quiet

test-s3: toolchain ## Build a MinIO and run the tests of the S3 store and of a cluster over it
	libexec/minio.sh build
	$(CARGO) test -p alluxio-ufs --lib --locked --quiet -- --ignored s3::tests
	$(CARGO) test -p alluxio --test cluster --locked --quiet -- --ignored minio::

check: lint ## Format, lints, house rules and unit tests, in minutes
	$(CARGO) test --workspace --lib --locked --quiet

lint: toolchain
	$(CARGO) fmt --all --check
	$(CARGO) clippy --workspace --all-targets --locked -- -D warnings
	$(CARGO) xtask tidy

deny: toolchain ## Check the licences and origins of all libraries; installs cargo-deny
	command -v cargo-deny >/dev/null || $(CARGO) install cargo-deny --locked --no-default-features
	cargo-deny --locked --offline check --hide-inclusion-graph bans licenses sources

bench: toolchain ## Run the benchmarks; NAME=... picks one
	$(CARGO) run --release --locked -p alluxio-benches --bin bench -- $(NAME)

docs: toolchain ## Regenerate docs/reference and the configuration template
	$(CARGO) xtask docs

clean: ## Remove what was built
	$(CARGO) clean
