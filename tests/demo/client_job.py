#!/usr/bin/env python3
"""A client's job process, writing its configuration as the unpatched one does.

usage: client_job.py WORKSPACE [ROUNDS]

It writes config/client_api_config.json with a token in it, reads it, merges the trainer's part and
writes it again, and starts the trainer, which is to find the token there.

SPDX-License-Identifier: Apache-2.0
"""
import json
import os
import pathlib
import subprocess
import sys

TOKEN = "token-" + "7" * 58
SIGNATURE = "signature-" + "s" * 246


def write(path, config):
    with open(path, "w") as file:
        json.dump(config, file, indent=2)


def write_config(path):
    write(path, {"METRICS_EXCHANGE": {"AUTH_TOKEN": TOKEN, "AUTH_TOKEN_SIGNATURE": SIGNATURE},
                 "TASK_EXCHANGE": {"pipe": {"root_url": "tcp://127.0.0.1:8002"}}})
    with open(path) as file:
        config = json.load(file)
    config["JOB_ID"] = "0b5cf2f0"
    config["TRAINER"] = {"command": "train.py", "parameters": ["p" * 40 for _ in range(18)]}
    write(path, config)


def main():
    workspace = pathlib.Path(sys.argv[1])
    rounds = int(sys.argv[2]) if len(sys.argv) > 2 else 1
    (workspace / "config").mkdir(exist_ok=True)
    for _ in range(rounds):
        write_config(workspace / "config" / "client_api_config.json")
    trainer = pathlib.Path(__file__).with_name("trainer.py")
    done = subprocess.run([sys.executable, trainer, TOKEN], cwd=workspace, env=os.environ.copy(),
                          start_new_session=True, check=False)
    return done.returncode


if __name__ == "__main__":
    sys.exit(main())
