"""Runs one scenario's program in a directory of its own, with or without the library, under strace.

SPDX-License-Identifier: Apache-2.0
"""

import dataclasses
import itertools
import os
import random
import shutil
import subprocess
import tempfile
from dataclasses import dataclass

from trace import TARGET

NOBODY = 65534
DEADLINE = 60  # seconds until a program counts as hanging


@dataclass
class Outcome:
    directory: str  # of the case; the target's is below it
    status: int
    out: str
    err: str
    trace: str
    log: str

    @property
    def target(self):
        return os.path.realpath(os.path.join(self.directory, "d", TARGET))


class Stage:
    """The place where cases run: the library, the programs, a directory for each case."""

    def __init__(self, build, everything, sample=0, seed=0):
        self.everything = everything  # else the short form
        self.sample = sample  # so many cases of a scenario, or all for 0
        self.random = random.Random(seed)
        # Other users must reach it.
        self.root = tempfile.mkdtemp(prefix="owneronly-faults.")
        os.chmod(self.root, 0o755)
        self.library = self._install(build, "lib/owneronly/libowneronly.so")
        self.without_tmpfile = self._install(build, "tests/faults/programs/without_tmpfile")
        self.step = self._install(build, "tests/faults/programs/step")
        self.first = os.environ.get("OWNERONLY_PRELOAD_FIRST", "")
        self.numbers = itertools.count(1)
        # Python asks for more memory or less by where its memory lies.
        fixed = ["setarch", "-R"]
        works = shutil.which("setarch") and \
            subprocess.run([*fixed, "true"], capture_output=True).returncode == 0
        self.fixed = fixed if works else []

    def _install(self, build, path):
        copy = os.path.join(self.root, os.path.basename(path))
        shutil.copy(os.path.join(build, path), copy)
        return copy

    def some_of(self, cases):
        if not 0 < self.sample < len(cases):
            return cases
        return [cases[i] for i in sorted(self.random.sample(range(len(cases)), self.sample))]

    def remove(self):
        for directory, _, _ in os.walk(self.root):
            os.chmod(directory, 0o755)
        shutil.rmtree(self.root, ignore_errors=True)

    def prepare(self, scenario, parent=None):
        """A fresh case: a directory with `d`, which holds what stood there before the write."""
        directory = os.path.join(parent or self.root, f"{next(self.numbers):06}")
        inner = os.path.join(directory, "d")
        os.makedirs(inner)
        _write(os.path.join(directory, "policy"),
               f"[faults]\nmatch = {TARGET}\n{scenario.rule}\n", 0o644)
        if scenario.old is not None:
            _write(os.path.join(inner, TARGET), scenario.old, scenario.old_mode)
        if scenario.linked:
            os.mkdir(os.path.join(directory, "e"))
            os.rename(os.path.join(inner, TARGET), os.path.join(directory, "e", TARGET))
            os.symlink(f"../e/{TARGET}", os.path.join(inner, TARGET))
        if scenario.source is not None:
            _write(os.path.join(inner, "in"), scenario.source, 0o644)
        if scenario.in_place:
            self._give_away(directory, inner)
        return directory

    @staticmethod
    def _give_away(directory, inner):
        """The directory can't be written, the file can: root would not mind, so it is another's."""
        if os.geteuid() == 0:
            os.chown(os.path.join(inner, TARGET), NOBODY, NOBODY)
            os.chown(directory, NOBODY, NOBODY)
        os.chmod(inner, 0o555)

    def command(self, scenario, directory, protected, log="file"):
        """The program, preloaded if it is to be: what traces it is not."""
        # A hash seed: else Python asks for memory at other times in each run.
        settings = {"PATH": "/usr/bin:/bin", "LC_ALL": "C", "PYTHONHASHSEED": "0",
                    "OWNERONLY_POLICY": f"{directory}/policy",
                    "OWNERONLY_LOG": f"{directory}/log" if log == "file" else log}
        if protected:
            settings["LD_PRELOAD"] = f"{self.first}:{self.library}".lstrip(":")
        wrapper = [self.without_tmpfile] if scenario.without_tmpfile else []
        return [*self.fixed, "env", "-i", *(f"{key}={value}" for key, value in settings.items()),
                *wrapper, *scenario.program]

    def start(self, scenario, command, directory):
        with _standard_input(directory) as stdin:
            return subprocess.Popen(
                command, cwd=f"{directory}/d", stdin=stdin, stdout=subprocess.PIPE,
                stderr=subprocess.PIPE, text=True, errors="replace", umask=0o022,
                **_user_of(scenario))

    def run(self, scenario, protected, before, directory=None, log="file"):
        """before: what runs the program, with its arguments."""
        directory = directory or self.prepare(scenario)
        if scenario.guest:
            scenario, before = _below_opener(scenario, before), []
        process = self.start(scenario, before + self.command(scenario, directory, protected, log),
                             directory)
        try:
            out, err = process.communicate(timeout=DEADLINE)
        except subprocess.TimeoutExpired:
            process.kill()
            out, err = process.communicate()
            err += "\nit hangs"
        said = read(os.path.join(directory, "log")) if log == "file" else err
        return Outcome(directory, process.returncode, out, err,
                       read(os.path.join(directory, "trace")), said)

    def trace(self, scenario, protected, *options):
        directory = self.prepare(scenario)
        return self.run(scenario, protected,
                        ["strace", "-f", "-s", "64", "-o", f"{directory}/trace", *options],
                        directory)


def _below_opener(scenario, before):
    """bash opens the file, and what runs the program is a guest like it, with the library."""
    if "strace" in before:
        # It has children that kill themselves, so the file must not be its standard output.
        script = f'exec 4>{TARGET}; "$@"; s=$?; exec 4>&-; exit $s'
        before = [*before, "bash", "-c", 'exec "$@" 3>&1 >&4 4>&-', "bash"]
    else:
        script = f'exec 3>&1; {{ "$@"; }} >{TARGET}; exit $?'
    return dataclasses.replace(
        scenario, program=("bash", "-c", script, "bash", *before, *scenario.program))


def _user_of(scenario):
    if scenario.in_place and os.geteuid() == 0:
        return {"user": NOBODY, "group": NOBODY, "extra_groups": []}
    return {}


def _standard_input(directory):
    source = os.path.join(directory, "d", "in")
    return open(source if os.path.exists(source) else os.devnull, "rb")


def _write(path, text, mode):
    with open(path, "w") as file:
        file.write(text)
    os.chmod(path, mode)


def read(path):
    try:
        with open(path, errors="replace") as file:
            return file.read()
    except FileNotFoundError:
        return ""
