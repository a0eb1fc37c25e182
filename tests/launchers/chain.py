#!/usr/bin/env python3
"""Starts the job at the end of a chain of processes, each of which starts the next one its own way.

usage: chain.py WAY...

SPDX-License-Identifier: Apache-2.0
"""
import multiprocessing
import os
import subprocess
import sys

JOB = "/srv/site/job"


def copied_environment(command):
    return subprocess.run(command, env=os.environ.copy(), start_new_session=True,
                          close_fds=True, check=False).returncode


def by_posix_spawn(command):
    pid = os.posix_spawn(command[0], command, os.environ)
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])


def by_multiprocessing(method):
    def start(command):
        child = multiprocessing.get_context(method).Process(target=subprocess.run, args=(command,))
        child.start()
        child.join()
        return child.exitcode
    return start


WAYS = {
    "subprocess": subprocess.call,
    "shell": lambda command: subprocess.call(" ".join(command) + "; exit $?", shell=True),
    "copied_environment": copied_environment,
    "posix_spawn": by_posix_spawn,
    "fork": by_multiprocessing("fork"),
    "spawn": by_multiprocessing("spawn"),
    "forkserver": by_multiprocessing("forkserver"),
}


def main():
    way, rest = WAYS[sys.argv[1]], sys.argv[2:]
    return way([sys.executable, "-B", __file__, *rest] if rest else [JOB])


if __name__ == "__main__":
    sys.exit(main())
