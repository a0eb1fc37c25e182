#!/usr/bin/env bats
# What a watcher by name sees of a protected write (210): nothing before it is complete, and then
# an event with the name; and nothing at all of what finding out needs (109).
#
# SPDX-License-Identifier: Apache-2.0

load helper

# watch_events: the events with the name that a process of its own sees while `python CODE` runs,
# each with what the file held then.
watch_events() {
    "$PYTHON" -c '
import ctypes, os, struct, subprocess, sys
names = {2: "MODIFY", 4: "ATTRIB", 8: "CLOSE_WRITE", 0x20: "OPEN", 0x40: "MOVED_FROM", 0x80: "MOVED_TO",
         0x100: "CREATE", 0x200: "DELETE", 0x10: "CLOSE_NOWRITE", 1: "ACCESS"}
libc = ctypes.CDLL(None)
fd = libc.inotify_init1(0o4000)
libc.inotify_add_watch(fd, b".", 0xfdf & ~int(sys.argv[2], 0))
env = dict(os.environ, LD_PRELOAD=sys.argv[3]) if sys.argv[3] else os.environ
subprocess.run([sys.executable, "-c", sys.argv[4]], env=env)
try: data = os.read(fd, 65536)
except BlockingIOError: data = b""
at = 0
while at < len(data):
    wd, mask, cookie, length = struct.unpack_from("iIII", data, at)
    name = data[at + 16:at + 16 + length].rstrip(b"\0").decode()
    at += 16 + length
    if name == sys.argv[1]: print(names.get(mask & 0xfff, hex(mask)))' \
        "$F" "$1" "$([ "$column" = without ] || echo "$preload")" "$2" >seen 2>"$work/stderr"
}

REWRITE='
with open("client_api_config.json", "w") as f:
    for i in range(3):
        f.write("[]"[i - 1] if i else ""); f.flush()'

@test "210: a first write is one event with the name, when it is complete" {
    act() { watch_events 0x31 "$REWRITE"; }
    holds() { content_is MOVED_TO seen; }
    both_ways
}

@test "210: a rewrite is one event with the name, and none of the old content" {
    act() {
        echo '["old"]' >"$F"
        watch_events 0x31 "$REWRITE"
    }
    holds() { content_is MOVED_TO seen; }
    both_ways
}

@test "210: also by a hidden name, where the file system has no O_TMPFILE" {
    need_mounts
    command -v bindfs >/dev/null || skip "bindfs is not installed"
    # shellcheck disable=SC2016
    act() {
        mkdir real mirror
        bindfs real mirror
        (cd mirror && watch_events 0x31 "$REWRITE" && cp seen ..)
        umount mirror
    }
    # The descriptor was opened by a name, which moved with the file.
    holds() { [ "$(head -1 seen)" = MOVED_TO ] && [ -z "$(grep -vE '^(MOVED_TO|CLOSE_WRITE)$' seen)" ]; }
    both_ways
}

@test "210: inotifywait -e close_write,moved_to sees a first write" {
    command -v inotifywait >/dev/null || skip "inotifywait is not installed"
    mkdir "$work/with"
    cd "$work/with"
    column=with
    inotifywait -q -t 30 -e close_write,moved_to --include "^\./$F\$" . >seen 2>started &
    until grep -qs '^inotify' /proc/$!/fdinfo/*; do :; done
    python "$REWRITE"
    wait $!
    grep -qE "(MOVED_TO|CLOSE_WRITE).* $F" seen
}

@test "210: node's fs.watch names a first write and a rewrite" {
    command -v node >/dev/null || skip "node is not installed"
    mkdir "$work/with" "$work/with/d"
    cd "$work/with"
    # shellcheck disable=SC2016
    PRELOAD=$preload NAME=$F node -e '
const fs = require("fs"), { spawnSync } = require("child_process");
const seen = [];
const write = text => spawnSync("sh", ["-c", `printf %s "${text}" >"d/$NAME"`], { env: { ...process.env, LD_PRELOAD: process.env.PRELOAD } });
const watcher = fs.watch("d", (event, name) => {
    if (name !== process.env.NAME) return;
    seen.push(fs.readFileSync("d/" + name, "utf8"));
    if (seen.length === 1) write("[2]");
    else { console.log(seen.join(" ")); watcher.close(); }
});
setImmediate(() => write("[1]"));
setTimeout(() => { console.log("timeout", seen); process.exit(1); }, 30000).unref();' >seen
    content_is '[1] [2]' seen
}

# What fanotify(7) tells of the directory, by name: a line an event, in the order of their coming.
FANOTIFY='
import ctypes, os, struct, subprocess, sys
libc = ctypes.CDLL(None, use_errno=True)
names = {2: "MODIFY", 8: "CLOSE_WRITE", 0x80: "MOVED_TO", 0x100: "CREATE"}
fd = libc.fanotify_init(0xc02, os.O_RDONLY) # FAN_REPORT_DFID_NAME, FAN_NONBLOCK
if fd < 0 or libc.fanotify_mark(fd, 1, ctypes.c_uint64(sum(names) | 0x8000000), -100, b".") < 0: # FAN_EVENT_ON_CHILD
    sys.exit("no fanotify: " + os.strerror(ctypes.get_errno()))
env = dict(os.environ, LD_PRELOAD=sys.argv[2]) if sys.argv[2] else os.environ
subprocess.run([sys.executable, "-c", sys.argv[3]], env=env)
try: data = os.read(fd, 65536)
except BlockingIOError: data = b""
at = 0
while at < len(data):
    length, _, _, header, mask, _, _ = struct.unpack_from("=IBBHQii", data, at)
    handle = data[at + header + 12:at + length]
    name = handle[8 + struct.unpack_from("I", handle)[0]:].rstrip(b"\0").decode()
    at += length
    if name == sys.argv[1]: print(*(word for bit, word in names.items() if mask & bit))'

@test "210: fanotify by name sees a first write and a rewrite when they are complete" {
    need_root
    "$PYTHON" -c "$FANOTIFY" "$F" '' '' || skip "no fanotify by name here"
    act() {
        for _ in 1 2; do
            "$PYTHON" -c "$FANOTIFY" "$F" "$([ "$column" = without ] || echo "$preload")" "$REWRITE"
        done >seen 2>"$work/stderr"
    }
    holds() { [ "$(tr '\n' ' ' <seen)" = "MOVED_TO MOVED_TO " ]; }
    both_ways
}

@test "210: python's watchdog hears of a first write and a rewrite by name, each when it is whole" {
    "$PYTHON" -c 'import watchdog' 2>/dev/null || skip "python3-watchdog is not installed"
    act() {
        mkdir d
        PRELOAD=$([ "$column" = without ] || echo "$preload") "$PYTHON" -c '
import os, queue, subprocess, sys
from watchdog.events import FileSystemEventHandler
from watchdog.observers import Observer
name = "d/" + sys.argv[1]
heard = queue.Queue()
class Handler(FileSystemEventHandler):
    def on_any_event(self, event):
        if name in (event.src_path, getattr(event, "dest_path", "")):
            heard.put((event.event_type, open(name).read()))
observer = Observer()
observer.schedule(Handler(), "d")
observer.start()
env = dict(os.environ, LD_PRELOAD=os.environ["PRELOAD"])
for text in "[1]", "[2]":
    # The second half is written when somebody has heard of the first one, or is not to.
    writer = subprocess.Popen([sys.executable, "-c", """if True:
        import sys
        with open(sys.argv[1], "w") as f:
            f.write(sys.argv[2][:1]); f.flush()
            sys.stdin.read(1)
            f.write(sys.argv[2][1:])""", name, text], stdin=subprocess.PIPE, env=env)
    if not env["LD_PRELOAD"]:
        while (said := heard.get(timeout=30))[1] != "[": pass
        print(*said)
    writer.communicate(b"x")
    while (said := heard.get(timeout=30))[1] == "[": pass
    print(*said)
observer.stop()
observer.join()
while not heard.empty(): print(*heard.get())' "$F" >seen 2>"$work/stderr"
    }
    holds() { [ "$(cat seen)" = $'moved [1]\nmoved [2]' ]; }
    both_ways
}

@test "109: what cannot be written leaves no event, and no lock is left on what was published" {
    act() {
        echo '["old"]' >"$F"
        chmod 444 "$F"
        mkdir -p locked
        watch_events 0x4 '
import os
os.setuid(65534) if os.getuid() == 0 else None
try: open("client_api_config.json", "w")
except PermissionError: pass'
        # A child holds the descriptor on: a lock would be left with it.
        rm -f "$F"
        python 'import fcntl, subprocess
f = open(F, "w"); f.write("[]"); f.flush()
p = subprocess.Popen(["sleep", "30"], pass_fds=[f.fileno()])
f.close()
try:
    fcntl.flock(open(F), fcntl.LOCK_EX | fcntl.LOCK_NB)
    print("free")
except BlockingIOError: print("locked")
p.kill()' >locked/said
    }
    mkdir "$work/with"
    cd "$work/with"
    column=with
    act
    [ ! -s seen ]
    content_is free locked/said
    # The control: a plain rewrite is seen.
    column=without
    watch_events 0x4 "$REWRITE"
    grep -q CLOSE_WRITE seen
}

@test "109: a lease on the old file is not broken by a rewrite, and waited for by an update" {
    mkdir "$work/with"
    cd "$work/with"
    column=with
    echo '["old"]' >"$F"
    chmod 600 "$F"
    "$PYTHON" -c '
import fcntl, os, signal, subprocess, sys
broken = []
name = sys.argv[1]
fd = os.open(name, os.O_RDWR)
def on_break(*_):
    broken.append(1)
    fcntl.fcntl(fd, fcntl.F_SETLEASE, fcntl.F_UNLCK)
signal.signal(signal.SIGIO, on_break)
env = dict(os.environ, LD_PRELOAD=sys.argv[2])
def run(code, preload=True):
    fcntl.fcntl(fd, fcntl.F_SETLEASE, fcntl.F_WRLCK)
    broken.clear()
    e = env if preload else os.environ
    p = subprocess.Popen([sys.executable, "-c", code, name], env=e)
    status = p.wait()
    return len(broken), status
print(*run("import sys; open(sys.argv[1], \"r+\").close()"))
os.close(fd)
fd = os.open(name, os.O_RDWR)
print(*run("import sys; open(sys.argv[1], \"w\").write(\"[]\")"))
os.close(fd)
fd = os.open(name, os.O_RDWR)
print(*run("import sys; open(sys.argv[1], \"w\").write(\"[]\")", False))' "$F" "$preload" >seen
    [ "$(cat seen)" = $'1 0\n0 0\n1 0' ]
}
