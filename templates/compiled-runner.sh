#!/bin/sh
# The runner of compiled languages: waits for one job, has it compiled, and becomes the program
# (job.ts, "a staged job").
#
#   compiled-runner.sh COMMAND ARG...
#
# Runs `COMMAND ARG... FILE` in /workspace, where FILE is the one to start with, and then what that left
# at /tmp/program. The command reads nothing, knows nothing of the user's environment, and has $TMPDIR
# for its own files.
export TMPDIR=/job/build
mkdir "$TMPDIR"
cd /workspace || exit 125
printf R
read -r length || exit 0
head -c "$length" | tar -xf - -C / || exit 125
# The profile sets what the user pleases, so it is read in a shell of its own until the compiler is done.
file=$(. /job/profile && printf '%s.' "$1")
"$@" "${file%.}" </dev/null
code=$?
# It counts as memory, of which the program may have far less: it goes before the program's limits come.
rm -rf "$TMPDIR"
read -r nonce </job/nonce
printf '\000%s %s\n' "$nonce" "$code"
printf '\000%s %s\n' "$nonce" "$code" >&2
[ "$code" = 0 ] || exit "$code"
# An interactive job has no such file: its program reads on where the job came.
if [ -e /job/stdin ]; then exec 3</job/stdin; else exec 3<&0; fi
unset TMPDIR OLDPWD
. /job/profile
shift
# Whatever the user's PATH is.
command -p rm -rf /job/argv /job/env /job/nonce /job/profile /job/stdin
read -r _ || exit 0
exec /tmp/program "$@" 0<&3 3<&-
