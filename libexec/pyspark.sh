#!/usr/bin/env bash
# PySpark for the tests of Alluxio's client in Spark.
#
#   pyspark.sh build   install the pinned version, unless it is there
#   pyspark.sh path    print which Python has it
#
# Versions and checksums stand in interop/python/requirements.txt. It stays below target/peers, or
# below PEERS_DIR, and takes 371 MB there. Java comes from java-peers.sh.
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
peers=${PEERS_DIR:-$root/target/peers}
home=$peers/pyspark
requirements=$root/interop/python/requirements.txt

die() {
  echo "pyspark.sh: $*" >&2
  exit 1
}

build() {
  [[ $home/installed -nt $requirements ]] && return
  command -v python3 >/dev/null || die "no Python, which PySpark needs: install Python 3.8 or newer, then try again"
  mkdir -p "$peers"
  # One at a time: two installations into one folder would be a mixture.
  exec 9>"$peers/pyspark.lock"
  flock 9
  [[ $home/installed -nt $requirements ]] && return
  echo "installing PySpark, once, for the tests of Alluxio's client in Spark" >&2
  rm -rf "$home"
  python3 -m venv "$home" || die "Python cannot make a virtual environment: install python3-venv, then try again"
  "$home/bin/pip" install --quiet --disable-pip-version-check --no-cache-dir \
    --require-hashes --no-deps -r "$requirements"
  touch "$home/installed"
}

case "${1:-} $#" in
  'build 1') build ;;
  'path 1')
    [[ -x $home/bin/python3 ]] || die "not installed; run: libexec/pyspark.sh build"
    echo "$home/bin/python3"
    ;;
  *) sed -n '2,/^set /s/^# \{0,1\}//p' "${BASH_SOURCE[0]}" >&2; exit 2 ;;
esac
