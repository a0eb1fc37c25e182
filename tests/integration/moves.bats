#!/usr/bin/env bats
# Names that move while their files are pending, and moves that fail: contract 105, 208, 209, 302, 309, 310, 401.
# SPDX-License-Identifier: Apache-2.0
# shellcheck disable=SC2154

load helper

setup() {
    common_setup
    policy <<<$'[rule]\nmatch = *.token\n[documents]\nmatch = *.json\ncontent = json\n[links]\nmatch = link\nsymlink = follow'
}

attempts='
def attempt(call):
    try: return call() or "ok"
    except OSError as e: return errno.errorcode[e.errno]
'

@test "302 310: a refused rename does not forget what a stream still holds back" {
    act() {
        python "$attempts"'
import ctypes
libc = ctypes.CDLL(None); libc.fopen.restype = ctypes.c_void_p
stream = ctypes.c_void_p(libc.fopen(b"f.json", b"w"))
libc.fputs(b"[1", stream); print(attempt(lambda: os.rename("f.json", "moved"))); libc.fputs(b",2]", stream)' >answer
    }
    holds() { content_is EBADMSG answer && content_is "[1,2]" f.json && mode_is 600 f.json; }
    both_ways
}

@test "208 309: a failed write is told by the rename, and by the close as well" {
    act() {
        python "$attempts"'
import resource
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
fd = os.open("a.token", os.O_WRONLY | os.O_CREAT); os.write(fd, b"some")
soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
resource.setrlimit(resource.RLIMIT_FSIZE, (4, hard)); attempt(lambda: os.write(fd, b"more"))
resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
said = attempt(lambda: os.rename("a.token", "moved")), attempt(lambda: os.close(fd))
print(*said)' >answer
    }
    holds() { content_is "EFBIG EFBIG" answer && [ "$(ls)" = answer ] && stderr_has 'action=discard result=EFBIG'; }
    both_ways
}

# The first of two files of one name stays pending, unless the name has really gone.
@test "209: of two files that are pending under one name the first is not dropped by a link, or by a rename that fails" {
    for move in 'os.link("a.token", "other")' 'os.rename("a.token", "absent/other")'; do
        rm -rf "$work/without" "$work/with"
        act() {
            python "$attempts
def move(): $move"'
a = open("a.token", "w"); a.write("the first"); a.flush()
b = open("a.token", "w"); b.write("second"); b.flush()
attempt(move); b.close(); a.close()'
        }
        holds() { content_is "the first" a.token && mode_is 600 a.token; }
        both_ways
    done
}

@test "208 209: a link of a descriptor is one of its own file, whatever else is pending under its name" {
    act() {
        python 'a = open("a.json", "w"); a.write("[1]"); a.flush()
b = open("a.json", "w"); b.write("[2"); b.flush()
os.link("/proc/self/fd/%d" % a.fileno(), "linked", src_dir_fd=0, follow_symlinks=True); a.close(); b.write("]"); b.close()'
    }
    holds() { content_is "[1]" linked && mode_is 600 linked && content_is "[2]" a.json && mode_is 600 a.json; }
    both_ways
}

@test "208: a rename to where no directory is leaves what is pending as it was, and the old file" {
    act() {
        printf old >a.token
        chmod 600 a.token
        python "$attempts"'
f = open("a.token", "w"); f.write("half"); f.flush()
for target in "absent/other", "a.token/other", "x" * 300: print(attempt(lambda: os.rename("a.token", target)))
sys.stdout.flush(); os.kill(os.getpid(), signal.SIGKILL)' >answer || rc=$?
    }
    holds() { [ "$rc" = 137 ] && content_is $'ENOENT\nENOTDIR\nENAMETOOLONG' answer && content_is old a.token; }
    both_ways
}

@test "105 208: times that are set by name do not hide what another process changed" {
    act() {
        printf AAAA >a.token
        chmod 600 a.token
        python "$attempts"'
import subprocess
fd = os.open("a.token", os.O_RDWR); os.utime("a.token", (1, 2)); os.write(fd, b"1")
subprocess.run(["sh", "-c", "printf BB | dd of=a.token bs=1 seek=2 conv=notrunc status=none"], env={"PATH": os.environ["PATH"]})
os.utime("a.token"); print(attempt(lambda: os.close(fd)))' >answer
    }
    holds() { content_is ESTALE answer && content_is AABB a.token; }
    both_ways
}

@test "105 208: times that are set by name are no change of another's" {
    act() {
        printf AAAA >a.token
        chmod 600 a.token
        python "$attempts"'
fd = os.open("a.token", os.O_RDWR); os.utime("a.token", (1, 2)); os.utime("a.token", (3, 4)); os.write(fd, b"1")
f = open("b.token", "w"); f.close(); print(attempt(lambda: os.close(fd)))' >answer
    }
    holds() { content_is ok answer && content_is 1AAA a.token && mode_is 600 b.token; }
    both_ways
}

# Each as a plain call; the mode of the target is the control.
same_but_private() {
    local said=$1 file=$2 code=$3
    act() { python "$attempts$code" >answer; }
    holds() { content_is "$said" answer && mode_is 600 "$file"; }
    both_ways
}

@test "111 208: what is pending behind a link is emptied and linked by the link" {
    same_but_private $'ok\n2\nok' real.token '
os.symlink("real.token", "link")
first = open("link", "w"); g = []
print(attempt(lambda: g.append(os.open("link", os.O_WRONLY | os.O_TRUNC)))); first.close()
os.write(g[0], b"12"); os.close(g[0]); print(os.path.getsize("link"))
os.remove("link"); os.symlink("new.token", "link"); new = open("link", "w")
print(attempt(lambda: os.link("link", "other", src_dir_fd=os.open(".", os.O_PATH), follow_symlinks=True))); new.close()'
}

@test "208 303: what is pending behind a link is there in the next image" {
    act() {
        python 'os.symlink("real", "link"); fd = os.open("link", os.O_WRONLY | os.O_CREAT); os.write(fd, b"[1]")
os.set_inheritable(fd, True)
os.execv(sys.executable, [sys.executable, "-c", """import os
print(os.stat("link").st_size, os.access("link", os.R_OK), open("link").read())"""])' >answer
    }
    holds() { content_is "3 True [1]" answer && content_is "[1]" real && mode_is 600 real; }
    both_ways
}

@test "208: a link and a rename of nothing onto a pending name find nothing; O_EXCL without O_CREAT asks for nothing" {
    need_renameat2
    same_but_private $'ENOENT\nENOENT\nEEXIST\nEEXIST\nok' a.token '
import ctypes
libc = ctypes.CDLL(None, use_errno=True)
def raw(*arguments):
    if libc.renameat2(*arguments) < 0: raise OSError(ctypes.get_errno(), "")
f = open("a.token", "w"); open("source", "w").close()
for source in "absent", "source":
    print(attempt(lambda: os.link(source, "a.token"))); print(attempt(lambda: raw(-100, source.encode(), -100, b"a.token", 1)))
g = []
print(attempt(lambda: g.append(os.open("a.token", os.O_WRONLY | os.O_TRUNC | os.O_EXCL)))); os.close(g[0]); f.close()'
}

@test "208: no link and no directory is made under a name that is pending" {
    same_but_private $'EEXIST EEXIST EEXIST EEXIST ok ok\nEEXIST EEXIST EEXIST EEXIST ok ok' a.token '
def make(p): return [attempt(call) for call in (lambda: os.symlink("x", p), lambda: os.symlink("x", p, dir_fd=d), lambda: os.mkdir(p), lambda: os.mkdir(p, dir_fd=d))]
d = os.open(".", os.O_RDONLY)
for old in False, True:
    f = open("a.token", "w")
    print(*make("a.token"), attempt(lambda: os.symlink("x", "l%d.token" % old)), attempt(lambda: os.mkdir("d%d.token" % old)))
    f.close()'
}

@test "208: the same by number" {
    [ "$(uname -m)" = x86_64 ] || skip "other numbers"
    same_but_private 'EEXIST EEXIST EEXIST EEXIST' a.token '
import ctypes
libc = ctypes.CDLL(None, use_errno=True)
def raw(*arguments):
    if libc.syscall(*arguments) < 0: raise OSError(ctypes.get_errno(), "")
f = open("a.token", "w"); n = b"a.token"
print(*[attempt(lambda: raw(*call)) for call in ((88, b"x", n), (266, b"x", -100, n), (83, n, 0o700), (258, -100, n, 0o700))]); f.close()'
}

need_renameat2() {
    "$PYTHON" -c 'import ctypes; ctypes.CDLL(None).renameat2' 2>/dev/null || skip "this libc has no renameat2"
}

@test "111: a link that ends with a slash is what a plain open says" {
    policy <<<$'[rule]\nmatch = *.token\nsymlink = follow'
    same_but_private $'ENOENT\nENOTDIR\nEISDIR\nEISDIR\nEISDIR' a.token '
open("a.token", "w").close(); open("file", "w").close(); os.mkdir("d")
for target in "absent/", "file/", "d/":
    os.symlink(target, "l.token"); print(attempt(lambda: os.open("l.token", os.O_WRONLY | os.O_TRUNC))); os.remove("l.token")
os.symlink("absent/", "l.token")
print(attempt(lambda: os.open("l.token", os.O_WRONLY | os.O_CREAT))); os.remove("l.token"); os.symlink("d/", "l.token")
print(attempt(lambda: os.open("l.token", os.O_WRONLY | os.O_CREAT | os.O_TRUNC)))'
}
