#!/usr/bin/env bats
# Appending to a protected file (112): to the file itself once it is tight, and nothing is lost on
# the way there.
#
# SPDX-License-Identifier: Apache-2.0

load helper

setup() {
    common_setup
    policy <<<$'[logs]\nmatch = *.token'
}

# What stands there before: nothing, a file that others can read, or one that is the owner's alone.
prepare() {
    rm -f f.token
    case $1 in
    absent) ;;
    loose) echo old >f.token && chmod 644 f.token ;;
    tight) echo old >f.token && chmod 600 f.token ;;
    esac
}

# One line each, COUNT processes at once.
append_lines() {
    # shellcheck disable=SC2016
    subject sh -c 'for i in $(seq "$1"); do sh -c "echo line $i >>f.token" & done; wait' sh "$1"
}

lines_are_whole() {
    [ "$(grep -c '^line ' f.token)" = "$1" ] &&
        [ "$(sort -u f.token | grep -cE '^line [0-9]+$')" = "$1" ] &&
        { [ "$2" = absent ] || [ "$(head -1 f.token)" = old ]; }
}

# The control: a rule that appends to a copy loses lines, or fails.
concurrent_appends() {
    local what=$1 count=$2 rounds=$3 round
    mkdir "$work/with"
    cd "$work/with"
    for ((round = 0; round < rounds; round++)); do
        prepare "$what"
        append_lines "$count"
        lines_are_whole "$count" "$what"
        mode_is 600 f.token
    done
    nothing_is_left_behind
    policy <<<$'[logs]\nmatch = *.token\nappend = copy'
    prepare "$what"
    append_lines "$count" || true
    run ! lines_are_whole "$count" "$what"
}

@test "112: 40 processes that append at once to an absent file lose nothing, in 5 rounds" {
    concurrent_appends absent 40 5
}

@test "112: the same to a file that others can read, which becomes owner-only" {
    concurrent_appends loose 40 5
}

@test "112: the same to a file that is owner-only already" {
    concurrent_appends tight 40 5
}

@test "112: processes without the library that append meanwhile lose nothing, either" {
    mkdir "$work/with"
    cd "$work/with"
    for round in 1 2 3; do
        prepare loose
        # shellcheck disable=SC2016
        sh -c 'for i in $(seq 20); do sh -c "echo line 1000$i >>f.token" & done; wait' &
        append_lines 20
        wait
        lines_are_whole 40 loose
        mode_is 600 f.token
    done
    nothing_is_left_behind
}

@test "112: a line that a plain process appends after the copy took the name is taken over" {
    mkdir "$work/with"
    cd "$work/with"
    prepare loose
    # Opened before, written after: the old file has no name any more by then.
    inode=$(stat -c %i f.token)
    (
        exec 3>>f.token
        touch opened
        until [ "$(stat -c %i f.token)" != "$inode" ]; do :; done
        echo late >&3
    ) &
    until [ -e opened ]; do :; done
    subject sh -c 'echo line >>f.token'
    wait
    [ "$(sort f.token)" = $'late\nline\nold' ]
    mode_is 600 f.token
}

@test "112: a process that keeps a loose file open to append is waited for a second, and named" {
    settings+=("OWNERONLY_LOG=stderr")
    mkdir "$work/with"
    cd "$work/with"
    column=with
    prepare loose
    exec 5>>f.token
    subject sh -c 'echo line >>f.token'
    exec 5>&-
    stderr_has 'action=append .*result=ok reason="what another process goes on to append'
    [ "$(cat f.token)" = $'old\nline' ]
    # The control: nobody keeps it open.
    prepare loose
    subject sh -c 'echo line >>f.token'
    run ! stderr_has 'goes on to append'
}

@test "112: who opened a loose file before reads nothing of what is appended" {
    act() {
        prepare loose
        exec 4<f.token
        subject sh -c 'echo secret >>f.token'
        cat <&4 >seen
        exec 4<&-
    }
    holds() { [ "$(cat seen)" = old ] && [ "$(cat f.token)" = $'old\nsecret' ]; }
    both_ways
}

@test "112: a file with a second link is replaced before it is appended to" {
    act() {
        prepare tight
        ln f.token planted
        subject sh -c 'echo secret >>f.token'
    }
    holds() { [ "$(cat planted)" = old ] && [ "$(cat f.token)" = $'old\nsecret' ] && mode_is 600 f.token; }
    both_ways
}

@test "112: an append through a planted link does not write to its target" {
    act() {
        echo old >target
        ln -s target f.token
        subject sh -c 'echo secret >>f.token'
    }
    holds() { content_is old target; }
    both_ways
}

@test "112: nothing is pending: what was written is there before the file is closed" {
    policy <<<$'[logs]\nmatch = *.token\nappend = copy'
    act() {
        prepare tight
        [ "$column" = without ] || settings=("OWNERONLY_MATCH=*.token")
        python 'f = open("f.token", "a"); f.write("line\n"); f.flush()
open("seen", "w").write(open("f.token").read()); os._exit(0)'
    }
    mkdir "$work/with"
    cd "$work/with"
    column=with
    act
    [ "$(cat seen)" = $'old\nline' ]
    # The control: what is appended to a copy is not.
    settings=("OWNERONLY_POLICY=$work/policy")
    prepare tight
    python 'f = open("f.token", "a"); f.write("line\n"); f.flush()
open("seen", "w").write(open("f.token").read()); f.close()'
    content_is old seen
}

calls_of_an_append() {
    env "$@" strace -qq -E "LD_PRELOAD=$library" -o "$work/trace" "$PYTHON" -c '
import os
for name in "first.token", "big.token":
    os.access("/begin", 0)
    fd = os.open(name, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
    os.write(fd, b"x")
    os.close(fd)
    os.access("/end", 0)'
    awk '/"\/end"/ { counts = 0 } counts && !/write\(/ { print } /"\/begin"/ { delete lines; counts = 1; print "begin" }' \
        "$work/trace" | tac | sed '/^begin$/q' | grep -v '^begin$'
}

@test "112: the last lines of the old file come behind what the new one got meanwhile" {
    mkdir "$work/with"
    cd "$work/with"
    prepare loose
    "$PYTHON" -c 'import os
old = os.open("f.token", os.O_WRONLY | os.O_APPEND)
os.close(os.open("ready", os.O_CREAT))
while os.stat("f.token").st_ino == os.fstat(old).st_ino: pass
with open("f.token", "a") as new: new.write("new\n")
os.write(old, b"late\n")' &
    local holder=$!
    until [ -e ready ]; do sleep 0.01; done
    column=with
    subject sh -c 'echo last >>f.token'
    wait "$holder"
    [ "$(sort f.token | xargs echo)" = "last late new old" ]
    mode_is 600 f.token
    nothing_is_left_behind
}

# All but so many descriptors are in use; another program has the old file open to append.
append_with_few_descriptors() {
    "$PYTHON" -c 'import os, resource, subprocess, sys
other = subprocess.Popen(["env", "-u", "LD_PRELOAD", "sh", "-c", "exec 3>>f.token; echo; read _; echo other >&3"],
                         stdin=subprocess.PIPE, stdout=subprocess.PIPE)
other.stdout.read(1)
resource.setrlimit(resource.RLIMIT_NOFILE, (40, 40))
used = []
try:
    while True: used.append(os.dup(0))
except OSError: pass
for _ in range(int(sys.argv[1])): os.close(used.pop())
before = os.stat("f.token").st_ino
try: fd = os.open("f.token", os.O_WRONLY | os.O_APPEND)
except OSError: fd = -1
replaced = os.stat("f.token").st_ino != before
for n in used: os.close(n)
other.communicate(b"\n")
if fd >= 0: os.write(fd, b"mine\n")
print("opened" if fd >= 0 else "refused", replaced)' "$1"
}

@test "110 112: an append for which too few descriptors are free fails before anything is replaced" {
    policy <<<$'[logs]\nmatch = *.token\ndurability = directory'
    mkdir "$work/with"
    cd "$work/with"
    for free in {1..10}; do
        prepare loose
        env "${settings[@]}" LD_PRELOAD="$preload" bash -c "$(declare -p PYTHON; declare -f append_with_few_descriptors)
            append_with_few_descriptors $free" >said.$free
    done
    # Whichever number suffices: fewer refuse and replace nothing, more open.
    cat said.*
    [ "$(sort -u said.* | xargs)" = "opened True refused False" ]
    mode_is 600 f.token
}

@test "112: an append to a tight file of 100 MB takes 17 system calls, and copies nothing" {
    [ -z "${OWNERONLY_PRELOAD_FIRST:-}" ] || skip "not with a sanitizer's run time"
    mkdir "$work/with"
    cd "$work/with"
    truncate -s 100M big.token first.token
    chmod 600 ./*.token
    calls_of_an_append "OWNERONLY_MATCH=*.token" >tight
    cat tight
    echo "# $(wc -l <tight)" >&3
    [ "$(wc -l <tight)" -le 17 ]
    run ! grep -qE 'sendfile|copy_file_range|FICLONE|O_TMPFILE|fsync' tight
    # The control: a file that is not tight is copied.
    chmod 644 big.token
    calls_of_an_append "OWNERONLY_MATCH=*.token" >loose
    grep -qE 'sendfile|FICLONE|lseek' loose
}

@test "112: content = json is appended to a copy, and judged at the end" {
    policy <<<$'[logs]\nmatch = *.token\ncontent = json'
    act() {
        printf '[1' >f.token
        chmod 600 f.token
        subject sh -c 'printf ,2 >>f.token' || true
        subject sh -c 'printf "%s" ,3] >>f.token'
    }
    holds() { content_is '[1,3]' f.token; }
    both_ways
}

@test "112: O_EXCL, an append-only file and a directory answer as without the library" {
    mkdir "$work/with"
    cd "$work/with"
    column=with
    prepare tight
    python 'import errno
def name(flags, path="f.token"):
    try: os.close(os.open(path, os.O_WRONLY | os.O_APPEND | flags)); return "ok"
    except OSError as e: return errno.errorcode[e.errno]
os.mkdir("d.token")
print(name(os.O_CREAT | os.O_EXCL), name(0, "d.token"), name(0, "absent.token"), name(0))' >said
    [ "$(cat said)" = "EEXIST EISDIR ENOENT ok" ]
    if [ "$(id -u)" = 0 ] && chattr +a f.token 2>/dev/null; then
        subject sh -c 'echo line >>f.token'
        chattr -a f.token
        [ "$(cat f.token)" = $'old\nline' ]
    fi
}

@test "112 110: a rule of mode 0400 lets the append through that made the file so, and cuts it then" {
    policy <<<$'[logs]\nmatch = *.token\nmode = 0400'
    act() {
        prepare loose
        chmod 777 .
        [ "$(id -u)" != 0 ] || chown 65534:65534 f.token
        # shellcheck disable=SC2016
        as_plain_user sh -c 'echo line >>f.token'
    }
    holds() { [ "$rc" = 0 ] && [ "$(cat f.token)" = $'old\nline' ] && mode_is 400 f.token; }
    both_ways
    nothing_is_left_behind
}

@test "112: another user's file at the hidden name of the turn refuses the append, and is named" {
    need_root
    command -v strace >/dev/null || skip "strace is not installed"
    act() {
        prepare loose
        chmod 1777 .
        chown 65534:65534 f.token
        # The name follows from the target's: find out, then plant.
        cp -p f.token kept
        subject_under 6 strace -f -e linkat,renameat2,renameat -o trace setpriv --reuid=65534 --regid=65534 --clear-groups \
            sh -c 'echo first >>f.token'
        name=$(grep -oE '\.owneronly-[0-9a-f-]+-a' trace | head -n 1)
        chmod 644 kept
        mv kept f.token
        echo planted >"${name:=none}"
        subject_under 4 setpriv --reuid=65534 --regid=65534 --clear-groups sh -c 'echo line >>f.token' || true
        mv "$name" planted
    }
    holds() {
        content_is old f.token && content_is planted planted &&
            stderr_has 'action=refuse result=E(PERM|ACCES) reason="another.s file stands at the hidden name of the turn"'
    }
    both_ways
}
