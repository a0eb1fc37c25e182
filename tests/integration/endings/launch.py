"""Opens $F, and lets a child write it that runs `$HALF $E`, in the way that is named.

SPDX-License-Identifier: Apache-2.0
"""
import os
import subprocess
import sys
import multiprocessing

F, COMMAND = os.environ["F"], [os.environ["HALF"], os.environ["E"]]


def vfork(f):
    subprocess.run(COMMAND, stdout=f)


def fork(f):
    subprocess.run(COMMAND, stdout=f, preexec_fn=lambda: None)


def posix_spawn(f):
    os.dup2(f.fileno(), 1)
    subprocess.run(COMMAND, close_fds=False)
    os.dup2(2, 1)


def actions(f):
    pid = os.posix_spawn(COMMAND[0], COMMAND, os.environ,
                         file_actions=[(os.POSIX_SPAWN_DUP2, f.fileno(), 1)])
    os.waitpid(pid, 0)


def by_hand(f):
    if os.fork() == 0:
        os.dup2(f.fileno(), 1)
        os.execv(COMMAND[0], COMMAND)
    os.wait()


def inherited(f):
    os.dup2(f.fileno(), 1)
    child = multiprocessing.get_context("fork").Process(target=os.execv,
                                                        args=(COMMAND[0], COMMAND))
    child.start()
    child.join()
    os.dup2(2, 1)


with open(F, "w", encoding="ascii") as file:
    globals()[sys.argv[1]](file)
