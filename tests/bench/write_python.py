#!/usr/bin/python3
"""As a careful Python program does it; the program around it is that of write.c.

usage: write_python.py DIRECTORY SIZE WRITERS COUNT

SPDX-License-Identifier: Apache-2.0
"""
import mmap
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


def work(path, data, times, start, told):
    write_file(path, data)
    os.write(told, b"x")
    if os.read(start, 1):
        raise RuntimeError("no start")
    for i in range(len(times)):
        begin = time.perf_counter_ns()
        write_file(path, data)
        times[i] = time.perf_counter_ns() - begin
    os.write(told, b"x")


def wait_for(fd, writers):
    for _ in range(writers):
        if not os.read(fd, 1):
            sys.exit("a writer failed")


def main():
    directory = sys.argv[1]
    size, writers, count = map(int, sys.argv[2:])
    data = memoryview(b"x" * size)
    times = memoryview(mmap.mmap(-1, 8 * writers * count)).cast("q")
    start, told = os.pipe(), os.pipe()
    for i in range(writers):
        if os.fork() == 0:
            os.close(start[1])
            os.close(told[0])
            work(f"{directory}/{i}.token", data, times[i * count:(i + 1) * count],
                 start[0], told[1])
            return
    os.close(told[1])
    wait_for(told[0], writers)
    os.close(start[1])
    wait_for(told[0], writers)
    print(sorted(times)[len(times) // 2])


if __name__ == "__main__":
    main()
