#!/bin/sh
# The runner of generic sandboxes: shows what is in /workspace on port 3000.
printf R
exec perl /pilotlight/serve.pl </dev/null
