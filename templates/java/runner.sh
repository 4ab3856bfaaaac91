#!/bin/sh
# Starts the waiting JVM. Descriptor 0 becomes the empty file that the job's stdin will fill, because
# Java cannot move descriptors; jobs come on 3, and an interactive program's System.in is that.
: >/job/stdin
mkdir /job/classes
cd /workspace || exit 125
exec 3<&0 0</job/stdin
exec /opt/pilotlight/java/bin/java @/opt/pilotlight/java/runner.options pilotlight.Launcher
