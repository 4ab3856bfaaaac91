#!/bin/sh
# The runner of this application: becomes its server, which loads a changed module anew.
set -e
cd /workspace
cp -R --no-preserve=mode /pilotlight/project/. .
printf R
exec python3 /pilotlight/serve.py main:app --reload --reload-delay 1 --host 127.0.0.1 --port 3000 \
  --no-access-log </dev/null
