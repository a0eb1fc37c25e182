#!/usr/bin/env bats
# No harm by a line, and no silence: contract 505, 207, 509.
# SPDX-License-Identifier: Apache-2.0

load helper
load tally

# A program that gets EBADMSG from the library, and one line, with signals as they are by default;
# then one that publishes.
writer='import errno, os, signal, sys
for number in (signal.SIGPIPE, signal.SIGXFSZ): signal.signal(number, signal.SIG_DFL)
def write(name, text):
    try:
        with open(name, "w") as f: f.write(text)
        return "ok"
    except OSError as e: return errno.errorcode[e.errno]
F = "client_api_config.json"
answers = write("a" + F, "{"), write(F, "{}")
with open("answers", "w") as f: print(*answers, len(signal.sigpending()), file=f)'

# Starts a command with a standard error of that kind; `probe` tells whether writing to it would do
# harm.
launcher='import errno, os, pty, resource, signal, socket, sys, termios
kind, command = sys.argv[1], sys.argv[2:]
def fill(fd):
    os.set_blocking(fd, False)
    for size in (4096, 1):
        try:
            while True: os.write(fd, b"x" * size)
        except BlockingIOError: pass
    os.set_blocking(fd, True)
for number in (signal.SIGPIPE, signal.SIGXFSZ): signal.signal(number, signal.SIG_DFL)
keep = []
if kind == "closed-pipe":
    r, w = os.pipe(); os.close(r)
elif kind.startswith("full-pipe"):
    r, w = os.pipe(); fill(w); keep.append(r)
elif kind == "full-socket":
    r, w = (s.detach() for s in socket.socketpair()); fill(w); keep.append(r)
elif kind == "closed-socket":
    r, w = (s.detach() for s in socket.socketpair()); os.close(r)
elif kind == "stopped-terminal":
    r, w = pty.openpty(); termios.tcflow(w, termios.TCOOFF); keep.append(r)
elif kind == "non-blocking-pipe":
    r, w = os.pipe(); fill(w); os.set_blocking(w, False); keep.append(r)
elif kind == "at-its-limit":
    w = os.open("limited", os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600); os.write(w, b"x" * 60)
    resource.setrlimit(resource.RLIMIT_FSIZE, (60, 60))
elif kind == "full-device":
    w = os.open("/dev/full", os.O_WRONLY)
elif kind == "closed":
    os.close(2); w = None
for fd in keep: os.set_inheritable(fd, True)
if w is not None: os.dup2(w, 2); os.close(w)
if kind.endswith("-of-another"): os.setgroups([]); os.setgid(65534); os.setuid(65534)
os.execvp(command[0], command)'

kinds=(closed-pipe full-pipe non-blocking-pipe full-socket closed-socket stopped-terminal at-its-limit
    full-device closed)

setup() {
    common_setup
    printf '%s\n' "$writer" >"$work/writer"
    printf '%s\n' "$launcher" >"$work/launcher"
}

# A program whose standard error is of that kind; without time to wait for.
launch() {
    local kind=$1
    shift
    local environment=("${settings[@]}")
    [ "$column" = without ] || environment+=("LD_PRELOAD=$preload")
    timeout 60 "$PYTHON" "$work/launcher" "$kind" env "${environment[@]}" "$@"
}

@test "505 207: whatever standard error is, a line does no harm (control: a line of the program's own does)" {
    cases() {
        printf '%s\n' "${kinds[@]}"
        [ "$(id -u)" != 0 ] || echo full-pipe-of-another
    }
    try() {
        chmod 777 .
        launch "$1" "$PYTHON" "$work/writer" && content_is 'EBADMSG ok 0' answers && mode_is 600 "$F" &&
            content_is '{}' "$F" && [ ! -e "a$F" ]
    }
    tally "kinds of standard error"

    # What they are: a write of the program's own is killed, would wait, or fails.
    cd "$work"
    column=without
    rm -f limited
    run -141 launch closed-pipe /bin/sh -c 'kill -PIPE $$'
    for kind in closed-pipe closed-socket; do
        run -141 launch "$kind" perl -e 'syswrite(STDERR, "x")'
    done
    run -153 launch at-its-limit perl -e 'syswrite(STDERR, "x")'
    rm -f limited
    for kind in full-pipe stopped-terminal full-socket; do
        run -0 launch "$kind" "$PYTHON" -c 'import select; print(select.select([], [2], [], 0)[1])'
        [ "$output" = '[]' ]
    done
}

@test "502 505: a policy that is refused ends the program with 125, whatever standard error is" {
    settings+=(OWNERONLY_POLICY=/nowhere)
    cases() { printf '%s\n' "${kinds[@]}"; }
    try() {
        local status=0
        launch "$1" touch started || status=$?
        [ "$status" = 125 ] && [ ! -e started ]
    }
    tally "kinds of standard error for a refused policy"
}

@test "505 207: a log beyond the limit of a file's size, which raises SIGXFSZ, harms nobody" {
    settings+=("OWNERONLY_LOG=$work/log")
    act() {
        rm -f "$work/log"
        # Standard error is a pipe, which has no such limit.
        subject_under 2 prlimit --fsize=60 sh -c 'exec "$@" 2>&1 >/dev/null' sh \
            "$PYTHON" "$work/writer" | cat >said
        mv said "$work/stderr"
    }
    # The first 60 bytes of it are there; what did not fit was said elsewhere.
    holds() {
        content_is 'EBADMSG ok 0' answers && [ "$(stat -c %s "$work/log")" = 60 ] &&
            stderr_has 'action=discard result=EBADMSG' && ! stderr_has 'action=publish'
    }
    both_ways
}

@test "505: a log on a full disk: a refusal goes to standard error, and the program goes on" {
    need_mounts
    settings+=("OWNERONLY_LOG=/mnt/log")
    act() {
        in_name_space 'mount -t tmpfs -o size=4k,mode=755 tmpfs /mnt && { cat /dev/zero >/mnt/fill; touch /mnt/log; } 2>/dev/null; true' \
            "$PYTHON" "$work/writer"
    }
    holds() { content_is 'EBADMSG ok 0' answers && stderr_has 'action=discard result=EBADMSG' && ! stderr_has 'action=publish'; }
    both_ways
}

# Where the log can't be, every refusal is said on standard error, and nothing is waited for.
@test "505: what is no log of root's or one's own is not used, and refusals are said on standard error" {
    cases() {
        printf '%s\n' fifo read-fifo directory missing device link-to-device socket open-directory sticky dangling
        [ "$(id -u)" != 0 ] || printf '%s\n' anothers anothers-directory anothers-fifo unwritable
    }
    try() {
        local log=$PWD/log under=()
        case $1 in
        fifo) mkfifo log ;;
        read-fifo) mkfifo log && exec 7<>log ;;
        anothers-fifo) mkfifo log && chown 65534 log ;;
        directory) mkdir log ;;
        missing) log=$PWD/no/log ;;
        device) log=/dev/full ;;
        link-to-device) ln -s /dev/null log ;;
        socket) "$PYTHON" -c 'import socket; socket.socket(socket.AF_UNIX).bind("log")' ;;
        open-directory) mkdir d && chmod 777 d && log=$PWD/d/log ;;
        sticky) mkdir d && chmod 1777 d && log=$PWD/d/log ;;
        dangling) mkdir d && chmod 777 d && ln -s d/nothing log ;;
        anothers) touch log && chown 65534 log && chmod 666 log ;;
        anothers-directory) mkdir d && chown 65534 d && log=$PWD/d/log ;;
        unwritable)
            touch log
            chmod 777 .
            chmod 755 "$work"
            mkdir sub && chown 65534 sub && cd sub
            under=(setpriv --reuid=65534 --regid=65534 --clear-groups)
            ;;
        esac
        settings=("OWNERONLY_LOG=$log")
        subject_under 2 timeout 60 "${under[@]}" "$PYTHON" "$work/writer" || true
        exec 7>&-
        content_is 'EBADMSG ok 0' answers && stderr_has 'action=discard result=EBADMSG' &&
            ! stderr_has 'action=publish' && { [ ! -f "$log" ] || [ ! -s "$log" ]; }
    }
    tally "places that are none for a log"
}

@test "505: a log that is a FIFO is not even opened: who waits for a writer of it waits on" {
    [ -z "${OWNERONLY_PRELOAD_FIRST:-}" ] || skip "not with a sanitizer's run time"
    mkdir "$work/with"
    cd "$work/with"
    # opens_log: does a refusal open it?
    opens_log() {
        env "OWNERONLY_LOG=$PWD/log" strace -qq -f -e trace=openat -E "LD_PRELOAD=$preload" -o "$work/trace" \
            "$PYTHON" "$work/writer" 2>"$work/stderr" || true
        content_is 'EBADMSG ok 0' answers && grep -q '"[^"]*/log", O_WRONLY' "$work/trace"
    }
    touch log
    opens_log
    rm log
    mkfifo log
    run ! opens_log
    content_is 'EBADMSG ok 0' answers
    stderr_has 'action=discard result=EBADMSG'
}

@test "505: a log is made owner-only, whatever the umask, and one of root's is written" {
    cases() { printf '%s\n' 0 077 0777 acl; }
    try() {
        local umask=022
        mkdir d
        [ "$1" = acl ] && { setfacl -d -m u:12345:rw,o::rw d 2>/dev/null || return; } || umask=$1
        settings=("OWNERONLY_LOG=$PWD/d/log")
        (umask "$umask" && subject "$PYTHON" "$work/writer") || true
        mode_is 600 d/log && [ "$(grep -c '^owneronly: time=' d/log)" = 2 ]
    }
    tally "ways to make a log"
}

@test "505: a log's path leads through links of one's own, and is followed once" {
    mkdir "$work/real" "$work/etc"
    ln -s ../real "$work/etc/logs"
    settings+=("OWNERONLY_LOG=$work/etc/logs/log")
    act() {
        rm -f "$work/real/log"
        subject "$PYTHON" "$work/writer"
    }
    holds() { grep -q action=publish "$work/real/log" && mode_is 600 "$work/real/log" && [ ! -s "$work/stderr" ]; }
    both_ways
}

@test "505: no line goes into a protected file that is standard error" {
    settings+=(OWNERONLY_LOG=stderr)
    cases() {
        local shell
        for shell in bash dash; do
            printf "$shell:%s\n" builtin program exec both-orders refusal
        done
    }
    try() {
        local shell=${1%:*} way=${1#*:}
        case $way in
        builtin) subject "$shell" -c "printf '{}' >$F 2>&1" ;;
        program) subject "$shell" -c "/usr/bin/printf '{}' >$F 2>&1; true" ;;
        exec) subject "$shell" -c "exec /usr/bin/printf '{}' >$F 2>&1" ;;
        both-orders) subject "$shell" -c "exec 2>$F 1>&2; exec /usr/bin/printf '{}'" ;;
        # Of another file, while standard error is the protected one.
        refusal)
            subject "$shell" -c "'$PYTHON' '$work/writer' >b$F 2>&1; exit 0"
            content_is 'EBADMSG ok 0' answers || return
            is_regular "b$F" && mode_is 600 "b$F" && [ ! -s "b$F" ]
            return
            ;;
        esac
        content_is '{}' "$F" && mode_is 600 "$F"
    }
    tally "standard error is the protected file"
}

@test "505: in observe mode, too, nothing is added to a protected file that is standard error" {
    settings+=(OWNERONLY_MODE=observe OWNERONLY_LOG=stderr)
    act() {
        subject bash -c "/usr/bin/printf '{}' >$F 2>&1"
        # Who starts with such a standard error, and opens another one.
        subject bash -c "sh -c ': >a$F' 2>c$F"
        subject bash -c ": >b$F" # seen elsewhere
    }
    holds() { content_is '{}' "$F" && [ "$(stat -c %s c"$F")" = 0 ] && stderr_has 'action=observe-write'; }
    both_ways
}

@test "505: a descriptor 2 that was closed at the start and is another file later gets nothing" {
    act() {
        local environment=(A=b)
        add_preload
        bash -c 'exec "$@" 2>&-' bash env "${environment[@]}" \
            "$PYTHON" -c 'import os
fd = os.open("data", os.O_WRONLY | os.O_CREAT, 0o644)
os.dup2(fd, 2)
exec(open("'"$work/writer"'").read())' || true
    }
    holds() { content_is 'EBADMSG ok 0' answers && [ "$(stat -c %s data)" = 0 ]; }
    both_ways
}

@test "505: program= is the name as it was started, whatever title the program writes" {
    command -v perl >/dev/null || skip "perl is not installed"
    settings+=(OWNERONLY_LOG=stderr)
    act() { subject perl -e '$0 = "token=secret"; open(F, ">", $ARGV[0]); print F "[]"; close F' "$F"; }
    holds() {
        stderr_has 'program="perl" .*action=publish' &&
            content_is 'program="perl"' <(grep -oE 'secret|program="[^"]*"' "$work/stderr")
    }
    both_ways
}
