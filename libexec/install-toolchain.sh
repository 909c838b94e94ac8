#!/usr/bin/env bash
# Installs what a build needs and the machine lacks: a C compiler's linker, and rustup, which brings
# the toolchain that rust-toolchain.toml names. Does nothing, quickly, when both are there.
set -euo pipefail

if ! command -v cc >/dev/null 2>&1; then
  if command -v apt-get >/dev/null 2>&1 && [ "$(id -u)" = 0 ]; then
    apt-get update -qq && apt-get install -y -qq gcc libc6-dev
  else
    echo "no C compiler found: install gcc (Debian: apt-get install gcc libc6-dev), then try again" >&2
    exit 1
  fi
fi

# The Makefile has put the folder where rustup installs on the path, so a fresh installation is
# found without a new login.
if ! command -v cargo >/dev/null 2>&1; then
  if ! command -v curl >/dev/null 2>&1; then
    echo "no Rust toolchain found, and no curl to fetch it: install rustup (https://rustup.rs), then try again" >&2
    exit 1
  fi
  echo "installing rustup below ${CARGO_HOME:-$HOME/.cargo}"
  if ! curl --proto '=https' --tlsv1.2 -sSf https://sh.rustup.rs \
      | sh -s -- -y --quiet --no-modify-path --profile minimal --default-toolchain none; then
    echo "rustup could not be installed: install it by hand (https://rustup.rs), then try again" >&2
    exit 1
  fi
fi
