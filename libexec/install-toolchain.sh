#!/usr/bin/env bash
# Installs what a build needs and the machine lacks: a C compiler's linker and the Rust toolchain
# that rust-toolchain.toml names. Does nothing, quickly, when both are there.
set -euo pipefail

if ! command -v cc >/dev/null 2>&1; then
  if command -v apt-get >/dev/null 2>&1 && [ "$(id -u)" = 0 ]; then
    apt-get update -qq && apt-get install -y -qq gcc libc6-dev
  else
    echo "no C compiler found: install gcc (Debian: apt-get install gcc libc6-dev), then try again" >&2
    exit 1
  fi
fi

if ! command -v cargo >/dev/null 2>&1; then
  if [ -x "$HOME/.cargo/bin/cargo" ]; then
    echo "cargo is installed but not on the PATH: add $HOME/.cargo/bin to it, then try again" >&2
  else
    echo "no Rust toolchain found: install rustup (https://rustup.rs), then try again" >&2
  fi
  exit 1
fi
