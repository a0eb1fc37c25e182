#!/usr/bin/env bats
# Arrivals that fail change nothing: contract 401.
# SPDX-License-Identifier: Apache-2.0

load helper

# The calls that give `other` the protected name and fail, each from a fresh start; what they said,
# and what `other` is afterwards.
failing_arrivals() {
    python '
import ctypes, stat
libc = ctypes.CDLL(None, use_errno=True)
def raw(number, *arguments):
    if libc.syscall(number, *arguments) < 0:
        raise OSError(ctypes.get_errno(), "")
def start():
    for name in "other", F:
        if os.path.lexists(name): os.remove(name)
    os.close(os.open("other", os.O_WRONLY | os.O_CREAT, 0o644))
    os.close(os.open("old", os.O_WRONLY | os.O_CREAT, 0o600)); os.rename("old", F)
    if sys.argv[1] == "acl":
        os.system("LD_PRELOAD= setfacl -m u:65534:r,g:65534:rw other")
    os.chmod("other", 0o4664)
def attempt(name, call):
    start()
    try: call(); said = "done"
    except OSError as e: said = errno.errorcode[e.errno]
    status = os.stat("other")
    acl = b"system.posix_acl_access".decode() in os.listxattr("other")
    print(name, said, oct(status.st_mode), status.st_nlink, acl, len(os.listdir("/proc/self/fd")))
attempt("link", lambda: os.link("other", F))
attempt("linkat", lambda: os.link("other", F, src_dir_fd=os.open(".", os.O_PATH)))
attempt("linkat by number", lambda: raw(265, -100, b"other", -100, F.encode(), 0))
attempt("renameat2 no-replace", lambda: raw(316, -100, b"other", -100, F.encode(), 1))
attempt("renameat2 bad flags", lambda: raw(316, -100, b"other", -100, F.encode(), 1 << 9))
os.mkdir("d"); 
def onto_directory():
    os.remove(F); os.mkdir(F)
    try: os.rename("other", F)
    finally: os.rmdir(F)
attempt("onto a directory", onto_directory)
attempt("exchange with an absent one", lambda: (os.remove(F), raw(316, -100, b"other", -100, F.encode(), 2)))
' "$1"
}

@test "401: a rename or link that fails leaves its source's mode and links as they were" {
    need_x86_64
    act() { failing_arrivals plain >answer; }
    compare 'EEXIST 0o104664 1 False'
}

@test "401: ... and its access control list" {
    need_x86_64
    setfacl -m u:65534:r "$work" || skip "no ACLs on this file system"
    setfacl -b "$work"
    act() { failing_arrivals acl >answer; }
    compare 'EEXIST 0o104664 1 True'
}

@test "204 401: what has arrived although the call failed stays cut to the rule's mode" {
    preload+=:$programs/liblost_answer.so
    settings=("LD_PRELOAD=$programs/liblost_answer.so")
    act() {
        (umask 0 && echo secret >loose)
        python 'try: os.rename("loose", F)
except OSError as e: print(errno.errorcode[e.errno])' >answer
    }
    holds() { content_is ETIMEDOUT answer && [ ! -e loose ] && content_is secret "$F" && mode_is 600 "$F"; }
    both_ways
}

need_x86_64() {
    [ "$(uname -m)" = x86_64 ] || skip "the numbers of the calls are those of x86-64"
}

# The same answers with and without the library; control: as many as this are seen.
compare() {
    holds() { diff "$work/without/answer" answer; }
    mkdir "$work/without"
    cd "$work/without"
    column=without
    act
    cat answer
    [ "$(grep -c "$1" answer)" -ge 4 ]
    only_with "the answers are those without the library"
}

@test "401: ln onto an existing protected name is refused, its source not tightened; onto a free one it is" {
    act() {
        code=0
        echo '[]' >other
        echo '[1]' >"$F"
        chmod 600 "$F"
        subject ln other "$F" || code=$?
        cp -a other after
        rm "$F"
        subject ln other "$F"
    }
    holds() { [ "$code" = 1 ] && mode_is 644 after && mode_is 600 other && mode_is 600 "$F"; }
    both_ways
}

@test "401: arrivals are tight as soon as they are there, and fifty of them leak no descriptor" {
    need_x86_64
    act() {
        echo '[]' >other
        python 'import ctypes
fds = len(os.listdir("/proc/self/fd"))
for i in range(50):
    os.chmod("other", 0o644)
    os.rename("other", F)
    assert os.stat(F).st_mode & 0o777 == 0o600
    os.rename(F, "other")
print(len(os.listdir("/proc/self/fd")) - fds)' >answer
    }
    holds() { content_is 0 answer; }
    both_ways
}

@test "401: a directory that arrives under a protected name keeps its mode, and a file does not" {
    act() {
        mkdir -m 755 from
        touch file
        subject mv from "d$F"
        subject mv file "$F"
    }
    holds() { mode_is 755 "d$F" && mode_is 600 "$F"; }
    both_ways
}

@test "401: of what is no regular file no line says that it was cut, or would be" {
    for mode in enforce observe; do
        rm -rf "$work/without" "$work/with"
        settings=(OWNERONLY_LOG=stderr "OWNERONLY_MODE=$mode")
        act() {
            mkdir directory
            ln -s nowhere link
            mkfifo fifo
            touch file
            for what in directory link fifo file; do
                subject mv -T "$what" "$what.$F"
                cat "$work/stderr" >>said
            done
        }
        holds() { [ "$(grep -c 'result=ok' said)" = 1 ] && grep -q "/file.$F\" action=" said; }
        both_ways
    done
}

# Nobody would see it before it is there.
@test "401: out of descriptors, nothing arrives that was not cut to the rule's mode" {
    act() {
        echo '["new"]' >in
        chmod 644 in
        python 'import resource
held = []
resource.setrlimit(resource.RLIMIT_NOFILE, (64, 64))
try:
    while True: held.append(os.open("/dev/null", os.O_RDONLY))
except OSError: pass
try: os.rename("in", F)
except OSError as e: sys.exit(0 if e.errno == errno.EMFILE else 2)
sys.exit(1)' || rc=$?
    }
    holds() { [ "$rc" = 0 ] && [ ! -e "$F" ] && [ -e in ] && stderr_has 'action=refuse result=EMFILE'; }
    both_ways
}
