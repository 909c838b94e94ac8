#!/usr/bin/env bash
# Shows the main job on this machine: a local cluster over a store, checked with the 24 tests.
# Everything that it writes lies below one folder, but for the cached blocks in memory.
# The cluster goes on running; a second run restarts it and keeps its files.
#
# Usage: alluxio-demo.sh FOLDER [local | minio]
#
# With `minio` the store is a bucket of a MinIO of its own, which goes on running as well. It listens
# on MINIO_PORT, 9000 without it.
set -euo pipefail

home=$(cd "$(dirname "$0")/.." && pwd)
folder=${1:?names the folder that keeps the cluster}
kind=${2:-local}
mkdir -p "$folder"
folder=$(cd "$folder" && pwd)

export ALLUXIO_CONF_DIR="$folder/conf" ALLUXIO_LOGS_DIR="$folder/logs"
site="$ALLUXIO_CONF_DIR/alluxio-site.properties"
mkdir -p "$ALLUXIO_CONF_DIR" "$ALLUXIO_LOGS_DIR"

minio_port=${MINIO_PORT:-9000}
minio_data="$folder/minio"
export MINIO_ROOT_USER="${MINIO_ROOT_USER:-minioadmin}"
export MINIO_ROOT_PASSWORD="${MINIO_ROOT_PASSWORD:-minioadmin}"

# The lines of the site that say where the store is.
store_properties() {
  case "$kind" in
    local)
      echo "alluxio.master.mount.table.root.ufs=$folder/underFSStorage"
      ;;
    minio)
      echo "alluxio.master.mount.table.root.ufs=s3://alluxio/demo"
      echo "alluxio.underfs.s3.endpoint=http://localhost:$minio_port/"
      echo "alluxio.underfs.s3.disable.dns.buckets=true"
      echo "alluxio.underfs.s3.inherit.acl=false"
      echo "s3a.accessKeyId=$MINIO_ROOT_USER"
      echo "s3a.secretKey=$MINIO_ROOT_PASSWORD"
      ;;
  esac
}

start_store() {
  case "$kind" in
    local)
      mkdir -p "$folder/underFSStorage"
      ;;
    minio)
      "$home/libexec/minio.sh" build
      "$home/libexec/minio.sh" stop "$minio_data"
      "$home/libexec/minio.sh" bucket "$minio_data" alluxio
      "$home/libexec/minio.sh" start "$minio_port" "$minio_data"
      ;;
  esac
}

# What another program sees there.
list_store() {
  case "$kind" in
    local)
      (cd "$folder/underFSStorage" && find . -type f ! -name '.*' | sort)
      ;;
    minio)
      curl -fsS --noproxy '*' --user "$MINIO_ROOT_USER:$MINIO_ROOT_PASSWORD" \
        --aws-sigv4 aws:amz:us-east-1:s3 \
        "http://localhost:$minio_port/alluxio?list-type=2&prefix=demo%2F" |
        tr '<' '\n' | sed -n 's/^Key>//p' | sort
      ;;
  esac
}

case "$kind" in
  local | minio) ;;
  *)
    echo "There is no store $kind: local or minio" >&2
    exit 2
    ;;
esac

if [ -e "$site" ] && ! grep -qxF "$(store_properties | head -n 1)" "$site"; then
  echo "The cluster in $folder is over another store; run: make stop, and remove the folder" >&2
  exit 1
fi

"$home/bin/alluxio-stop.sh" local >/dev/null 2>&1 || true
if [ ! -e "$site" ]; then
  {
    echo "# Written by make run; yours to change."
    echo "alluxio.master.hostname=localhost"
    echo "alluxio.worker.hostname=localhost"
    echo "alluxio.user.hostname=localhost"
    echo "alluxio.work.dir=$folder"
    store_properties
  } >"$site"
  chmod 600 "$site"
  cp "$home/conf/masters" "$home/conf/workers" "$ALLUXIO_CONF_DIR/"
fi

start_store
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
echo "Files in the store, $(sed -n 's/^alluxio.master.mount.table.root.ufs=//p' "$site"):"
list_store
echo
port=$("$home/bin/alluxio" getConf alluxio.master.web.port)
echo "The cluster is running. Its page:   http://localhost:$port"
echo "Try:   ALLUXIO_CONF_DIR=$ALLUXIO_CONF_DIR bin/alluxio fs ls /"
echo "Stop:  make stop"
