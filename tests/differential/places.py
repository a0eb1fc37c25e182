"""The file systems that a case can lie on, mounted below one directory for as long as the run lasts.

SPDX-License-Identifier: Apache-2.0
"""

import ctypes
import os
import shutil
import subprocess

LIBC = ctypes.CDLL(None, use_errno=True)
CLONE_NEWNS = 0x20000  # sched.h
MS_RDONLY, MS_REMOUNT, MS_BIND = 1, 32, 4096  # mount(2)
MNT_DETACH = 2

DISKS = {
    "ext4": (32, ("mkfs.ext4", "-q", "-F")),
    "xfs": (300, ("mkfs.xfs", "-q", "-f")),
    "btrfs": (128, ("mkfs.btrfs", "-q", "-f")),
    "ntfs-3g": (32, ("mkfs.ntfs", "-q", "-F", "-f")),
}
# Of a directory, another view; {} is the directory below.
MIRRORS = {
    "bindfs": ("bindfs", "-o", "attr_timeout=0"),
    "bindfs-chmod-ignored": ("bindfs", "-o", "attr_timeout=0", "--chmod-ignore", "--perms=0644:a+X"),
}
OVERLAYS = {
    "overlay": ("mount", "-t", "overlay", "-o", "{}", "none"),
    "fuse-overlayfs": ("fuse-overlayfs", "-o", "allow_other,{}"),
}
# Without O_TMPFILE, a hidden name shows in the times of the directory.
NAMED = {"ntfs-3g", "fuse-overlayfs", *MIRRORS}
NAMES = ["here", "tmpfs", *DISKS, *MIRRORS, *OVERLAYS]


def own_mounts():
    """The mounts from here on are this process's, and end with it."""
    if os.geteuid() != 0 or LIBC.unshare(CLONE_NEWNS) != 0:
        return False
    return _succeeds("mount", "--make-rprivate", "/")


def own_devices(stage):
    """A /dev of this process's own, with the same devices, of which a case may replace any."""
    os.mkdir(stage)
    if not (_succeeds("mount", "-t", "tmpfs", "-o", "mode=755", "tmpfs", stage)
            and _succeeds("sh", "-c", 'cd /dev && find . -xdev -mindepth 1 -maxdepth 1 -not -type d '
                          '-exec cp -a {} "$1" ";"', "sh", stage)
            and _succeeds("mount", "--move", stage, "/dev")):
        raise OSError(0, "no /dev of its own")


def mount(source, target, flags):
    result = LIBC.mount(os.fsencode(source), os.fsencode(target), b"none", flags, None)
    if result != 0:
        raise OSError(ctypes.get_errno(), f"mount {target}")


def unmount(target):
    if LIBC.umount2(os.fsencode(target), MNT_DETACH) != 0:
        raise OSError(ctypes.get_errno(), f"umount {target}")


def _succeeds(*command):
    path = os.environ.get("PATH", "") + ":/usr/sbin:/sbin"
    if not shutil.which(command[0], path=path):
        return False
    # No pipes: who serves a file system goes on running, and would hold them open.
    return subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                          stderr=subprocess.DEVNULL,
                          env={**os.environ, "PATH": path}).returncode == 0


def _disk(name, root, target):
    size, make = DISKS[name]
    # In memory, where a sync costs nothing.
    images = os.path.join(root, f"{name}.below")
    os.mkdir(images)
    if not _succeeds("mount", "-t", "tmpfs", "none", images):
        return False
    image = os.path.join(images, "image")
    with open(image, "wb") as file:
        file.truncate(size << 20)
    if not _succeeds(*make, image):
        return False
    if name == "ntfs-3g":
        return _succeeds("ntfs-3g", image, target)
    return _succeeds("mount", "-o", "loop", image, target)


def _stacked(root, name, directories, command, target):
    """What shows other directories, which lie on a tmpfs: not every kind may lie on every other."""
    below = os.path.join(root, f"{name}.below")
    os.mkdir(below)
    if not _succeeds("mount", "-t", "tmpfs", "none", below):
        return False
    for directory in directories:
        os.mkdir(os.path.join(below, directory))
    options = "lowerdir={0}/lower,upperdir={0}/upper,workdir={0}/work".format(below)
    return _succeeds(*(word.format(options) for word in command), target)


def _mirror(root, name, target):
    below = os.path.join(root, f"{name}.below")
    os.mkdir(below)
    return _succeeds("mount", "-t", "tmpfs", "none", below) and \
        _succeeds(*MIRRORS[name], below, target)


class Places:
    """Mounts each place when it is first asked for; None where that can't be had here."""

    def __init__(self, root):
        self.root = root
        self.private = own_mounts()
        self.mounted = {}

    def get(self, name):
        if name not in self.mounted:
            self.mounted[name] = self._make(name)
        return self.mounted[name]

    def _make(self, name):
        target = os.path.join(self.root, name)
        os.mkdir(target)
        if name == "here":
            return target
        if not self.private:
            return None
        if name == "tmpfs":
            made = _succeeds("mount", "-t", "tmpfs", "none", target)
        elif name in DISKS:
            made = _disk(name, self.root, target)
        elif name in MIRRORS:
            made = _mirror(self.root, name, target)
        else:
            made = _stacked(self.root, name, ("lower", "upper", "work"), OVERLAYS[name], target)
        if not made:
            return None
        os.chmod(target, 0o755)
        return target

    def remove(self):
        for name, target in self.mounted.items():
            if target and name != "here":
                unmount(target)
        for entry in os.listdir(self.root):
            if entry.endswith(".below") and os.path.ismount(os.path.join(self.root, entry)):
                unmount(os.path.join(self.root, entry))
