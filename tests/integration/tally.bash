# Many cases of one promise in one test, counted.
#
# A test defines cases(), which prints a name a line, and try(), which runs one case in a fresh
# directory and succeeds if the promise holds there.  `tally GROUP` runs every case without the
# library and with it, and says how many were violated: none may be with it.  Without it, every case
# must be, or the case proves nothing; `tally GROUP some` is for groups where chance has a say.
# Where a test makes the first column something else than the library's absence, `control` names it.
#
# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash disable=SC2034,SC2154

tally() {
    local group=$1 wanted=${2:-all} name explained=0
    declare -A violations=([without]=0 [with]=0)
    local names
    mapfile -t names < <(cases)
    for name in "${names[@]}"; do
        for column in without with; do
            try_in "$column/$name" "$name" || violations[$column]=$((violations[$column] + 1))
        done
    done
    [ "$wanted" = some ] || wanted=${#names[@]}
    say "$group: ${#names[@]} cases, ${violations[with]} violations;" \
        "${control:-without the library}: ${violations[without]}"
    [ "${#names[@]}" -gt 0 ]
    [ "${violations[with]}" = 0 ]
    [ "${violations[without]}" -ge "${wanted/some/1}" ]
    nothing_is_left_behind
}

# One case in its own directory; what happened is told where it was not as expected.
try_in() {
    mkdir -p "$work/$1"
    cd "$work/$1" || return
    rc=0
    : >"$work/stderr"
    if try "$2" >"$work/stdout"; then
        [ "$column" = with ] || [ "$wanted" = some ] || echo "the control holds as well: $2"
        return 0
    fi
    [ "$column" = without ] || explain "$2"
    return 1
}

# The first few violations are told at length; all are counted.
explain() {
    explained=$((${explained:-0} + 1))
    [ "$explained" -le 3 ] || return 0
    echo "does not hold: $1; the directory, and what was said:"
    ls -la
    cat "$work/stdout" "$work/stderr"
}

# A comment in the report, whether the test passes or not.
say() {
    printf '# %s\n' "$*" >&3
}
