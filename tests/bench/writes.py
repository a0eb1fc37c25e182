"""What it costs to write a file owner-only, whole and durable: owneronly and others.

SPDX-License-Identifier: Apache-2.0
"""

import os
import shutil
import stat
import subprocess
from dataclasses import dataclass, field

from samples import Samples, rotated, rounds

BY_HAND = "by hand"
PLAIN = "plain+fsync"
PLAIN_APPEND = "plain"
HUGE = 100_000_000
SIZES = {1_000: "1 KB", 64_000: "64 KB", 1_000_000: "1 MB", HUGE: "100 MB"}
# In one run: of all writers together, but no fewer of each.
FILES = {1_000: (64, 4), 64_000: (64, 4), 1_000_000: (32, 1), HUGE: (1, 1)}


@dataclass(frozen=True)
class Way:
    name: str
    program: str
    durability: str = ""  # of owneronly's rule, where it is preloaded
    mode: int = 0o600  # of what it leaves, which shows that it did what it is here for

    def environment(self, stage):
        if not self.durability:
            return stage.environment({})
        return stage.environment({"LD_PRELOAD": stage.library,
                                  "OWNERONLY_POLICY": stage.policy(self.durability)})


WAYS = [
    Way("owneronly", "write_plain", "file"),
    Way(BY_HAND, "write_by_hand"),
    Way("Python", "write_python.py"),
    Way(PLAIN, "write_synced", mode=0o644),
    # The last two sync the directory as well.
    Way("owneronly, dir", "write_plain", "directory"),
    Way("glib, dir", "write_glib"),
]


def ways(stage, say):
    for way in WAYS:
        if os.path.exists(_path(stage, way)):
            yield way
        else:
            say(f"skipped: {way.name}: built without its library")


def _path(stage, way):
    here = os.path.dirname(__file__) if way.program.endswith(".py") else stage.programs
    return os.path.join(here, way.program)


def _run(stage, place, way, size, writers):
    directory = os.path.join(place.directory, "run")
    os.mkdir(directory)
    place.settle()
    together, each = FILES[size]
    count = max(each, together // writers)
    command = [_path(stage, way), directory, str(size), str(writers), str(count)]
    if way.program.endswith(".py"):
        command.insert(0, "/usr/bin/python3")
    done = subprocess.run(command, env=way.environment(stage), check=True, text=True,
                          stdout=subprocess.PIPE)
    _check(directory, way, size, writers)
    shutil.rmtree(directory)
    return map(int, done.stdout.split())


def _check(directory, way, size, writers):
    names = os.listdir(directory)
    left = [os.lstat(os.path.join(directory, name)) for name in names]
    right = all(stat.S_IMODE(file.st_mode) == way.mode and file.st_size == size for file in left)
    if len(names) != writers or not right:
        raise RuntimeError(f"{way.name} did not write what it should: see {directory}")


@dataclass(frozen=True)
class Cell:
    place: object
    size: int
    writers: int

    def __str__(self):
        many = "writer" if self.writers == 1 else "writers"
        return f"{self.place.name}, {SIZES[self.size]}, {self.writers} {many}"


def measure(stage, cells, chosen, seconds, at_least):
    """Samples of nanoseconds a file: what a writer waits, and its processor time."""
    waits, processor = Samples(), Samples()
    for number in rounds(seconds, at_least):
        for cell in cells:
            for way in rotated(chosen, number):
                wait, busy = _run(stage, cell.place, way, cell.size, cell.writers)
                waits.add(str(cell), way.name, wait)
                processor.add(str(cell), way.name, busy)
    return waits, processor


@dataclass
class Appends:
    times: Samples = field(default_factory=Samples)
    bytes: Samples = field(default_factory=Samples)


def measure_appends(stage, places, seconds, at_least):
    """Of 1 KB to a file of HUGE bytes that is owner-only already, thirty times a round."""
    chosen = [Way(PLAIN_APPEND, "append"), Way("owneronly", "append", "file")]
    result = Appends()
    for place in places:
        for way in chosen:
            with open(_huge(place, way), "wb") as file:
                os.fchmod(file.fileno(), 0o600)
                for _ in range(100):
                    file.write(b"x" * (HUGE // 100))
    for number in rounds(seconds, at_least):
        for place in places:
            for way in rotated(chosen, number):
                place.settle()
                done = subprocess.run([_path(stage, way), _huge(place, way), "1000", "30"],
                                      env=way.environment(stage), check=True, text=True,
                                      stdout=subprocess.PIPE)
                time, count = done.stdout.split()
                result.times.add(place.name, way.name, float(time))
                result.bytes.add(place.name, way.name, int(count))
    for place in places:
        for way in chosen:
            os.unlink(_huge(place, way))
    return result


def _huge(place, way):
    return os.path.join(place.directory, f"{way.name}.token")
