#!/bin/sh
# The runner of this application: becomes the development server of its project, with the
# dependencies bundled already. A change of the API restarts it.
. /pilotlight/link-project.sh
cp -R --no-preserve=mode /opt/pilotlight/vite node_modules/.vite
printf R
exec node --watch-path=server --watch-preserve-output server/main.ts </dev/null
