#!/bin/sh
# Makes the build artefacts: the packages' bytecode. Not every file in there is for this Python, so that
# some cannot be compiled does not matter.
python3 -m compileall -q /opt/pilotlight/debian/usr/lib/python3/dist-packages || true
