#!/usr/bin/python3
"""What a plain open says, what explain says, and what really happens at open and at close: 110.

usage: main.py [--seed N] [--cases N | --duration SECONDS | --case SEED:NUMBER] BUILD_DIRECTORY

Situations are drawn by number from a seed, which is printed; --case repeats one.

SPDX-License-Identifier: Apache-2.0
"""

import argparse
import collections
import os
import shutil
import signal
import sys
import tempfile
import time

import callers
import judge
import places
import situations
import trial

SHOWN = 40  # of the failures, in full
SLOW = 5  # seconds, of which a situation is named that took longer


# What was once wrong, and is asked in every run; as root, who has all callers.
PINNED = (
    (2026, 2800),  # an append put a copy of mode 0400 in place, and could then not open it
    (11, 171),  # in-place changed the group of a file whose mode it could not change
    (2026, 649),  # explain granted what in-place could not do to an append-only file
    (2026, 737),  # explain knew what could not be tried
    (2026, 1637), (2026, 2565),  # on a read-only mount, another errno than a plain open's
    (271828, 980), (271828, 1949),  # a device in another's sticky directory, opened with O_CREAT
    (2026, 1730),  # the owner's own bits of a file that is appended to
)


def _numbers(arguments):
    if arguments.case:
        yield arguments.seed, int(arguments.case.split(":")[1])
        return
    yield from PINNED
    end = time.monotonic() + arguments.duration
    number = 0
    while number < arguments.cases or time.monotonic() < end:
        yield arguments.seed, number
        number += 1


class Totals:
    """By each part of the situation: cases, granted, refused, and what was wrong by its rule."""

    def __init__(self):
        self.kinds = collections.defaultdict(collections.Counter)
        self.wrong = collections.Counter()
        self.cases = self.impossible = self.failed = 0

    def add(self, situation, facts, found):
        self.cases += 1
        self.failed += bool(found)
        for kind, value in (("place", situation.place), ("caller", situation.caller.name),
                            ("directory", situation.directory), ("stands", situation.stands),
                            ("how", situation.how), *self._keys(situation)):
            row = self.kinds[kind, value]
            row["cases"] += 1
            row["granted" if facts.opened == 0 else "refused"] += 1
            row["failed"] += bool(found)
        for rule, _ in found:
            self.wrong[rule] += 1

    @staticmethod
    def _keys(situation):
        changed = [(key, value) for key, value in situation.rule.items()
                   if value != situations.DEFAULTS[key]]
        for key, value in changed or [("the default", "rule")]:
            yield "rule", f"{key}={oct(value)[2:] if key == 'mode' else value}"

    def show(self):
        for (kind, value), row in sorted(self.kinds.items()):
            print(f"# {kind:9} {value:38} {row['cases']:6} cases {row['granted']:6} granted "
                  f"{row['refused']:6} refused {row['failed']:4} failed")


def _why_not(build):
    if os.environ.get("OWNERONLY_SANITIZE"):
        return "a sanitizer's own system calls and exits are not the library's"
    for program in ("lib/owneronly/libowneronly.so", "libexec/owneronly/owneronly-inspect"):
        if not os.path.exists(os.path.join(build, program)):
            return f"{program} is not built"
    return None if shutil.which("setpriv") and shutil.which("unshare") else "no util-linux"


def _protections():
    """Of links, FIFOs and files of others in sticky directories: proc_sys_fs(5)."""
    words = []
    for name in ("symlinks", "hardlinks", "regular", "fifos"):
        with open(f"/proc/sys/fs/protected_{name}") as file:
            words.append(f"protected_{name}={file.read().strip()}")
    return " ".join(words)


def _directory(parent):
    path = tempfile.mkdtemp(prefix="owneronly-differential.", dir=parent)
    os.chmod(path, 0o755)
    return path


def _run(arguments, stage, totals):
    everyone = callers.those_here()
    for seed, number in _numbers(arguments):
        situation = situations.draw(seed, number, everyone)
        begun = time.monotonic()
        facts = trial.run(stage, situation)
        if time.monotonic() - begun > SLOW:
            print(f"# took {time.monotonic() - begun:.0f} seconds: {situation}", flush=True)
        if facts is None:
            totals.impossible += 1
            continue
        found = judge.judge(situation, facts)
        totals.add(situation, facts, found)
        if found and totals.failed <= SHOWN or arguments.case:
            print(f"# {situation}")
            for rule, words in found:
                print(f"#   {rule}: {words}")
        if arguments.case:
            print(facts)
            print(facts.said, facts.log, sep="\n")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seed", type=int, default=int.from_bytes(os.urandom(4), "big"))
    parser.add_argument("--cases", type=int, default=0)
    parser.add_argument("--duration", type=float, default=0)
    parser.add_argument("--case", help="SEED:NUMBER, as a failure says it")
    parser.add_argument("build")
    arguments = parser.parse_args()
    if arguments.case:
        arguments.seed = int(arguments.case.split(":")[0])
    reason = _why_not(arguments.build)
    if reason:
        print(f"1..1\nok 1 differential # skip {reason}")
        return 0
    print(f"# seed {arguments.seed}; {_protections()}", flush=True)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    os.umask(0)
    root = _directory(None)
    # In a user namespace nobody trusts what lies directly in /tmp.
    trusted = _directory("/run" if os.geteuid() == 0 else None)
    the_places = places.Places(root)
    if the_places.private:
        places.own_devices(os.path.join(root, "devices"))
    totals = Totals()
    try:
        _run(arguments, trial.Stage(arguments.build, the_places, trusted), totals)
    finally:
        the_places.remove()
        shutil.rmtree(root)
        shutil.rmtree(trusted)
    totals.show()
    missing = [name for name, target in the_places.mounted.items() if not target]
    if missing:
        print(f"# not to be had here: {' '.join(missing)}")
    wrong = "".join(f", {count} {rule}" for rule, count in totals.wrong.most_common())
    print(f"{'not ok' if totals.failed else 'ok'} 1 110: {totals.cases} situations, "
          f"{totals.failed} of them wrong{wrong}; {totals.impossible} impossible here")
    print("1..1")
    return 1 if totals.failed else 0


if __name__ == "__main__":
    sys.exit(main())
