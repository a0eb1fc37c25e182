#!/usr/bin/python3
"""Measures owneronly beside others, and prints tables of medians and ratios.

usage: main.py [--quick] BUILD_DIRECTORY

SPDX-License-Identifier: Apache-2.0
"""

import argparse
import os
import platform
import shutil
import sys
import tempfile
from dataclasses import dataclass

import places
import shims
import tables
import writes


@dataclass(frozen=True)
class Plan:
    """Seconds of each part, and what the redirected write is tried with."""
    shims: int
    writes: int
    huge: int
    appends: int
    at_least: int  # rounds, however long they take
    at_least_huge: int
    sizes: tuple
    writers: tuple


QUICK = Plan(8, 30, 8, 5, 3, 1, (1_000, 1_000_000), (1, 16))
FULL = Plan(40, 200, 40, 20, 5, 3, (1_000, 64_000, 1_000_000), (1, 4, 16, 64))


class Stage:
    """A directory to work in, what is measured, and the environment it is measured in."""

    def __init__(self, build, root):
        self.programs = os.path.join(build, "tests", "bench")
        self.test_programs = os.path.join(build, "tests", "integration", "programs")
        self.library = os.path.join(build, "lib", "owneronly", "libowneronly.so")
        self.root = root

    def directory(self, name):
        path = os.path.join(self.root, name)
        os.mkdir(path)
        return path

    def policy(self, durability):
        path = os.path.join(self.root, f"{durability}.conf")
        with open(path, "w", encoding="ascii") as file:
            file.write(f"[bench]\nmatch = *.token\ndurability = {durability}\n")
        return path

    @staticmethod
    def environment(more):
        return {"PATH": os.environ["PATH"], "LC_ALL": "C", **more}


class Report:
    """Everything goes to standard output and into a file."""

    def __init__(self, directory):
        self.directory = directory
        self.file = open(os.path.join(directory, "results.txt"), "w", encoding="utf-8")

    def say(self, text):
        print(text, flush=True)
        print(text, file=self.file, flush=True)

    def draw(self, *picture):
        tables.draw(self.directory, *picture)


def show_shims(report, samples, columns):
    rows, values = [], []
    for row in [*shims.MEASURES.values(), shims.MEMORY]:
        bare = samples.median(row, shims.BARE)
        absolute = f"{bare:.0f} kB" if row == shims.MEMORY else f"{tables.number(bare / 1000)} us"
        others = [column for column in columns if column != shims.BARE]
        rows.append([row, absolute, *(tables.ratio(samples, row, column, shims.BARE)
                                      for column in others)])
        values.append((row, [samples.ratio(row, column, shims.BARE)[0] for column in others]))
    title = f"What is preloaded, as a ratio to bare ({samples.rounds()})"
    report.say(tables.aligned(title, ["", shims.BARE, *others], rows))
    report.draw("shims", title, "ratio to bare", others, values, 4)
    samples.write(os.path.join(report.directory, "shims.csv"))


def show_writes(report, name, title, samples, columns):
    rows, pictures = [], {}
    for row in dict.fromkeys(row for row, _ in samples.values):
        base = samples.median(row, writes.BY_HAND)
        rows.append([row, f"{tables.number(base / 1000)} us",
                     *(tables.ratio(samples, row, column, writes.BY_HAND) for column in columns)])
        place, case = row.split(", ", 1)
        pictures.setdefault(place, []).append(
            (case, [samples.ratio(row, column, writes.BY_HAND)[0] for column in columns]))
    title = f"Replacing a file, {title}, as a ratio to the sequence by hand ({samples.rounds()})"
    report.say(tables.aligned(title, ["", "by hand", *columns], rows))
    for place, values in pictures.items():
        report.draw(f"{name}-{place.replace(' ', '-')}", f"{title}: {place}",
                    "ratio to by hand", columns, values, 3)
    samples.write(os.path.join(report.directory, f"{name}.csv"))


def show_appends(report, appends):
    rows = []
    for row in dict.fromkeys(row for row, _ in appends.times.values):
        def median(samples, column):
            return tables.number(samples.median(row, column) / 1000)
        rows.append([row, median(appends.times, writes.PLAIN_APPEND), median(appends.times, "owneronly"),
                     tables.ratio(appends.times, row, "owneronly", writes.PLAIN_APPEND),
                     median(appends.bytes, writes.PLAIN_APPEND), median(appends.bytes, "owneronly")])
    header = ["", "plain us", "owneronly us", "ratio", "plain kB", "owneronly kB"]
    report.say(tables.aligned("Appending 1 KB to a file of 100 MB: time, and what is written "
                              f"({appends.times.rounds()})", header, rows))
    appends.times.write(os.path.join(report.directory, "appends.csv"))


def measure_writes(report, stage, plan, where):
    chosen = list(writes.ways(stage, report.say))
    columns = [way.name for way in chosen]
    cells = [writes.Cell(place, size, writers)
             for place in where for size in plan.sizes for writers in plan.writers]
    small = writes.measure(stage, cells, chosen, plan.writes, plan.at_least)
    cells = [writes.Cell(place, writes.HUGE, 1) for place in where]
    huge = writes.measure(stage, cells, chosen, plan.huge, plan.at_least_huge)
    for name, (waits, processor) in (("small", small), ("huge", huge)):
        show_writes(report, f"{name}-wait", "time", waits, columns)
        show_writes(report, f"{name}-processor", "processor time", processor, columns)


def measure_all(report, stage, plan):
    with places.Places(stage.root, report.say) as everywhere:
        if not shutil.which("gnuplot"):
            report.say("skipped: the plots: gnuplot is not installed")
        samples, columns = shims.measure(stage, plan.shims, plan.at_least, report.say)
        show_shims(report, samples, columns)

        disk = everywhere.on_disk("ext4") or everywhere.here()
        measure_writes(report, stage, plan, _there(
            disk, everywhere.in_memory("ext4"), everywhere.tmpfs()))

        where = _there(disk, everywhere.on_disk("xfs"), everywhere.on_disk("btrfs"))
        show_appends(report, writes.measure_appends(stage, where, plan.appends,
                                                    plan.at_least_huge))


def _there(*possible):
    return [place for place in possible if place]


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("build")
    arguments = parser.parse_args()
    os.umask(0o022)
    directory = os.path.join(os.path.abspath(arguments.build), "bench")
    os.makedirs(directory, exist_ok=True)
    report = Report(directory)
    report.say(f"{platform.release()}, {os.cpu_count()} processors, load "
               f"{os.getloadavg()[0]:.1f}\n")
    with tempfile.TemporaryDirectory(prefix="work.", dir=directory) as root:
        measure_all(report, Stage(os.path.abspath(arguments.build), root),
                    QUICK if arguments.quick else FULL)
    report.say("dir  the directory is synced too, after the file is in place\n"
               "~    the rounds differ by more than a quarter of their median, or there is only one")
    report.say(f"tables, numbers of every round, plots (.png, .plot.txt): {directory}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
