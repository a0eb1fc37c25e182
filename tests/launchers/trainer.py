#!/usr/bin/env python3
"""The demo's trainer, which also tells what is mapped into the job that started it.

usage: trainer.py EXPECTED_TOKEN

In its directory it leaves job.maps, a copy of /proc/PID/maps of its parent, which waits for it;
then trainer, with the exit status of the demo's trainer: when that is there, the job has written
its file.

SPDX-License-Identifier: Apache-2.0
"""
import os
import pathlib
import runpy
import sys

DEMO = pathlib.Path(__file__).with_name("demo_trainer.py")


def main():
    mappings = pathlib.Path(f"/proc/{os.getppid()}/maps").read_bytes()
    pathlib.Path("job.maps").write_bytes(mappings)
    status = 1
    try:
        runpy.run_path(DEMO, run_name="__main__")
    except SystemExit as end:
        status = end.code
    # Under its name only when it is complete: somebody waits for it.
    pathlib.Path("trainer.new").write_text(f"{status}\n")
    os.rename("trainer.new", "trainer")
    return status


if __name__ == "__main__":
    sys.exit(main())
