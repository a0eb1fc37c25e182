# A table whose rows are run without the library and with it, each in a directory of its own: what is
# said and what is left must be the same, but for the modes of protected names, which differ as a
# rule.  That is the control.
#
# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash disable=SC2034,SC2154

# What is there, but for modes: names, kinds, links, content.
left() {
    find . -mindepth 1 ! -name said ! -name 'stderr*' -printf '%P %y %n %l ' \( -type f -exec sh -c 'cksum <"$1"' sh {} \; -o -printf '\n' \) | sort
}

modes() {
    find . -mindepth 1 -type f ! -name said -printf '%P %m\n' | sort
}

# row NAME COMMAND...: the command's words run by `subject`, or a function of that name.
row() {
    local name=$1 status
    shift
    rows=$((rows + 1))
    for column in without with; do
        rm -rf "${work:?}/$column"
        mkdir "$work/$column"
        cd "$work/$column" || return
        status=0
        "$@" >said || status=$?
        echo "status $status" >>said
        left >"$work/left.$column"
        modes >"$work/modes.$column"
    done
    local verdict=same
    diff "$work/without/said" "$work/with/said" >"$work/difference" || verdict=different
    diff "$work/left.without" "$work/left.with" >>"$work/difference" || verdict=different
    cmp -s "$work/modes.without" "$work/modes.with" || changed=$((changed + 1))
    echo "# $(printf '%-58s' "$name") $verdict, modes $(cut -d' ' -f2 "$work/modes.without" | tr '\n' ' ')-> $(cut -d' ' -f2 "$work/modes.with" | tr '\n' ' ')" >&3
    [ "$verdict" = same ] || {
        cat "$work/difference" "$work/stderr" >&3
        failed=1
    }
    # Whatever has a protected name is the owner's alone, unless the program said otherwise.
    if grep -E '\.json [0-7]*([1-7][0-7]|[0-7][1-7])$' "$work/modes.with"; then failed=1; fi
    nothing_is_left_behind || failed=1
}

finish() {
    echo "# $rows idioms; the library changed the modes of $changed" >&3
    [ "$rows" -ge "$1" ] && [ "$changed" -ge "$2" ] && [ -z "${failed:-}" ]
}
