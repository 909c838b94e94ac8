#!/bin/sh
# Sourced by everything in bin/: finds the installation, its configuration and the binary.
#
# Sets and exports ALLUXIO_HOME, ALLUXIO_CONF_DIR and ALLUXIO_BINARY, and whatever
# conf/alluxio-env.sh sets. A variable that is set already wins.
#
# The caller sets alluxio_script to its own path.

alluxio_script="$(readlink -f -- "${alluxio_script:?is set by the script that sources this file}")"
ALLUXIO_HOME="${ALLUXIO_HOME:-$(dirname -- "$(dirname -- "$alluxio_script")")}"
ALLUXIO_CONF_DIR="${ALLUXIO_CONF_DIR:-$ALLUXIO_HOME/conf}"
export ALLUXIO_HOME ALLUXIO_CONF_DIR

if [ -r "$ALLUXIO_CONF_DIR/alluxio-env.sh" ]; then
  # Everything that the file sets is for the binary, exported or not.
  set -a
  # shellcheck source=/dev/null
  . "$ALLUXIO_CONF_DIR/alluxio-env.sh"
  set +a
fi

# An installation has lib/alluxio; a source checkout has target/release/alluxio, built when missing.
if [ -z "${ALLUXIO_BINARY:-}" ]; then
  if [ -x "$ALLUXIO_HOME/lib/alluxio" ]; then
    ALLUXIO_BINARY="$ALLUXIO_HOME/lib/alluxio"
  else
    alluxio_checkout="$(dirname -- "$(dirname -- "$alluxio_script")")"
    ALLUXIO_BINARY="$alluxio_checkout/target/release/alluxio"
    if [ ! -x "$ALLUXIO_BINARY" ]; then
      if [ ! -f "$alluxio_checkout/Cargo.toml" ]; then
        echo "Cannot find the program: neither $ALLUXIO_HOME/lib/alluxio nor $ALLUXIO_BINARY" >&2
        exit 1
      fi
      echo "Building $ALLUXIO_BINARY; this takes some minutes, once." >&2
      make -C "$alluxio_checkout" build >&2 || exit 1
    fi
  fi
fi
export ALLUXIO_BINARY
