#!/usr/bin/env bash
# A MinIO server for the tests of the S3 store.
#
#   minio.sh build                    build the pinned version, unless it is there; installs Go
#   minio.sh path                     print where the program is
#   minio.sh start PORT DATA_DIR      start it on 127.0.0.1, wait until it answers
#   minio.sh bucket DATA_DIR BUCKET   make a bucket, before or after the start
#   minio.sh stop DATA_DIR            stop the server that keeps its data there
#
# The keys are MINIO_ROOT_USER and MINIO_ROOT_PASSWORD, `minioadmin` without them. MINIO_CERTS names
# a folder with public.crt and private.key, if it shall speak TLS. The program
# stays below target/peers, or below PEERS_DIR, so that it is built once.
set -euo pipefail

readonly VERSION=v0.0.0-20260212201848-7aac2a2c5b7c
readonly READY_SECONDS=30
readonly STOP_SECONDS=10

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
peers=${PEERS_DIR:-$root/target/peers}
program=$peers/minio-$VERSION

die() {
  echo "minio.sh: $*" >&2
  exit 1
}

# Go of this release and later fetches by itself the newer one that MinIO asks for.
readonly GO_MINOR=21

# Puts go on the path, and installs it where the distribution has one that is new enough.
find_go() {
  export PATH=$PATH:/usr/local/go/bin
  local advice="install Go 1.$GO_MINOR or newer (https://go.dev/doc/install), then try again"
  if ! command -v go >/dev/null && command -v apt-get >/dev/null && [[ $(id -u) == 0 ]]; then
    apt-get update -qq
    local offered
    offered=$(apt-cache policy golang-go | sed -n 's/.*Candidate: .*:1\.\([0-9]*\).*/\1/p')
    if ((${offered:-0} >= GO_MINOR)); then
      apt-get install -y -qq golang-go >&2
    fi
  fi
  command -v go >/dev/null || die "MinIO, the store of the S3 tests, is built with Go, and there is none: $advice"
  local version minor
  version=$(go env GOVERSION)
  minor=${version#go1.}
  minor=${minor%%[^0-9]*}
  ((${minor:-0} >= GO_MINOR)) || die "$version cannot build MinIO, the store of the S3 tests: $advice"
}

build() {
  [[ -x $program ]] && return
  find_go
  echo "building MinIO $VERSION, once, for the tests of S3" >&2
  mkdir -p "$peers"
  local scratch
  scratch=$(mktemp -d "$peers/build.XXXXXX")
  # Into a folder of its own and moved at the end, so that nobody meets half a program.
  GOBIN=$scratch CGO_ENABLED=0 GOFLAGS=-buildvcs=false \
    go install -ldflags="-s -w" "github.com/minio/minio@$VERSION"
  mv "$scratch/minio" "$program"
  rmdir "$scratch"
}

start() {
  local port=$1 data=$2
  [[ -x $program ]] || die "not built; run: libexec/minio.sh build"
  mkdir -p "$data"
  local scheme=http certificates=()
  if [[ -n ${MINIO_CERTS:-} ]]; then
    scheme=https certificates=(--certs-dir "$MINIO_CERTS")
  fi
  # A bundle of certificates for other programs makes MinIO refuse to start.
  env -u AWS_CA_BUNDLE \
    MINIO_ROOT_USER="${MINIO_ROOT_USER:-minioadmin}" \
    MINIO_ROOT_PASSWORD="${MINIO_ROOT_PASSWORD:-minioadmin}" \
    MINIO_UPDATE=off MINIO_BROWSER=off CI=true MINIO_CI_CD=1 \
    setsid "$program" server --quiet "${certificates[@]}" \
    --address "127.0.0.1:$port" "$data" \
    >"$data.log" 2>&1 </dev/null &
  local pid=$!
  echo "$pid" >"$data.pid"
  local waited
  for ((waited = 0; waited < READY_SECONDS * 10; waited++)); do
    # Another server may have the port: ours must be alive when it answers.
    kill -0 "$pid" 2>/dev/null || die "MinIO ended: $(tail -n 3 "$data.log")"
    # Its page of health is ready before its buckets are. A server of another region refuses this.
    case $(curl -ksS -o /dev/null -w '%{http_code}' --noproxy '*' --aws-sigv4 aws:amz:us-east-1:s3 \
      --user "${MINIO_ROOT_USER:-minioadmin}:${MINIO_ROOT_PASSWORD:-minioadmin}" \
      "$scheme://127.0.0.1:$port/" 2>/dev/null) in
      200 | 400) return ;;
    esac
    sleep 0.1
  done
  die "MinIO does not answer; see $data.log"
}

bucket() {
  # A folder of the data directory is a bucket.
  mkdir -p "$1/$2"
}

stop() {
  local pid
  pid=$(cat "$1.pid" 2>/dev/null) || return 0
  # The number may belong to another program by now.
  if [[ $(tr '\0' ' ' <"/proc/$pid/cmdline" 2>/dev/null) == "$program server "* ]]; then
    kill "$pid"
    local waited
    for ((waited = 0; waited < STOP_SECONDS * 20; waited++)); do
      kill -0 "$pid" 2>/dev/null || break
      sleep 0.05
    done
    # The data is that of a test: nobody misses what it has not written.
    kill -9 "$pid" 2>/dev/null || true
  fi
  rm -f "$1.pid"
}

case "${1:-} $#" in
  'build 1') build ;;
  'path 1') echo "$program" ;;
  'start 3') start "$2" "$3" ;;
  'bucket 3') bucket "$2" "$3" ;;
  'stop 2') stop "$2" ;;
  *) sed -n '2,/^set /s/^# \{0,1\}//p' "${BASH_SOURCE[0]}" >&2; exit 2 ;;
esac
