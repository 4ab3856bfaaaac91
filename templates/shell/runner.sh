#!/bin/sh
# The runner of shell templates: waits for one job (see job.ts) and becomes `sh FILE ARG...`.
# `read` takes the header byte by byte, so the rest of the pipe is left to head and tar.
printf R
read -r length || exit 0
head -c "$length" | tar -xf - -C / || exit 125
if [ -e /job/stdin ]; then exec 0</job/stdin; fi
. /job/profile
rm -f /job/argv /job/env /job/profile /job/stdin
cd /workspace || exit 125
file=$1
shift
exec sh "./$file" "$@"
