"""What a preload library costs a program that never touches what it is for.

Every library is loaded as its own wrapper loads it, and owneronly with a policy of one rule.

SPDX-License-Identifier: Apache-2.0
"""

import glob
import os
import subprocess
from dataclasses import dataclass, field

from samples import Samples, rotated, rounds

BARE = "bare"
MEASURES = {  # as overhead.c says them
    "open-to-read": "open, close: to read",
    "open-to-write": "open, close: to write",
    "write": "write, 1 byte",
    "exec": "run true, CPU",
}
MEMORY = "memory of its own"


@dataclass(frozen=True)
class Shim:
    name: str
    library: str  # a path, or a name in the system's library directories
    environment: dict = field(default_factory=dict)

    def find(self, directories):
        found = [path for directory in directories
                 for path in sorted(glob.glob(os.path.join(directory, self.library)))]
        return found[0] if found else None


PEERS = [
    Shim("eatmydata", "libeatmydata.so.*"),
    Shim("torsocks", "torsocks/libtorsocks.so.*"),
    Shim("proxychains", "libproxychains.so.*", {"PROXYCHAINS_QUIET_MODE": "1"}),
    Shim("socket_wrapper", "libsocket_wrapper.so", {"SOCKET_WRAPPER_DIR": "."}),
    Shim("fakechroot", "fakechroot/libfakechroot.so", {"FAKECHROOT": "true"}),
    Shim("umockdev", "libumockdev-preload.so.*"),
    Shim("nocache", "nocache/nocache.so"),
]


def _settle(library):
    """Pages of a file that was just built count as dirty memory of who maps it, until written."""
    fd = os.open(library, os.O_RDONLY)
    os.fsync(fd)
    os.close(fd)


def _chosen(stage, say):
    own = [Shim("empty", "libempty.so"), Shim("forward", "libforward.so"),
           Shim("owneronly", "libowneronly.so", {"OWNERONLY_POLICY": stage.policy("file")})]
    directories = [stage.programs, stage.test_programs, os.path.dirname(stage.library),
                   "/usr/lib/*-linux-gnu", "/usr/lib", "/usr/lib64"]
    environments = {BARE: {}}
    for shim in own + PEERS:
        library = shim.find(directories)
        if library:
            _settle(library)
            environments[shim.name] = {"LD_PRELOAD": library, **shim.environment}
        else:
            say(f"skipped: {shim.name} is not installed")
    return environments


def _private_dirty(pid):
    with open(f"/proc/{pid}/smaps_rollup", encoding="ascii") as file:
        for line in file:
            if line.startswith("Private_Dirty:"):
                return int(line.split()[1])
    raise ValueError("no Private_Dirty in smaps_rollup")


def _memory(program, environment, directory):
    with subprocess.Popen([program, "--wait"], env=environment, cwd=directory, text=True,
                          stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                          stderr=subprocess.DEVNULL) as process:
        process.stdout.readline()
        return _private_dirty(process.pid)


def _is_loaded(program, environment, library):
    """The loader warns and goes on without what it can't preload; numbers of that mean nothing."""
    with subprocess.Popen([program, "--wait"], env=environment, stdin=subprocess.PIPE,
                          stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as process:
        process.stdout.readline()
        with open(f"/proc/{process.pid}/maps", encoding="utf-8") as file:
            return os.path.realpath(library) in file.read()


def measure(stage, seconds, at_least, say):
    """Samples of MEASURES in ns and MEMORY in kB, and the columns."""
    program = os.path.join(stage.programs, "overhead")
    directory = stage.directory("shims")
    with open(os.path.join(directory, "file"), "w", encoding="ascii") as file:
        file.write("x\n")
    environments = {name: stage.environment(more) for name, more in _chosen(stage, say).items()}
    for name, environment in list(environments.items()):
        library = environment.get("LD_PRELOAD")
        if library and not _is_loaded(program, environment, library):
            say(f"skipped: {name} can't be preloaded")
            del environments[name]
    samples = Samples()
    names = list(environments)
    for number in rounds(seconds, at_least):
        for name in rotated(names, number):
            done = subprocess.run([program, "file"], env=environments[name], cwd=directory,
                                  check=True, text=True, stdout=subprocess.PIPE,
                                  stderr=subprocess.DEVNULL)
            for line in done.stdout.splitlines():
                kind, value = line.split()
                samples.add(MEASURES[kind], name, float(value))
            samples.add(MEMORY, name, _memory(program, environments[name], directory))
    return samples, names
