#!/usr/bin/env bats
# Everything else is untouched: promise 5.
# SPDX-License-Identifier: Apache-2.0

load helper

# The system calls of a program from the first one on that looks at "marker"; without what differs
# from run to run.
calls_after_marker() {
    local environment=(A=b)
    [ "$column" = without ] || environment=("LD_PRELOAD=$preload")
    strace -qq -E "${environment[0]}" -o "$work/trace" "$@" >/dev/null 2>"$work/stderr"
    sed -nE '/^(access|openat|newfstatat|fstatat64|stat|stat64|statx|faccessat2?)\(.*marker/,$p' "$work/trace" |
        sed -E '/^---|^(rt_)?sigreturn/d; s/0x[0-9a-f]+/ADDRESS/g; s/ +=/ =/' | without_pids |
        sed -E 's/\b[0-9]{4,}\b/NUMBER/g'
}

# A process identifier may be of any length.
without_pids() {
    sed -E 's/^(wait4|waitid|waitpid|kill|tgkill)\((P_PID, )?[0-9]+/\1(\2PID/
        s/(parent_tid=\[|child_tid=\[|si_pid=)[0-9]+/\1PID/g
        s/^((wait4|waitpid|clone3?|v?fork|get(p|t|pp|pg|s)id|set_tid_address)\(.*\) = )[0-9]+/\1PID/'
}

same_calls() {
    for column in without with; do
        rm -rf "$work/dir"
        mkdir "$work/dir"
        echo content >"$work/marker"
        cd "$work/dir"
        calls_after_marker "$@" >"$work/calls-$column"
    done
    [ "$(wc -l <"$work/calls-without")" -ge 5 ]
    diff -u "$work/calls-without" "$work/calls-with"
}

setup() {
    common_setup
    command -v strace >/dev/null || skip "strace is not installed"
    # With a sanitizer in it, a program makes calls of the sanitizer's.
    [ -z "${OWNERONLY_PRELOAD_FIRST:-}" ] || skip "not with a sanitizer's run time"
}

@test "promise 5: Python writes, renames, duplicates and removes with the same system calls" {
    same_calls "$PYTHON" -c '
import os
os.access("marker", 0)
f = open("other.txt", "w"); f.write("x" * 100000); f.close()
os.rename("other.txt", "another.txt"); os.chmod("another.txt", 0o640); os.link("another.txt", "b")
fd = os.open("c", os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600); os.dup2(fd, 9); os.dup(fd)
os.write(9, b"x"); os.fsync(fd); os.close(9); os.close(fd); os.truncate("c", 0); os.closerange(10, 20)
for n in ("nowhere/x", ""):
    try: open(n, "w")
    except OSError: pass
'
}

@test "promise 5: a shell redirects and forks with the same system calls" {
    same_calls sh -c '[ -e marker ]; echo x > other; echo y >> other; { echo a; echo b; } > braces; (echo c) > sub; read -r line < other; exec 3> three; echo z >&3; exec 3>&-'
}

@test "promise 5: coreutils make the same system calls" {
    same_calls tee "$work/marker" other </dev/null
    same_calls dd if=/dev/null of="$work/marker" bs=1 count=1 status=none
    same_calls cp /etc/hostname "$work/marker"
}

@test "promise 5: Python spawns, and replaces itself, with the same system calls" {
    same_calls "$PYTHON" -c '
import os
os.access("marker", 0)
pid = os.posix_spawn("/bin/true", ["true"], {"A": "b"}); os.waitpid(pid, 0)
pid = os.posix_spawnp("true", ["true"], os.environ); os.waitpid(pid, 0)
os.access("marker", 0)
try: os.execve("/nowhere", ["nowhere"], {})
except OSError: pass
'
}

@test "promise 5: what dlerror(3) is to say survives the first call of each function" {
    subject "$PYTHON" -c '
import ctypes, os
libc = ctypes.CDLL(None)
libc.dlerror.restype = ctypes.c_char_p
libc.dlopen(b"/nowhere.so", 2)
for call in (lambda: os.link("nowhere", "elsewhere"), lambda: os.chmod("nowhere", 0), lambda: os.truncate("nowhere", 0)):
    try: call()
    except OSError: pass
print(libc.dlerror().decode())' >"$work/said"
    grep -q "^/nowhere.so: cannot open" "$work/said"
}

@test "promise 5: a protected name that is read causes the same system calls" {
    same_calls "$PYTHON" -c "
import os
os.access('marker', 0)
for n in ('$F', '/proc/self/status'):
    try: open(n).read()
    except OSError: pass
os.stat('.'); os.access('$F', 0); os.getpid(); os.getcwd()
"
}

@test "the control: a protected name that is written does not" {
    run -1 same_calls "$PYTHON" -c "
import os
os.access('marker', 0)
open('$F', 'w').write('[]')
os.stat('.'); os.getcwd()
"
    [[ $output == *linkat* ]]
}
