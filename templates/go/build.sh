#!/bin/sh
# Compiles the standard library into a cache in which `go build` finds it, and lists where each package
# is, for the compiler and the linker to be used without `go build`.
#
# What few programs import is packed, to a quarter of its size: in its place is a link to where compile.sh
# unpacks it.
set -eu
. /pilotlight/settings.sh
# The index of packages takes space, and compile.sh does without.
export TMPDIR=/tmp GOFLAGS GOROOT GODEBUG=goindex=0
mkdir -p "$HOME/.config/go/telemetry"
echo off >"$HOME/.config/go/telemetry/mode"
# What programs may import, and what `go test` adds to them.
go list std | grep -vE '(^|/)(vendor|internal)(/|$)' >/tmp/public
packages="$(cat /tmp/public) testing/internal/testdeps"
format='{{if .Export}}packagefile {{.ImportPath}}={{.Export}}{{end}}'
go list -export -deps -f "$format" $packages >"$made/all.cfg"
grep -vE '^packagefile (vendor/|(.*/)?internal[/=])' "$made/all.cfg" >"$made/public.cfg"

# These and what they are made of stay as they are: 31 of 110 MB.
usual='bufio|bytes|cmp|container/.*|context|embed|encoding|encoding/(base64|binary|csv|hex|json)|errors
flag|fmt|hash|hash/(crc32|fnv|maphash)|io|io/.*|iter|log|maps|math|math/(bits|cmplx|rand|rand/v2)|os|path|path/filepath
reflect|regexp|regexp/syntax|runtime|runtime/debug|slices|sort|strconv|strings|sync|sync/atomic|text/tabwriter
time|unicode|unicode/.*|unique|unsafe|weak'
go list -deps $(grep -xE "$usual" /tmp/public) | sed 's/.*/packagefile &=/' >/tmp/usual
grep -vFf /tmp/usual "$made/all.cfg" | while IFS=' =' read -r _ package file; do
  packed=$made/packed$here/$package.tgz
  mkdir -p "$(dirname "$packed")"
  tar -czf "$packed" -b 1 -C "$(dirname "$file")" "$(basename "$file")"
  ln -sf "$here/$(basename "$file")" "$file"
  next=$there there=$here here=$next
done
# For each package what it is made of, itself first.
go list -f '"{{.ImportPath}}" {{.ImportPath}}{{range .Deps}} {{.}}{{end}}' $packages >"$made/parts"
