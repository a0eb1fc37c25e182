#!/usr/bin/env bats
# Calls by a name of what is pending, where they fail, and where other threads end it: contract 207, 208, 209.
#
# As in careful.bats: a table of rows, each run without the library and with it.
#
# SPDX-License-Identifier: Apache-2.0
# shellcheck disable=SC2016,SC2034 # the programs' own expressions; what rows.bash counts

load helper
load rows

setup() {
    common_setup
    policy <<<$'[rule]\nmatch = *.json'
    rows=0 changed=0
}

PRELUDE='
import ctypes, threading
P, Q = "f.json", "g.json"
def attempt(call):
    try: return call()
    except OSError as e: return errno.errorcode[e.errno]
'

# Every call by name, on names that lead nowhere: what it says, and how many signals are blocked then.
every_failing_call() {
    python "$PRELUDE"'
def calls(p):
    yield os.stat, p
    yield os.lstat, p
    yield os.access, p, os.F_OK
    yield os.open, p, os.O_RDONLY
    yield os.open, p, os.O_RDONLY | os.O_CREAT, 0o600
    yield os.open, p, os.O_WRONLY
    yield os.open, p, os.O_WRONLY | os.O_TRUNC
    yield os.open, p, os.O_WRONLY | os.O_APPEND
    yield os.open, p, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600
    yield os.chmod, p, 0o600
    yield os.chown, p, -1, -1
    yield os.lchown, p, -1, -1
    yield os.utime, p
    yield os.truncate, p, 0
    yield os.readlink, p
    yield os.getxattr, p, "user.x"
    yield os.setxattr, p, "user.x", b"1"
    yield os.listxattr, p
    yield os.removexattr, p, "user.x"
    yield os.rename, p, "other"
    yield os.rename, p, "other.json"
    yield os.rename, "source", p
    yield os.link, p, "other"
    yield os.link, "source", p
    yield os.symlink, "source", p
    yield os.remove, p
    yield os.rmdir, p
    yield lambda p: ctypes.CDLL(None).remove(p.encode()), p
    yield lambda p: ctypes.CDLL(None).realpath(p.encode(), None), p
open("source", "w").close()
os.symlink("loop", "loop")
if sys.argv[1:]:
    os.symlink("real.json", "link.json")
    open("link.json", "w").close()
f = open(P, "w")
for p in "nodir/" + P, "source/" + P, "loop/" + P, "d/" * 3000 + P, "x" * 300, "nodir/" + "x" * 300, "/nodir/other":
    for call, *arguments in calls(p):
        said = attempt(lambda: call(*arguments))
        print(p[:20], getattr(call, "__name__", ""), said, len(signal.pthread_sigmask(signal.SIG_BLOCK, [])))
f.close()' "$@"
}

@test "207 208: a call that fails by name leaves no signal blocked" {
    row "every call by a name that leads nowhere" every_failing_call
    policy <<<$'[rule]\nmatch = *.json\nsymlink = follow'
    row "the same, once a link was followed" every_failing_call link.json
    policy <<<$'[rule]\nmatch = **/*.json\nmatch = d/*'
    row "the same, where a rule asks for the directory" every_failing_call
    finish 3 3
}

# A thread that was looking for a name can be cancelled, and a process that was can be told to end.
@test "207 208: after a call that failed by name a thread can be cancelled, and a process ended" {
    act() {
        python "$PRELUDE"'
libc = ctypes.CDLL(None)
f = open(P, "w"); f.write("1")
print(os.path.exists("nodir/" + P)); sys.stdout.flush()
old = ctypes.c_int(); libc.pthread_setcancelstate(0, ctypes.byref(old)); print(old.value); sys.stdout.flush()
f.close()
os.kill(os.getpid(), signal.SIGTERM)
print("still here")' >answer || rc=$?
    }
    holds() { [ "$rc" = 143 ] && content_is $'False\n0' answer && content_is 1 f.json && mode_is 600 f.json; }
    both_ways
}

@test "208 211: with every descriptor in use what is pending is renamed, and removed" {
    act() {
        python "$PRELUDE"'
import resource
f = open(P, "w"); f.write("[1]"); f.flush(); g = open(Q, "w")
resource.setrlimit(resource.RLIMIT_NOFILE, (40, 40))
used = []
while True:
    try: used.append(os.open("/dev/null", os.O_RDONLY))
    except OSError: break
said = attempt(lambda: os.rename(P, "moved")), attempt(lambda: os.remove(Q))
for fd in used: os.close(fd)
f.close(); g.close(); print(said)' >answer || rc=$?
    }
    holds() {
        [ "$rc" = 0 ] && content_is "(None, None)" answer && [ "$(ls -x -w 0)" = "answer  moved" ] &&
            content_is "[1]" moved && mode_is 600 moved
    }
    both_ways
}

# Python code that another thread runs while this one is closing the file: strace holds the sync back, so that it
# comes in between.
closing() {
    subject_under 9 strace -f -qq -o /dev/null -e trace=fsync -e inject=fsync:delay_enter=500000 \
        "$PYTHON" -c "import errno, os, sys, threading, time
$PRELUDE"'
libc = ctypes.CDLL(None) # its calls let other threads run
number = {"x86_64": "74", "aarch64": "82"}.get(os.uname().machine)
def is_in_fsync(): return open(f"/proc/self/task/{os.getpid()}/syscall").read().split()[0] == number
def other(call):
    while not closed and not is_in_fsync(): time.sleep(0.01)
    said.append(attempt(lambda: call(name)))
'"$1"'
for call in calls:
    name = call.__name__ + ".json"
    said, closed = [], False
    open("source", "w").write("onto")
    fd = os.open(name, os.O_WRONLY | os.O_CREAT); os.write(fd, b"[1,")
    thread = threading.Thread(target=other, args=(call,)); thread.start()
    result = libc.close(fd); closed = True; thread.join()
    print(call.__name__, result, said, attempt(lambda: open(name).read()))'
}

need_fsync() {
    command -v strace >/dev/null || skip "strace is not installed"
    need_native
    [[ $(uname -m) =~ ^(x86_64|aarch64)$ ]] || skip "the number of fsync is another here"
}

@test "208 209: what another thread is just closing is there by its name, or is waited for" {
    need_fsync
    row "calls by name while another thread is closing" closing 'def append(p): fd = os.open(p, os.O_WRONLY | os.O_APPEND); os.write(fd, b"2]"); os.close(fd)
def append_new(p): fd = os.open(p, os.O_WRONLY | os.O_APPEND | os.O_CREAT); os.write(fd, b"2]"); os.close(fd)
def update(p): fd = os.open(p, os.O_RDWR); os.write(fd, b"[2"); os.close(fd)
def empty(p): fd = os.open(p, os.O_WRONLY | os.O_TRUNC); os.write(fd, b"[3]"); os.close(fd)
def read(p): return open(p).read()
def cread(p): return os.read(os.open(p, os.O_RDONLY | os.O_CREAT), 9)
def fread(p): libc.fopen.restype = ctypes.c_void_p; return libc.fopen(p.encode(), b"r") is not None
def size(p): return os.stat(p).st_size
def exclusive(p): os.close(os.open(p, os.O_WRONLY | os.O_CREAT | os.O_EXCL))
def chmod(p): os.chmod(p, 0o400); return oct(os.stat(p).st_mode)
def utime(p): os.utime(p, (1, 2)); return os.stat(p).st_mtime
def access(p): return os.access(p, os.R_OK)
def truncate(p): os.truncate(p, 1)
def real(p): libc.realpath.restype = ctypes.c_void_p; return libc.realpath(p.encode(), None) is not None
def remove(p): os.remove(p); return os.path.exists(p)
def rename(p): os.rename(p, "moved.json"); return os.path.exists(p)
def link(p): os.link(p, "linked.json")
def onto(p): os.rename("source", p)
def link_onto(p): os.link("source", p)
calls = size, read, cread, fread, access, real, append, append_new, update, empty, exclusive, chmod, utime, truncate, remove, rename, link, onto, link_onto'
    finish 1 1
}

# In the child nobody ends what another thread of its parent was ending.
@test "207 208: a child that is forked while another thread is closing waits for nothing" {
    need_fsync
    act() {
        closing 'def fork(p):
    child = os.fork()
    if child == 0: os.path.exists(p); os._exit(3)
    return os.waitpid(child, 0)[1] >> 8
calls = fork,' >answer || rc=$?
    }
    holds() { [ "$rc" = 0 ] && content_is "fork 0 [3] [1," answer && mode_is 600 fork.json; }
    both_ways
}
