# For runners and builds of Node projects, read by them: puts the project where it can be edited, with
# links to the installed dependencies, one for each package, so that others can be installed beside them.
set -e
modules=/opt/pilotlight/node_modules
cd /workspace
cp -R --no-preserve=mode /pilotlight/project/. .
mkdir -p node_modules/.bin
ln -s "$modules"/[!@]* node_modules
ln -s "$modules"/.bin/* node_modules/.bin
for scope in "$modules"/@*; do
  mkdir "node_modules/${scope##*/}"
  ln -s "$scope"/* "node_modules/${scope##*/}"
done
