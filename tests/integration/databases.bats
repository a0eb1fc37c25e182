#!/usr/bin/env bats
# in-place = always: databases, lock files, and what several processes hold open at once.
#
# SPDX-License-Identifier: Apache-2.0

load helper

setup() {
    common_setup
    policy <<<$'[shared]\nmatch = *.db* *.lock\nin-place = always'
}

# Two connections of one process and one of another, each of which adds rows.
database() {
    subject "$PYTHON" -c '
import multiprocessing, os, sqlite3, sys
def connect():
    c = sqlite3.connect("f.db", timeout=30, isolation_level=None)
    c.execute("PRAGMA journal_mode = " + sys.argv[1])
    return c
def add(c, who, count):
    for i in range(count):
        c.execute("BEGIN IMMEDIATE")
        c.execute("INSERT INTO t VALUES (?, ?)", (who, i))
        c.execute("COMMIT")
os.umask(0)
a = connect()
a.execute("CREATE TABLE t (who TEXT, i INTEGER)")
b = connect()
def other():
    add(connect(), "other", 20)
p = multiprocessing.Process(target=other)
p.start()
for i in range(20):
    add(a, "a", 1)
    add(b, "b", 1)
p.join()
names = [n for n in os.listdir(".") if n.startswith("f.db")]
print(a.execute("SELECT count(*) FROM t").fetchone()[0], a.execute("PRAGMA integrity_check").fetchone()[0],
      *sorted({oct(os.stat(n).st_mode & 0o777) for n in names}))
assert len(names) >= int(sys.argv[2])
b.close(); a.close()' "$@" >said
}

@test "in-place = always: sqlite with a rollback journal, three connections: no row is lost, 0600" {
    act() { database DELETE 1; }
    holds() { content_is '60 ok 0o600' said && mode_is 600 f.db; }
    both_ways
}

@test "in-place = always: sqlite with a WAL, three connections: no row is lost, 0600" {
    act() { database WAL 3; }
    holds() { content_is '60 ok 0o600' said && mode_is 600 f.db; }
    both_ways
}

@test "in-place = always: a database that others could read is tightened before it is written" {
    act() {
        "$PYTHON" -c 'import sqlite3
c = sqlite3.connect("f.db"); c.execute("CREATE TABLE t (x)"); c.commit()'
        chmod 664 f.db
        inode=$(stat -c %i f.db)
        subject "$PYTHON" -c 'import os, sqlite3
c = sqlite3.connect("f.db"); c.execute("INSERT INTO t VALUES (1)")
print(oct(os.stat("f.db-journal").st_mode & 0o777))
c.commit()' >said
    }
    holds() { mode_is 600 f.db && content_is 0o600 said && [ "$(stat -c %i f.db)" = "$inode" ]; }
    both_ways
}

@test "in-place = always: a lock file by O_EXCL, and its lock, are what they are without" {
    # shellcheck disable=SC2016
    act() {
        subject bash -c 'umask 0; exec 3>f.lock; flock 3
            flock -n f.lock true && echo twice; stat -c %a f.lock; set -C; { : >f.lock; } 2>/dev/null || echo exists' >said
    }
    holds() { [ "$(cat said)" = $'600\nexists' ]; }
    both_ways
}

@test "in-place = always: record locks of the program outlive another open of the file by it" {
    mkdir "$work/with"
    cd "$work/with"
    column=with
    echo x >f.lock
    chmod 600 f.lock
    subject "$PYTHON" -c '
import fcntl, os
a = os.open("f.lock", os.O_RDWR)
fcntl.lockf(a, fcntl.LOCK_EX)
b = os.open("f.lock", os.O_RDWR)
print(os.system("""python3 -c "
import fcntl
fcntl.lockf(open(\"f.lock\", \"r+\"), fcntl.LOCK_EX | fcntl.LOCK_NB)" 2>/dev/null""") != 0)' >said
    content_is True said
}

@test "in-place = always: a planted link, a second link and a FIFO are refused" {
    act() {
        echo target >target
        ln -s target a.db
        ln target b.db
        mkfifo c.db
        subject "$PYTHON" -c '
import errno, os
for name in "a.db", "b.db", "c.db":
    try:
        os.write(os.open(name, os.O_RDWR | os.O_CREAT | os.O_TRUNC), b"secret")
        print("ok")
    except OSError as e: print(errno.errorcode[e.errno])' >said
    }
    holds() { [ "$(cat said)" = $'ELOOP\nEPERM\nENXIO' ] && content_is target target; }
    both_ways
}

@test "in-place = always: the file keeps its descriptor's flags, and a narrower mode" {
    mkdir "$work/with"
    cd "$work/with"
    column=with
    echo old >f.db
    chmod 400 f.db
    [ "$(id -u)" = 0 ] || chmod 600 f.db
    mode=$(stat -c %a f.db)
    subject "$PYTHON" -c '
import fcntl, os
fd = os.open("f.db", os.O_RDWR | os.O_CREAT)
print(hex(fcntl.fcntl(fd, fcntl.F_GETFL) & ~(0o100000 | os.O_NOFOLLOW)))
os.ftruncate(fd, 0)' >said
    content_is 0x2 said
    mode_is "$mode" f.db
    [ ! -s f.db ]
}

# What a reader that had it open before finds in the very file, when its name is gone.
shred_it() {
    echo secret >"$1"
    chmod 600 "$1"
    exec 8<"$1"
    subject shred -n 1 -u "$1"
    ! grep -q secret <&8 && [ ! -e "$1" ]
}

@test "in-place = always: shred overwrites the file itself, where another rule's file has a copy shredded" {
    [ -z "${OWNERONLY_PRELOAD_FIRST:-}" ] || skip "it asks for memory as no sanitizer gives it"
    mkdir "$work/with"
    cd "$work/with"
    column=with
    policy <<<$'[shared]\nmatch = *.lock\nin-place = always\n[other]\nmatch = *.json'
    shred_it f.lock
    run -1 shred_it f.json
    [ ! -e f.json ]
    column=without shred_it f.json
}

@test "in-place = always: check says what it gives up, and warns of databases without it" {
    owneronly=${OWNERONLY_COMMAND:-$build/bin/owneronly}
    [ -x "$owneronly" ] || owneronly=$(find "$build" -name owneronly -type f -perm -u+x | head -1)
    cd "$work"
    printf '[r]\nmatch = *.json\n[d]\nmatch = /srv/*.db *.lock\n[e]\nmatch = x.sqlite3\nin-place = always\n' >checked
    run -0 "$owneronly" check "$PWD/checked"
    [[ $output == *"# warning: names of databases or lock files match: *.db *.lock;"* ]]
    [ "$(grep -c 'databases or lock files' <<<"$output")" = 1 ]
    [[ $output == *"# warning: in-place = always: whoever reads the file can see half of a write"* ]]
}
