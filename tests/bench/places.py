"""Where files are written: file systems of known kinds, or what is there.

SPDX-License-Identifier: Apache-2.0
"""

import contextlib
import dataclasses
import os
import shutil
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(__file__), os.pardir, "faults"))
import volumes  # noqa: E402

MIB = 1 << 20
VOLUME_SIZE = 1024  # MiB: 64 writers of 1 MB, or a few files of 100 MB
ROOM = VOLUME_SIZE * MIB


class Place:
    """A directory in a file system that was there before."""

    def __init__(self, name, directory):
        self.name = name
        self.directory = directory

    def settle(self):
        """What was written before shall not slow down what is written next."""


class VolumePlace(Place):
    def __init__(self, name, volume):
        super().__init__(name, volume.mountpoint)
        self.volume = volume

    def settle(self):
        self.volume.sync()


def _has_room(directory):
    return shutil.disk_usage(directory).free >= ROOM


class Places:
    """All of them; a context that takes away what it made."""

    def __init__(self, root, say):
        self.root = root
        self.say = say
        self.stack = contextlib.ExitStack()
        self.mounts = False

    def __enter__(self):
        if os.geteuid() == 0:
            self.mounts = volumes.own_mounts()
        return self

    def __exit__(self, *what):
        self.stack.close()

    def _volume(self, label, name, root):
        kind = next(kind for kind in volumes.KINDS if kind.name == name)
        reason = volumes.why_not(kind)
        if not reason and not self.mounts:
            reason = "no private mounts here"
        if not reason and not _has_room(root):
            reason = f"{root} has no room for an image"
        if reason:
            self.say(f"skipped: {label} on a loop device: {reason}")
            return None
        volume = volumes.Volume(dataclasses.replace(kind, size=VOLUME_SIZE), root)
        self.stack.callback(volume.remove)
        return VolumePlace(label, volume)

    def on_disk(self, name):
        return self._volume(name, name, self.root)

    def in_memory(self, name):
        """Nobody else's traffic disturbs it, and nothing hides behind the time of a disk."""
        directory = self._in_memory()
        return directory and self._volume(f"{name} in memory", name, directory)

    def _directory(self, parent):
        if not os.access(parent, os.W_OK) or not _has_room(parent):
            self.say(f"skipped: {parent} is not there, too small or not writable")
            return None
        directory = tempfile.mkdtemp(prefix="owneronly-bench.", dir=parent)
        self.stack.callback(shutil.rmtree, directory, ignore_errors=True)
        return directory

    def here(self):
        """In the current directory's file system, whatever it is."""
        directory = self._directory(os.getcwd())
        if not directory:
            return None
        done = subprocess.run(["stat", "-f", "-c", "%T", directory], check=True, text=True,
                              stdout=subprocess.PIPE)
        return Place(done.stdout.strip().replace("ext2/ext3", "ext4"), directory)

    def tmpfs(self):
        directory = self._in_memory()
        return directory and Place("tmpfs", directory)

    def _in_memory(self):
        """A tmpfs of its own: nothing below /dev is protected (104), and that is where others are."""
        if not self.mounts:
            self.say("skipped: tmpfs: no private mounts here")
            return None
        directory = tempfile.mkdtemp(prefix="owneronly-bench.")
        self.stack.callback(os.rmdir, directory)
        subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={3 * ROOM}", "tmpfs", directory],
                       check=True)
        self.stack.callback(subprocess.run, ["umount", "-l", directory], check=False)
        return directory
