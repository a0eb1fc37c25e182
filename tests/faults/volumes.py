"""File systems on loop devices that can lose their power.

SPDX-License-Identifier: Apache-2.0
"""

import contextlib
import ctypes
import fcntl
import os
import shutil
import struct
import subprocess
from dataclasses import dataclass

# _IOR('X', 125, __u32), of ext4, xfs and others; without writing out even the journal.
SHUTDOWN = 0x8004587D
NO_LOG_FLUSH = 2
LIBC = ctypes.CDLL(None, use_errno=True)
CLONE_NEWNS = 0x20000  # sched.h


@dataclass(frozen=True)
class Kind:
    name: str
    size: int  # the smallest that its mkfs takes, in MiB
    make: tuple
    options: str
    shuts_down: bool  # else its image is copied


KINDS = [
    Kind("ext4", 32, ("mkfs.ext4", "-q", "-F"), "loop", True),
    Kind("xfs", 300, ("mkfs.xfs", "-q", "-f"), "loop", True),
    # Commits by itself every 30 seconds, unless told not to.
    Kind("btrfs", 128, ("mkfs.btrfs", "-q", "-f"), "loop,commit=3600", False),
]


@contextlib.contextmanager
def _opened(path, flags):
    fd = os.open(path, flags, 0o600)
    try:
        yield fd
    finally:
        os.close(fd)


def own_mounts():
    """The mounts from here on are this process's: they end with it, and nobody else keeps them."""
    if LIBC.unshare(CLONE_NEWNS) != 0:
        return False
    _run("mount", "--make-rprivate", "/")
    return True


def _run(*command):
    subprocess.run(command, check=True, capture_output=True, text=True)


class Volume:
    def __init__(self, kind, root):
        self.kind = kind
        self.image = os.path.join(root, f"{kind.name}.image")
        self.mountpoint = os.path.join(root, kind.name)
        os.mkdir(self.mountpoint)
        with open(self.image, "wb") as file:
            file.truncate(kind.size << 20)
        _run(*kind.make, self.image)
        self.mount(self.image)

    def mount(self, image):
        _run("mount", "-o", self.kind.options, image, self.mountpoint)

    def unmount(self):
        _run("umount", self.mountpoint)

    def sync(self):
        """What stands there now is old, and will survive."""
        with _opened(self.mountpoint, os.O_RDONLY) as fd:
            if LIBC.syncfs(fd) != 0:
                raise OSError(ctypes.get_errno(), "syncfs")

    @staticmethod
    def commit(directory):
        """Another program syncs a file of its own there, and the directory."""
        with _opened(os.path.join(directory, "neighbour"), os.O_WRONLY | os.O_CREAT) as fd:
            os.write(fd, b"x")
            os.fsync(fd)
        with _opened(directory, os.O_RDONLY) as fd:
            os.fsync(fd)

    def cut(self):
        """From here on nothing reaches the disk.  Whoever uses it must be gone before recover()."""
        if not self.kind.shuts_down:
            shutil.copyfile(self.image, self.image + ".cut")
            return
        with _opened(self.mountpoint, os.O_RDONLY) as fd:
            fcntl.ioctl(fd, SHUTDOWN, struct.pack("I", NO_LOG_FLUSH))

    def recover(self):
        """Power is back: mounted again, with what the disk had."""
        self.unmount()
        if not self.kind.shuts_down:
            # The same file system may not be mounted twice, so the copy takes the original's place.
            os.replace(self.image + ".cut", self.image)
        self.mount(self.image)

    def remove(self):
        with contextlib.suppress(subprocess.CalledProcessError):
            self.unmount()
        os.unlink(self.image)


def why_not(kind):
    """A reason why there can be no such volume here, or None."""
    if os.geteuid() != 0:
        return "needs root"
    if not shutil.which(kind.make[0], path=os.environ.get("PATH", "") + ":/usr/sbin:/sbin"):
        return f"{kind.make[0]} is not installed"
    with open("/proc/filesystems") as file:
        if kind.name not in file.read().split():
            return f"the kernel has no {kind.name}"
    if subprocess.run(["losetup", "-f"], capture_output=True).returncode != 0:
        return "no loop devices here"
    return None
