#!/usr/bin/env bats
# Updates: what is copied, and that none overwrites another's change (105).
#
# SPDX-License-Identifier: Apache-2.0

load helper

# Opens to update, lets something happen, writes and closes; says how close(2) ended.
updated_while() {
    python 'import subprocess
fd = os.open(F, os.O_RDWR | os.O_CREAT)
subprocess.run(["sh", "-c", sys.argv[1]], env={"PATH": os.environ["PATH"]})
os.lseek(fd, 0, 2)
os.write(fd, sys.argv[2].encode())
try:
    os.close(fd)
    print("ok")
except OSError as e:
    print(errno.errorcode[e.errno])' "$1" "${2:-]}" >said
}

# estale_after OLD COMMAND: the update fails, and what the other one wrote stands.
estale_after() {
    local old=$1
    code=$2
    act() {
        [ -z "$old" ] || printf '%s' "$old" >"$F"
        updated_while "$code" "$([ -n "$old" ] && echo "]" || echo 1)"
    }
    holds() { content_is ESTALE said && content_is '["theirs"]' "$F" && stderr_has 'result=ESTALE'; }
    both_ways
}

@test "105 208: times that the opener itself set by name are no change of another's" {
    act() {
        echo '["old"]' >"$F"
        python 'for pair in (5, 5), (6, 6):
    f = open(F, "r+"); f.write("[\"new\"]"); f.flush(); os.utime(F, pair); f.close(); print(os.stat(F).st_mtime)' >answer
    }
    holds() { content_is $'5.0\n6.0' answer && is_new_and_private; }
    both_ways
}

@test "105: an update of a file that another process rewrote in place fails with ESTALE" {
    estale_after '[1' "printf '[\"theirs\"]' >$F"
}

@test "105: the same where the other one's content has the same length" {
    estale_after '["their"  ' "printf '[\"theirs\"]' >$F"
}

@test "105: the same where another file was renamed to the name" {
    estale_after '[1' "printf '[\"theirs\"]' >new && mv new $F"
}

@test "105: an update of what was not there fails with ESTALE if somebody made it meanwhile" {
    estale_after '' "printf '[\"theirs\"]' >$F"
}

@test "105: a file that was removed meanwhile does not come back, and the update fails with ESTALE" {
    act() {
        printf '[1' >"$F"
        updated_while "rm $F"
    }
    holds() { content_is ESTALE said && [ ! -e "$F" ] && stderr_has 'was removed since it was opened'; }
    both_ways
}

@test "105: reading it, and another's chmod or link of it, is no change" {
    mkdir "$work/with"
    cd "$work/with"
    column=with
    printf '[1' >"$F"
    updated_while "cat $F >/dev/null; chmod 640 $F; ln $F link; touch -a $F"
    content_is ok said
    content_is '[1]' "$F"
    mode_is 600 "$F"
    # The control: a change is.
    printf '[1' >"$F"
    updated_while "touch -d yesterday $F"
    content_is ESTALE said
}

@test "105: of two updates at once the second to close fails, and the first one's line is there" {
    settings=("OWNERONLY_MATCH=*.txt")
    act() {
        echo old >f.txt
        subject "$PYTHON" -c '
import errno, os, subprocess, sys
fd = os.open("f.txt", os.O_RDWR)
subprocess.run([sys.executable, "-c", """
f = open("f.txt", "r+"); f.seek(0, 2); f.write("first\\n"); f.close()"""], check=True)
os.lseek(fd, 4, 0)
os.write(fd, b"second\n")
try: os.close(fd)
except OSError as e: print(errno.errorcode[e.errno])' >said
    }
    holds() { content_is ESTALE said && [ "$(cat f.txt)" = $'old\nfirst' ]; }
    both_ways
}

@test "105: after a hand-over by exec an update is still judged" {
    settings=("OWNERONLY_MATCH=*.txt")
    act() {
        echo old >f.txt
        # The next image ends, and only then is anything published.
        # shellcheck disable=SC2016
        subject bash -c 'exec sh -c "echo mine; env -i sh -c \"echo theirs >f.txt\"; exit 0" 1<>f.txt' || true
    }
    holds() { content_is theirs f.txt && stderr_has 'result=ESTALE'; }
    both_ways
}

@test "105: an update that writes nothing leaves the time of modification, and one that writes does not" {
    settings=("OWNERONLY_MATCH=*.txt")
    act() {
        echo old | tee idle.txt >busy.txt
        touch -d '2001-02-03 04:05:06.789' idle.txt busy.txt
        python 'open("idle.txt", "r+").close()
with open("busy.txt", "r+") as f: f.write("new")
print(*(int(os.stat(name).st_mtime_ns == 981173106789000000) for name in ("idle.txt", "busy.txt")))' >said
    }
    holds() { content_is "1 0" said && mode_is 600 idle.txt && mode_is 600 busy.txt; }
    TZ=UTC both_ways
}

@test "105: holes stay holes" {
    settings=("OWNERONLY_MATCH=*.bin")
    mkdir "$work/with"
    cd "$work/with"
    column=with
    truncate -s 2G f.bin
    printf begin | dd of=f.bin conv=notrunc status=none
    printf middle | dd of=f.bin bs=1M seek=1000 conv=notrunc status=none
    [ "$(du -k f.bin | cut -f1)" -lt 1024 ] || skip "no sparse files here"
    cp --sparse=always f.bin expected.bin
    printf X | dd of=expected.bin bs=1 seek=3 conv=notrunc status=none
    before=$(stat -c %i f.bin)
    subject "$PYTHON" -c 'f = open("f.bin", "r+b"); f.seek(3); f.write(b"X"); f.close()'
    [ "$(stat -c %i f.bin)" != "$before" ]
    [ "$(stat -c %s f.bin)" = 2147483648 ]
    [ "$(du -k f.bin | cut -f1)" -lt 1024 ]
    cmp <(head -c 100 f.bin) <(head -c 100 expected.bin)
    cmp <(dd if=f.bin bs=1M skip=999 count=2 status=none) <(dd if=expected.bin bs=1M skip=999 count=2 status=none)
    mode_is 600 f.bin
}

@test "105: a file that another process keeps changing is copied whole, or told at the end" {
    settings=("OWNERONLY_MATCH=*.txt")
    mkdir "$work/with"
    cd "$work/with"
    column=with
    seq 20000 >f.txt
    sh -c 'i=0; while [ -e go ]; do i=$((i + 1)); echo $i >>f.txt; done' &
    touch go
    said=$(subject "$PYTHON" -c '
import errno, os
fd = os.open("f.txt", os.O_RDWR)
try: os.close(fd); print("ok")
except OSError as e: print(errno.errorcode[e.errno])')
    rm go
    wait
    # What it appended between copy and publish would be lost, so it is told.
    [ "$said" = ESTALE ] || [ "$said" = ok ]
    cmp <(seq 20000) <(head -20000 f.txt)
}
