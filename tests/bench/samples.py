"""What was measured, round by round, and what is made of it: medians and ratios.

SPDX-License-Identifier: Apache-2.0
"""

import csv
import statistics
import time

WIDE = 0.25  # quartiles farther apart than this part of the median deserve a warning


def rounds(seconds, at_least):
    """Numbers, as long as another round of the same length fits."""
    begin = time.monotonic()
    number = 0
    while True:
        yield number
        number += 1
        spent = time.monotonic() - begin
        if number >= at_least and spent + spent / number > seconds:
            return


def rotated(items, number):
    """So that nobody always goes first."""
    number %= len(items)
    return items[number:] + items[:number]


class Samples:
    def __init__(self):
        self.values = {}  # (row, column): a list with one value a round

    def add(self, row, column, value):
        self.values.setdefault((row, column), []).append(value)

    def rounds(self):
        return max(map(len, self.values.values()), default=0)

    def median(self, row, column):
        values = self.values.get((row, column))
        return statistics.median(values) if values else None

    def ratio(self, row, column, base):
        """The median of the rounds' own ratios, and whether they disagree.

        What disturbs a whole round disturbs both sides of its ratio.
        """
        values, bases = self.values.get((row, column)), self.values.get((row, base))
        if not values or not bases:
            return None, False
        ratios = [value / to for value, to in zip(values, bases)]
        median = statistics.median(ratios)
        if len(ratios) < 4 or column == base:
            return median, False
        low, _, high = statistics.quantiles(ratios, n=4)
        return median, (high - low) / median > WIDE

    def write(self, path):
        with open(path, "w", newline="", encoding="utf-8") as file:
            writer = csv.writer(file)
            writer.writerow(["row", "column", "values, one a round"])
            for (row, column), values in self.values.items():
                writer.writerow([row, column, *values])
