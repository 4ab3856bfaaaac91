#!/bin/sh
# The runner of this application: becomes the development server of its project, with the
# dependencies bundled already.
. /pilotlight/link-project.sh
cp -R --no-preserve=mode /opt/pilotlight/vite node_modules/.vite
printf R
exec node node_modules/vite/bin/vite.js </dev/null
