#!/usr/bin/env bats
# What the kernel refuses is refused with the same error and no effect, and what a descriptor is
# asked about itself it answers as ever: promise 5, contract 203.
# SPDX-License-Identifier: Apache-2.0

load helper

# What the calls answered, without and with the library, on a name that is protected.
answers() {
    column=$1
    mkdir "$work/$column"
    cd "$work/$column" || return
    subject "$programs/refused" "$2" >"$work/answers.$column"
    find . >"$work/found.$column"
}

@test "promise 5: NULL, unknown bits, wrong sizes and long paths are refused as without the library" {
    [ -z "${OWNERONLY_PRELOAD_FIRST:-}" ] || skip "not with a sanitizer's run time"
    answers without "$F"
    answers with "$F"
    [ "$(grep -c 'Bad address' "$work/answers.without")" -ge 40 ]
    [ "$(grep -c 'Invalid argument' "$work/answers.without")" -ge 9 ]
    [ "$(grep -c 'Argument list too long' "$work/answers.without")" = 2 ]
    [ "$(grep -c 'File name too long' "$work/answers.without")" = 3 ]
    diff "$work/answers.without" "$work/answers.with"
    diff "$work/found.without" "$work/found.with"
}

@test "promise 5: (control) a name that no rule matches is answered alike, and an open that is refused is told apart" {
    [ -z "${OWNERONLY_PRELOAD_FIRST:-}" ] || skip "not with a sanitizer's run time"
    answers without "$F"
    mkdir "$work/d"
    chmod 555 "$work/d"
    answers with other
    diff "$work/answers.without" "$work/answers.with"
    column=with
    run ! diff <(subject "$programs/refused" "$F") <(subject "$programs/refused" .)
}

@test "101: access mode 3, which neither reads nor writes, opens what stands there" {
    policy <<<$'[rule]\nmatch = *.json'
    act() {
        echo old >"$F"
        python 'fd = os.open(F, os.O_ACCMODE)
for call in lambda: os.write(fd, b"x"), lambda: os.read(fd, 1):
    try: call()
    except OSError as e: print(errno.errorcode[e.errno])
os.close(fd)
os.close(os.open(F, os.O_ACCMODE | os.O_TRUNC))' >answer
    }
    holds() { [ "$(tr '\n' ' ' <answer)" = "EBADF EBADF " ] && [ ! -s "$F" ] && mode_is 600 "$F"; }
    both_ways
}

@test "109: access mode 3 with O_TRUNC takes the right to read as well as the one to write" {
    policy <<<$'[rule]\nmatch = *.json'
    act() {
        echo old | tee "$F" >"2$F"
        chmod 200 "$F"
        as_plain_user "$PYTHON" -c "import errno, os
for name in '$F', '2$F':
    try: os.close(os.open(name, os.O_ACCMODE | os.O_TRUNC)); print('ok')
    except OSError as e: print(errno.errorcode[e.errno])" >answer
    }
    holds() { content_is $'EACCES\nok' answer && [ ! -s "2$F" ] && mode_is 600 "2$F" && mode_is 200 "$F"; }
    both_ways
}

@test "203: F_GETFL shows the flags that were asked for and none of ours, and F_SETFL of them works" {
    act() {
        python 'import fcntl, ctypes
flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_TRUNC | os.O_NONBLOCK | os.O_SYNC
fd = os.open(F, flags)
shown = fcntl.fcntl(fd, fcntl.F_GETFL)
kept = os.O_WRONLY | os.O_APPEND | os.O_NONBLOCK | os.O_SYNC
print(oct(shown & ~0o100000), shown & ~0o100000 == kept)
raw = ctypes.CDLL(None).syscall(72, fd, fcntl.F_GETFL, 0)
print(raw == shown)
fcntl.fcntl(fd, fcntl.F_SETFL, shown)
print(fcntl.fcntl(fd, fcntl.F_GETFL) == shown)
os.write(fd, b"[]")' >answer 2>error
    }
    holds() { [ "$(grep -o 'True' answer | wc -l)" = 3 ] && mode_is 600 "$F" && content_is '[]' "$F"; }
    policy <<<$'[rule]\nmatch = *.json'
    [ "$(uname -m)" = x86_64 ] || skip "the number of fcntl(2) is that of x86-64"
    both_ways
}

@test "203: F_GETFL shows the access mode that was asked for, though the content can be read to check it" {
    policy <<<$'[rule]\nmatch = *.json\ncontent = json'
    act() {
        python 'import fcntl
def shown(fd): return fcntl.fcntl(fd, fcntl.F_GETFL) & os.O_ACCMODE
fd = os.open(F, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
os.write(fd, b"[]")
print(shown(fd), shown(os.dup(fd)))
print(shown(os.open("2" + F, os.O_RDWR | os.O_CREAT)))
open("3" + F, "w").write("{}")
print(shown(os.open("3" + F, os.O_RDONLY | os.O_TRUNC)))
print(shown(os.open(F, os.O_WRONLY)), shown(os.open(F, os.O_RDWR)))' >answer
    }
    holds() { [ "$(tr '\n' ' ' <answer)" = "1 1 2 0 1 2 " ] && mode_is 600 "$F" && content_is '[]' "$F"; }
    both_ways
}

@test "203: dd oflag=sync,append writes the file" {
    [ -z "${OWNERONLY_PRELOAD_FIRST:-}" ] || skip "not with a sanitizer's run time"
    act() { echo '[]' | subject dd oflag=sync of="$F" && echo '[]' | subject dd oflag=nonblock,sync of="2$F"; }
    holds() { content_is '[]' "$F" && mode_is 600 "$F" && content_is '[]' "2$F" && mode_is 600 "2$F"; }
    both_ways
}

@test "promise 5: openat2, which this libc may lack, is found by dlsym and works as the kernel's" {
    act() {
        python 'import ctypes
openat2 = getattr(ctypes.CDLL(None, use_errno=True), "openat2", None)
how = (ctypes.c_uint64 * 3)(os.O_WRONLY | os.O_CREAT, 0o644, 0)
fd = openat2(-100, F.encode(), how, 24)
os.write(fd, b"[]")
os.close(fd)
fd = openat2(-100, b"other", how, 24)
os.close(fd)
print(openat2(-100, F.encode(), how, 16), ctypes.get_errno() == errno.EINVAL)' >answer
    }
    holds() { mode_is 600 "$F" && content_is '[]' "$F" && mode_is 644 other && content_is "-1 True" answer; }
    both_ways
}

@test "301: close_range with bits that no kernel knows lets go of nothing" {
    act() {
        python 'import ctypes
f = open(F, "w")
f.write("[]")
print(ctypes.CDLL(None).syscall(436, f.fileno(), f.fileno(), 1 << 20), os.path.getsize(F) if os.path.exists(F) else "absent")
f.flush()
f.close()' >answer
    }
    holds() { grep -q '^-1 ' answer && content_is '[]' "$F" && mode_is 600 "$F"; }
    both_ways
}
