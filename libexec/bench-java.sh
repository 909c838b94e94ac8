#!/usr/bin/env bash
# Runs Alluxio's own benchmarks over our servers and over its own: bench-java.sh PROGRAM FORM [PART...], where
# FORM is short, middle or long, and PART is namespace, data or restart; without one, all of them. Whatever
# happens, its servers end and its folders go.
set -euo pipefail

(($# >= 2)) || { sed -n '2,/^set /s/^# \{0,1\}//p' "${BASH_SOURCE[0]}" >&2; exit 2; }
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)

program=$1 form=$2
shift 2
parts=()
for part in "$@"; do parts+=(--part "$part"); done

home=$(mktemp -d "${TMPDIR:-/tmp}/bench-java.XXXXXX")
# Block data belongs into memory, where the machine has a folder for this.
memory=$home
if [[ -d /dev/shm && -w /dev/shm ]]; then memory=$(mktemp -d /dev/shm/bench-java.XXXXXX); fi
# The servers die with the program that has started them; it cannot clean up when it is killed itself.
trap 'rm -rf "$home" "$memory"' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

TMPDIR=$home "$root/target/debug/bench-java" --program "$program" --memory "$memory" --form "$form" "${parts[@]}"
