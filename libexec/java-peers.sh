#!/usr/bin/env bash
# The Java programs that the suite in interop/ runs beside ours and against ours.
#
#   java-peers.sh build       fetch the pinned artifacts and compile the programs that drive them,
#                             unless that is done; installs a JDK and Maven
#   java-peers.sh path SET    print the class path of a set: shell, servers or hadoop
#   java-peers.sh java        print where the program is that runs them
#   java-peers.sh pin         print the checksums of all that was fetched, for interop/java/artifacts.sha256
#
# Versions stand in interop/java/pom.xml. Maven fetches them into its own repository; what is not the
# file that artifacts.sha256 tells of is refused. Class paths and compiled programs stay below
# target/peers, or below PEERS_DIR.
set -euo pipefail

readonly SETS=(shell servers hadoop)
# The first release that runs them all; what distributions offer, the tried one first.
readonly JAVA=17
readonly JDK_PACKAGES=(openjdk-17-jdk-headless openjdk-21-jdk-headless)
# How often Maven is asked: a connection of hundreds may break.
readonly TRIES=3

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
peers=${PEERS_DIR:-$root/target/peers}/java
sources=$root/interop/java
pinned=$sources/artifacts.sha256

die() {
  echo "java-peers.sh: $*" >&2
  exit 1
}

# Installs a package where there is apt and the right to use it.
install() {
  command -v apt-get >/dev/null && [[ $(id -u) == 0 ]] || return 0
  apt-get update -qq
  local package
  for package in "$@"; do
    if apt-get install -y -qq "$package" >&2; then return; fi
  done
}

find_java() {
  command -v javac >/dev/null || install "${JDK_PACKAGES[@]}"
  command -v javac >/dev/null || die "no JDK, which Alluxio's Java programs need: install JDK $JAVA, then try again"
  local version
  version=$(javac -version 2>&1)
  version=${version#javac }
  ((${version%%.*} >= JAVA)) || die "the JDK is $version: install JDK $JAVA, then try again"
}

# The one of the JDK that compiles: there may be another on the path.
java() {
  local compiler
  compiler=$(command -v javac) || die "no JDK; run: libexec/java-peers.sh build"
  compiler=$(readlink -f "$compiler")
  echo "${compiler%/*}/java"
}

find_maven() {
  command -v mvn >/dev/null || install maven
  command -v mvn >/dev/null || die "no Maven, which fetches Alluxio's Java programs: install it, then try again"
}

# Whether the class path of a set is that of the pom, and all that it names is there.
is_fetched() {
  local file=$peers/$1.classpath jar
  [[ $file -nt $sources/pom.xml && $file -nt $pinned ]] || return 1
  while IFS= read -r -d : jar; do
    [[ -f $jar ]] || return 1
  done < <(cat "$file"; printf :)
}

# Whether every file of a class path is known, and as it was when it became known.
verify() {
  # An empty line would be read as one file more.
  tr : '\n' <"$1" | awk '
    NR == FNR { sums[$2] = $1; next }
    NF {
      name = $0
      sub(/.*\//, "", name)
      if (!(name in sums)) { print name " is not pinned" >"/dev/stderr"; unknown = 1 }
      print sums[name] "  " $0
    }
    END { exit unknown }' "$pinned" - | sha256sum --check --quiet >&2
}

fetch() {
  local set=$1
  is_fetched "$set" && return
  find_maven
  echo "fetching the Java programs of the set \"$set\", once, for the tests beside them" >&2
  local scratch=$peers/fetched.$$ try=1
  # Strict about checksums: what arrives broken is fetched again. What has failed once, too.
  until mvn --batch-mode --update-snapshots -Dstyle.color=never --strict-checksums --log-file "$scratch.log" \
    --file "$sources/pom.xml" --activate-profiles "$set" dependency:build-classpath \
    -Dmdep.outputFile="$scratch" >/dev/null 2>&1; do
    ((try++ < TRIES)) || die "Maven could not fetch the set \"$set\": $(grep -m 3 ERROR "$scratch.log")"
  done
  rm "$scratch.log"
  if ! verify "$scratch"; then
    rm "$scratch"
    die "what Maven fetched for the set \"$set\" is not what $pinned tells of"
  fi
  mv "$scratch" "$peers/$set.classpath"
}

# Compiles what of our programs runs with a set: a folder of its own, and the part that all share.
compile() {
  local set=$1 classes=$peers/classes/$1
  [[ -d $sources/$set ]] || return 0
  [[ -d $classes && -z $(find "$sources" "$peers/$set.classpath" -type f -newer "$classes") ]] && return
  local scratch=$peers/compiled.$$
  # These and no others: what newer releases warn of besides is no reason to stop.
  javac -Xlint:cast,deprecation,fallthrough,rawtypes,static,unchecked -Werror -d "$scratch" -cp "$(cat "$peers/$set.classpath")" \
    "$sources"/shared/*.java "$sources/$set"/*.java
  cp "$sources"/resources/* "$scratch"
  mkdir -p "$peers/classes"
  rm -rf "$classes"
  mv "$scratch" "$classes"
}

build() {
  find_java
  mkdir -p "$peers"
  # One at a time: two builds would take each other's files away.
  exec 9>"$peers/lock"
  flock 9
  local set
  for set in "${SETS[@]}"; do
    fetch "$set"
    compile "$set"
  done
}

path() {
  local set=$1 file=$peers/$1.classpath
  [[ -f $file ]] || die "not fetched; run: libexec/java-peers.sh build"
  echo "$peers/classes/$set:$(cat "$file")"
}

pin() {
  local set jar
  for set in "${SETS[@]}"; do
    tr : '\n' <"$peers/$set.classpath"
    echo
  done | sort -u | while read -r jar; do
    [[ -z $jar ]] || echo "$(sha256sum <"$jar" | cut -d ' ' -f 1) ${jar##*/}"
  done | LC_ALL=C sort -u -k 2
}

case "${1:-} $#" in
  'build 1') build ;;
  'path 2') path "$2" ;;
  'java 1') java ;;
  'pin 1') pin ;;
  *) sed -n '2,/^set /s/^# \{0,1\}//p' "${BASH_SOURCE[0]}" >&2; exit 2 ;;
esac
