# One row of the endings: one way to open a file and to let somebody write it, with every way in
# which that may end, without and with the library.
#
#   row EXPECTED COMMAND [ARGUMENT...]
#
# The command runs `$HALF $E`, or does what that would do, so that the document goes to $F, where an
# old one stands; see half.c.  What is found afterwards is one word:
#
#   new    the whole new document, 0600
#   old    the old file, untouched, and a line says why; `mute` if no line does: the opener itself
#          was killed, and nobody was left to say one
#   torn   anything else
#
# EXPECTED names the endings that differ from what all should be, as ENDING=WORD, or `all` if none
# does.  Without the library the signals and the full disk must tear the file: a row that does not
# need the library shows nothing.
#
# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash disable=SC2034,SC2154

ENDINGS=(exit exit-1 _exit exec exec-static exec-without TERM KILL full)
endings_setup_file() {
    ENDINGS_REPORT=${OWNERONLY_BUILD_DIR:-$BATS_FILE_TMPDIR}/tests/integration/reports/endings/endings.txt
    export ENDINGS_REPORT
    mkdir -p "${ENDINGS_REPORT%/*}"
    {
        echo "each cell: without the library -> with it"
        print_row 'who opens, who writes' "${ENDINGS[@]}"
    } >"$ENDINGS_REPORT"
}

endings_teardown_file() {
    sed 's/^/# /' "$ENDINGS_REPORT" >&3
}

print_row() {
    printf '%-46s' "$1"
    shift
    printf ' %-13s' "$@"
    echo
}

endings_setup() {
    common_setup
    built=$build/tests/integration/endings
    beside=$BATS_TEST_DIRNAME/endings
    settings+=("F=$F" "HALF=$built/half" "REST_STATIC=$built/half_static")
}

# Sets `word` for what stands in the current directory.
judge() {
    if content_is '[1,2]' "$F" && { [ "$column" = without ] || mode_is 600 "$F"; }; then
        word=new
    elif content_is '["old"]' "$F" && mode_is 644 "$F"; then
        word=old
        grep -qE 'owneronly: .*action=(discard|refuse|condemn)' "$work/stderr" || word=mute
    else
        word=torn
    fi
}

run_ending() {
    local ending=$1
    shift
    mkdir "$work/$ending.$column"
    cd "$work/$ending.$column" || return
    echo '["old"]' >"$F"
    settings+=("E=$ending")
    if [ "$ending" = full ]; then
        mkdir small
        # shellcheck disable=SC2016 # expanded by the other shell
        in_name_space "mount -t tmpfs -o size=64k none small && cp -p $F small && cd small" \
            sh -c '"$@"; cp -p "$F" ../result' sh timeout 60 "$@" >"$work/stdout" || true
        mv result "$F"
    else
        subject timeout 60 "$@" >"$work/stdout" || true
    fi
    judge
    [ -z "$(find . -name '.owneronly-*')" ] || word="left behind"
    cd "$work" || return
}

row() {
    local expected=$1 ending cells=() wrong=()
    shift
    type -P "$1" >/dev/null || skip "no ${1##*/} here"
    for ending in "${ENDINGS[@]}"; do
        if [ "$ending" = full ] && { [ "$(id -u)" != 0 ] || ! unshare -m true 2>/dev/null; }; then
            cells+=('n/a: mounts')
            continue
        fi
        column=without run_ending "$ending" "$@"
        local without=$word
        column=with run_ending "$ending" "$@"
        cells+=("$without -> $word")
        [ "$word" = "$(expected_of "$ending")" ] || wrong+=("$ending: $word")
        case $ending in
        TERM | KILL | full) [ "$without" = torn ] || wrong+=("$ending without the library: $without") ;;
        esac
    done
    print_row "${BATS_TEST_DESCRIPTION#*: }" "${cells[@]}" >>"$ENDINGS_REPORT"
    [ ${#wrong[@]} = 0 ] || {
        printf '%s\n' "${wrong[@]}"
        return 1
    }
}

expected_of() {
    local word
    for word in $expected; do
        [ "${word%%=*}" != "$1" ] || {
            echo "${word#*=}"
            return
        }
    done
    case $1 in
    TERM | KILL | full) echo old ;;
    *) echo new ;;
    esac
}

# The shells, one row each.  A shell that is missing is skipped, and one that is static.
sh_row() {
    local shell=$1 expected=$2 script=$3
    command -v "${shell%% *}" >/dev/null || skip "$shell is not installed"
    if [ "$shell" = busybox ]; then
        ldd "$(command -v busybox)" >/dev/null 2>&1 || skip "busybox is static: no library in it"
        shell='busybox sh'
    fi
    # shellcheck disable=SC2086 # two words
    row "$expected" $shell -c "$script"
}
