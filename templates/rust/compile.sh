#!/bin/sh
# Compiles a Rust program: compile.sh FILE
. /pilotlight/settings.sh
. "$made/linking.sh"
rustc $flags $linking --crate-name main -o /tmp/program -- "$1" 2>"$TMPDIR/said"
code=$?
cat "$TMPDIR/said" >&2
if [ "$code" != 0 ] && { [ -e Cargo.toml ] || grep -qE "missing crate|crate named|can't find crate" "$TMPDIR/said"; }; then
  echo 'note: programs are compiled by rustc alone, with the standard library and without other crates' >&2
fi
exit "$code"
