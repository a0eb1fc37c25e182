#!/usr/bin/env python3
"""A trainer: reads its configuration by a relative path, and needs the token in it.

usage: trainer.py EXPECTED_TOKEN

SPDX-License-Identifier: Apache-2.0
"""
import json
import sys

with open("config/client_api_config.json") as file:
    token = json.load(file)["METRICS_EXCHANGE"]["AUTH_TOKEN"]
sys.exit(0 if token == sys.argv[1] else 1)
