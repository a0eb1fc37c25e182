#!/usr/bin/env bats
# It fails closed, and says so: promise 4, contract 505.
# SPDX-License-Identifier: Apache-2.0

load helper

fields='^owneronly: time=[0-9-]{10}T[0-9:]{8}\.[0-9]{3}Z pid=[0-9]+ program="[^"]*" rule="[^"]*" path="[^"]*" action=[a-z-]+ result=[a-zA-Z]+( reason="[^"]*")?( mode=0[0-7]{3} size=[0-9]+( left-to=(program|child))?)?$'

@test "505: unset: a refusal is one line on standard error, a success none" {
    act() { python 'json.dump([], open(F, "w")); open(F, "w").write("secret")'; }
    holds() {
        [ "$(grep -cE '^owneronly: ' "$work/stderr")" = 1 ] &&
            grep -qE "$fields" "$work/stderr" && stderr_has 'action=discard result=EBADMSG' &&
            [ "$(grep '^owneronly: ' "$work/stderr" | grep -vc secret)" = 1 ]
    }
    both_ways
}

@test "505: stderr: every decision, with the absolute path" {
    settings+=(OWNERONLY_LOG=stderr)
    act() { python 'json.dump([], open(F, "w"))'; }
    holds() {
        grep -qE "$fields" "$work/stderr" &&
            grep -qF "rule=\"nvflare-client-api\" path=\"$work/$column/$F\" action=publish result=ok" \
                "$work/stderr"
    }
    both_ways
}

@test "505: an absolute path: every decision, in a file that is owner-only itself" {
    settings+=("OWNERONLY_LOG=$work/log")
    act() { python 'json.dump([], open(F, "w"))'; }
    holds() { grep -qE "$fields" "$work/log" && mode_is 600 "$work/log" && [ ! -s "$work/stderr" ]; }
    both_ways
}

@test "505: syslog: a datagram to /dev/log" {
    need_mounts
    settings+=(OWNERONLY_LOG=syslog)
    act() {
        # Its own /dev/log: a directory bound over /dev, with a socket in it.
        "$PYTHON" -c 'import socket, sys
s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM); s.bind("log"); s.settimeout(20)
print("ready", flush=True); print(s.recv(4096).decode(), end="")' >received 2>/dev/null &
        local server=$!
        until grep -q ready received; do :; done
        touch null
        in_name_space 'mount --bind . /dev' "$PYTHON" -c "open('$F', 'w').write('[]')"
        [ "$column" = with ] || kill "$server"
        wait "$server" || true
    }
    holds() { grep -qE '^<13>owneronly: time=.* action=publish result=ok' received; }
    both_ways
}

@test "505: a descriptor 2 that the program reopened gets nothing" {
    act() {
        python 'fd = os.open("data", os.O_WRONLY | os.O_CREAT, 0o644); os.dup2(fd, 2)
try: open(F, "w").write("{")
except OSError: pass
f = open(F, "w"); f.write("{")
try: f.close()
except OSError as e: print(errno.errorcode[e.errno])' >answer
    }
    # Python itself, since 3.13, says there that an object could not be closed.
    holds() { content_is EBADMSG answer && [ -f data ] && ! grep -q owneronly data; }
    both_ways
}

@test "505: odd names can't break a line" {
    settings+=(OWNERONLY_LOG=stderr 'OWNERONLY_MATCH=*.key')
    act() { python 'open("a\"b\n action=x \\.key", "w").write("x")'; }
    holds() {
        [ "$(wc -l <"$work/stderr")" = 1 ] && grep -qF 'a\"b\x0a action=x \\.key" action=publish' "$work/stderr"
    }
    both_ways
}

@test "505: the line of a published file tells its mode and size, and who writes on" {
    settings+=(OWNERONLY_LOG=stderr)
    act() {
        python 'json.dump([1, 2], open(F, "w"))'
        cp "$work/stderr" first
        subject sh -c "exec env -i echo '[3]' >$F"
    }
    holds() {
        grep -qE 'action=publish result=ok mode=0600 size=6$' first &&
            stderr_has 'action=publish result=ok reason="not whole.*" mode=0600 size=0 left-to=program$'
    }
    both_ways
}

@test "505: the mode is that of the file when its program narrowed it" {
    settings+=(OWNERONLY_LOG=stderr)
    act() { python 'f = open(F, "w"); f.write("[]"); os.fchmod(f.fileno(), 0o444)'; }
    holds() { stderr_has 'action=publish result=ok mode=0400 size=2$' && mode_is 400 "$F"; }
    both_ways
}

@test "505: a line that is too long is cut in its path only" {
    # Which runs programs under its own name.
    need_native
    settings+=("OWNERONLY_LOG=$work/log" 'OWNERONLY_MATCH=*.key')
    # Of every length, so that the cut falls on each place within an escaped byte.
    act() {
        local letters
        # A \x01 takes four bytes of the line, a letter one: every place is met.
        for ((letters = 0; letters < 10; letters++)); do
            subject bash -c 'exec -a "$1" "$2" -c "open(\"\\\\\" * 240 + \".key\", \"w\").write(\"x\")"' \
                bash "$(printf "%180s%${letters}s" '' '' | sed 's/ /\x01/g; s/\x01/a/181g')" "$PYTHON"
        done
    }
    holds() {
        [ "$(wc -l <"$work/log")" = 10 ] &&
            [ "$(grep -cE '[^\](\\\\)*" action=publish result=ok mode=0600 size=1$' "$work/log")" = 10 ] &&
            ! grep -q 'key"' "$work/log"
    }
    both_ways
}
