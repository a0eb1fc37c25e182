"""Makes a situation in a fresh directory, as root would find it; and looks at what became of it.

SPDX-License-Identifier: Apache-2.0
"""

import array
import contextlib
import errno
import fcntl
import os
import shutil
import socket
import stat
import struct
import subprocess

import places
from callers import GROUP, OTHER

OLD = b"    \n"  # JSON's white space: what is added to it is a whole document
GETFLAGS, SETFLAGS = 0x80086601, 0x40086602  # linux/fs.h
IMMUTABLE, APPEND = 0x10, 0x20
_TAG = {"user object": 1, "user": 2, "group object": 4, "group": 8, "mask": 16, "other": 32}


class Impossible(Exception):
    """Not on this file system, or not for this caller."""


def _attribute(path, flag, on):
    fd = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
    try:
        flags = array.array("L", [0])
        fcntl.ioctl(fd, GETFLAGS, flags)
        flags[0] = flags[0] | flag if on else flags[0] & ~flag
        fcntl.ioctl(fd, SETFLAGS, flags)
    finally:
        os.close(fd)


def _acl(path, which):
    entries = [("user object", 6, 0xFFFFFFFF), ("user", 6, OTHER), ("group object", 4, 0xFFFFFFFF),
               ("mask", 6, 0xFFFFFFFF), ("other", 4, 0xFFFFFFFF)]
    value = struct.pack("<I", 2) + b"".join(struct.pack("<HHI", _TAG[tag], bits, who)
                                             for tag, bits, who in entries)
    os.setxattr(path, f"system.posix_acl_{which}", value)


class Arrangement:
    """One situation, made once.  What is to be undone is undone in the reverse order."""

    def __init__(self, situation, root, program):
        self.situation = situation
        self.root = root  # of this arrangement; `d` in it is the directory
        self.program = program
        self.directory = os.path.join(root, "d")
        self.path = os.path.join(self.directory, situation.name)
        self.elsewhere = os.path.join(root, "elsewhere")
        self.undo = contextlib.ExitStack()
        self.own = situation.caller.uid
        try:
            self._make()
        except (OSError, Impossible) as error:
            self.remove()
            raise Impossible(str(error)) from error

    def _make(self):
        hidden = ("own 0600", "own 0333"), ("link to a file in a closed directory", "own 0000")
        if os.geteuid() != 0 and (self.situation.directory in hidden[0] or
                                  self.situation.stands in hidden[1]):
            raise Impossible("only root sees what became of it")
        for directory in (self.root, self.directory, self.elsewhere):
            os.mkdir(directory)
            os.chmod(directory, 0o755)
        self._give(self.directory, self.own)
        self._give(self.elsewhere, self.own)
        self._stand(self.situation.stands)
        self._close(self.situation.directory)

    def _give(self, path, uid, gid=None):
        if os.geteuid() == 0:
            os.chown(path, uid, uid if gid is None else gid, follow_symlinks=False)
        elif uid != os.geteuid():
            raise Impossible("only root has others' files")

    def _file(self, path, uid, mode):
        with open(path, "wb") as file:
            file.write(OLD)
        self._give(path, uid)
        os.chmod(path, mode)

    def _link(self, target, uid):
        os.symlink(target, self.path)
        self._give(self.path, uid)

    def _stand(self, what):
        other = self.own if os.geteuid() != 0 else OTHER
        if "other's" in what and other == self.own or "root" in what and os.geteuid() != 0:
            raise Impossible("only root has others' files")
        uid = other if what.startswith("other's") else 0 if what.startswith("root's") else self.own
        target = os.path.join(self.elsewhere, "target")
        word = what.removeprefix("other's ").removeprefix("own ").removeprefix("root's ")
        if word.startswith("absent"):
            return
        if word.isdigit():
            self._file(self.path, uid, int(word, 8))
        elif word.startswith("link to"):
            self._link_to(word.removeprefix("link to "), uid, other, target)
        elif word.startswith("hard link to"):
            self._file(target, other if "other's" in word else self.own, 0o666)
            os.link(target, self.path)
        elif word == "FIFO":
            os.mkfifo(self.path)
            self._reader(self.path, uid)
        elif word == "directory":
            os.mkdir(self.path)
            self._give(self.path, uid)
        elif word.startswith("device"):
            self._device(self.path, 0o600 if "root" in word else 0o666)
        elif word == "socket":
            # An address is short, so by the directory.
            here = os.open(".", os.O_RDONLY)
            self.undo.callback(os.close, here)
            os.chdir(self.directory)
            try:
                with socket.socket(socket.AF_UNIX) as listener:
                    listener.bind(self.situation.name)
            finally:
                os.fchdir(here)
            self._give(self.path, uid)
        elif word == "running program":
            self._run()
        else:
            self._file(self.path, uid, 0o644)
            self._particular(word)

    def _particular(self, word):
        if word == "with an ACL":
            _acl(self.path, "access")
        elif word == "with the group's bits":
            self._give(self.path, self.own, GROUP)
            os.chmod(self.path, 0o660)
        elif word == "set-user-ID":
            os.chmod(self.path, 0o4755)
        elif word == "immutable":
            self._mark(self.path, IMMUTABLE)
        elif word == "append-only":
            self._mark(self.path, APPEND)
        elif word == "mount point":
            self._mount_over(self.path)
        else:
            assert word == "255 bytes long", word

    def _link_to(self, what, uid, other, target):
        if what == "nothing":
            self._link(target, uid)
        elif what == "nowhere":
            self._link(os.path.join(self.elsewhere, "nowhere/target"), uid)
        elif what == "itself":
            self._link(self.situation.name, uid)
        elif what == "a device":
            # One of its own: what is tried may not touch the machine's.
            self._device(target, 0o666)
            self._link(target, uid)
        elif what == "a FIFO":
            os.mkfifo(target)
            self._reader(target, self.own)
            self._link(target, uid)
        elif what == "a directory":
            self._link(self.elsewhere, uid)
        elif what == "a file in a closed directory":
            self._file(target, self.own, 0o644)
            self._link(target, uid)
            os.chmod(self.elsewhere, 0)
        else:
            theirs = "other's" in what
            self._file(target, other if theirs else self.own, 0o600 if "0600" in what else 0o666)
            self._link(target, uid)

    def _reader(self, path, uid):
        """Whoever plants a FIFO has it open, for both: nobody waits."""
        self._give(path, uid)
        os.chmod(path, 0o666)
        self.undo.callback(os.close, os.open(path, os.O_RDWR | os.O_NONBLOCK))

    def _device(self, path, mode):
        if os.geteuid() != 0:
            raise Impossible("only root makes devices")
        os.mknod(path, stat.S_IFCHR | mode, os.makedev(1, 3))
        os.chmod(path, mode)

    def _mark(self, path, flag):
        _attribute(path, flag, True)
        self.undo.callback(_attribute, path, flag, False)

    def _mount_over(self, path):
        if os.geteuid() != 0:
            raise Impossible("only root mounts")
        source = os.path.join(self.elsewhere, "mounted")
        self._file(source, self.own, 0o644)
        places.mount(source, path, places.MS_BIND)
        self.undo.callback(places.unmount, path)

    def _run(self):
        shutil.copyfile(self.program, self.path)
        self._give(self.path, self.own)
        os.chmod(self.path, 0o755)
        process = subprocess.Popen([self.path, "rest"], stdin=subprocess.PIPE)
        self.undo.callback(process.wait)
        self.undo.callback(process.stdin.close)

    def _close(self, what):
        """Last of all: what may be done with the directory."""
        other = OTHER if os.geteuid() == 0 else None
        if what.startswith(("other's", "root's")) and other is None:
            raise Impossible("only root has others' files")
        owner = {"other's": other, "root's": 0}.get(what.split()[0], self.own)
        word = what.split()[-1]
        if word.isdigit():
            self._give(self.directory, owner)
            os.chmod(self.directory, int(word, 8))
        elif word == "sticky":
            self._give(self.directory, owner)
            os.chmod(self.directory, 0o1777)
        elif what == "set-group-ID":
            self._give(self.directory, self.own, GROUP)
            os.chmod(self.directory, 0o2775)
        elif what == "with a default ACL":
            _acl(self.directory, "default")
        elif what == "immutable":
            self._mark(self.directory, IMMUTABLE)
        elif what == "append-only":
            self._mark(self.directory, APPEND)
        else:
            assert what == "mounted read-only", what
            self._read_only()

    def _read_only(self):
        if os.geteuid() != 0:
            raise Impossible("only root mounts")
        if self.situation.stands == "mount point":
            raise Impossible("two mounts")
        places.mount(self.directory, self.directory, places.MS_BIND)
        self.undo.callback(places.unmount, self.directory)
        places.mount("none", self.directory,
                     places.MS_BIND | places.MS_REMOUNT | places.MS_RDONLY)

    def at(self):
        """What stands at the name, links not followed; None if nothing does."""
        try:
            return os.lstat(self.path)
        except FileNotFoundError:
            return None
        except OSError as error:
            if error.errno in (errno.ENOTDIR, errno.ELOOP):
                return None
            raise

    def target(self):
        """Where a link leads, or would lead; the path itself if it is none.  Never out of here."""
        target = os.path.realpath(self.path) if os.path.islink(self.path) else self.path
        if not target.startswith(self.root + "/"):
            raise AssertionError(f"{self.situation} leads to {target}")
        return target

    def snapshot(self, times=True, but=None):
        """Everything about every name below, but that of one path."""
        seen = {}
        for directory, directories, files in os.walk(self.root):
            for name in [".", *directories, *files]:
                path = os.path.normpath(os.path.join(directory, name))
                if path == but:
                    continue
                status = os.lstat(path)
                entry = [status.st_mode, status.st_uid, status.st_gid]
                if not stat.S_ISDIR(status.st_mode):
                    entry += [status.st_size, status.st_nlink]
                    if stat.S_ISREG(status.st_mode) and status.st_size < 100:
                        entry.append(_content(path))
                if times and not (name == "." and self.situation.place in places.NAMED):
                    entry += [status.st_mtime_ns, status.st_ctime_ns]
                seen[os.path.relpath(path, self.root)] = tuple(entry)
        return seen

    def remove(self):
        self.undo.close()
        if os.path.isdir(self.root):
            for directory in (self.directory, self.elsewhere):
                with contextlib.suppress(OSError):
                    os.chmod(directory, 0o755)
            shutil.rmtree(self.root)


def _content(path):
    with open(path, "rb") as file:
        return file.read()
