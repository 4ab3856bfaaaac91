#!/bin/sh
# Takes from an unpacked GNU compiler what an image does not need for compiling and linking with it.
#
#   prune-compiler TREE BACK-END PROGRAM...
#
# BACK-END is the one that stays, such as cc1plus; PROGRAM is what stays in /usr/bin, whatever target or
# version its name carries.
set -eu
cd "$1/usr"
back_end=$2
shift 2
rm -rf lib/bfd-plugins lib/debug libexec share/gcc share/gdb
# What comes with options that are not used: sanitizers, OpenMP, profiles, static linking.
find lib \( -name 'lib*san*' -o -name 'libatomic*' -o -name 'libctf*' -o -name 'libgcov*' \
  -o -name 'libgomp*' -o -name 'libgprofng*' -o -name 'libitm*' -o -name 'libopcodes*' \
  -o -name 'libquadmath*' -o -name gprofng \) -prune -exec rm -r '{}' +
# What the C library needs for remote procedure calls, and headers of the kernel for its own tools.
find lib \( -name 'libcom_err*' -o -name 'libcrypto*' -o -name 'libgssapi*' -o -name 'libk5crypto*' \
  -o -name 'libkeyutils*' -o -name 'libkrb5*' -o -name 'libnsl*' -o -name 'libssl*' \
  -o -name 'libtirpc*' \) -delete
(
  cd include
  rm -rf drm misc mtd rdma rpc rpcsvc scsi sound tirpc video xen
)
rm -f bin/c[89]9*
find lib -name '*.a' -not -name libc_nonshared.a -not -name 'libgcc*.a' -size +2k -delete
(
  cd lib/gcc/*/[0-9]*
  for other in cc1 cc1plus lto1; do
    [ "$other" = "$back_end" ] || rm -f "$other"
  done
  rm -rf g++-mapper-server install-tools liblto_plugin.so lto-wrapper plugin
)
# The patterns are for find.
set -f
keep=$(for name in "$@"; do printf ' -not -name %s' "$name" "$name-[0-9]*" "*-$name" "*-$name-[0-9]*"; done)
find bin -type f $keep -delete
set +f
find bin lib -xtype l -delete
find . -type f \( -path './bin/*' -o -name '*.so.*' -o -name 'cc1*' -o -name collect2 \) \
  -exec strip --strip-unneeded '{}' +
