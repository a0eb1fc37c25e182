#!/bin/bash
# Who includes whom: tests/includes.txt is the table, and everything else is a violation.
#
# usage: includes.sh [--self-test]
# SPDX-License-Identifier: Apache-2.0
set -euo pipefail

tests=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")" && pwd -P)
table=$tests/includes.txt

# FILE:LINE:#include "HEADER" of the sources below directory $1.
includes_of() {
    (cd "$1" && grep -rnE '^[[:space:]]*#[[:space:]]*include[[:space:]]*"' \
        --include='*.[ch]' --include='*.def' --include='*.in' policy shim scripts | sort)
}

# The violations in the sources below directory $1, a line each.
violations() {
    { includes_of "$1" || [ $? -eq 1 ]; } |
        awk '
            NR == FNR { if ($0 !~ /^#/ && NF) { known[$1] = 1; allowed[$1, $1] = 1
                            for (i = 2; i <= NF; i++) allowed[$1, $i] = 1 }
                        next }
            { split($0, at, ":"); file = at[1]
              folder = file; sub(/\/[^\/]*$/, "", folder)
              header = $0; sub(/^[^"]*"/, "", header); sub(/".*/, "", header)
              from = header; if (!sub(/\/[^\/]*$/, "", from)) from = "no folder"
              if (!known[folder]) print file ":" at[2] ": " folder " is not in the table"
              else if (!allowed[folder, from] && !allowed[folder, header])
                  print file ":" at[2] ": " folder " may not include " from " (" header ")" }
        ' "$table" -
}

# In $root: something in each folder, and one violation of each kind: each must be seen, and nothing else.
self_test() {
    local seen folder rest other header
    grep -v '^#' "$table" | while read -r folder rest; do
        mkdir -p "$root/$folder"
        for other in $folder $rest; do
            case $other in
            *.*) printf '#include "%s"\n' "$other" ;;
            *) printf '#include "%s/header.h"\n' "$other" ;;
            esac >>"$root/$folder/good.c"
        done
    done
    seen=$(violations "$root")
    [ -z "$seen" ] || { echo "good includes are taken for violations: $seen"; return 1; }
    while read -r folder header; do
        mkdir -p "$root/$folder"
        printf '#include "%s"\n' "$header" >"$root/$folder/bad.c"
        [ "$(violations "$root" | wc -l)" -eq 1 ] || {
            echo "not seen: $folder includes $header"
            return 1
        }
        rm "$root/$folder/bad.c"
    done <<'TEXT'
policy/rules shim/base/sys.h
policy/rules policy/file/parser.h
policy/json policy/rules/policy.h
shim/base shim/log/log.h
shim/exec shim/config/config.h
shim/config shim/writer/writer.h
shim/log shim/pending/pending.h
shim/writer shim/log/log.h
shim/writer shim/config/config.h
shim/writer shim/pending/pending.h
shim/writer shim/hooks/next.h
shim/pending shim/hooks/hook.h
shim/hooks policy/json/json.h
scripts/operator shim/pending/pending.h
scripts/operator shim/hooks/next.h
shim/new_room shim/base/sys.h
shim/hooks next.h
TEXT
}

if [ "${1:-}" = --self-test ]; then
    root=$(mktemp -d)
    trap 'rm -rf "$root"' EXIT
    self_test
    exit
fi
found=$(violations "$tests/..")
[ -z "$found" ] || {
    printf '%s\n' "$found"
    exit 1
}
