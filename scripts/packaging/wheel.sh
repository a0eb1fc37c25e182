#!/bin/bash
# Packs an installed tree as a wheel, for virtual environments: the wrapper into their bin, all else
# into their prefix.  Nothing in it is Python.
#
# By wheel's own pack, https://packaging.python.org/en/latest/specifications/binary-distribution-format/;
# its tag names the glibc that the library and the program beside it need.
#
# usage: wheel.sh TREE DIRECTORY
# SPDX-License-Identifier: Apache-2.0
set -euo pipefail

tree=$1 target=$2
fail() {
    echo "wheel.sh: $1" >&2
    exit 1
}

python=/usr/bin/python3
$python -c 'import wheel' 2>/dev/null || fail "python3-wheel is needed"
version=$(sed -n 's/^version=//p' "$tree/bin/owneronly")
[ -n "$version" ] || fail "no installed tree: $tree"

# The newest GLIBC_ version that is needed, by its numbers; PEP 600.
glibc=$(objdump -p "$tree/lib/owneronly/libowneronly.so" "$tree/libexec/owneronly/owneronly-inspect" |
    sed -n 's/.* GLIBC_\([0-9.]*\)$/\1/p' | sort -Vu | tail -n 1)
IFS=. read -r major minor _ <<<"$glibc"
[ -n "${minor:-}" ] || fail "which glibc it needs cannot be told"
[ "$minor" -ge 17 ] || minor=17
tag=py3-none-manylinux_${major}_${minor}_$(uname -m)

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
name=owneronly-$version
data=$work/$name/$name.data
info=$work/$name/$name.dist-info
mkdir -p "$data/scripts" "$data/data/share" "$info"
cp "$tree/bin/owneronly" "$data/scripts/"
cp -r "$tree/lib" "$tree/libexec" "$data/data/"
cp -r "$tree/share/owneronly" "$tree/share/man" "$data/data/share/"
find "$data/data/share/man" -name '*.gz' -exec gunzip {} +
# Pages name files where they are: in the environment that is active.
# shellcheck disable=SC2016 # the reader's shell
find "$data/data/share/man" -type f -exec \
    sed -i -E 's,/usr(/local)?/(lib|share)/owneronly,$VIRTUAL_ENV/\2/owneronly,g' {} +

cat >"$info/METADATA" <<TEXT
Metadata-Version: 2.1
Name: owneronly
Version: $version
Summary: keeps the credential files that programs write owner-only
License: Apache-2.0
Classifier: Operating System :: POSIX :: Linux

A preload library and its wrapper.  Programs that write tokens and keys with the default umask write
them readable to the owner only, whole or not at all, and never through a planted link, without being
changed.  In an environment: \`owneronly ./startup/start.sh\`; \`owneronly --library\` says where the
library is.
TEXT
cat >"$info/WHEEL" <<TEXT
Wheel-Version: 1.0
Generator: owneronly
Root-Is-Purelib: false
Tag: $tag
TEXT
mkdir -p "$target"
rm -f "$target"/owneronly-*.whl
$python -m wheel pack --dest-dir "$target" "$work/$name"
