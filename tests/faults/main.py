#!/usr/bin/python3
"""What a write leaves behind when things go wrong, at every single system call: promises 1, 3, 4.

usage: main.py [--duration SECONDS] [--scenario NAME]... [--sample COUNT] [--seed NUMBER]
               BUILD_DIRECTORY [GROUP...]

  errors  every error that a call can give, at every call
  short   transfers that move less than was asked for
  kill    SIGKILL before every call, and at random instants
  power   a power cut before every call

--sample: of each scenario so many cases only, drawn by the seed, which is printed.

SPDX-License-Identifier: Apache-2.0
"""

import argparse
import os
import random
import shutil
import signal
import sys

import at_random
import errors
import kill
import power
import report
import stale
import scenarios
import short
import subject

SHORT_DURATION = 4  # seconds of the tests that take as long as they are given


def _errors(stage, chosen, duration):
    yield report.both(stage, "errors", errors, chosen)


def _short(stage, chosen, duration):
    yield report.both(stage, "short", short, chosen)


def _kill(stage, chosen, duration):
    yield report.both(stage, "kill", kill, chosen)
    yield stale.run(stage)
    yield at_random.run(stage, duration or SHORT_DURATION)


def _power(stage, chosen, duration):
    yield from power.run(stage)


GROUPS = {"errors": _errors, "short": _short, "kill": _kill, "power": _power}


def why_not(build):
    """A reason to skip all of it, or None."""
    for program in ("strace", "prlimit"):
        if not shutil.which(program):
            return f"{program} is not installed"
    for program in ("step", "without_tmpfile"):
        if not os.path.exists(f"{build}/tests/faults/programs/{program}"):
            return f"{program} could not be built here"
    if os.environ.get("OWNERONLY_SANITIZE"):
        return "a sanitizer's own system calls are not the library's"
    return None


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--duration", type=float, default=0)
    parser.add_argument("--scenario", action="append", default=[])
    parser.add_argument("--sample", type=int, default=0)
    parser.add_argument("--seed", type=int, default=random.randrange(1 << 32))
    parser.add_argument("build")
    parser.add_argument("groups", nargs="*", choices=[[], *GROUPS])
    arguments = parser.parse_intermixed_args()
    groups = arguments.groups or list(GROUPS)
    reason = why_not(arguments.build)
    if reason:
        for number, name in enumerate(groups, 1):
            print(f"ok {number} {name} # skip {reason}")
        return 0
    failed, number = 0, 0
    # Whoever ends this wants the directories and mounts to go as well.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    if arguments.sample:
        print(f"# seed {arguments.seed}", flush=True)
    stage = subject.Stage(arguments.build, arguments.duration > 0, arguments.sample,
                          arguments.seed)
    try:
        chosen = scenarios.by_name(arguments.scenario,
                                   stage.everything or arguments.scenario)
        for name in groups:
            for holds, line in GROUPS[name](stage, chosen, arguments.duration):
                number += 1
                failed += not holds
                print("ok" if holds else "not ok", number, line, flush=True)
    finally:
        stage.remove()
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
