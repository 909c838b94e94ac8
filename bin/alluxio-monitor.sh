#!/bin/sh
# Looks whether processes answer, here or on the hosts in conf/; -h lists the actions.
set -eu

alluxio_script="$0"
# shellcheck source=libexec/alluxio-config.sh
. "$(dirname -- "$(readlink -f -- "$0")")/../libexec/alluxio-config.sh"
exec "$ALLUXIO_BINARY" process monitor "$@"
