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


def work(path, data, waits, processor, start, told):
    write_file(path, data)
    os.write(told, b"x")
    if os.read(start, 1):
        raise RuntimeError("no start")
    busy = time.process_time_ns()
    for i in range(len(waits)):
        begin = time.perf_counter_ns()
        write_file(path, data)
        waits[i] = time.perf_counter_ns() - begin
    processor[0] = (time.process_time_ns() - busy) // len(waits)
    os.write(told, b"x")


def shared_times(count):
    return memoryview(mmap.mmap(-1, 8 * count)).cast("q")


def median(times):
    return sorted(times)[len(times) // 2]


def wait_for(fd, writers):
    for _ in range(writers):
        if not os.read(fd, 1):
            sys.exit("a writer failed")


def main():
    directory = sys.argv[1]
    size, writers, count = map(int, sys.argv[2:])
    data = memoryview(b"x" * size)
    waits, processor = shared_times(writers * count), shared_times(writers)
    start, told = os.pipe(), os.pipe()
    for i in range(writers):
        if os.fork() == 0:
            os.close(start[1])
            os.close(told[0])
            work(f"{directory}/{i}.token", data, waits[i * count:(i + 1) * count],
                 processor[i:i + 1], start[0], told[1])
            return
    os.close(told[1])
    wait_for(told[0], writers)
    os.close(start[1])
    wait_for(told[0], writers)
    print(median(waits), median(processor))


if __name__ == "__main__":
    main()
