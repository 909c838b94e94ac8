#!/usr/bin/env bash
# Shows the main job on this machine: a local cluster over a local directory, checked with the 24
# tests. Everything that it writes lies below one folder, but for the cached blocks in memory.
# The cluster goes on running; a second run restarts it and keeps its files.
#
# Usage: alluxio-demo.sh FOLDER
set -euo pipefail

home=$(cd "$(dirname "$0")/.." && pwd)
folder=${1:?names the folder that keeps the cluster}
mkdir -p "$folder"
folder=$(cd "$folder" && pwd)

export ALLUXIO_CONF_DIR="$folder/conf" ALLUXIO_LOGS_DIR="$folder/logs"
store="$folder/underFSStorage"
site="$ALLUXIO_CONF_DIR/alluxio-site.properties"
mkdir -p "$ALLUXIO_CONF_DIR" "$ALLUXIO_LOGS_DIR" "$store"

if [ ! -e "$site" ]; then
  cat >"$site" <<CONF
# Written by make run; yours to change.
alluxio.master.hostname=localhost
alluxio.worker.hostname=localhost
alluxio.work.dir=$folder
alluxio.master.mount.table.root.ufs=$store
CONF
  cp "$home/conf/masters" "$home/conf/workers" "$ALLUXIO_CONF_DIR/"
fi

"$home/bin/alluxio-stop.sh" local >/dev/null 2>&1 || true
if [ ! -d "$folder/journal" ]; then
  "$home/bin/alluxio" format
fi
"$home/bin/alluxio-start.sh" local NoMount
"$home/bin/alluxio" runTests

# Half a dozen files go to the store after their tests have passed.
for _ in $(seq 100); do
  "$home/bin/alluxio" fs ls /default_tests_files | grep -q TO_BE_PERSISTED || break
  sleep 0.2
done

echo
echo "Files in Alluxio:"
"$home/bin/alluxio" fs ls /default_tests_files
echo
echo "Files in the store, $store:"
(cd "$store" && find . -type f ! -name '.*' | sort)
echo
port=$("$home/bin/alluxio" getConf alluxio.master.web.port)
echo "The cluster is running. Its page:   http://localhost:$port"
echo "Try:   ALLUXIO_CONF_DIR=$ALLUXIO_CONF_DIR bin/alluxio fs ls /"
echo "Stop:  make stop"
