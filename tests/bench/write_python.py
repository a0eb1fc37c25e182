#!/usr/bin/python3
"""As a careful Python program does it; the program around it is that of write.c.

usage: write_python.py DIRECTORY SIZE WRITERS COUNT

SPDX-License-Identifier: Apache-2.0
"""
import os
import sys
import tempfile
import time


def write_file(path, data):
    fd, temporary = tempfile.mkstemp(dir=os.path.dirname(path))
    with open(fd, "wb", buffering=0) as file:
        written = 0
        while written < len(data):
            written += file.write(data[written:])
        os.fchmod(file.fileno(), 0o600)
        os.fsync(file.fileno())
    os.replace(temporary, path)


def work(path, data, count, start, told):
    write_file(path, data)
    os.write(told, b"x")
    if os.read(start, 1):
        raise RuntimeError("no start")
    for _ in range(count):
        write_file(path, data)
    os.write(told, b"x")


def wait_for(fd, writers):
    for _ in range(writers):
        if not os.read(fd, 1):
            sys.exit("a writer failed")


def main():
    directory = sys.argv[1]
    size, writers, count = map(int, sys.argv[2:])
    data = memoryview(b"x" * size)
    start, told = os.pipe(), os.pipe()
    for i in range(writers):
        if os.fork() == 0:
            os.close(start[1])
            os.close(told[0])
            work(f"{directory}/{i}.token", data, count, start[0], told[1])
            return
    os.close(told[1])
    wait_for(told[0], writers)
    begin = time.perf_counter_ns()
    os.close(start[1])
    wait_for(told[0], writers)
    print((time.perf_counter_ns() - begin) // writers // count)


if __name__ == "__main__":
    main()
