# One row of the matrix: one program, run in every case without and with the library.
#
#   row FRESH EXISTING LINK KILLED PROGRAM [ARGUMENT...]
#
# The program writes what stands in $INPUT, which is its standard input, too, to $F.  The first four
# say what is expected of it with the library:
#
#   FRESH, EXISTING  there was no file, or one of mode 0644: the mode in the end; "fails" if the
#                    program itself reports an error, and everything is as it was
#   LINK             a planted symlink leads to another file, which stays as it was: "replaced" by
#                    an owner-only file, or "refused" (111); "touched": only its time was set;
#                    "written": the program reads links itself, and opens what they lead to
#   KILLED           SIGKILL while the old file is being written anew: "old" if it was whole and
#                    alone all the time; "gone" if the program itself removes it first; "torn MODE";
#                    of an append, which goes to the file itself (112), "added MODE": all of the old
#                    content still stands there, and after it the beginning of what was to be added
#
# "n/a: REASON" instead of any of them is printed, and the case is not run.  In every other case
# nothing may be left that the plain program does not leave, too, and content and exit status must
# be the same.  Without the library at least one case must show the file to others, write through
# the link or lose the old file.
#
# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash disable=SC2034,SC2154

# What a small and a large file hold; as much of the large one as is written before the kill: the
# pipe keeps 64 KiB of it, and the program has the rest.
LARGE_BYTES=262144
FIRST_BYTES=196608

matrix_setup_file() {
    seq 20 | sed 's/.*/"line &",/; 1s/^/[/; $s/,$/]/' >"$BATS_FILE_TMPDIR/small"
    yes '"a line of the large file",' | head -c $LARGE_BYTES >"$BATS_FILE_TMPDIR/large"
    MATRIX_REPORT=${OWNERONLY_BUILD_DIR:-$BATS_FILE_TMPDIR}/tests/integration/reports/matrix${MATRIX_MATCH:+_everything}/matrix.txt
    export MATRIX_REPORT
    mkdir -p "${MATRIX_REPORT%/*}"
    {
        echo "each cell: without the library -> with it; a program's own \"n/a\" in its place"
        print_row program fresh 'existing 0644' 'planted link' killed left content
    } >"$MATRIX_REPORT"
}

matrix_teardown_file() {
    sed 's/^/# /' "$MATRIX_REPORT" >&3
}

print_row() {
    printf '%-36s %-16s %-19s %-20s %-24s %-5s %s\n' "$@"
}

matrix_setup() {
    common_setup
    built=$build/tests/integration/matrix
    beside=$BATS_TEST_DIRNAME/matrix
    old='["old"]'
    old_time=1000000000
    policy <<TEXT
[matrix]
match = ${MATRIX_MATCH:-*client_api_config.json}
content = any
chmod = clamp
TEXT
    mkfifo "$work/fifo"
    findings=()
    exposed=no
    server=
    elsewhere=
}

matrix_teardown() {
    [ -z "$server" ] || kill "$server" 2>/dev/null || true
    [ -z "$elsewhere" ] || rm -rf "$elsewhere"
    common_teardown
}

# A local HTTP server, for programs that fetch $URL$INPUT.
serve() {
    local port
    exec 8< <(exec "$PYTHON" "$beside/serve.py" 2>/dev/null 3>&-)
    server=$!
    read -r port <&8
    settings+=("URL=http://127.0.0.1:$port")
}

# A directory on another file system than $work.
elsewhere() {
    elsewhere=$(mktemp -d /dev/shm/owneronly.XXXXXX) || skip_row "no /dev/shm here"
    [ "$(stat -c %d "$elsewhere")" != "$(stat -c %d "$work")" ] || skip_row "one file system"
}

# The row's content is another one at each run: a whole private key.
random() {
    same_content() {
        [ "${status[with]}" = 0 ] && openssl pkey -noout -in "$work/$1.with/$F"
    }
}

# The plain program loses the old content; with the library it is kept.
keeps() {
    same_content() {
        content=kept
        [ ! -s "$work/$1.without/$F" ] && has_old_content "$work/$1.with/$F"
    }
}

# The row does not make sense with a sanitizer's runtime in the program: reason.
not_sanitized() {
    [ -z "${OWNERONLY_PRELOAD_FIRST:-}" ] || skip_row "sanitizer: $1"
}

skip_row() {
    printf '%-36s skipped: %s\n' "${BATS_TEST_DESCRIPTION#matrix: }" "$1" >>"$MATRIX_REPORT"
    skip "$1"
}

# Not one of the functions here, which are called like some.
need_program() {
    type -P "$1" >/dev/null || skip_row "no ${1##*/} here"
}

is_exposure() {
    case $1 in
    [0-7]00 | fails | none | refused | replaced | kept | touched | old | 'added 600') false ;;
    esac
}

# Names that are there with the library only.
left_behind() {
    local path
    for path in "$work/$1.with"/* "$work/$1.with"/.[!.]*; do
        [ -e "$work/$1.without/${path##*/}" ] || [ -L "$work/$1.without/${path##*/}" ] ||
            [ ! -e "$path" ] || printf '%s ' "${path##*/}"
    done
}

# What the plain program made, as against what it made with the library.
compare_columns() {
    local case=$1 extra
    extra=$(left_behind "$case")
    [ -z "$extra" ] || {
        left=$extra
        findings+=("$case: left behind: $left")
    }
    [ "$case" = killed ] || same_content "$case" || {
        content=differs
        findings+=("$case: content or exit status differs")
    }
}

# Rows whose program writes nothing that can be compared define it anew.
same_content() {
    local without=$work/$1.without/$F with=$work/$1.with/$F
    [ "${words[with]}" != refused ] || return 0
    [ "${status[without]}" = "${status[with]}" ] || return
    [ -e "$without" ] || [ -e "$with" ] || return 0
    cmp -s "$without" "$with"
}

run_case() {
    local case=$1 wanted=$2
    shift 2
    local -A words=() status=()
    [[ $wanted != n/a* ]] || {
        cells+=("$wanted")
        return 0
    }
    for column in without with; do
        enter_case "$case"
        "case_$case" "$@"
        words[$column]=$word status[$column]=$rc
    done
    cells+=("${words[without]} -> ${words[with]}")
    ! is_exposure "${words[without]}" || exposed=yes
    [ "${words[with]}" = "$wanted" ] ||
        findings+=("$case: ${words[with]}, not $wanted; it said: $(cat "$work/stderr")")
    compare_columns "$case"
}

row() {
    local wanted=("${@:1:4}") cells=() name=${BATS_TEST_DESCRIPTION#matrix: }
    local left=none content=same i cases=(fresh existing link killed)
    shift 4
    need_program "$1"
    for i in 0 1 2 3; do
        run_case "${cases[i]}" "${wanted[i]}" "$@"
    done
    [ "$exposed" = yes ] || findings+=("the control shows no exposure: this row proves nothing")
    print_row "$name" "${cells[@]}" "$left" "$content" >>"$MATRIX_REPORT"
    [ ${#findings[@]} = 0 ] || {
        tail -n 1 "$MATRIX_REPORT"
        printf '%s\n' "${findings[@]}"
        return 1
    }
}

# A line that bats does not read as it was meant runs nothing, and would pass.
every_line_is_in_the_table() {
    local lines rows
    lines=$(grep -c '^@test "matrix: ' "$BATS_TEST_FILENAME")
    rows=$(tail -n +3 "$MATRIX_REPORT" | wc -l)
    echo "$lines lines, $rows rows"
    [ "$lines" = "$rows" ]
}
