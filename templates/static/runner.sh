#!/bin/sh
# The runner of this application: becomes nginx on the project's files.
set -e
cp -R --no-preserve=mode /pilotlight/project/. /workspace
printf R
exec /opt/pilotlight/debian/usr/sbin/nginx -e stderr -p /tmp -c /pilotlight/nginx.conf </dev/null
