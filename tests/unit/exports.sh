#!/bin/sh
# The library exports exactly what the hook table names: a hook that is not exported never runs, and
# an exported helper would stand in front of somebody else's symbol.
#
# usage: exports.sh COMPILER HOOKS.DEF LIBRARY
# SPDX-License-Identifier: Apache-2.0
set -eu

compiler=$1 table=$2 library=$3
directory=$(mktemp -d)
trap 'rm -rf "$directory"' EXIT

"${0%/*}/hook_names.sh" "$compiler" "$table" >"$directory/table"
# The toolchain's own symbols are not the project's.
nm -D --defined-only "$library" | awk '{ print $3 }' | sed 's/@.*//' |
    grep -vxE '_init|_fini|__(asan|ubsan|tsan|start|stop)_.*|_edata|_end|__bss_start' |
    sort >"$directory/library"

count=$(wc -l <"$directory/table")
[ "$count" -gt 40 ] || {
    echo "the table has $count hooks only: was it read at all?" >&2
    exit 1
}
diff -u "$directory/table" "$directory/library"
echo "$count hooks, and nothing else, are exported"
