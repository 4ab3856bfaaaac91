#!/bin/sh
# The runner of this application: becomes its server, which loads a changed module anew.
set -e
cd /workspace
cp -R --no-preserve=mode /pilotlight/project/. .
printf R
exec python3 /pilotlight/serve.py --app app --debug run --host 127.0.0.1 --port 3000 </dev/null
