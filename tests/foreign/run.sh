#!/bin/bash
# usage: tests/foreign/run.sh BUILD [SUITE...]
#
# Test suites that nobody here wrote: each runs without the library, with a glob that matches nothing, and with
# one that matches everything below its own directory, as a plain user.  The first glob may change nothing, the
# second only what `named` lists, with the contract's row.  A test that is not the same twice without the library says
# nothing: it is left out, and told.
#
# SPDX-License-Identifier: Apache-2.0
set -euo pipefail

here=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")" && pwd -P)
source_directory=$(cd -- "$here/../.." && pwd -P)
# shellcheck source=scripts/setup.sh
. "$source_directory/scripts/setup.sh"
# shellcheck source=tests/foreign/suites.bash
. "$here/suites.bash"

build=$(cd -- "$1" && pwd -P)
shift
[ $# -eq 0 ] || suites=("$@")
cache=${XDG_CACHE_HOME:-$HOME/.cache}/owneronly/foreign
sources=$cache/sources
work=$(mktemp -d /tmp/owneronly-foreign.XXXXXX)
trap 'chmod -R u+rwX "$work"; rm -rf "$work"' EXIT
place=$work/place
user=()
[ "$(id -u)" != 0 ] || user=(setpriv --reuid=65534 --regid=65534 --clear-groups)
chmod 755 "$work"
umask 022

# The sources of the packages whose tests are not packaged, from where this system got its own.
get_sources() {
    local mirror suite lists=$cache/lists
    [ ! -e "$sources/complete" ] || return 0
    mirror=$("$source_directory/tests/mirror.sh")
    suite=$(. /etc/os-release && printf '%s\n' "$VERSION_CODENAME")
    rm -rf "$sources"
    mkdir -p "$sources" "$lists/partial"
    printf 'deb-src %s %s main\n' "$mirror" "$suite" >"$cache/sources.list"
    local options=(-q -o "Dir::Etc::sourcelist=$cache/sources.list" -o Dir::Etc::sourceparts=-
        -o "Dir::State::lists=$lists" -o Dir::Cache::pkgcache= -o Dir::Cache::srcpkgcache=)
    apt-get "${options[@]}" update
    (cd "$sources" && apt-get "${options[@]}" source --download-only tcl8.6 perl busybox &&
        for description in *.dsc; do dpkg-source --no-check -x "$description"; done)
    # The package would replace busybox-static; a static program does not load the library.
    (cd "$sources" && apt-get -q download busybox && dpkg-deb -x busybox_*.deb busybox)
    touch "$sources/complete"
}

# Runs a program of the suite's as this column asks for.
subject() {
    local environment=(HOME="$place" TMPDIR="$place/tmp")
    case $column in
    nothing) environment+=(LD_PRELOAD="$library" OWNERONLY_MATCH=matches-nothing-at-all) ;;
    everything) environment+=(LD_PRELOAD="$library" OWNERONLY_MATCH="$place/**" OWNERONLY_LOG="$log") ;;
    esac
    "${user[@]}" env "${environment[@]}" nice "$@" </dev/null
}

run_column() {
    local suite=$1
    column=$2 results=$work/$suite.$2
    printf '%s: %s: %s\n' "$(date +%T)" "$suite" "$column" >&2
    mkdir -p "$place/tmp"
    cd "$place"
    : >"$results"
    "set_up_$suite"
    [ ${#user[@]} -eq 0 ] || chown -R 65534:65534 "$place"
    log=$work/log.$suite
    touch "$log"
    [ ${#user[@]} -eq 0 ] || chown 65534:65534 "$log"
    "run_$suite" >"$work/$suite.$2.output" 2>&1
    cd "$work"
    [ ! -e "$place/output" ] || cat "$place/output" >>"$work/$suite.$2.output"
    chmod -R u+rwX "$place"
    if [ "$column" = everything ] && [ -n "$(find "$place" -name '.owneronly-*' -print -quit)" ]; then
        printf '%s: something was left behind\n' "$suite"
        status=1
    fi
    rm -rf "$place"
    # A name that comes twice is numbered.
    awk -F '\t' '{ n = ++seen[$1]; print (n > 1 ? $1 " (" n ")" : $1) "\t" $2 }' "$results" |
        LC_ALL=C sort >"$results.sorted"
}

# Tests of $1 whose result is not the same in columns $2 and $3: name and both results.
differences() {
    LC_ALL=C join -t $'\t' -a 1 -a 2 -e absent -o 0,1.2,2.2 "$work/$1.$2.sorted" "$work/$1.$3.sorted" |
        awk -F '\t' '$2 != $3'
}

# The row that `named` gives for a difference of suite $1 under everything, or nothing.
row_of() {
    local suite row pattern
    while IFS=$'\t' read -r suite row pattern _; do
        if [ "$suite" = "$1" ] && [[ $2 =~ $pattern ]]; then
            printf '%s\n' "$row"
            return
        fi
    done < <(grep -v '^#' "$here/named")
}

compare() {
    local suite=$1 column name without with row named unnamed
    for column in nothing everything; do
        named=0 unnamed=0
        while IFS=$'\t' read -r name without with; do
            row=
            if cut -f 1 "$work/$suite.unsteady" | grep -qxF -- "$name"; then
                printf '  %s: %s: not the same twice without\n' "$suite" "$name"
                continue
            fi
            [ "$column" = nothing ] || row=$(row_of "$suite" "$name")
            [ -n "$row" ] && named=$((named + 1)) || unnamed=$((unnamed + 1))
            printf '  %s: %s: %s: %s, without: %s; %s\n' "$suite" "$column" "$name" "$with" "$without" \
                "$([ -n "$row" ] && echo "row $row" || echo "NOT NAMED")"
        done < <(differences "$suite" without "$column")
        printf '%-8s %-11s %6d tests, %3d named differences, %3d not named\n' "$suite" "$column" \
            "$(wc -l <"$work/$suite.$column")" "$named" "$unnamed"
        [ "$unnamed" = 0 ] || status=1
    done
    printf '%-8s %-11s %6d published, %d refused\n' "$suite" log \
        "$(grep -c 'action=publish' "$log")" "$(grep -c 'action=refuse' "$log")"
    if [ ! -s "$work/$suite.without" ] || ! grep -q 'result=ok' "$log"; then
        printf '%s: nothing was run\n' "$suite"
        status=1
    fi
}

install_packages dpkg-dev xz-utils util-linux perl tcl8.6 "lib$(basename "$(readlink /usr/bin/python3)")-testsuite"
get_sources
cp "$build/lib/owneronly/libowneronly.so" "$work"
library=$work/libowneronly.so
status=0
for suite in "${suites[@]}"; do
    for column in without nothing everything; do
        run_column "$suite" "$column"
    done
    : >"$work/$suite.unsteady"
    if [ -n "$(differences "$suite" without nothing)$(differences "$suite" without everything)" ]; then
        run_column "$suite" again
        differences "$suite" without again >"$work/$suite.unsteady"
    fi
    compare "$suite"
    [ -z "${OWNERONLY_KEEP:-}" ] || cp -r "$work/." "$OWNERONLY_KEEP/"
done
exit "$status"
