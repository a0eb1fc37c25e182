#!/usr/bin/env bats
# What a careless change would break, and no other suite looks at: descriptors that are left, flags,
# calls by number, what is refused.  The first tests compare every answer with that of a run
# without the library; tests/mutants has the changes.
#
# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash disable=SC2016,SC2030,SC2031,SC2034,SC2154

load helper

setup() {
    common_setup
    F=f.json
    policy <<<$'[rule]\nmatch = *.json'
}

# alike CASE...: the same is answered, and what is protected is the owner's alone (that is the control).
alike() {
    local case
    for case in "$@"; do
        for column in without with; do
            rm -rf "${work:?}/$column"
            mkdir "$work/$column"
            cd "$work/$column" || return
            "${alike_in:-subject}" timeout 60 "$programs/alike" "$case" >"$work/said.$column"
            find . -name '*.json' -type f -perm /077 | sort >"$work/loose.$column"
        done
        diff "$work/said.without" "$work/said.with"
        tail -1 "$work/said.with" | grep -q '^descriptors left: 0$'
        [ ! -s "$work/loose.with" ]
        nothing_is_left_behind
        cat "$work/loose.without"
    done >"$work/loose"
    [ -s "$work/loose" ]
}

@test "208: questions by name, also of another directory's, and by a descriptor's number" {
    alike questions numbers links
}

# Where no file is without a name.
in_mirror() {
    in_name_space 'mkdir real mirror && bindfs real mirror && cd mirror' "$@"
}

@test "208: the same where no file is without a name" {
    need_mounts
    [ -r /dev/fuse ] && command -v bindfs >/dev/null || skip "no FUSE here"
    alike_in=in_mirror
    alike questions numbers links
}

@test "208: times of an old file, of a link, and by number without a path" {
    alike times
}

@test "208: names that are removed, all of them, by number as well" {
    alike removing
}

@test "208 401: renames onto a pending name, that fail, exchange, or bring a link" {
    alike renaming
}

@test "301: duplicates onto themselves, of nothing, or with bad flags, and close_range by CLOEXEC, end nothing" {
    alike duplicates
}

@test "201 301 306: numbers that the library kept are the program's when it has taken them" {
    alike taken_over
}

@test "209: who joins what is pending gets the lowest descriptor, and the flags that it asked for" {
    alike joining
}

@test "203: streams with x, e, a and a character set: their flags, where they begin, how they end" {
    alike streams
}

@test "101: creat(2) of what stands there, and the fortified opens, which keep what it has" {
    alike existing
}

@test "103 106 203: openat2, by the function and by number: RESOLVE_*, O_EXCL, flags, longer structures" {
    alike by_openat2
    settings+=(BY_NUMBER=1)
    alike by_openat2
}

@test "305 208: by number: an exec that fails, six arguments, attributes" {
    alike by_number
}

@test "306: system() ignores and blocks what it should, and wait and waitid tell what became of a child" {
    alike shell children
}

# python(), with libc, calls by number, what others see, and what a call says.
libc() {
    python "import ctypes, fcntl, mmap, resource, threading, time
libc = ctypes.CDLL(None, use_errno=True)
for function in 'mmap', 'mremap', 'fopen', 'fdopen', 'popen':
    getattr(libc, function).restype = ctypes.c_void_p
NEW = os.O_WRONLY | os.O_CREAT | os.O_TRUNC
def made(name=F, text=b'[]'):
    fd = os.open(name, os.O_RDWR | NEW & ~os.O_WRONLY, 0o644); os.write(fd, text); return fd
def there(name=F): return name in os.listdir('.')
def file(name, mode=0o644):
    with open(name, 'w') as f: f.write(name)
    os.chmod(name, mode)
def mode(name): return oct(os.stat(name).st_mode & 0o777)
def said(call, *arguments):
    try: return call(*arguments) or 0
    except OSError as e: return errno.errorcode[e.errno]
def raw(number, *arguments):
    result = libc.syscall(number, *arguments)
    if result < 0: raise OSError(ctypes.get_errno(), '')
    return result
ACL = bytes.fromhex('02000000' '01000600ffffffff' '02000400feff0000' '04000400ffffffff' '10000400ffffffff' '20000000ffffffff')
ACCESS = 'system.posix_acl_access'
show = lambda *values: os.write(OUT, (' '.join(map(str, values)) + '\n').encode())
OUT = fcntl.fcntl(1, fcntl.F_DUPFD_CLOEXEC, 200)
$1" >answer || rc=$?
}

# answered LINE...: what was shown.
answered() {
    diff answer <(printf '%s\n' "$@")
}

need_x86_64() {
    [ "$(uname -m)" = x86_64 ] || skip "the numbers of calls are those of x86-64"
}

@test "504: observe mode changes no mode, and tells opens apart" {
    policy <<<$'[rule]\nmatch = *.json\nchmod = clamp'
    settings+=(OWNERONLY_MODE=observe OWNERONLY_LOG=stderr)
    act() {
        libc 'file("f.json", 0o600); os.chmod(F, 0o644); os.close(os.open("g.json", os.O_RDONLY | os.O_CREAT, 0o644))
file("other"); os.rename("other", "h.json"); show(mode(F), mode("g.json"), mode("h.json"))'
    }
    holds() {
        answered "0o644 0o644 0o644" && stderr_has action=observe-chmod && stderr_has action=observe-create &&
            stderr_has action=observe-write && stderr_has action=observe-arrival
    }
    both_ways
}

@test "402: a rule that clamps does not clamp another's names, and leaves no way by number or an access list" {
    need_x86_64
    policy <<<$'[clamps]\nmatch = f.json\nchmod = clamp\nmode = 0700\n[passes]\nmatch = *.json'
    act() {
        libc 'file("g.json", 0o600); os.chmod("g.json", 0o644); file(F, 0o600); os.chmod(F, 0o644)
show(mode("g.json"), mode(F), said(os.setxattr, F, ACCESS, ACL))
raw(90, F.encode(), 0o644); show(mode(F)); raw(268, -100, F.encode(), 0o644); show(mode(F))'
    }
    holds() { answered "0o644 0o600 ENOTSUP" 0o600 0o600; }
    both_ways
}

@test "403: a pending file gets no access list, by name, descriptor or number; an old one its own" {
    need_x86_64
    act() {
        libc 'fd = made(); show(said(os.setxattr, F, ACCESS, ACL), said(os.setxattr, fd, ACCESS, ACL), said(raw, 190, fd, ACCESS.encode(), ACL, len(ACL), 0))
raw(91, fd, 0o666); show(oct(os.fstat(fd).st_mode & 0o077)); os.close(fd)
fd = os.open(F, NEW); show(said(os.setxattr, F, ACCESS, ACL)); os.close(fd)'
    }
    holds() { answered "ENOTSUP ENOTSUP ENOTSUP" 0o0 0; }
    both_ways
}

@test "301: only what ends the last descriptor publishes: close-on-exec, a duplicate as 0, by number" {
    need_x86_64
    act() {
        libc 'fd = made(); libc.close_range(fd, fd, 4); raw(436, fd, fd, 4); show(there())
null = os.open("/dev/null", os.O_RDONLY)
for call in (libc.dup2, fd, fd), (libc.dup2, 999, fd), (libc.dup3, fd, fd, 0), (libc.dup3, null, fd, 1), (raw, 33, fd, fd), (raw, 292, 999, fd, 0):
    said(*call); show(there())
os.close(0); copy = os.dup(fd); os.close(fd); show(copy, there()); os.close(copy); show(there())
os.open("/dev/null", os.O_RDONLY)
fd = made("g.json"); raw(33, 0, fd); show(there("g.json"))
fd = made("h.json"); raw(292, fd, 77, 0); os.close(fd); show(there("h.json")); raw(436, 70, 77, 0); show(there("h.json"))
fd = made("i.json"); copy = fcntl.fcntl(fd, fcntl.F_DUPFD, 60); os.close(fd); show(there("i.json")); libc.close_range(50, copy, 0); show(there("i.json"))
stream = libc.fopen(b"j.json", b"w"); libc.fputs(b"[]", ctypes.c_void_p(stream)); libc.fcloseall(); show(there("j.json"))
made("k.json"); libc.closefrom(-1); os._exit(0)'
    }
    holds() { answered False False False False False False False "0 False" True True False True False True True && content_is '[]' k.json && mode_is 600 k.json; }
    both_ways
}

@test "301: mappings: to read, of every kind, moved, mapped over, of part of a page, with more around" {
    act() {
        libc 'RW, SHARED, ANON, FIXED = 3, 1, 0x20, 0x10
P = lambda address: ctypes.c_void_p(address)
L = ctypes.c_size_t
def mapped(name, protection=RW, flags=SHARED, length=4096, at=None):
    fd = made(name); os.ftruncate(fd, length)
    address = libc.mmap(P(at), L(length), protection, flags, fd, ctypes.c_long(0)); os.close(fd); return address
mapped("a.json", 1); show("a", there("a.json"))
m = mapped("b.json", RW, 3); show("b", there("b.json")); libc.munmap(P(m), L(4096)); show("b", there("b.json"))
m = mapped("c.json"); libc.mmap(P(m), L(4096), RW, 2 | ANON | FIXED, -1, ctypes.c_long(0)); show("c", there("c.json"))
m, n = mapped("d.json"), mapped("e.json"); m = libc.mremap(P(m), L(4096), L(1 << 20), 1, P(None))
show("d", there("d.json")); libc.munmap(P(m), L(1 << 20)); show("d", there("d.json"), there("e.json")); libc.munmap(P(n), L(4096)); show("e", there("e.json"))
m, n = mapped("g.json", length=100), mapped("h.json", length=100); libc.munmap(P(m), L(100)); show("g", there("g.json"), there("h.json")); libc.munmap(P(n), L(100))
m = libc.mmap(P(None), L(16384), RW, 2 | ANON, -1, ctypes.c_long(0)); mapped("i.json", RW, SHARED | FIXED, at=m + 4096); libc.munmap(P(m), L(16384)); show("i", there("i.json"))
m = mapped("j.json", length=5000); libc.munmap(P(m), L(4096)); show("j", there("j.json")); libc.munmap(P(m + 4096), L(904)); show("j", there("j.json"))'
    }
    holds() {
        answered "a True" "b False" "b True" "c True" "d False" "d True False" "e True" "g True False" "i True" "j False" "j True"
    }
    both_ways
}

@test "401: what an exchange, a followed link, or a call by number brings is tightened" {
    need_x86_64
    act() {
        libc 'file(F, 0o600); file("a"); libc.renameat2(-100, F.encode(), -100, b"a", 2); show(mode(F))
file("b"); os.symlink("b", "l"); libc.linkat(-100, b"l", -100, b"b.json", 0x400); show(mode("b.json"))
for number, arguments in (82, (b"c", b"c.json")), (86, (b"c", b"c.json")), (264, (-100, b"c", -100, b"c.json")), (316, (-100, b"c", -100, b"c.json", 0)):
    file("c"); raw(number, *arguments); show(mode("c.json")); os.remove("c.json")
file("c"); os.symlink("c", "m"); raw(265, -100, b"m", -100, b"c.json", 0x400); show(mode("c.json"))'
    }
    holds() { answered 0o600 0o600 0o600 0o600 0o600 0o600 0o600; }
    both_ways
}

@test "103: an open to read that creates, by openat2 and by number, is the owner's alone" {
    need_x86_64
    act() {
        libc 'how = (ctypes.c_uint64 * 4)(os.O_RDONLY | os.O_CREAT, 0o644, 0, 0)
raw(437, -100, b"a.json", how, 24); raw(437, -100, b"b.json", how, 32); getattr(libc, "openat2", lambda *a: raw(437, *a))(-100, b"c.json", how, 24)
raw(2, b"d.json", os.O_CREAT, 0o644); raw(257, -100, b"e.json", os.O_CREAT, 0o644); raw(85, b"g.json", 0o644)
show(*(mode(f"{c}.json") for c in "abcdeg"))
file("h.json", 0o600); fd = made("h.json", b"new"); show(os.read(os.open("h.json", os.O_RDONLY | os.O_CREAT), 9))'
    }
    holds() { answered "0o600 0o600 0o600 0o600 0o600 0o600" "b'h.json'"; }
    both_ways
}

@test "104: names that can only be directories are, also where a rule matches everything" {
    policy <<<$'[rule]\nmatch = **'
    act() {
        libc 'os.mkdir("d"); os.chdir("d"); show(*(said(os.open, name, NEW) for name in (".", "..", "../d/", "new/")), os.listdir("."))
os.close(made()); show(mode(F))'
    }
    holds() { answered "EISDIR EISDIR EISDIR EISDIR []" 0o600; }
    both_ways
}

@test "104: a path through /proc or /dev that leads out of it is no system path" {
    act() {
        subject sh -c 'exec 3<.; echo "[1]" >"/proc/..$PWD/1.json"; echo "[2]" >/proc/self/cwd/2.json
            echo "[3]" >/dev/fd/3/3.json; echo "[4]" >"/proc/self/root$PWD/4.json"'
    }
    holds() {
        [ "$(stat -c '%a %n' ./*)" = $'600 ./1.json\n600 ./2.json\n600 ./3.json\n600 ./4.json' ] &&
            [ "$(cat ./*)" = $'[1]\n[2]\n[3]\n[4]' ]
    }
    both_ways
}

@test "promise 4: without /proc a rule about directories is refused with EACCES, one about names is not" {
    need_mounts
    policy <<<$'[a]\nmatch = d/*.json\n[b]\nmatch = *.key'
    act() {
        mkdir d
        in_name_space 'mount -t tmpfs none /proc' "$PYTHON" -c 'import errno, os
for name in "d/f.json", "d/f.key", "/dev/.." + os.getcwd() + "/d/g.key":
    try: os.close(os.open(name, os.O_WRONLY | os.O_CREAT, 0o644)); print("ok")
    except OSError as e: print(errno.errorcode[e.errno])' >answer
    }
    holds() { content_is $'EACCES\nok\nok' answer && [ ! -e d/f.json ] && mode_is 600 d/f.key && mode_is 600 d/g.key; }
    both_ways
}

@test "203: a stream with a character set where few descriptors are left" {
    act() {
        libc 'S = ctypes.c_void_p
resource.setrlimit(resource.RLIMIT_NOFILE, (40, 40))
stream = libc.fopen(b"f.json", b"w,ccs=UTF-8"); show(stream is not None)
libc.fputws("[]", S(stream)); show(libc.fclose(S(stream)))'
    }
    holds() { answered True 0 && content_is '[]' f.json && mode_is 600 f.json; }
    both_ways
}

@test "203: freopen(3) without a path keeps the file, which is pending as before" {
    act() {
        libc 'S = ctypes.c_void_p
libc.freopen.restype = S
stream = S(libc.fopen(b"f.json", b"w")); libc.fputs(b"[1", stream)
stream = S(libc.freopen(None, b"a", stream)); show(there()); libc.fputs(b"]", stream); show(there()); libc.fclose(stream)'
    }
    holds() { answered False False && content_is '[1]' f.json && mode_is 600 f.json; }
    both_ways
}

@test "303: execvp(3) finds what the shell would: a slash, an empty element, a directory in the way" {
    settings+=(OWNERONLY_LOG="$work/log")
    act() {
        mkdir -p way/prog bin
        printf '#!/bin/sh\necho "[]"\n' | tee bin/prog >prog
        chmod 755 bin/prog prog
        local env
        env=$(command -v env)
        subject sh -c "exec $env ./prog >a.json"
        PATH=":$PATH" subject sh -c "exec $env prog >b.json"
        subject sh -c "exec $env -u LD_PRELOAD ./prog >d.json"
        PATH=":$PATH" subject sh -c "exec $env -u LD_PRELOAD prog >e.json"
        PATH="$PWD/way:$PWD/bin:$PATH" subject sh -c "exec $env prog >c.json"
    }
    holds() {
        content_is '[]' a.json && content_is '[]' b.json && content_is '[]' c.json && mode_is 600 a.json &&
            mode_is 600 b.json && mode_is 600 c.json && content_is '[]' d.json && content_is '[]' e.json &&
            [ "$(grep -c 'not whole' "$work/log")" = 2 ]
    }
    both_ways
}

@test "303: the next image sees what is pending, keeps its rule, and shows nothing of the hand-over" {
    mkdir "$work/other"
    printf '[other]\nmatch = nothing\n' >"$work/other/policy"
    policy <<<$'[d]\nmatch = **/d/f.json\nmode = 0400\n[rule]\nmatch = *.json\nsymlink = refuse'
    act() {
        mkdir d
        subject sh -c 'exec cat /proc/self/environ >environ.json'
        subject sh -c "exec $PYTHON -c 'import os; print(os.path.exists(\"a.json\"), [fd for fd in map(int, os.listdir(\"/proc/self/fd\")) if fd > 900 and os.get_inheritable(fd)])' >a.json"
        subject sh -c "echo '[]' | exec cat >d/f.json"
        subject sh -c "echo '[]' | OWNERONLY_POLICY=$work/other/policy exec cat >b.json"
        ln -s nowhere l.json
        subject sh -c 'exec sh -c "echo said >&2; (: >l.json) 2>/dev/null; :" 2>c.json'
        subject sh -c "exec $PYTHON -c 'import os
try: os.open(\"l.json\", os.O_WRONLY | os.O_CREAT)
except OSError: pass' 2>e.json"
    }
    holds() {
        ! tr '\0' '\n' <environ.json | grep '^OWNERONLY_HANDOVER=.' && content_is 'True []' a.json && mode_is 400 d/f.json &&
            mode_is 600 b.json && [ ! -s e.json ] && mode_is 600 a.json
    }
    both_ways
}

@test "208 303: a name that was removed does not come back by an exec" {
    act() {
        libc 'os.close(made("g.json")); show(mode("g.json")); fd = made(); os.dup2(fd, 1); os.close(fd); os.remove(F); os.execvp("echo", ["echo", "x"])'
    }
    holds() { answered 0o600 && content_is g.json <(ls -- *.json); }
    both_ways
}

@test "306: children that write inside libc, by system, popen, posix_spawn without a pid, seen by waitid" {
    act() {
        libc 'S = ctypes.c_void_p
def fresh(name):
    file(name, 0o600); return os.open(name, NEW)
def condemned(name, fd): show(name, said(os.close, fd), open(name).read())
fd = fresh("a.json")
if os.fork() == 0:
    stream = S(libc.fdopen(fd, b"w")); libc.fputs(b"x", stream); libc.fflush(stream); os.kill(os.getpid(), 9)
os.wait(); condemned("a.json", fd)
for number, name, call in ((2, "b.json", lambda: libc.system(b"echo x >&2; kill -9 $$")),
        (1, "c.json", lambda: libc.pclose(S(libc.popen(b"echo x >&1; kill -9 $$", b"r")))),
        (1, "d.json", lambda: (libc.posix_spawn(None, b"/bin/sh", None, None, (ctypes.c_char_p * 4)(b"sh", b"-c", b"echo x; kill -9 $$"), S.in_dll(libc, "environ")), os.wait()))):
    fd = fresh(name); kept = fcntl.fcntl(number, fcntl.F_DUPFD_CLOEXEC, 210); os.dup2(fd, number); call(); os.dup2(kept, number); condemned(name, fd)
for name, end in ("e.json", lambda: os.kill(os.getpid(), 9)), ("g.json", os.abort):
    fd = fresh(name); child = os.fork()
    if child == 0: os.write(fd, b"x"); resource.setrlimit(resource.RLIMIT_CORE, (resource.getrlimit(resource.RLIMIT_CORE)[1],) * 2); end()
    os.waitid(os.P_PID, child, os.WEXITED); condemned(name, fd)' 2>/dev/null
    }
    holds() {
        answered "a.json ECANCELED a.json" "b.json ECANCELED b.json" "c.json ECANCELED c.json" "d.json ECANCELED d.json" \
            "e.json ECANCELED e.json" "g.json ECANCELED g.json"
    }
    both_ways
}

@test "306: a child that was killed before its parent could look had the output that its file actions say" {
    [ -x /bin/busybox ] && ! ldd /bin/busybox >/dev/null 2>&1 || skip "no static busybox here"
    local late=(strace -qq -o "$work/trace" -e 'trace=clone,clone3,vfork' -e 'inject=clone,clone3,vfork:delay_exit=500000')
    command -v strace >/dev/null && "${late[@]}" true || skip "no tracing here"
    act() {
        subject "${late[@]}" "$PYTHON" -c 'import errno, os
null = os.open("/dev/null", os.O_WRONLY)
for name, actions in ("a.json", [(1,)]), ("b.json", [(1,), (1, 2), (null, 1)]):
    open(name, "w").write(name)
    fd = os.open(name, os.O_WRONLY | os.O_TRUNC)
    actions = [(os.POSIX_SPAWN_DUP2, *(action if len(action) == 2 else (fd, *action))) for action in actions]
    os.posix_spawn("/bin/busybox", ["sh", "-c", "kill -9 $$"], os.environ, file_actions=actions); os.wait()
    try: os.close(fd); print("ok", open(name).read())
    except OSError as e: print(errno.errorcode[e.errno], open(name).read())' >answer
    }
    holds() { answered "ECANCELED a.json" "ECANCELED b.json"; }
    both_ways
}

@test "302 309: more streams than are kept account of, one that is locked at exit, and a buffered standard error" {
    act() {
        libc 'S = ctypes.c_void_p
file("a.json"); fd = made("a.json"); streams = [S(libc.fdopen(os.dup(fd), b"w")) for i in range(5)]
os.close(fd); ends = [libc.fclose(s) for s in streams]; show(ends[-1], errno.errorcode[ctypes.get_errno()], open("a.json").read())' && mv answer first
        libc 'S = ctypes.c_void_p
file("b.json"); stream = S(libc.fopen(b"b.json", b"w")); libc.fputs(b"new", stream)
def hold(): libc.flockfile(stream); os.write(w, b"1"); libc.pause()
r, w = os.pipe(); threading.Thread(target=hold, daemon=True).start(); os.read(r, 1)
libc.alarm(9); libc.exit(0)' || true # since glibc 2.41 exit(3) waits for the lock
        libc 'S = ctypes.c_void_p
error = S.in_dll(libc, "stderr"); libc.setvbuf(error, None, 0, ctypes.c_size_t(4096)); fd = made("c.json", b""); os.dup2(fd, 2); os.close(fd)
libc.fputs(b"[1]", error); libc.exit(0)'
    }
    holds() {
        content_is '-1 EMFILE a.json' first && content_is b.json b.json && content_is '[1]' c.json && mode_is 600 c.json
    }
    both_ways
}

@test "309: by number, beyond the limit of its size: copy_file_range, sendfile, write" {
    need_x86_64
    act() {
        libc 'file("source"); source = os.open("source", os.O_RDONLY); limit = lambda n: resource.setrlimit(resource.RLIMIT_FSIZE, (n, -1))
for name, call in (("a.json", lambda fd: raw(326, source, None, fd, None, 6, 0)), ("b.json", lambda fd: raw(40, fd, source, None, 6)), ("c.json", lambda fd: raw(1, fd, b"123456", 6))):
    file(name, 0o600); fd = os.open(name, NEW); os.lseek(fd, 6, 0); os.lseek(source, 0, 0); limit(6); answers = said(call, fd), said(os.close, fd); limit(-1); show(*answers, open(name).read())'
    }
    holds() { answered "EFBIG EFBIG a.json" "EFBIG EFBIG b.json" "EFBIG EFBIG c.json"; }
    both_ways
}

@test "309: truncate(2) that fails leaves the very file that stands there" {
    act() {
        libc 'file(F); old = os.stat(F).st_ino
resource.setrlimit(resource.RLIMIT_FSIZE, (50, -1)); show(said(os.truncate, F, 100), os.stat(F).st_ino == old, mode(F))
os.truncate(F, 2); show(mode(F), open(F).read())'
    }
    holds() { answered "EFBIG True 0o644" "0o600 f."; }
    both_ways
}

@test "403: the mode of an open counts for a new file only, and survives a hand-over" {
    act() {
        libc 'file(F); os.close(os.open(F, NEW, 0o400)); os.close(os.open("g.json", NEW, 0o400)); show(mode(F), mode("g.json"))
fd = os.open("h.json", NEW, 0o444); os.dup2(fd, 1); os.close(fd); os.execvp("echo", ["echo", "x"])'
    }
    holds() { answered "0o600 0o400" && mode_is 400 h.json; }
    both_ways
}

@test "403 111: chmod of /dev/stdout, and of a name where a link was planted" {
    act() {
        libc 'fd = made(); os.dup2(fd, 1); os.close(fd); os.chmod("/dev/stdout", 0o644); show(oct(os.fstat(1).st_mode & 0o077))
file("target"); os.symlink("target", "g.json"); fd = os.open("g.json", NEW); os.chmod("g.json", 0o400); show(mode("target")); os.close(fd); show(mode("g.json"), os.path.islink("g.json"))'
    }
    holds() { answered 0o0 0o644 "0o400 False"; }
    both_ways
}

@test "208: rmdir of a pending name takes nothing away, a guest's link publishes nothing, the opener's does" {
    act() {
        libc 'fd = made(); said(os.rmdir, F); libc.unlinkat(-100, b"f.json", 0x200); os.close(fd); show(there())
fd = made("g.json")
if os.fork() == 0: libc.linkat(fd, b"", -100, b"h.json", 0x1000); os._exit(0)
os.wait(); show(there("g.json")); os.close(fd); show(there("g.json"))
fd = made("i.json"); libc.linkat(fd, b"", -100, b"second", 0x1000); show(there("i.json")); os.close(fd)'
    }
    holds() { answered True False True True && mode_is 600 i.json; }
    both_ways
}

# How often signals are blocked for a hundred questions about a descriptor: `fd`, or another file's.
blocked_for() {
    env "${settings[@]}" strace -qq -e trace=rt_sigprocmask -E "LD_PRELOAD=$preload" -o "$work/trace" \
        "$PYTHON" -c 'import os, sys
other = os.open("other", os.O_WRONLY | os.O_CREAT); fd = os.open("f.json", os.O_WRONLY | os.O_CREAT)
for i in range(100): os.fstat(eval(sys.argv[1])); os.fchmod(eval(sys.argv[1]), 0o600)
os._exit(0)' "$1"
    grep -c . "$work/trace"
}

@test "207: what is asked of other descriptors while something is pending blocks no signal" {
    [ -z "${OWNERONLY_PRELOAD_FIRST:-}" ] || skip "not with a sanitizer's run time"
    mkdir "$work/with"
    cd "$work/with"
    local few many
    few=$(blocked_for other)
    many=$(blocked_for fd)
    echo "$few $many"
    [ "$few" -lt 50 ]
    [ "$many" -gt 200 ]
}

# What is done to make it last, in order.
lasting() {
    local durability=$1
    policy <<<"[rule]
match = *.json
durability = $durability"
    env "${settings[@]}" strace -qq -e trace=fsync,linkat,renameat2 -E "LD_PRELOAD=$preload" -o "$work/trace" \
        "$PYTHON" -c 'import os; os.close(os.open("f.json", os.O_WRONLY | os.O_CREAT))'
    sed -E 's/\(.*//' "$work/trace" | xargs echo
}

@test "204: a file is synced before it has any name, and its directory after it has its own" {
    [ -z "${OWNERONLY_PRELOAD_FIRST:-}" ] || skip "not with a sanitizer's run time"
    mkdir "$work/with"
    cd "$work/with"
    [ "$(lasting none)" = "linkat renameat2" ]
    [ "$(lasting file)" = "fsync linkat renameat2" ]
    [ "$(lasting directory)" = "fsync linkat renameat2 fsync" ]
    mode_is 600 f.json
}

# What close(2) says, and what stands there then, when one call fails.
with_fault() {
    local rule=$1 fault=$2
    policy <<<"[rule]
match = *.json
$rule"
    echo old >f.json
    env "${settings[@]}" strace -qq -e "inject=$fault" -E "LD_PRELOAD=$preload" -o "$work/trace" \
        "$PYTHON" -c 'import errno, os
fd = os.open("f.json", os.O_WRONLY | os.O_CREAT | os.O_TRUNC); os.write(fd, b"[]")
try: os.close(fd); print("ok", end=" ")
except OSError as e: print(errno.errorcode[e.errno], end=" ")
print(open("f.json").read())' 2>/dev/null
}

@test "204 310: an interrupted sync is made again, and a document that cannot be read is refused for that" {
    [ -z "${OWNERONLY_PRELOAD_FIRST:-}" ] || skip "not with a sanitizer's run time"
    mkdir "$work/with"
    cd "$work/with"
    [ "$(with_fault "durability = file" fsync:error=EINTR:when=1)" = "ok []" ]
    [ "$(grep -c '^fsync' "$work/trace")" = 2 ]
    [ "$(with_fault "durability = file" fsync:error=EIO:when=1)" = "EIO old" ]
    # The loader reads so as well: the last one is that of the content.
    [ "$(with_fault "content = json" pread64:delay_enter=1:when=1)" = "ok []" ]
    local last
    last=$(grep -c '^pread64' "$work/trace")
    [ "$(with_fault "content = json" "pread64:error=EINTR:when=$last")" = "ok []" ]
    [ "$(with_fault "content = json" "pread64:error=EIO:when=$last")" = "EIO old" ]
}

@test "201 211: files of one directory share a descriptor" {
    act() {
        libc 'count = lambda: len(os.listdir("/proc/self/fd"))
before = count(); a, b = made("a.json"), made("b.json"); show(count() - before); os.close(a); os.close(b); show(count() - before)'
    }
    holds() { answered 3 0 && mode_is 600 a.json && mode_is 600 b.json; }
    both_ways
}

@test "the version that cannot be written is exit status 1" {
    "$library" >"$work/version"
    run -1 sh -c "'$library' >/dev/full"
}
