#!/bin/sh
# Runs a command in the installation of every host in conf/workers.
set -eu

alluxio_script="$0"
# shellcheck source=libexec/alluxio-config.sh
. "$(dirname -- "$(readlink -f -- "$0")")/../libexec/alluxio-config.sh"
exec "$ALLUXIO_BINARY" process on workers "$@"
