#!/bin/sh
# The runner of this template: the interpreter with numpy and pandas imported. The list of fonts is where
# matplotlib can write, because it complains otherwise.
mkdir "$MPLCONFIGDIR"
cp /opt/pilotlight/matplotlib/* "$MPLCONFIGDIR"
exec /usr/bin/python3 -I -S -B /pilotlight/python-runner.py numpy pandas
