#!/usr/bin/env python3
"""Another user, who looks into the files of a directory as often as it can.

usage: other_user.py DIRECTORY NEEDLE STOP_FILE

Looks into every file there, hidden ones too, until STOP_FILE exists; prints how many readings held
NEEDLE.

SPDX-License-Identifier: Apache-2.0
"""
import os
import sys


def contents(directory):
    for entry in os.listdir(directory):
        try:
            with open(os.path.join(directory, entry), "rb") as file:
                yield file.read()
        except OSError:
            pass


def main():
    directory, needle, stop = sys.argv[1], sys.argv[2].encode(), sys.argv[3]
    seen = looked = 0
    while not os.path.exists(stop):
        looked += 1
        seen += any(needle in content for content in contents(directory))
    print(seen, looked)


if __name__ == "__main__":
    main()
