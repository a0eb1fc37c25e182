#!/usr/bin/env bats
# A writable shared mapping of a pending file counts as a descriptor of it: contract 301, 302, 305,
# 308.
#
# SPDX-License-Identifier: Apache-2.0

load helper

by() {
    echo '["old"]' >"$F"
    subject "$programs/mapped" "$1" "$F" >answer || rc=$?
}

is_whole() {
    mode_is 600 "$F" && [ "$(tr -d ' ' <"$F")" = '[1,2]' ]
}

@test "301: map, close, store: the old file stands until it is unmapped, and then the new one" {
    for way in munmap moved over; do
        rm -rf "$work/without" "$work/with"
        act() { by "$way"; }
        holds() { is_whole && content_is $'["old\n[1,2]' answer; }
        both_ways
    done
}

@test "301: unmapped in two pieces, the last one counts" {
    act() { by halves; }
    holds() { is_whole && content_is $'["old\n["old\n[1,2]' answer; }
    both_ways
}

@test "301: its middle unmapped before the rest, or a piece of it moved elsewhere: the last one counts" {
    for way in middle piece rest; do
        rm -rf "$work/without" "$work/with"
        act() { by "$way"; }
        holds() { is_whole && content_is $'["old\n["old\n[1,2]' answer; }
        both_ways
    done
}

@test "301: mapped at two places by mremap(2), the last one counts, and a call that fails ends nothing" {
    for way in stays twice fails; do
        rm -rf "$work/without" "$work/with"
        act() { by "$way"; }
        holds() { is_whole && content_is $'["old\n["old\n[1,2]' answer; }
        both_ways
    done
}

second_is_whole() {
    mode_is 600 "second_$F" && [ "$(tr -d ' ' <"second_$F")" = '[1,2]' ]
}

@test "301: moved onto the mapping of another file, which ends that one alone" {
    act() { echo '["old"]' >"second_$F"; by onto; }
    holds() { is_whole && second_is_whole && content_is $'["old\n[1,2]\n[1,2]\n[1,2]' answer; }
    both_ways
}

@test "301: a program that closes every number that it may have ends no mapping by that" {
    act() { by numbers; }
    holds() { is_whole && content_is $'["old\n["old\n[1,2]' answer; }
    both_ways
}

@test "301: whose number of ours the program closed, and uses for another mapping: each ends with its own" {
    act() { echo '["old"]' >"second_$F"; by closed; }
    holds() { is_whole && second_is_whole && content_is $'["old\n["old\n[1,2]\n[1,2]' answer; }
    both_ways
}

# strace holds munmap back when the kernel has done it, so that the other thread always comes in between.
@test "301 207: what one thread maps at the address that another has just unmapped is not ended by that" {
    [ -x "$(command -v strace)" ] || skip "strace is not installed"
    need_native
    act() {
        echo '["old"]' >"$F"
        echo '["old"]' >"second_$F"
        subject_under 9 strace -f -qq -o /dev/null -e trace=munmap -e inject=munmap:delay_exit=1000000 \
            "$programs/mapped" meanwhile "$F" >answer || rc=$?
    }
    holds() { is_whole && second_is_whole && content_is $'["old\n["old\n[1,2]\n[1,2]' answer; }
    both_ways
}

@test "301: mapped, moved and unmapped by number" {
    act() {
        echo '["old"]' >"$F"
        python 'import ctypes, platform
mmap, munmap, mremap = {"x86_64": (9, 11, 25), "aarch64": (222, 215, 216)}[platform.machine()]
libc = ctypes.CDLL(None); libc.syscall.restype = ctypes.c_long
def call(*arguments): return libc.syscall(*map(ctypes.c_long, arguments))
def look(): print(open(F).read().strip())
fd = os.open(F, os.O_RDWR | os.O_TRUNC); os.ftruncate(fd, 5)
at = call(mmap, 0, 4096, 3, 1, fd, 0); os.close(fd); look()
at = call(mremap, at, 4096, 8192, 1, 0); ctypes.memmove(at, b"[1,2]", 5); look()
call(munmap, at, 8192); look()' >answer
    }
    [[ $(uname -m) =~ ^(x86_64|aarch64)$ ]] || skip "the numbers are others here"
    holds() { is_whole && content_is $'["old"]\n["old"]\n[1,2]' answer; }
    both_ways
}

@test "306: a forked child's copy of it means nothing" {
    act() { by forked; }
    holds() { is_whole && content_is $'["old\n["old\n[1,2]' answer; }
    both_ways
}

@test "302 305: exit, _exit and exec end it, and publish what it holds" {
    for way in exit _exit exec; do
        rm -rf "$work/without" "$work/with"
        act() { by "$way"; }
        holds() { is_whole && content_is '["old' answer; }
        both_ways
    done
}

@test "308: killed with it: the old file stays" {
    act() { by killed; }
    holds() { content_is '["old"]' "$F"; }
    both_ways
}

@test "310: what is not whole when it is unmapped makes munmap fail, and is gone from memory all the same" {
    act() {
        echo '["old"]' >"$F"
        python 'import ctypes
libc = ctypes.CDLL(None, use_errno=True); libc.mmap.restype = ctypes.c_void_p
fd = os.open(F, os.O_RDWR | os.O_TRUNC); os.write(fd, b"[1,")
m = ctypes.c_void_p(libc.mmap(None, 4096, 3, 1, fd, 0)); os.close(fd)
r = libc.munmap(m, 4096); print(r, errno.errorcode.get(ctypes.get_errno()))' >answer
    }
    holds() { content_is '-1 EBADMSG' answer && content_is '["old"]' "$F"; }
    both_ways
}

@test "203 208: renamed while it is mapped: no descriptor stays" {
    act() {
        python 'import mmap
def mapped():
    fd = os.open(F, os.O_RDWR | os.O_CREAT); os.write(fd, b"[1]"); m = mmap.mmap(fd, 3)
    os.close(fd); os.rename(F, "b"); m.close(); return len(os.listdir("/proc/self/fd"))
once = mapped(); print(mapped() - once)' >answer
    }
    holds() { [ "$rc" -eq 0 ] && content_is 0 answer && mode_is 600 b && content_is '[1]' b; }
    both_ways
}
