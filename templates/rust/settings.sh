# How Rust is compiled, for build.sh and compile.sh alike. Milliseconds for programs of 1 and 100 lines:
# 62 and 464 with `-O` alone; 57 and 343 in two units that are not optimised across each other; 48 for
# the first with a shared standard library. Names of functions stay, for stack traces.
made=/opt/pilotlight/rust
flags='--edition 2021 -C opt-level=2 -C codegen-units=2 -C lto=off -C embed-bitcode=no
  -C strip=debuginfo -C prefer-dynamic'
