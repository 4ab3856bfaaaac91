#!/bin/sh
# Unpacks Debian packages, with what they need that is not there yet, without dpkg and its scripts: the
# images that sandboxes are made of have neither.
#
#   unpack-debian TARGET STATUS [-PACKAGE | PACKAGE]...
#
# `-PACKAGE` is left out although something depends on it.
# STATUS is the dpkg status file of the image that TARGET will be copied into; what was unpacked is
# added to it at TARGET/var/lib/dpkg/status, for tools that look for known vulnerabilities.
set -eu
target=$1 status=$2
shift 2
left_out=
for argument; do
  shift
  case $argument in
    -*) left_out="$left_out ${argument#-}" ;;
    *) set -- "$@" "$argument" ;;
  esac
done
work=$(mktemp -d)
cd "$work"
# Packages that are only needed to install others, or that their dependents can do without.
cp "$status" known
for name in debconf debianutils dpkg git-man init-system-helpers install-info liberror-perl perl \
  perl-base sensible-utils usr-is-merged usrmerge $left_out; do
  case " $* " in *" $name "*) continue ;; esac
  if grep -qx "Package: $name" known; then continue; fi
  cat >>known <<STANZA
Package: $name
Status: install ok installed
Priority: required
Section: misc
Maintainer: nobody <nobody@example.org>
Architecture: $(dpkg --print-architecture)
Multi-Arch: foreign
Version: 999
Description: stands for what is left out

STANZA
done
apt-get update -qq
apt-get -o "Dir::State::status=$work/known" -qq --no-install-recommends --simulate install "$@" >plan
sed -nE 's/^Inst ([^ ]+) (\[[^]]*\] )?\(([^ ]+) .*/\1=\3/p' plan >wanted
xargs -r apt-get -qq download <wanted
mkdir -p "$target/usr/bin" "$target/usr/lib" "$target/usr/sbin" "$target/var/lib/dpkg"
# As /usr is merged here; packages still name the old directories.
for name in bin lib sbin; do ln -sfn "usr/$name" "$target/$name"; done
if [ -e /lib64 ]; then mkdir -p "$target/usr/lib64" && ln -sfn usr/lib64 "$target/lib64"; fi
cp "$status" "$target/var/lib/dpkg/status"
for package in *.deb; do
  [ -e "$package" ] || continue
  dpkg-deb --fsys-tarfile "$package" | tar -x --keep-directory-symlink -C "$target" \
    --exclude='./usr/share/locale/*' --exclude='./usr/share/man/*' --exclude='./usr/share/info/*' \
    --exclude='./usr/share/lintian/*' --exclude='./usr/share/doc/*/[!c]*' \
    --exclude='./usr/share/doc/*/changelog*' --exclude='./usr/share/bash-completion/*'
  dpkg-deb -f "$package" | sed '1a Status: install ok installed' >>"$target/var/lib/dpkg/status"
  echo >>"$target/var/lib/dpkg/status"
done
find "$target" -xdev -type f -perm /6000 -exec chmod a-s '{}' +
rm -rf "$work" /var/lib/apt/lists/*
