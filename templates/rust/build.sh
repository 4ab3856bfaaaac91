#!/bin/sh
# Finds the fastest way to link that works here.
set -eu
. /pilotlight/settings.sh
mkdir -p "$made"
target=$(rustc --version --verbose | sed -n 's/^host: //p')
library=$(rustc --print sysroot)/lib/rustlib/$target/lib
always="-C link-arg=-fno-use-linker-plugin -C link-arg=-Wl,-rpath,$library"
# The linker that comes with Rust, which is lld, starts a thread for each core unless told otherwise; where
# it is another one, that is an unknown option. gold is as fast, but newer compilers warn of it.
echo 'fn main() { print!("fine"); }' >/tmp/try.rs
for linker in -Wl,--threads=1 -fuse-ld=gold -fuse-ld=mold -Wl,--as-needed; do
  linking="$always -C link-arg=$linker"
  rm -f /tmp/try
  rustc $flags $linking -o /tmp/try /tmp/try.rs 2>/tmp/said && [ ! -s /tmp/said ] && break
done
if [ "$(/tmp/try)" != fine ]; then
  cat /tmp/said >&2
  exit 1
fi
echo "linking='$linking'" >"$made/linking.sh"
