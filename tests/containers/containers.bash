# What the suites of this folder load.
#
# `held LINE` runs LINE as it stands and wants its job's file owner-only; `exposed LINE`, the control,
# readable to others.  A line that owneronly(7) has is said to be `documented` first.
#
# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash disable=SC2034

bats_require_minimum_version 1.5.0
library=/usr/lib/owneronly/libowneronly.so
examples=/usr/share/doc/owneronly/examples

common_setup_file() {
    if [ -z "${STAGE:-}" ] || [ "$$" -gt 100000 ]; then
        echo "only run.sh makes a system that this suite may change" >&2
        return 1
    fi
    export TABLE=$BATS_FILE_TMPDIR/table
    : >"$TABLE"
}

common_teardown_file() {
    printf '# %s\n' "runtimes:" >&3
    sed 's/^/#   /' "$TABLE" >&3
}

setup_file() { common_setup_file; }
teardown_file() { common_teardown_file; }

setup() {
    umask 022
    cd "$STAGE" || return
    runtime=$BATS_TEST_DESCRIPTION
}

teardown() {
    local result=FAILED
    if [ -n "${BATS_TEST_SKIPPED:-}" ]; then
        result="skipped: $BATS_TEST_SKIPPED"
    elif [ -n "${BATS_TEST_COMPLETED:-}" ]; then
        result=held
    fi
    printf '%-66s  %s\n' "$runtime" "$result" >>"$TABLE"
}

need() {
    command -v "$1" >/dev/null || skip "$1 is not installed"
}

page() {
    zcat /usr/share/man/man7/owneronly.7.gz |
        sed -e 's/\\-/-/g' -e "s/\\\\(aq/'/g" -e 's/\\(dq/"/g'
}

# Lines of the manual page, which are run as they stand there.
documented() {
    local page
    page=$(page)
    [[ $page == *$'\n'"$1"$'\n'* ]] || {
        echo "owneronly(7) has no such line: $1"
        return 1
    }
    printf '%s\n' "$1" >>"$STAGE/documented"
}

# Runs a line and wants what its job says at the end.
says() {
    local wanted=$1 line=$2
    bash -c "$line" >"$STAGE/said" 2>"$STAGE/errors" </dev/null || true
    [ "$(tr -d '\r' <"$STAGE/said" | grep -o 'mode [0-7]*' | tail -n 1)" = "$wanted" ] || {
        printf 'not "%s": %s\n' "$wanted" "$line"
        tail -n 20 "$STAGE/said" "$STAGE/errors"
        return 1
    }
}

held() {
    says 'mode 600' "$1"
}

exposed() {
    says 'mode 644' "$1"
}

# The same line, but the variable has another name.
control() {
    exposed "${1//LD_PRELOAD/NO_PRELOAD}"
}

held_as_documented() {
    documented "$1"
    held "$1"
    control "$1"
}

# The image of the system "site", once for a suite.
import_site() {
    tar -C "$ROOTS/site" -c . | podman import -q - localhost/site >/dev/null
}

build_image() {
    [ -d "$IMAGE" ] || return 0
    podman build -q -t owneronly "$IMAGE" >/dev/null
}

need_image() {
    [ -d "$IMAGE" ] || skip "musl-gcc is not installed, so there is no image"
}
