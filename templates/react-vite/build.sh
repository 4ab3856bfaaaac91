#!/bin/sh
# Makes the build artefacts: the dependencies as the browser gets them, which Vite otherwise bundles
# when its server first starts.
. /pilotlight/link-project.sh
node node_modules/vite/bin/vite.js optimize
cp -R node_modules/.vite /opt/pilotlight/vite
