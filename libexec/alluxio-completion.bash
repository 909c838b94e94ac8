# Completion of property names for bash: after `alluxio getConf` and after -D.
# Source this file from ~/.bashrc.

_alluxio_properties="$(dirname -- "${BASH_SOURCE[0]}")/property-names.txt"

_alluxio_complete() {
  local word="${COMP_WORDS[COMP_CWORD]}" names
  # Bash splits words at = and :, so a -D option is complete when its name is.
  case "$word" in
    -D*)
      names="$(sed 's/.*/-D&=/' "$_alluxio_properties")"
      compopt -o nospace
      ;;
    *)
      [ "${COMP_WORDS[1]}" = getConf ] || return
      names="$(cat "$_alluxio_properties")"
      ;;
  esac
  mapfile -t COMPREPLY < <(compgen -W "$names" -- "$word")
}

complete -o default -F _alluxio_complete alluxio bin/alluxio
