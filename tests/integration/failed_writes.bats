#!/usr/bin/env bats
# A failed write condemns the file, whichever function made it and whatever the program did then:
# contract 309.  And what is the program's to handle condemns nothing.
#
# SPDX-License-Identifier: Apache-2.0

load helper

setup() {
    common_setup
    policy <<<$'[rule]\nmatch = *client_api_config.json'
}

# each CALL ...: a document is written by one call, which fails and is ignored.
each() {
    local call
    for call in "$@"; do
        echo '["old"]' >"$F"
        printf '%s %s %s\n' "$call" "$(subject "$programs/ignored" "$call" "$F")" \
            "$(head -c 7 "$F")"
    done >answers
}

# answered ANSWER CONTENT: what every one of them said, and left; prints those that did not.
answered() {
    [ -s answers ] && ! grep -v " $1 $2\$" answers
}

@test "309: beyond the limit of its size, by descriptor: the last call says EFBIG, the old file stays" {
    act() { each write pwrite writev syscall dprintf vdprintf __dprintf_chk __vdprintf_chk; }
    holds() { answered EFBIG '\["old"\]'; }
    both_ways
}

@test "309: by stdio, also where rewind and clearerr forget it: EFBIG, the old file stays" {
    act() {
        each {fputs,fputs_unlocked,fwrite_unlocked,fprintf,putc_unlocked,fputc,fputws}{,\,rewind,\,clearerr,\,clearerr_unlocked}
    }
    holds() { answered EFBIG '\["old"\]'; }
    both_ways
}

# In the numbers of errno(3): what network file systems say as well.
error() {
    "$PYTHON" -c 'import errno, sys; print(getattr(errno, sys.argv[1]))' "$1"
}

@test "309: write and its kin, fdatasync, fflush: the last call says what they said, the old file stays" {
    act() {
        local name number
        for name in ENOSPC EDQUOT EFBIG EIO ESTALE ETIMEDOUT ENOMEM EPERM EACCES EREMOTEIO; do
            number=$(error "$name")
            each {write,pwrite,writev,pwritev2,syscall,fdatasync,fflush}="$number"
            sed "s/ $name / its /" answers
        done >all
        mv all answers
    }
    holds() { answered its '\["old"\]'; }
    both_ways
}

# By a library behind ours, since ours calls fsync(2) itself when it publishes.
@test "309: fsync: the last call says what it said, the old file stays" {
    command -v cc >/dev/null || skip "no compiler"
    act() {
        local name ours=$preload
        for name in ENOSPC EIO EPERM EACCES EREMOTEIO; do
            cc -shared -fPIC -x c -o failing.so - <<<"#include <errno.h>
                int fsync(int fd) { errno = $name; return -(fd >= 0); }"
            preload=$ours:$PWD/failing.so
            echo '["old"]' >"$F"
            python 'f = open(F, "w"); f.write("[]"); f.flush()
try: os.fsync(f.fileno()); print("ok")
except OSError as e: print(errno.errorcode[e.errno], end=" ")
try: f.close(); print("ok", end=" ")
except OSError as e: print(errno.errorcode[e.errno], end=" ")
print(open(F).read(), end="")'
        done >answers
        preload=$ours
    }
    holds() { content_is "$(printf '%s %s ["old"]\n' E{NOSPC,NOSPC,IO,IO,PERM,PERM,ACCES,ACCES,REMOTEIO,REMOTEIO})" answers; }
    both_ways
}

@test "309: copy_file_range, sendfile, splice: what a plain write would have met as well" {
    act() {
        local name
        for name in ENOSPC EDQUOT EFBIG EIO ESTALE ETIMEDOUT; do
            each {copy_file_range,sendfile,splice}="$(error "$name")"
            sed "s/ $name / its /" answers
        done >all
        mv all answers
    }
    holds() { answered its '\["old"\]'; }
    both_ways
}

@test "309: what is the program's to handle, and what it tries and does without, condemns nothing" {
    act() {
        local name
        for name in EINTR EAGAIN EFAULT EINVAL ESPIPE; do
            each {write,pwrite,writev,pwritev2,syscall,fdatasync}="$(error "$name")"
            cat answers
        done >all
        for name in EXDEV EINVAL ENOSYS EOPNOTSUPP ENOMEM EPERM; do
            each {copy_file_range,sendfile,splice}="$(error "$name")"
            cat answers
        done >>all
        mv all answers
        stat -c %a "$F" >mode
    }
    holds() { answered ok '' && content_is 600 mode; }
    both_ways
}

@test "309: ENOSPC inside stdio, forgotten by rewind, or with nothing left to write: the last call says ENOSPC" {
    need_mounts
    act() {
        mkdir small
        in_name_space 'mount -t tmpfs -o size=64k none small && echo old >small/'"$F" \
            "$PYTHON" -c 'import ctypes, errno, os, sys
libc = ctypes.CDLL(None, use_errno=True); libc.fopen.restype = ctypes.c_void_p
UNBUFFERED = 2
for mode in 0, UNBUFFERED:
    f = ctypes.c_void_p(libc.fopen(sys.argv[1].encode(), b"w"))
    libc.setvbuf(f, None, mode, ctypes.c_size_t(0))
    for i in range(100): libc.fputs(b"x" * 4000, f)
    if mode != UNBUFFERED: libc.rewind(f)
    print(errno.errorcode[ctypes.get_errno()] if libc.fclose(f) else "ok", open(sys.argv[1]).read(3))' \
            "small/$F" >answer
    }
    holds() { content_is $'ENOSPC old\nENOSPC old' answer; }
    both_ways
}
