# How Go is compiled, for build.sh and compile.sh alike: packages compiled otherwise are not found again.
#
# Without symbol tables and debug information linking takes half as long; stack traces do not need them.
# CGO is off, because it would need a C compiler.
made=/opt/pilotlight/go
# Where packed packages are unpacked, one after the other here and there: neither has room for all. The first
# is in the TMPDIR of compile.sh.
here=/job/build/unpacked
there=/tmp/unpacked
GOROOT=$(dirname "$(dirname "$(command -v go)")")
export CGO_ENABLED=0 GOENV=off GOPROXY=off GOTOOLCHAIN=local GOWORK=off
export GOCACHE="$made/cache" HOME="$made/home"
export GOFLAGS='-gcflags=all=-dwarf=false -buildvcs=false'
