#!/usr/bin/env bats
# owneronly status: owneronly(1), contract 504.
# SPDX-License-Identifier: Apache-2.0

load helper
load operator

setup() {
    operator_setup
    pids=()
}

teardown() {
    local pid
    for pid in "${pids[@]}"; do
        kill "$pid" 2>/dev/null || true
        wait "$pid" 2>/dev/null || true
    done
    common_teardown
}

# Starts a program that waits, with what is given in front of it; when it says so it runs.
start() {
    local answer
    coproc "$@" cat
    pids+=("$COPROC_PID")
    echo started >&"${COPROC[1]}"
    read -r answer <&"${COPROC[0]}"
    [ "$answer" = started ]
    # It lives for as long as the test holds its standard input.
    exec {held}>&"${COPROC[1]}" {held}<&"${COPROC[0]}"
    pid=$COPROC_PID
}

# What is said of a process in the list of all.
line_of() {
    "$owneronly" status | grep "^$1: "
}

@test "the usage, and what is wrong with it" {
    run -0 --separate-stderr "$owneronly" status --help
    [[ $output == "usage: owneronly status "* ]]
    for wrong in --nonsense --fix -m -p; do
        run -2 --separate-stderr "$owneronly" status $wrong x
        [[ $stderr == "owneronly status: unknown option $wrong"* ]]
    done
    for wrong in 0 -1 1x 99999999999 ''; do
        run -2 "$owneronly" status -- "$wrong"
        [[ $output == "owneronly status: no PID:"* ]]
    done
}

@test "504: who has the library, by its mappings and not by its environment; with mode, policy and log" {
    printf '[r]\nmatch = a\n' >policy
    start env OWNERONLY_POLICY="$PWD/policy" OWNERONLY_MODE=observe OWNERONLY_LOG=stderr LD_PRELOAD="$preload"
    [ "$(line_of "$pid")" = "$pid: cat: observe, $PWD/policy, log stderr" ]
    start env OWNERONLY_POLICY="$PWD/policy" OWNERONLY_MATCH='*.a:b' LD_PRELOAD="$preload"
    [ "$(line_of "$pid")" = "$pid: cat: enforce, OWNERONLY_MATCH *.a:b, then $PWD/policy" ]
    start env OWNERONLY_MODE=off OWNERONLY_POLICY=/nowhere LD_PRELOAD="$preload"
    [ "$(line_of "$pid")" = "$pid: cat: off" ]
    run -0 "$owneronly" status "${pids[@]}"
    [ "${#lines[@]}" = 3 ]
    # The control: one that only has the variable.
    start env OWNERONLY_POLICY="$PWD/policy" SEEN="$preload"
    run -1 line_of "$pid"
    run -1 "$owneronly" status "$pid"
    [ "$output" = "$pid: cat: without the library" ]
    [ -e /etc/owneronly.conf ] && skip "this system has a policy of its own"
    start env LD_PRELOAD="$preload"
    [ "$(line_of "$pid")" = "$pid: cat: enforce, the built-in rule" ]
}

@test "504: an empty variable is none, and one with a longer name is another" {
    printf '[r]\nmatch = a\n' >policy
    start env OWNERONLY_MODES=off OWNERONLY_MODE= OWNERONLY_MATCH= OWNERONLY_POLICY="$PWD/policy" LD_PRELOAD="$preload"
    [ "$(line_of "$pid")" = "$pid: cat: enforce, $PWD/policy" ]
}

@test "503: the environment of a set-id process is not believed" {
    need_root
    [ -e /etc/owneronly.conf ] && skip "this system has a policy of its own"
    # It maps the library itself, since the loader would not.
    cat >"$work/program" <<'CODE'
import mmap, sys
library = open(sys.argv[1], "rb")
kept = mmap.mmap(library.fileno(), 0, prot=mmap.PROT_READ)
for line in sys.stdin: print(line, end="", flush=True)
CODE
    chmod -R go+rX "$work"
    cp -L "$PYTHON" plain
    cp plain setid
    chmod 4755 setid
    for program in plain setid; do
        start setpriv --reuid=65534 --regid=65534 --clear-groups env OWNERONLY_MODE=off \
            "./$program" -I "$work/program" "$library"
        echo "$program: $(line_of "$pid" | cut -d' ' -f3-)"
    done >answer
    diff answer - <<<$'plain: off\nsetid: enforce, the built-in rule'
}

@test "504: who is to be restarted after an upgrade" {
    start env LD_PRELOAD="$preload"
    run -0 "$owneronly" status "$pid"
    [[ $output != *restarted* ]]
    # As a package manager does it.
    cp "$library" "$library.new"
    mv "$library.new" "$library"
    run -1 "$owneronly" status "$pid"
    [[ $output == "$pid: cat: enforce, "*"; to be restarted: $library was replaced or removed since" ]]
    run -1 "$owneronly" status
    [[ $output == *"$pid: cat: "* ]]
    [[ ${lines[-1]} =~ ^#\ [1-9][0-9]*\ with\ the\ library,\ [1-9][0-9]*\ of\ them\ to\ be\ restarted ]]
    # The control: one that was started since is not.
    start env LD_PRELOAD="$preload"
    run -0 "$owneronly" status "$pid"
    [[ $output != *restarted* ]]
}

@test "--json: one object for each process, with what the text says" {
    printf '[r]\nmatch = a\n' >'policy "x"'
    start env OWNERONLY_POLICY="$PWD/policy \"x\"" OWNERONLY_MATCH=b LD_PRELOAD="$preload"
    first=$pid
    start env
    run -1 "$owneronly" status --json "$first" "$pid"
    "$PYTHON" - "$first" "$pid" "$PWD/policy \"x\"" "$library" "$(id -u)" <<CODE
import json, sys
first, second, policy, library, uid = sys.argv[1:]
said = [json.loads(line) for line in '''$(printf '%s\n' "$output" | sed 's/\\/\\\\/g')'''.splitlines()]
assert said == [
    {"pid": int(first), "uid": int(uid), "program": "cat", "library": library, "restart": False,
     "mode": "enforce", "source": "variable", "policy": policy, "match": "b", "log": None},
    {"pid": int(second), "uid": int(uid), "program": "cat", "library": None, "restart": False,
     "mode": None, "source": None, "policy": None, "match": None, "log": None}], said
CODE
    # Switched off, it has neither policy nor globs.
    start env OWNERONLY_MODE=off OWNERONLY_POLICY=/p OWNERONLY_MATCH=b LD_PRELOAD="$preload"
    run -0 "$owneronly" status --json "$pid"
    [[ $output == *'"mode": "off", "source": "none", "policy": null, "match": null'* ]]
}

@test "a process that is not there, or another user's, can't be told" {
    start env LD_PRELOAD="$preload"
    kill "$pid"
    wait "$pid" || true
    run -3 "$owneronly" status "$pid"
    [[ $output == "owneronly status: $pid: ENOENT, "* ]]
    need_root
    start env LD_PRELOAD="$preload"
    chmod -R go+rX "$work"
    run -3 setpriv --reuid=65534 --regid=65534 --clear-groups "$owneronly" status "$pid"
    [[ $output == "owneronly status: $pid: EACCES, "* ]]
    run -0 setpriv --reuid=65534 --regid=65534 --clear-groups "$owneronly" status
    [[ $output == *" could not be looked at" && $output != *"$pid: cat"* ]]
}

@test "it works where the policy is refused: that is when it is needed" {
    start env LD_PRELOAD="$preload"
    OWNERONLY_POLICY=/nowhere run -0 "$owneronly" status "$pid"
}
