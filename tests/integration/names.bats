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
