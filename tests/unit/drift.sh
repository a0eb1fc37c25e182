#!/bin/bash
# No libc slips past unseen: whatever it exports that could open for writing, release, duplicate,
# rename, link, chmod or exec is either in the hook table or listed, with its reason, as left alone.
#
# usage: drift.sh COMPILER HOOKS.DEF LEFT_ALONE.TXT
# SPDX-License-Identifier: Apache-2.0
set -euo pipefail

compiler=$1 table=$2 left_alone=$3
directory=$(mktemp -d)
trap 'rm -rf "$directory"' EXIT

suspicious='open|creat|close|dup|fcntl|rename|link|chmod|exec|spawn|write|sendfile|splice'
suspicious+='|copy_file_range|truncate|allocate|syscall|fsync|fdatasync|setxattr|mkst|mkost|tmpfile'
suspicious+='|daemon|fork|system|exit|abort|dprintf|mmap|munmap|mremap|^_*wait|_wait$'
# what looks at a name or changes what it stands for (208)
suspicious+='|stat|access|chown|utime|xattr|unlink|remove|rmdir|readlink|realpath|canonicalize'

# GLIBC_PRIVATE is for libc's own libraries.
exported() {
    nm -D --defined-only "$("$compiler" -print-file-name=libc.so.6)" |
        awk '$2 ~ /^[TWiV]$/ && $3 !~ /GLIBC_PRIVATE/ { sub(/@.*/, "", $3); print $3 }' | sort -u
}

hooked() {
    "${0%/*}/hook_names.sh" "$compiler" "$table"
}

patterns() {
    grep -v '^#' "$left_alone" | cut -f 1 | tr -s ' ' '\n' | grep .
}

# The names on standard input that nobody thought about.
unseen() {
    local name pattern
    mapfile -t listed < <(hooked; patterns)
    grep -E "$suspicious" | while read -r name; do
        for pattern in "${listed[@]}"; do
            # shellcheck disable=SC2053 # a pattern
            [[ $name == $pattern ]] && continue 2
        done
        echo "$name"
    done
}

# The guard itself: a function that a future libc may bring must be noticed.
if [ "$(printf '%s\n' open close openat3 strlen | unseen)" != openat3 ]; then
    echo "the guard does not see a new function" >&2
    exit 1
fi

exported >"$directory/exported"
[ "$(wc -l <"$directory/exported")" -gt 500 ] || {
    echo "libc's exports could not be read" >&2
    exit 1
}
unseen <"$directory/exported" >"$directory/unseen"
if [ -s "$directory/unseen" ]; then
    echo "neither hooked nor listed in ${left_alone##*/}:" >&2
    cat "$directory/unseen" >&2
    exit 1
fi
echo "$(grep -cE "$suspicious" "$directory/exported") suspicious functions, all accounted for"
