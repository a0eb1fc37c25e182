#!/bin/bash
# The library, or the program beside it, needs nothing that glibc 2.17 lacks: one binary for every
# glibc since.
#
# A version that the host lacks ends every program at its start.
#
# usage: symbol_versions.sh OBJDUMP FILE
# SPDX-License-Identifier: Apache-2.0
set -euo pipefail

objdump=$1 library=$2
newest=GLIBC_2.17
libraries='libc\.so\.6|ld-linux[-a-z0-9_]*\.so\.[0-9]+'

# The versions on standard input that are newer than the newest allowed, or not glibc's public ones.
too_new() {
    local version
    sort -Vu | while read -r version; do
        [[ $version == GLIBC_2.* ]] &&
            [ "$(printf '%s\n' "$version" "$newest" | sort -V | tail -n 1)" = "$newest" ] ||
            echo "$version"
    done
}

# The guard itself.
if [ "$(printf '%s\n' GLIBC_2.34 GLIBC_2.2.5 GLIBC_2.17 GLIBC_2.4 GLIBC_PRIVATE | too_new | xargs)" != \
    "GLIBC_2.34 GLIBC_PRIVATE" ]; then
    echo "the guard does not see a version that is too new" >&2
    exit 1
fi

versions=$("$objdump" -p "$library" | sed -n '/^Version References:/,$p' | grep -oE '\<GLIBC_[A-Z0-9.]+$')
[ -n "$versions" ] || {
    echo "no version is needed: was the library read at all?" >&2
    exit 1
}
found=$(too_new <<<"$versions")
if [ -n "$found" ]; then
    echo "needed, and newer than $newest:" >&2
    "$objdump" -T "$library" | grep -wF "$found" >&2 || echo "$found" >&2
    exit 1
fi

# Old by its version, and of a new meaning: Debian's package would want glibc 2.34 for it.
if "$objdump" -T "$library" | grep -E '\*UND\*.* sysconf$'; then
    echo "needed, and newer by its meaning" >&2
    exit 1
fi

needed=$("$objdump" -p "$library" | awk '$1 == "NEEDED" { print $2 }')
if grep -vxE "$libraries" <<<"$needed"; then
    echo "needed, and not libc's" >&2
    exit 1
fi
echo "needs $(xargs <<<"$needed"), versions $(sort -Vu <<<"$versions" | xargs)"
