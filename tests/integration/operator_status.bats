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
    setpriv --reuid=65534 --regid=65534 --clear-groups test -e /proc/1 || skip "/proc hides other users here"
    run -3 setpriv --reuid=65534 --regid=65534 --clear-groups "$owneronly" status "$pid"
    [[ $output == "owneronly status: $pid: EACCES, "* ]]
    run -0 setpriv --reuid=65534 --regid=65534 --clear-groups "$owneronly" status
    [[ $output == *" could not be looked at" && $output != *"$pid: cat"* ]]
}

@test "where nothing can be looked at it says so, and is no success" {
    need_mounts
    [ -z "${OWNERONLY_PRELOAD_FIRST:-}" ] || skip "a sanitizer needs /proc"
    # shellcheck disable=SC2016 # the inner shell's
    run -3 unshare -m sh -c 'mount -t tmpfs none /proc && exec "$1" status' sh "$owneronly"
    [[ $output == "owneronly status: /proc: does not show this process"* ]]
    # One descriptor does not suffice to read of a process: that is no reason to say that there is none.
    run -3 prlimit --nofile=4:4 "$work/tree/libexec/owneronly/owneronly-inspect" "$library" status 3>&-
    [ "${lines[0]}" = "owneronly status: /proc/PID: EMFILE, Too many open files" ]
    [ "${#lines[@]}" = 2 ]
}

@test "a process of one's own that has more rights is not said to be another user's" {
    need_root
    start env LD_PRELOAD="$preload"
    less=(setpriv --bounding-set=-all --inh-caps=-all)
    run -3 "${less[@]}" "$owneronly" status "$pid"
    [[ $output == "owneronly status: $pid: EACCES, "* ]]
    run -0 "${less[@]}" "$owneronly" status
    [[ $output == *" of other users, or with more rights, could not be looked at" ]]
    # The control: with the same rights it is seen.
    run -0 "$owneronly" status "$pid"
}

@test "processes that /proc hides are said to be hidden" {
    need_mounts
    hiding() {
        # Before Linux 5.8 all of one PID name space have the same.
        # shellcheck disable=SC2016 # the inner shell's
        unshare -m -p -f sh -c 'mount -t proc -o "hidepid=$0" proc /proc &&
            setpriv --reuid=65534 --regid=65534 --clear-groups "$@"; exit $?' "$@"
    }
    chmod -R go+rX "$work"
    run -0 hiding 2 "$owneronly" status
    [[ $output == *"; /proc hides those of other users" ]]
    # The control: shown, they are counted.
    run -0 hiding 0 "$owneronly" status
    [[ $output == *" could not be looked at" ]]
}

@test "501: the system's policy is named where there is one that the library reads" {
    need_mounts
    [ ! -e /etc/owneronly.conf ] || skip "this system has a policy of its own"
    mkdir upper work_directory
    # said COMMAND: what check says once the command has made a policy, and status of a process there.
    said() {
        # shellcheck disable=SC2016 # the inner shell's
        unshare -m sh -c 'mount -t overlay overlay -o "lowerdir=/etc,upperdir=$1/upper,workdir=$1/work_directory" /etc &&
            rm -rf /etc/owneronly.conf.d && mkdir /etc/owneronly.conf.d && eval "$2" || exit
            LD_PRELOAD=$4 sleep 1000 &
            until grep -q libowneronly "/proc/$!/maps"; do kill -0 "$!" || exit; done
            "$3" check | head -n 1
            "$3" status "$!"
            kill "$!"' sh "$PWD" "$1" "$owneronly" "$preload"
        rm -rf upper work_directory
        mkdir upper work_directory
    }
    for nothing in true 'echo x >/etc/owneronly.conf.d/x.txt' 'echo x >/etc/owneronly.conf.d/.hid.conf' \
        'echo x >/etc/owneronly.conf.d/.conf' 'rmdir /etc/owneronly.conf.d'; do
        run -0 said "$nothing"
        [[ $output == "# policy: built in"*": sleep: enforce, the built-in rule" ]]
    done
    for file in owneronly.conf owneronly.conf.d/x.conf; do
        run -0 said "printf '[r]\nmatch = a\n' >/etc/$file"
        [[ $output == "# policy: /etc/owneronly.conf and /etc/owneronly.conf.d (the system's)"*": sleep: enforce, /etc/owneronly.conf (the system's)" ]]
    done
}

@test "it works where the policy is refused: that is when it is needed" {
    start env LD_PRELOAD="$preload"
    OWNERONLY_POLICY=/nowhere run -0 "$owneronly" status "$pid"
}
