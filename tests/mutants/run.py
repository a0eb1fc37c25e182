#!/usr/bin/python3
"""Do the tests notice?  One careless one-line change at a time, in a copy of the sources.

For each entry of tests/mutants/table: the line is changed in the copy, the copy is built, and the suites
that the entry names run until one fails; if none does, all suites of the short form do.  Printed for each:

    caught       a test failed, as it must, or did not end within TEST_SECONDS
    survived     no test noticed: the tests have a hole there
    equivalent   the entry says why nothing observable changes; it is not run
    stale        the line is not there (once) any more, the change does not build, or a suite that is
                 named is not there: mend the table

usage: run.py [--sample COUNT] [--within SECONDS] [--allow COUNT] [--seed NUMBER] [--only WORD] [--quick] [--list]
  --sample COUNT  so many entries, drawn at random; the seed is printed
  --within SECONDS
                  begin no entry after that time, and say how many were left out
  --allow COUNT   so many may survive (default 0): a sample meets the few that are known to
  --seed NUMBER   draw those of an earlier run
  --only WORD     entries whose file, change or reason contains WORD
  --quick         what the named suites do not notice counts as survived
  --list          print the entries, and run nothing

Exit status: 0 if everything was caught, 1 if something survived or is stale, 2 for wrong usage.

SPDX-License-Identifier: Apache-2.0
"""
import argparse
import collections
import ctypes
import os
import random
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time

TESTS = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
SOURCES = os.path.dirname(TESTS)
TABLE = os.path.join(TESTS, "mutants", "table")
KEYS = ("file", "before", "after", "suites", "why")

# For each suite; the longest takes a minute.
TEST_SECONDS = 150

# What a change leaves without a use is no reason not to build.
UNMOVED = "-Wno-unused -Wno-unused-parameter -Wno-type-limits"

Mutant = collections.namedtuple("Mutant", "where file before after suites why equivalent")


def parse(path):
    """Entries are runs of `key value` lines, separated by empty ones; '#' begins a comment."""
    entry, first = {}, 0
    with open(path, encoding="utf-8") as table:
        lines = table.read().split("\n") + [""]
    for number, line in enumerate(lines, 1):
        if line.startswith("#"):
            continue
        if line.strip():
            key, _, value = line.partition(" ")
            if key not in KEYS + ("equivalent",) or key in entry:
                sys.exit(f"{path}:{number}: '{key}' is no key, or stands twice; use {', '.join(KEYS)}")
            first = first if entry else number
            entry[key] = value.strip() if key != "after" else value
        elif entry:
            missing = [key for key in KEYS if key not in entry]
            if missing:
                sys.exit(f"{path}:{first}: lacks {', '.join(missing)}")
            yield Mutant(f"{os.path.basename(path)}:{first}", entry["file"], entry["before"],
                         entry["after"].strip(), entry["suites"].split(), entry["why"],
                         entry.get("equivalent"))
            entry = {}


def mutants():
    for name in sorted(os.listdir(TABLE)):
        yield from parse(os.path.join(TABLE, name))


def adopt_orphans():
    """What a test leaves behind becomes this process's child: prctl(2)."""
    pr_set_child_subreaper = 36
    ctypes.CDLL(None).prctl(pr_set_child_subreaper, 1, 0, 0, 0)


def kill_orphans():
    """A change may leave a program that never ends, and takes the time of all that follow."""
    while True:
        with open("/proc/thread-self/children", encoding="ascii") as children:
            orphans = [int(pid) for pid in children.read().split()]
        if not orphans:
            return
        for pid in orphans:
            os.kill(pid, signal.SIGKILL)
            os.waitpid(pid, 0)


class Copy:
    """A copy of the sources, with a build directory of its own."""

    def __init__(self, directory):
        self.sources = os.path.join(directory, "sources")
        self.build = os.path.join(directory, "build")
        self.log = os.path.join(directory, "log")
        shutil.copytree(SOURCES, self.sources, symlinks=True,
                        ignore=shutil.ignore_patterns(".git", "build", "__pycache__"))

    def run(self, *command):
        with open(self.log, "w", encoding="utf-8") as log:
            return subprocess.run(command, stdin=subprocess.DEVNULL, stdout=log,
                                  stderr=subprocess.STDOUT, check=False).returncode == 0

    def make(self):
        return self.run("cmake", "--build", self.build, "-j", str(os.cpu_count()))

    def configure(self):
        return self.run("cmake", "-S", self.sources, "-B", self.build,
                        "-D", "CMAKE_BUILD_TYPE=RelWithDebInfo",
                        "-D", f"CMAKE_C_FLAGS={UNMOVED}") and self.make()

    def test(self, *selection):
        passed = self.run("ctest", "--test-dir", self.build, "-j", str(os.cpu_count()),
                          "--timeout", str(TEST_SECONDS),
                          "--stop-on-failure", "--output-on-failure", *selection)
        kill_orphans()
        return passed

    def suites(self):
        self.run("ctest", "--test-dir", self.build, "-N")
        with open(self.log, encoding="utf-8") as log:
            return set(re.findall(r"^ *Test +#\d+: (\S+)", log.read(), re.M))

    def failed_tests(self):
        with open(self.log, encoding="utf-8", errors="replace") as log:
            return re.findall(r"^\s*\d+ - (\S+) \(", log.read(), re.M)


def changed(mutant, text):
    """The text with the change, or None: the line must be there exactly once."""
    lines = text.split("\n")
    found = [i for i, line in enumerate(lines) if line.strip() == mutant.before]
    if len(found) != 1:
        return None
    indent = lines[found[0]][: len(lines[found[0]]) - len(lines[found[0]].lstrip())]
    lines[found[0]] = indent + mutant.after
    return "\n".join(lines)


def judge(copy, mutant, quick):
    path = os.path.join(copy.sources, mutant.file)
    unknown = set(mutant.suites) - copy.suites()
    if unknown:
        return "stale", f"no such suite: {' '.join(sorted(unknown))}"
    if mutant.equivalent:
        return "equivalent", mutant.equivalent
    if not os.path.exists(path):
        return "stale", "the file is not there"
    with open(path, encoding="utf-8") as source:
        original = source.read()
    text = changed(mutant, original)
    if text is None:
        return "stale", "the line is not there, or more than once"
    try:
        with open(path, "w", encoding="utf-8") as source:
            source.write(text)
        if not copy.make():
            return "stale", "the change does not build"
        named = "^(" + "|".join(map(re.escape, mutant.suites)) + ")$"
        if not copy.test("-R", named):
            return "caught", " ".join(copy.failed_tests())
        if not quick and not copy.test("-LE", "long"):
            return "caught", "only by " + " ".join(copy.failed_tests())
        return "survived", mutant.why
    finally:
        with open(path, "w", encoding="utf-8") as source:
            source.write(original)


def print_totals(verdicts):
    """One line a folder: of those that change anything observable, how many were noticed."""
    folders = collections.defaultdict(collections.Counter)
    for mutant, verdict in verdicts:
        folders[os.path.dirname(mutant.file) or mutant.file][verdict] += 1
    total = sum(folders.values(), collections.Counter())
    for folder, counts in [*sorted(folders.items()), ("all", total)]:
        print(f"# {folder}: {counts['caught']} caught, {counts['survived']} survived, "
              f"{counts['equivalent']} equivalent, {counts['stale']} stale")
    return total


def arguments():
    parser = argparse.ArgumentParser(usage=__doc__.split("usage: ")[1].split("\n\n")[0])
    parser.add_argument("--sample", type=int)
    parser.add_argument("--within", type=float, default=float("inf"))
    parser.add_argument("--allow", type=int, default=0)
    parser.add_argument("--seed", type=int)
    parser.add_argument("--only", default="")
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--list", action="store_true")
    return parser.parse_args()


def main():
    options = arguments()
    chosen = [m for m in mutants() if options.only in " ".join(m[1:4] + (m.why,))]
    if options.sample is not None:
        seed = random.randrange(10**6) if options.seed is None else options.seed
        print(f"# seed: {seed}")
        chosen = random.Random(seed).sample(chosen, min(options.sample, len(chosen)))
    if options.list:
        for mutant in chosen:
            print(f"{mutant.file}: {mutant.before} -> {mutant.after}")
        return 0
    with tempfile.TemporaryDirectory(prefix="owneronly-mutants.") as directory:
        os.chmod(directory, 0o755)
        adopt_orphans()
        copy = Copy(directory)
        if not copy.configure():
            sys.exit(f"the copy does not build:\n{open(copy.log, encoding='utf-8').read()[-2000:]}")
        verdicts = []
        end = time.monotonic() + options.within
        for number, mutant in enumerate(chosen, 1):
            if verdicts and time.monotonic() >= end:
                print(f"# {len(chosen) - len(verdicts)} left out: the time is over")
                break
            verdict, detail = judge(copy, mutant, options.quick)
            verdicts.append((mutant, verdict))
            word = "ok" if verdict in ("caught", "equivalent") else "not ok"
            print(f"{word} {number} {verdict}: {mutant.file}: {mutant.before} -> {mutant.after} "
                  f"({mutant.where}; {detail})", flush=True)
        total = print_totals(verdicts)
    failed = max(total["survived"] - options.allow, 0) + total["stale"]
    print(f"{len(verdicts) - failed} passed, {failed} failed, 0 skipped")
    return 1 if failed or not verdicts else 0


if __name__ == "__main__":
    sys.exit(main())
