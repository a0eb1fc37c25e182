#!/bin/bash
# A Debian system of any release and architecture in a directory, for programs that nobody here wrote.
#
# The packages are fetched and unpacked, but not configured: that needs no program of the other
# architecture, no mounts, and is enough for programs that read and write files.  A complete
# one is left as it is.
#
# usage: root.sh SUITE ARCHITECTURE DIRECTORY PACKAGE...
# SPDX-License-Identifier: Apache-2.0
set -euo pipefail

suite=$1 architecture=$2 directory=$3
shift 3
here=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")" && pwd -P)

# What is there was made of these packages, or it is made anew.
if [ "$(cat "$directory/complete" 2>/dev/null)" = "$*" ]; then
    exit 0
fi
mirror=$("${here%/portability}/mirror.sh")
rm -rf --one-file-system "$directory"
mkdir -p "$directory"
include=$(IFS=,; echo "$*")
# Without a word on Debian's own development: a suite that the tool does not know is like sid.
debootstrap --foreign --variant=minbase --arch="$architecture" ${include:+--include="$include"} \
    "$suite" "$directory" "$mirror" >"$directory.log" 2>&1 || {
    tail -n 5 "$directory.log" >&2
    exit 1
}

# In a container these are links to the host's, which inside of the root are links to themselves.
for mount_point in proc sys dev; do
    rm -rf --one-file-system "${directory:?}/$mount_point"
    mkdir "$directory/$mount_point"
done

# The first stage has unpacked only what the second one needs.
for package in "$directory"/var/cache/apt/archives/*.deb; do
    dpkg-deb --fsys-tarfile "$package" | tar -x --keep-directory-symlink -C "$directory"
done
rm -rf "$directory/var/cache/apt/archives" "$directory/debootstrap"

# For a linker, which sees the links from outside.
find "$directory" -xdev -path '*lib*' -type l -lname '/*' -printf '%p\n' | while read -r link; do
    ln -sfnr "$directory$(readlink "$link")" "$link"
done

# What the packages' scripts would have done.
cp "$directory/usr/share/base-passwd/passwd.master" "$directory/etc/passwd"
cp "$directory/usr/share/base-passwd/group.master" "$directory/etc/group"
[ -e "$directory/usr/bin/awk" ] || ln -s mawk "$directory/usr/bin/awk"
echo localhost >"$directory/etc/hostname"
echo "$*" >"$directory/complete"
