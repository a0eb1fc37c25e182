#!/usr/bin/env bats
# Who writes a file that another process opened, and who only holds it: contract 306, 307.
# All ways in which a write ends: endings.bats.
#
# SPDX-License-Identifier: Apache-2.0

load helper

any_content() {
    policy <<<$'[rule]\nmatch = *client_api_config.json'
}

published() {
    [ "$rc" = 0 ] && content_is "$1" "$F" && mode_is 600 "$F"
}

kept() {
    content_is '["old"]' "$F"
}

shells() {
    local shell
    for shell in dash bash zsh ksh; do
        ! command -v "$shell" >/dev/null || echo "$shell"
    done
}

@test "306: who is killed by SIGPIPE in a pipeline of the group wrote something else: it means nothing" {
    any_content
    for shell in $(shells); do
        rm -rf "$work/without" "$work/with"
        act() { subject "$shell" -c "{ yes | head -1; } >$F"; }
        holds() { published y; }
        both_ways
    done
}

@test "306: a forked worker that merely holds the descriptor: its death condemns nothing" {
    act() {
        python 'f = open(F, "w"); f.write("[1]"); f.flush()
if os.fork() == 0: os.kill(os.getpid(), signal.SIGKILL)
os.wait(); f.close()'
    }
    holds() { published '[1]'; }
    both_ways
}

@test "306: a forked worker that wrote, and was killed, condemns it; one that let go before does not" {
    any_content
    act() {
        echo '["old"]' >"$F"
        python 'def child(lets_go):
    if os.fork() == 0:
        os.write(f.fileno(), b"[")
        if lets_go: os.close(f.fileno())
        os.kill(os.getpid(), signal.SIGKILL)
    os.wait()
f = open(F, "w"); child(False)
try: f.close()
except OSError as e: print(errno.errorcode[e.errno])
f = open("2." + F, "w"); child(True); f.close(); print(open("2." + F).read())' >answer
    }
    holds() { content_is $'ECANCELED\n[' answer && kept && stderr_has 'action=condemn result=ECANCELED'; }
    both_ways
}

@test "306: a child that no hook saw begin counts once it wrote, and one whose end is asked for by number" {
    any_content
    act() {
        echo '["old"]' >"$F"
        python 'import ctypes, platform
libc = ctypes.CDLL(None)
clone, waitid = {"x86_64": (56, 247), "aarch64": (220, 95)}.get(platform.machine(), (0, 0))
beginnings = [getattr(libc, "_Fork", os.fork)] + ([lambda: libc.syscall(clone, signal.SIGCHLD, 0, 0, 0, 0)] if clone else [])
ends = [lambda: os.wait()] + ([lambda: libc.syscall(waitid, 0, 0, 0, os.WEXITED, 0)] if waitid else [])
for begin in beginnings:
    for end in ends:
        f = open(F, "w")
        if begin() == 0:
            os.write(f.fileno(), b"[")
            os.kill(os.getpid(), signal.SIGKILL)
        end()
        try: f.close()
        except OSError as e: print(errno.errorcode[e.errno])
        else: print("closed")' >answer
    }
    holds() { [ -s answer ] && ! grep -vx ECANCELED answer && kept; }
    both_ways
}

@test "306 310: a forked worker that merely holds the descriptor does not switch the check off, nor delay" {
    act() {
        echo '["old"]' >"$F"
        python 'f = open(F, "w"); f.write("[1, "); f.flush(); r, w = os.pipe()
if os.fork() == 0: os.close(w); os.read(r, 1); os._exit(0)
try: f.close()
except OSError as e: print(errno.errorcode[e.errno])' >answer
    }
    holds() { content_is EBADMSG answer && kept; }
    both_ways
}

@test "306: a child that was started before the file was opened means nothing" {
    any_content
    act() { subject bash -c "sleep 60 & exec >$F; echo 1; kill -9 \$!; wait; exec >&2"; }
    holds() { published 1; }
    both_ways
}

@test "306: timeout kills the command: the old file stays, in every shell" {
    any_content
    for shell in $(shells); do
        rm -rf "$work/without" "$work/with"
        act() { echo '["old"]' >"$F"; subject "$shell" -c "timeout 0.2 sh -c 'echo [; sleep 60; true' >$F; true"; }
        holds() { kept && stderr_has 'action=(condemn|discard) '; }
        both_ways
    done
}

# The child writes the rest when it is told to, on a pipe.
left_to_child='import subprocess
r, w = os.pipe()
f = open(F, "w")
f.write(sys.argv[1]); f.flush()
child = subprocess.Popen(["sh", "-c", "read line <&%d; printf %%s \"$0\"" % r, sys.argv[2]], stdout=f,
                         pass_fds=[r])
f.close()
print(open(F).read())
os.write(w, b"\n")
child.wait()
print(open(F).read())'

@test "307: content = any: published when the opener lets go; the child writes on, and the log says so" {
    any_content
    settings+=(OWNERONLY_LOG=stderr)
    act() { python "$left_to_child" '[1,' '2]' >answer; }
    holds() {
        content_is $'[1,\n[1,2]' answer && published '[1,2]' &&
            stderr_has 'action=publish result=ok reason="maybe not whole: a child' &&
            stderr_has 'left-to=child'
    }
    both_ways
}

@test "307: content = json: what is not whole waits for the child, which publishes it" {
    act() { echo '["old"]' >"$F"; python "$left_to_child" '[1,' '2]' >answer || rc=$?; }
    holds() { published '[1,2]' && content_is $'["old"]\n\n[1,2]' answer; }
    both_ways
}

@test "307: what was left to a child says nothing of the next file of the same process" {
    settings+=(OWNERONLY_LOG=stderr)
    act() {
        echo '["old"]' >"$F"
        python "$left_to_child
json.dump([3], open('next_' + F, 'w'))" '[1,' '2]' >answer || rc=$?
    }
    holds() {
        published '[1,2]' && content_is '[3]' "next_$F" && mode_is 600 "next_$F" &&
            [ "$(grep 'next_' "$work/stderr" | grep -c 'action=publish result=ok mode=0600 size=3$')" = 1 ]
    }
    both_ways
}

@test "307: content = json: an empty file waits as well, and a whole one does not" {
    act() {
        echo '["old"]' >"$F"
        python "$left_to_child" '' '[2]' >answer || rc=$?
        python "$left_to_child" '[1]' ' ' >>answer || rc=$?
    }
    holds() { content_is $'["old"]\n\n[2]\n[1]\n[1] ' answer && mode_is 600 "$F"; }
    both_ways
}

@test "307: content = json: not whole when the child ends either: refused, with a line" {
    act() { echo '["old"]' >"$F"; python "$left_to_child" '[1,' '2' >answer || rc=$?; }
    holds() { kept && content_is $'["old"]\n\n["old"]' answer && stderr_has 'program="sh".*EBADMSG'; }
    both_ways
}

@test "307: content = json: a child without the library can't publish it: refused when the opener lets go" {
    act() {
        echo '["old"]' >"$F"
        python 'import subprocess
f = open(F, "w"); f.write("[1,"); f.flush()
child = subprocess.Popen(["sleep", "60"], stdout=f, env={"PATH": os.environ["PATH"]})
try: f.close()
except OSError as e: print(errno.errorcode[e.errno])
child.kill()' >answer
    }
    holds() { content_is EBADMSG answer && kept; }
    both_ways
}

@test "306 307: a child counts that writes by dprintf" {
    for call in 'dprintf(fd, ' '__dprintf_chk(fd, 1, '; do
        rm -rf "$work/without" "$work/with"
        act() {
            python 'import ctypes
libc = ctypes.CDLL(None); r, w = os.pipe(); there, here = os.pipe()
fd = os.open(F, os.O_WRONLY | os.O_CREAT, 0o644)
if os.fork() == 0:
    os.close(w)
    libc.'"$call"'b"[1,"); os.write(here, b"\n"); os.read(r, 1); libc.'"$call"'b"2]"); os._exit(0)
os.read(there, 1); os.close(fd); os.write(w, b"\n"); os.wait()'
        }
        holds() { published '[1,2]'; }
        both_ways
    done
}

# The opener leaves the document; $1: what the child, a shell with the library, then does.
left_to_shell() {
    python 'import subprocess
r, w = os.pipe()
f = open(F, "w")
f.write(sys.argv[1]); f.flush()
child = subprocess.Popen(["sh", "-c", "read line <&%d; %s" % (r, sys.argv[2])], stdout=f, pass_fds=[r])
f.close()
os.write(w, b"\n")
child.wait()' "$@"
}

@test "307: content = json: a guest executes a program without the library: refused before, with a line" {
    settings+=(OWNERONLY_LOG=stderr)
    act() { echo '["old"]' >"$F"; left_to_shell '[1,' 'exec env -u LD_PRELOAD printf 2]'; }
    holds() { kept && [ "$rc" = 0 ] && [ "$(grep -c 'action=discard result=EBADMSG' "$work/stderr")" = 1 ]; }
    both_ways
}

@test "307: the same where the guest has made it whole: published before, with a line" {
    settings+=(OWNERONLY_LOG=stderr)
    act() { echo '["old"]' >"$F"; left_to_shell '[1,' 'printf 2]; exec env -u LD_PRELOAD printf \\n'; }
    holds() {
        published '[1,2]' && [ "$(grep -c 'action=publish result=ok' "$work/stderr")" = 1 ] &&
            stderr_has 'result=ok reason="maybe not whole: the next program.*left-to=program'
    }
    both_ways
}

# The opener leaves the document to a child, which writes $1, and executes true(1) with $2 as environment; its
# descriptors, one of them a duplicate, are close-on-exec.
left_and_executed() {
    python 'r, w = os.pipe(); there, here = os.pipe()
fd = os.open(F, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o644)
if os.fork() == 0:
    os.close(w); copy = os.dup(fd); os.write(fd, b"[1,"); os.write(here, b"\n"); os.read(r, 1)
    try: os.execve("/missing/true", ["true"], os.environ)
    except FileNotFoundError: os.write(copy, sys.argv[1].encode())
    os.execve("/bin/true", ["true"], eval(sys.argv[2]))
os.read(there, 1); os.close(fd); os.write(w, b"\n"); print(os.wait()[1])' "$@" >answer
}

@test "307 305: a guest executes a program that does not inherit it: published before if it is whole" {
    for environment in os.environ '{}'; do
        rm -rf "$work/without" "$work/with"
        act() { echo '["old"]' >"$F"; left_and_executed '2]' "$environment"; }
        holds() { published '[1,2]' && content_is 0 answer; }
        both_ways
    done
}

@test "307 305: the same where it is not whole: refused before, with a line" {
    act() { echo '["old"]' >"$F"; left_and_executed '2' os.environ; }
    holds() { kept && content_is 0 answer && stderr_has 'action=discard result=EBADMSG'; }
    both_ways
}

@test "307: a command without the library that a guest runs, and waits for, leaves it to that one" {
    act() { echo '["old"]' >"$F"; left_to_shell '[1,' 'env -u LD_PRELOAD printf 2,; printf 3]'; }
    holds() { published '[1,2,3]'; }
    both_ways
}

# A child of the opener of a stream writes the rest into its copy, does CODE, and ends by exit(3).
by_copied_stream() {
    python 'import ctypes, resource
libc = ctypes.CDLL(None, use_errno=True); libc.fopen.restype = ctypes.c_void_p
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
stream = ctypes.c_void_p(libc.fopen(F.encode(), b"w"))
r, w = os.pipe(); there, here = os.pipe()
if os.fork() == 0:
    os.close(w); libc.fputs(b"[1,", stream); libc.fflush(stream); os.write(here, b"\n"); os.read(r, 1)
    libc.fputs(b"2]", stream)
    '"$1"'
    libc.exit(0)
os.read(there, 1)
'"$2"'
result = libc.fclose(stream); print(result and errno.errorcode[ctypes.get_errno()])
os.write(w, b"\n"); '"$3"'' >answer
}

@test "302 307: what a child that was left the document holds back in a copied stream is in it when it exits" {
    act() { echo '["old"]' >"$F"; by_copied_stream pass pass 'os.wait()'; }
    holds() { published '[1,2]' && content_is 0 answer; }
    both_ways
}

@test "302 309: what a child can't write of a copied stream when it exits condemns the file" {
    any_content
    act() {
        echo '["old"]' >"$F"
        by_copied_stream 'resource.setrlimit(resource.RLIMIT_FSIZE, (4, 4))' 'os.write(w, b"\n"); os.wait()' pass
    }
    holds() { kept && content_is EFBIG answer; }
    both_ways
}

@test "309 403: a chmod of the opener does not forget that a guest could not write" {
    any_content
    act() {
        echo '["old"]' >"$F"
        python 'import resource
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
fd = os.open(F, os.O_WRONLY | os.O_TRUNC)
if os.fork() == 0:
    resource.setrlimit(resource.RLIMIT_FSIZE, (3, 3))
    try: os.write(fd, b"[1,"); os.write(fd, b"2]")
    except OSError: os._exit(0)
os.wait(); os.fchmod(fd, 0o600)
try: os.close(fd)
except OSError as e: print(errno.errorcode[e.errno])' >answer
    }
    holds() { content_is EFBIG answer && kept; }
    both_ways
}

# A guest could not write; WHO then does CODE with the file.
after_a_failed_guest() {
    python 'import resource, stat
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
fd = os.open(F, os.O_WRONLY | os.O_TRUNC)
if os.fork() == 0:
    resource.setrlimit(resource.RLIMIT_FSIZE, (3, 3))
    try: os.write(fd, b"[1,"); os.write(fd, b"2]")
    except OSError: pass
    '"$1"'
    os._exit(0)
os.wait()
'"$2"'
try: os.close(fd)
except OSError as e: print(errno.errorcode[e.errno])' >answer
}

@test "309 403: a chmod of the guest itself, or of another one, does not forget it either" {
    any_content
    act() {
        echo '["old"]' >"$F"
        after_a_failed_guest 'os.fchmod(fd, 0o600)' 'if os.fork() == 0: os.chmod(f"/proc/self/fd/{fd}", 0o600); os._exit(0)
os.wait()'
    }
    holds() { content_is EFBIG answer && kept; }
    both_ways
}

@test "208 309: what one process says to another by a pending file's mode is shown to no program" {
    any_content
    act() {
        echo '["old"]' >"$F"
        chmod 644 "$F"
        after_a_failed_guest 'pass' 'for status in os.fstat(fd), os.stat(f"/proc/self/fd/{fd}"):
    print(oct(stat.S_IMODE(status.st_mode)))'
    }
    holds() { [ "$(tr '\n' ' ' <answer)" = '0o600 0o600 EFBIG ' ]; }
    both_ways
}
