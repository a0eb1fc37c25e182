#!/usr/bin/env python3
"""A writer that does not get to the end of its document.

usage: broken_writer.py exception|killed FILE

exception: an object in the middle cannot be written as JSON; exit status 0 only if the program saw
           no error but that exception, which is what makes such files so hard to notice.
killed:    the process is killed when half of the document is written.

SPDX-License-Identifier: Apache-2.0
"""
import json
import os
import signal
import sys

DOCUMENT = {"AUTH_TOKEN": "new", "padding": ["x" * 100] * 1000}


def fail_by_exception(path):
    try:
        with open(path, "w") as file:
            json.dump({**DOCUMENT, "trainer": object()}, file)
    except TypeError:
        return 0
    return 1


def be_killed(path):
    text = json.dumps(DOCUMENT)
    with open(path, "w") as file:
        file.write(text[:len(text) // 2])
        file.flush()
        os.kill(os.getpid(), signal.SIGKILL)


if __name__ == "__main__":
    how, target = sys.argv[1:]
    sys.exit(fail_by_exception(target) if how == "exception" else be_killed(target))
