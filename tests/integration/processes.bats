#!/usr/bin/env bats
# When it is published, and by whom: contract 301, 302, 306, 307.
# SPDX-License-Identifier: Apache-2.0

load helper

@test "301: dup and dup2: published only when the last alias is closed" {
    act() {
        python 'fd = os.open(F, os.O_WRONLY | os.O_CREAT, 0o644); a = os.dup(fd); os.dup2(a, 20)
os.write(fd, b"["); os.close(fd); os.close(a); print(F in os.listdir(".")); os.write(20, b"]")
os.close(20); print(F in os.listdir("."))' >answer
    }
    holds() { content_is $'False\nTrue' answer && content_is '[]' "$F" && mode_is 600 "$F"; }
    both_ways
}

@test "301: a failure makes close fail, and the descriptor is gone all the same" {
    act() {
        python 'fd = os.open(F, os.O_WRONLY | os.O_CREAT); os.write(fd, b"[")
for i in range(2):
    try: os.close(fd)
    except OSError as e: print(errno.errorcode[e.errno])' >answer
    }
    holds() { content_is $'EBADMSG\nEBADF' answer && [ ! -e "$F" ]; }
    both_ways
}

@test "302: exit without close publishes (perl)" {
    act() { subject perl -e 'open(F, ">", $ARGV[0]); print F "[]"; exit 0' "$F"; }
    holds() { mode_is 600 "$F" && content_is '[]' "$F"; }
    both_ways
}

@test "302: _exit without close publishes (dash)" {
    act() { subject sh -c "exec 3> $F; echo '[]' >&3"; }
    holds() { mode_is 600 "$F" && content_is '[]' "$F"; }
    both_ways
}

@test "302: what standard output holds back at exit is in it, and is judged with it (getconf)" {
    act() { echo 1 >"$F"; subject bash -c "exec getconf PAGESIZE >$F"; }
    holds() { mode_is 600 "$F" && content_is "$(getconf PAGESIZE)" "$F"; }
    both_ways
}

@test "306: a forked child that closes its copy, and exits, publishes nothing" {
    act() {
        python 'f = open(F, "w"); f.write("["); f.flush()
if os.fork() == 0: os.close(f.fileno()); os._exit(0)
os.wait(); print(F in os.listdir(".")); f.write("]"); f.close()' >answer
    }
    holds() { content_is False answer && content_is '[]' "$F" && mode_is 600 "$F"; }
    both_ways
}

@test "306: subprocess with stdout=file (a vfork child): what the child writes is in it" {
    act() {
        python 'import subprocess
with open(F, "w") as f: subprocess.run(["echo", "[]"], stdout=f, check=True); print(F in os.listdir("."))' >answer
    }
    holds() { content_is False answer && content_is '[]' "$F" && mode_is 600 "$F"; }
    both_ways
}

@test "306: a child that opens for itself publishes for itself" {
    act() {
        python 'f = open(F, "w"); f.write("[1]")
if os.fork() == 0:
    g = open("child_" + F, "w"); g.write("[2]"); g.close(); os._exit(0)
os.wait(); print(oct(os.stat("child_" + F).st_mode)); f.close()' >answer
    }
    holds() { content_is 0o100600 answer && content_is '[1]' "$F"; }
    both_ways
}
