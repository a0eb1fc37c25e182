"""Writes standard input to $F, in the way that the argument names.

SPDX-License-Identifier: Apache-2.0
"""
import json
import mmap
import multiprocessing
import os
import pathlib
import shutil
import subprocess
import sys

F = os.environ["F"]
INPUT = os.environ["INPUT"]
NEW = os.O_WRONLY | os.O_CREAT | os.O_TRUNC
MODE = 0o666


def copy_to(fd, source=0):
    while block := os.read(source, 4096):
        os.write(fd, block)


def copy_by(mode):
    with open(F, mode + "b", buffering=0) as f:
        copy_to(f.fileno())


class Lines(list):
    """A document that arrives while it is being written."""

    def __bool__(self):
        return True

    def __iter__(self):
        return (line.rstrip("\n") for line in sys.stdin)


def json_dump():
    with open(F, "w", encoding="utf-8") as f:
        json.dump(Lines(), f)


def write_text():
    pathlib.Path(F).write_text(sys.stdin.read(), encoding="utf-8")


def os_open():
    fd = os.open(F, NEW, MODE)
    copy_to(fd)
    os.close(fd)


def shutil_copy():
    shutil.copy(INPUT, F)


def mapped():
    """The mapping outlives the descriptor."""
    text = sys.stdin.buffer.read()
    fd = os.open(F, os.O_RDWR | os.O_CREAT | os.O_TRUNC, MODE)
    os.ftruncate(fd, len(text))
    mapping = mmap.mmap(fd, len(text))
    os.close(fd)
    mapping[:] = text
    mapping.close()


def replace():
    """How atomic writers of other libraries do it."""
    shutil.copyfile(INPUT, "aside")
    os.replace("aside", F)


def link():
    shutil.copyfile(INPUT, "aside")
    os.link("aside", F)
    os.unlink("aside")


def by_vfork():
    with open(F, "wb") as f:
        subprocess.run(["cat"], stdout=f, check=True)


def by_posix_spawn():
    """subprocess takes posix_spawn(3) for an absolute path, and descriptors that are all kept."""
    with open(F, "wb") as f:
        subprocess.run(["/bin/cat"], stdout=f, check=True, close_fds=False)


def by_multiprocessing(method):
    process = multiprocessing.get_context(method).Process(target=os_open)
    process.start()
    process.join()
    sys.exit(process.exitcode)


def by_child_of(method):
    """The parent opens, a child of multiprocessing writes."""
    fd = os.open(F, NEW, MODE)
    process = multiprocessing.get_context(method).Process(target=copy_to, args=(fd,))
    process.start()
    process.join()
    os.close(fd)


def by_file_action():
    """The file is opened between fork and exec, inside libc."""
    actions = [(os.POSIX_SPAWN_OPEN, 1, F, NEW, MODE)]
    wait_for(os.posix_spawn("/bin/cat", ["cat"], os.environ, file_actions=actions))


def wait_for(pid):
    sys.exit(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))


def child_closes_first():
    fd = os.open(F, NEW, MODE)
    pid = os.fork()
    if pid == 0:
        copy_to(fd)
        os.close(fd)
        os._exit(0)
    os.waitpid(pid, 0)
    os.close(fd)


def parent_closes_first():
    fd = os.open(F, NEW, MODE)
    reader, writer = os.pipe()
    pid = os.fork()
    if pid == 0:
        os.close(writer)
        os.read(reader, 1)
        copy_to(fd)
        os._exit(0)
    os.close(fd)
    os.close(writer)
    wait_for(pid)


def daemon():
    """Twice forked, a session of its own, and no descriptor kept."""
    if os.fork() == 0:
        os.setsid()
        if os.fork() == 0:
            os.closerange(0, 1024)
            for _ in range(3):
                os.open("/dev/null", os.O_RDWR)
            with open(INPUT, "rb", buffering=0) as f:
                fd = os.open(F, NEW, MODE)
                copy_to(fd, f.fileno())
                os.close(fd)
    os._exit(0)


def daemon_inherits():
    """The same, but it keeps the file that its grandparent opened."""
    fd = os.open(F, NEW, MODE)
    if os.fork() == 0:
        os.setsid()
        if os.fork() == 0:
            os.closerange(fd + 1, 1024)
            copy_to(fd)
            os.close(fd)
    os._exit(0)


ways = {
    "json.dump": json_dump,
    "write_text": write_text,
    "os.open": os_open,
    "shutil.copy": shutil_copy,
    "r+": lambda: copy_by("r+"),
    "x": lambda: copy_by("x"),
    "append": lambda: copy_by("a"),
    "mmap": mapped,
    "os.replace": replace,
    "os.link": link,
    "vfork": by_vfork,
    "posix_spawn": by_posix_spawn,
    "file-action": by_file_action,
    "mp-forkserver": lambda: by_multiprocessing("forkserver"),
    "mp-fork": lambda: by_multiprocessing("fork"),
    "mp-spawn": lambda: by_multiprocessing("spawn"),
    "mp-inherit": lambda: by_child_of("fork"),
    "child-first": child_closes_first,
    "parent-first": parent_closes_first,
    "daemon": daemon,
    "daemon-inherits": daemon_inherits,
}

if __name__ == "__main__":
    ways[sys.argv[1]]()
