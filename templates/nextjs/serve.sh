#!/bin/sh
# The development server of the project, for the runner and for the build.
#
#   serve.sh PORT
exec node node_modules/next/dist/bin/next dev --hostname 127.0.0.1 --port "$1" </dev/null
