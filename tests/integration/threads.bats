#!/usr/bin/env bats
# Contract 207, 301, 306 under load: threads that race open, write, dup, close and fork.
# SPDX-License-Identifier: Apache-2.0

bats_require_minimum_version 1.5.0

setup() {
    build=${OWNERONLY_BUILD_DIR:-$BATS_TEST_DIRNAME/../../build/debug}
    library=${OWNERONLY_LIBRARY:-$build/lib/owneronly/libowneronly.so}
    race=$build/tests/integration/programs/race
    unset LD_PRELOAD OWNERONLY_POLICY OWNERONLY_MATCH OWNERONLY_MODE OWNERONLY_LOG
    # A thread sanitizer that sees a race ends the program with this status.
    export TSAN_OPTIONS="exitcode=66:die_after_fork=0 ${TSAN_OPTIONS:-}"
    umask 022
    mkdir "$BATS_TEST_TMPDIR/files"
}

@test "207 301 306: 10,000 racing rounds leave every file whole, and no descriptor (control: they do not)" {
    run "$race" "$BATS_TEST_TMPDIR/files" 10000
    [ "$status" -eq 1 ]
    [[ $output == *"is not one whole document"* ]]

    rm -r "$BATS_TEST_TMPDIR/files"
    mkdir "$BATS_TEST_TMPDIR/files"
    run env LD_PRELOAD="${OWNERONLY_PRELOAD_FIRST:+$OWNERONLY_PRELOAD_FIRST:}$library" \
        "$race" "$BATS_TEST_TMPDIR/files" 10000
    echo "$output"
    [ "$status" -eq 0 ]
    [ "$output" = "10000 rounds, 0 findings" ]
    [ "$(stat -c %a "$BATS_TEST_TMPDIR"/files/*_client_api_config.json | sort -u)" = 600 ]
}

# strace holds the sync back, so that the other thread always comes in between.
@test "208 301 302 305: while one thread renames, ends or executes, another closes the file, and opens one by the same number" {
    [ -x "$(command -v strace)" ] || skip "strace is not installed"
    [ -z "${OWNERONLY_EMULATED:-}" ] || skip "not by an emulator"
    [[ $(uname -m) =~ ^(x86_64|aarch64)$ ]] || skip "the number of fsync is another here"
    cd "$BATS_TEST_TMPDIR/files"
    for way in rename end execute; do
        rm -f ./*
        run strace -f -qq -o /dev/null -e trace=fsync -e inject=fsync:delay_enter=3000000 \
            env OWNERONLY_MATCH='*.token' LD_PRELOAD="${OWNERONLY_PRELOAD_FIRST:+$OWNERONLY_PRELOAD_FIRST:}$library" \
            /usr/bin/python3 -c 'import ctypes, os, sys, threading, time
libc = ctypes.CDLL(None) # its calls let other threads run
fd = os.open("a.token", os.O_WRONLY | os.O_CREAT); os.write(fd, b"whole")
number = {"x86_64": "74", "aarch64": "82"}.get(os.uname().machine)
def is_in_fsync(): return open(f"/proc/self/task/{os.getpid()}/syscall").read().split()[0] == number
def other():
    for _ in range(200):
        if is_in_fsync(): break
        time.sleep(0.01)
    os.close(fd)
    os.write(1, b"%d" % (os.open("other", os.O_WRONLY | os.O_CREAT, 0o644) == fd))
thread = threading.Thread(target=other); thread.start()
if sys.argv[1] == "rename": os.rename("a.token", "b"); os.rename("b", "a.token"); thread.join()
if sys.argv[1] == "end": libc._exit(0)
if sys.argv[1] == "execute": libc.execv(b"/bin/true", (ctypes.c_char_p * 2)(b"true", None))' "$way"
        echo "$way: $output"
        [ "$status:$output" = 0:1 ]
        [ "$(ls -A)" = $'a.token\nother' ]
        [ "$(cat a.token)" = whole ]
        [ "$(stat -c '%a %h' a.token other)" = $'600 1\n644 1' ]
    done
}

@test "208: a name that one thread renames while another is in the middle of a call of its stream" {
    cd "$BATS_TEST_TMPDIR/files"
    for preload in '' "${OWNERONLY_PRELOAD_FIRST:+$OWNERONLY_PRELOAD_FIRST:}$library"; do
        rm -f ./*
        run env OWNERONLY_MATCH='*.token' LD_PRELOAD="$preload" /usr/bin/python3 -c 'import ctypes, os, threading
libc = ctypes.CDLL(None); libc.fopen.restype = ctypes.c_void_p
stream = ctypes.c_void_p(libc.fopen(b"a.token", b"w"))
libc.fputs(b"first ", stream); libc.fflush(stream); libc.flockfile(stream)
thread = threading.Thread(target=os.rename, args=("a.token", "b")); thread.start(); thread.join()
libc.fputs(b"second", stream); libc.funlockfile(stream); print(libc.fclose(stream))'
        echo "$output"
        [ "$status:$output" = 0:0 ]
        [ "$(ls -A)" = b ]
        [ "$(cat b)" = "first second" ]
    done
    [ "$(stat -c %a b)" = 600 ]
}

@test "302 305: the end of a process, and an exec, wait for no close that begins meanwhile" {
    cd "$BATS_TEST_TMPDIR/files"
    for way in exit _exit exec; do
        rm -f ./*
        run timeout 30 env OWNERONLY_MATCH='*.token' LD_PRELOAD="${OWNERONLY_PRELOAD_FIRST:+$OWNERONLY_PRELOAD_FIRST:}$library" \
            "${race%/*}/endless" "$way"
        echo "$way: $status $output"
        [ "$status:$output" = 0: ]
        [ "$(echo ?.token)" = "0.token 1.token 2.token 3.token 4.token 5.token 6.token 7.token" ]
        [ "$(stat -c %a ./* | sort -u)" = 600 ]
    done
}

# strace holds the rename's return back, so that the other thread always opens in between.
@test "208 209: what a thread opens under a name that another has just moved is there when it is closed" {
    [ -x "$(command -v strace)" ] || skip "strace is not installed"
    [ -z "${OWNERONLY_EMULATED:-}" ] || skip "not by an emulator"
    cd "$BATS_TEST_TMPDIR/files"
    for call in 'os.rename("a.token", "b")' 'os.unlink("a.token")'; do
        rm -f ./*
        run strace -f -qq -o /dev/null -e 'trace=/^(rename(at)?|unlink(at)?)$' \
            -e 'inject=/^(rename(at)?|unlink(at)?)$:delay_exit=1000000' \
            env OWNERONLY_MATCH='*.token' LD_PRELOAD="${OWNERONLY_PRELOAD_FIRST:+$OWNERONLY_PRELOAD_FIRST:}$library" \
            /usr/bin/python3 -c "import os, threading, time
os.close(os.open('a.token', os.O_WRONLY | os.O_CREAT))
old = os.open('a.token', os.O_WRONLY)
moved = threading.Event()
def open_again():
    while os.path.exists('a.token'): time.sleep(0.01)
    fd = os.open('a.token', os.O_WRONLY | os.O_CREAT); os.write(fd, b'new')
    moved.wait(); os.close(fd)
thread = threading.Thread(target=open_again); thread.start()
$call
moved.set(); thread.join(); os.close(old)"
        echo "$call: $status $output"
        [ "$status:$output" = 0: ]
        [ "$(cat a.token)" = new ]
        [ "$(stat -c %a a.token)" = 600 ]
    done
}
