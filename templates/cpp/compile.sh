#!/bin/sh
# Compiles a C++ program: compile.sh FILE
#
# All C++ files of the workspace are compiled, two at a time, and linked. Files that end in .c are taken
# for C++ too, as g++ does.
. /pilotlight/settings.sh
. "$made/linker.sh"

# Prints the standard headers that a file includes before it does anything else, each between spaces.
leading_includes() {
  found=' '
  while IFS= read -r line || [ -n "$line" ]; do
    line=${line#"${line%%[! 	]*}"}
    case $line in
      *\\ | *\\[[:space:]]) break ;;
      '' | [[:space:]] | //*) ;;
      '#'*'include'*'<'*'>'*)
        case ${line%%<*} in '#include' | '#include ' | '# include ') ;; *) break ;; esac
        name=${line#*<}
        found="$found${name%%>*} "
        case ${name#*>} in */\**) break ;; esac
        ;;
      '/*'*)
        line=${line#'/*'}
        while :; do
          case $line in *'*/'*) break ;; esac
          IFS= read -r line || break
        done
        case ${line#*'*/'} in '' | [[:space:]]) ;; *) break ;; esac
        ;;
      *) break ;;
    esac
  done <"$1"
  printf '%s' "$found"
}

# A precompiled header replaces only what the file includes by itself and first: then nothing that the
# program means can change. Where the compiler cannot use it, it reads the same headers as text.
precompiled() {
  headers=$(leading_includes "$1")
  case $headers in
    *' bits/stdc++.h '*) echo "-include $made/common.hpp" ;;
    *' iostream '*)
      case $headers in
        *' vector '*' algorithm '* | *' algorithm '*' vector '*)
          echo "-include $made/common.hpp" ;;
        *) echo "-include $made/iostream.hpp" ;;
      esac
      ;;
  esac
}

# The name as the user gave it, for messages, unless it looks like an option.
named() {
  case ${1#./} in
    -*) printf './%s.' "${1#./}" ;;
    *) printf '%s.' "${1#./}" ;;
  esac
}

# Compiles every second file, so that two of these share the work.
compile_half() {
  turn=$1
  shift
  for source in "$@"; do
    turn=$((1 - turn))
    [ "$turn" = 0 ] || continue
    object=$objects/$source
    mkdir -p "${object%/*}"
    source=$(named "$source")
    source=${source%.}
    g++ $flags $(precompiled "$source") -c -o "$object.o" -x c++ "$source" 2>"$object.said" ||
      : >"$objects.failed"
  done
}

compile_all() {
  objects=$TMPDIR/objects
  compile_half 0 "$@" &
  compile_half 1 "$@"
  wait
  for source in "$@"; do
    cat "$objects/$source.said" >&2
  done
  [ ! -e "$objects.failed" ] || exit 1
  for source in "$@"; do
    shift
    set -- "$@" "$objects/$source.o"
  done
  exec g++ $flags $linker -o /tmp/program "$@"
}

if [ "${2-}" = all ]; then
  shift 2
  compile_all "$@"
fi
set -- "$1" *
if [ $# = 2 ] && [ "$1" = "$2" ]; then
  source=$(named "$1")
  exec g++ $flags $(precompiled "${source%.}") $linker -o /tmp/program -x c++ "${source%.}"
fi
find . -type f \( -name '*.cpp' -o -name '*.cc' -o -name '*.cxx' -o -name '*.c++' -o -name '*.C' \
  -o -name '*.c' -o -path "./$1" \) -print0 | sort -z | xargs -0 sh "$0" "$1" all || exit 1
