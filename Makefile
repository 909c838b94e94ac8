# Every command that a contributor needs. `make` lists them.

SHELL := /bin/bash
# Where rustup puts cargo; not every shell has it on the path.
export PATH := $(PATH):$(or $(CARGO_HOME),$(HOME)/.cargo)/bin
CARGO ?= cargo
# The local cluster of `make run` keeps everything that it writes below this folder.
VAR ?= $(CURDIR)/var
# What it stands over: local, a directory, or minio, a server that is built for it.
STORE ?= local
# Tests that need the MinIO are left alone unless they are asked for. All of the workspace is named,
# so that nothing is built twice for the sake of other features.
S3_TESTS = $(CARGO) test --workspace --lib --test cluster --test crash --test model --locked --quiet \
  -- --ignored s3::tests:: minio::

.DEFAULT_GOAL := help
.PHONY: help run stop build test test-s3 fuzz crash interop interop-full minio java-peers check lint deny bench bench-java docs clean toolchain

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

test: toolchain minio java-peers ## Run every test, beside a MinIO and Java programs too: style, unit, property, contract, cluster, shell
	$(MAKE) lint
	$(CARGO) build --locked --bin alluxio
	$(CARGO) test --workspace --locked --quiet
	$(S3_TESTS) --skip ::long::
	$(MAKE) interop

fuzz: toolchain ## Try the decoders of foreign bytes with other inputs than those of the tests, for minutes
	@# As fast as a release, with the checks that find what wraps.
	CARGO_PROFILE_RELEASE_OVERFLOW_CHECKS=true CARGO_PROFILE_RELEASE_DEBUG_ASSERTIONS=true \
	$(CARGO) test --release --locked -p alluxio-testing --test fuzz --test cluster -- --ignored --nocapture _for_minutes

test-s3: toolchain minio ## Run the tests of S3 alone, with those that take minutes
	$(S3_TESTS)

# The programs alone, under alone::, are for whoever changes their scripts.
interop: toolchain java-peers ## Run Alluxio's own Java programs against our servers and against its own
	$(CARGO) build --locked --bin alluxio
	$(CARGO) test --workspace --test java --locked --quiet -- --ignored --test-threads=3 --skip alone::

interop-full: interop ## The same, Spark, which is installed for it, workers of 2.9 beside ours, many files
	@libexec/pyspark.sh build
	$(CARGO) test --workspace --test spark --test mixed --test many --locked --quiet -- --ignored --test-threads=2

minio: ## Build the MinIO of the tests
	@libexec/minio.sh build

java-peers: ## Fetch the Java programs of the tests
	@libexec/java-peers.sh build

# The long form of the crash loop: what is drawn, how long it goes on. STORE as above.
SEED ?= 1
ROUNDS ?= 100
crash: build $(if $(filter minio,$(STORE)),minio) ## Kill a cluster in the middle of a load, again and again; SEED=, ROUNDS=, STORE=minio
	$(CARGO) run --release --locked -p alluxio-crash -- \
	  --program target/release/alluxio --seed $(SEED) --rounds $(ROUNDS) --store $(STORE)

check: lint ## Format, lints, house rules and unit tests, in minutes
	$(CARGO) test --workspace --lib --locked --quiet

lint: toolchain
	$(CARGO) fmt --all --check
	$(CARGO) clippy --workspace --all-targets --locked -- -D warnings
	$(CARGO) xtask tidy

# A debug build of it takes two minutes less and looks for half a second longer.
DENY = target/tools/bin/cargo-deny
$(DENY): | toolchain
	$(CARGO) install cargo-deny --version 0.20.2 --locked --debug --no-default-features --root target/tools

deny: $(DENY) ## Check the licences and origins of all libraries; builds cargo-deny once
	$(DENY) --locked --log-level error check --hide-inclusion-graph bans licenses sources

bench: toolchain ## Run the benchmarks; NAME=... picks one
	$(CARGO) run --release --locked -p alluxio-benches --bin bench -- $(NAME)

# How much: short, some minutes and no more than a trial; middle, nearly twenty minutes; long. All parts, or
# some of namespace, data, restart.
FORM ?= middle
bench-java: build ## Run Alluxio's own benchmarks over our servers and over its own, in turns; FORM=, PART=
	@libexec/java-peers.sh build
	$(CARGO) build -p alluxio-interop --bin bench-java --locked
	@libexec/bench-java.sh target/release/alluxio $(FORM) $(PART)

docs: toolchain ## Regenerate docs/reference and the configuration template
	$(CARGO) xtask docs

clean: ## Remove what was built
	$(CARGO) clean
