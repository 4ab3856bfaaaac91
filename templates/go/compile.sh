#!/bin/sh
# Compiles a Go program: compile.sh FILE
#
# One package that imports nothing but the standard library is compiled and linked directly, which
# takes half of what `go build` takes. For all else, and to explain what is missing, there is `go build`.
# Where a package is missing because it is packed, a package is compiled twice: the first time takes 10 ms.
. /pilotlight/settings.sh
# The collector would only cost time, up to where memory runs short.
export GOGC=off GOMEMLIMIT=256MiB GOROOT

directly() {
  tools=$(echo "$GOROOT"/pkg/tool/*)
  "$tools/compile" -o "$TMPDIR/main.a" -p main -complete -pack -c=2 -dwarf=false \
    -importcfg "$made/public.cfg" -- "$@" >"$TMPDIR/said" 2>&1 &&
    "$tools/link" -o /tmp/program -buildmode=exe -s -w -importcfg "$made/all.cfg" \
      "$TMPDIR/main.a" >"$TMPDIR/said" 2>&1
}

# Unpacks what the Go files are made of; fails where nothing of that is packed. Each string that is the name
# of a package is taken for an import, and an import that is spelt otherwise has `go build` compile.
unpack() {
  parts=$(find . -name '*.go' -exec grep -hoE '["`][a-z0-9/]+["`]' '{}' + | tr '`' '"' | sort -u |
    grep -Ff - "$made/parts" | cut -d ' ' -f 2- | tr ' ' '\n' | sort -u)
  trap 'rm -rf "$there"' EXIT
  unpack_to "$here" &
  unpack_to "$there"
  wait
  [ -e "$here" ] || [ -e "$there" ]
}

unpack_to() (
  target=$1
  cd "$made/packed$target" || exit
  set -- $(for package in $parts; do [ ! -e "$package.tgz" ] || echo "$package.tgz"; done)
  [ $# = 0 ] || { mkdir "$target" && cat "$@" | tar -xzif - -C "$target"; }
)

# In the folder of the module that the file is in. The cache cannot be written to: results are not kept,
# and the index of packages, which has to be, is not used.
with_go_build() {
  [ -n "${parts+x}" ] || unpack
  folder=$(dirname "./$1")
  module=$folder
  until [ -e "$module/go.mod" ] || [ "$module" = . ]; do module=$(dirname "$module"); done
  if [ ! -e "$module/go.mod" ]; then
    implicit="$module/go.mod"
    echo 'module main' >"$implicit"
  fi
  export GODEBUG=goindex=0 GOPATH="$TMPDIR/gopath"
  (cd "$module" && exec go build -p 2 -ldflags='-s -w' -o /tmp/program "./${folder#"$module"}")
  code=$?
  [ -z "${implicit-}" ] || rm -f "$implicit"
  [ "$code" = 0 ] || exit "$code"
  read -r start </tmp/program
  # A library: what the linker would have been given.
  [ "$start" != '!<arch>' ] || not_main "$1"
  exit 0
}

not_main() {
  echo "$1: not package main, so there is no program to run" >&2
  exit 1
}

# Whether all files are Go files in one folder, and none can be meant for other systems or for tests.
is_plain() {
  for path in * .[!.]*; do
    case $path in
      '.[!.]*') ;;
      *_* | -* | .*) return 1 ;;
      *.go) [ -f "$path" ] || return 1 ;;
      *) [ -f "$path" ] && case $path in *.s | *.c | *.h | *.syso | go.*) return 1 ;; esac || return 1 ;;
    esac
  done
  ! grep -qE '^//(go:build| [+]build)' -- *.go
}

set -- "$1" *
if [ $# = 2 ] && [ "$1" = "$2" ]; then
  set -- "$1" "$1"
elif [ "$1" = "${1##*/}" ] && is_plain; then
  set -- "$1" *.go
else
  with_go_build "$1"
fi
file=$1
shift
directly "$@" && exit
code=$?
if grep -q 'could not import' "$TMPDIR/said" && unpack; then
  directly "$@" && exit
  code=$?
fi
if grep -qE 'could not import|embed configuration' "$TMPDIR/said"; then with_go_build "$file"; fi
if grep -q 'main.a: not package main' "$TMPDIR/said"; then not_main "$file"; fi
cat "$TMPDIR/said" >&2
exit "$code"
