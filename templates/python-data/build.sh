#!/bin/sh
# Makes the build artefacts: of the unpacked packages what numpy, pandas and matplotlib need to run,
# byte-compiled, with their libraries in one folder, and the list of fonts that matplotlib would make
# when it is first used.
set -eu
made=/opt/pilotlight
modules=$made/debian/usr/lib/python3/dist-packages
cd $made/debian

# What other users of these packages need: desktops, tests, tools for fonts and for building.
mv etc/matplotlibrc usr/share/matplotlib/
find . -mindepth 1 -maxdepth 1 -not -name usr -exec rm -rf '{}' +
find usr -mindepth 1 -maxdepth 1 -not -name lib -not -name share -exec rm -rf '{}' +
find usr/lib -mindepth 1 -maxdepth 1 -not -name python3 -not -name '*-linux-gnu*' -exec rm -rf '{}' +
find usr/share -mindepth 1 -maxdepth 1 -not -name doc -not -name matplotlib -exec rm -rf '{}' +
rm -rf usr/share/matplotlib/mpl-data/sample_data
(
  cd $modules
  rm -rf sympy* isympy* mpmath* lxml* fs fs-* attr attr-* attrs* lz4* unicodedata2* *brotli* ufoLib2*
  rm -rf numpy/f2py numpy/distutils fontTools/cu2qu
  find . -type d \( -name tests -o -name include \) -prune -exec rm -rf '{}' +
  find . -type f \( -name '*.a' -o -name '*.c' -o -name '*.h' -o -name '*.p[xy][dix]' \) -delete
)

# The libraries that the modules are linked to, by the names that they ask for.
mkdir -p $made/lib
find "$PWD"/usr/lib/*-linux-gnu* -name 'lib*.so*' -exec ln -sf '{}' $made/lib/ ';'
export LD_LIBRARY_PATH=$made/lib
find $modules -name '*.so' -exec env LD_TRACE_LOADED_OBJECTS=1 "$(ls /lib64/ld-linux-*.so.? \
  /lib/ld-linux-*.so.? 2>/dev/null | head -n 1)" '{}' ';' >/tmp/needed
for library in $made/lib/*; do
  if grep -qF " => $library (" /tmp/needed; then continue; fi
  rm -f "$library"
done
for library in $made/lib/*; do readlink -f "$library"; done >/tmp/kept
find usr/lib/*-linux-gnu* -type f | while read -r file; do
  if ! grep -qx "$PWD/$file" /tmp/kept; then rm -f "$file"; fi
done
find $made/lib -xtype l -delete
find usr/lib -type d -empty -delete

# Debian's matplotlib looks for its data where dpkg would have put them.
sed -i "s#'/usr/share/matplotlib#'$PWD/usr/share/matplotlib#
  s#'/etc/matplotlibrc#'$PWD/usr/share/matplotlib/matplotlibrc#" $modules/matplotlib/__init__.py
export PYTHONPATH=$modules MPLCONFIGDIR=$made/matplotlib MPLBACKEND=Agg
# Bytecode that is not compared with its source: nothing here ever changes.
/usr/bin/python3 -m compileall -q --invalidation-mode unchecked-hash $modules
/usr/bin/python3 -c 'import numpy, pandas, matplotlib.pyplot'
