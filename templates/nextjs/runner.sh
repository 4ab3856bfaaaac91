#!/bin/sh
# The runner of this application: becomes the development server of its project, with the compiler's
# cache filled already.
. /pilotlight/link-project.sh
cp -R --no-preserve=mode /opt/pilotlight/next .next
printf R
exec sh /pilotlight/serve.sh 3000
