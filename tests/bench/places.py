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
    def __init__(self, volume):
        super().__init__(volume.kind.name, volume.mountpoint)
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

    def volume(self, name):
        kind = next(kind for kind in volumes.KINDS if kind.name == name)
        reason = volumes.why_not(kind)
        if not reason and not self.mounts:
            reason = "no private mounts here"
        if not reason and not _has_room(self.root):
            reason = f"{self.root} has no room for an image"
        if reason:
            self.say(f"skipped: {name} on a loop device: {reason}")
            return None
        volume = volumes.Volume(dataclasses.replace(kind, size=VOLUME_SIZE), self.root)
        self.stack.callback(volume.remove)
        return VolumePlace(volume)

    def here(self):
        """In the current directory's file system, whatever it is."""
        directory = tempfile.mkdtemp(prefix="owneronly-bench.", dir=os.getcwd())
        self.stack.callback(shutil.rmtree, directory, ignore_errors=True)
        done = subprocess.run(["stat", "-f", "-c", "%T", directory], check=True, text=True,
                              stdout=subprocess.PIPE)
        return Place(done.stdout.strip().replace("ext2/ext3", "ext4"), directory)

    def memory(self):
        if not os.access("/dev/shm", os.W_OK) or not _has_room("/dev/shm"):
            self.say("skipped: tmpfs: /dev/shm is not there, or too small")
            return None
        directory = tempfile.mkdtemp(prefix="owneronly-bench.", dir="/dev/shm")
        self.stack.callback(shutil.rmtree, directory, ignore_errors=True)
        return Place("tmpfs", directory)
