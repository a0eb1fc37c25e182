#!/usr/bin/env python3
"""Runs the client job inside a worker of dask, not in a process that the worker starts.

usage: dask_job.py submit
       dask_job.py nanny NAME=VALUE

submit: in the worker of the scheduler on port 8786.
nanny:  in a worker whose Nanny is given env={NAME: VALUE}; the worker's environment is left in the
        file "environment".

SPDX-License-Identifier: Apache-2.0
"""
import asyncio
import sys

from distributed import Client, Nanny

SCHEDULER = "tcp://127.0.0.1:8786"
SITE = "/srv/site"


def job():
    # In the worker, which does not know this module.
    import os
    import runpy
    import sys
    with open(f"{SITE}/environment", "w") as file:
        file.writelines(f"{name}={value}\n" for name, value in os.environ.items())
    sys.argv = ["client_job.py", SITE]
    try:
        runpy.run_path(f"{SITE}/client_job.py", run_name="__main__")
    except SystemExit as end:
        return end.code


async def submit():
    async with Client(SCHEDULER, asynchronous=True) as client:
        return await client.submit(job, pure=False)


async def with_nanny(name, value):
    async with Nanny(SCHEDULER, nthreads=1, env={name: value}):
        return await submit()


if __name__ == "__main__":
    if sys.argv[1] == "submit":
        sys.exit(asyncio.run(submit()))
    sys.exit(asyncio.run(with_nanny(*sys.argv[2].split("=", 1))))
