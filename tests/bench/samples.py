"""What was measured, round by round, and what is made of it: medians and ratios.

SPDX-License-Identifier: Apache-2.0
"""

import csv
import statistics
import time

WIDE = 0.25  # a spread of more than this part of the median deserves a warning


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


def _spread(values):
    """Of the middle half, or of all where these are few; one alone tells nothing."""
    if len(values) == 1:
        return float("inf")
    if len(values) < 4:
        return max(values) - min(values)
    low, _, high = statistics.quantiles(values, n=4)
    return high - low


class Samples:
    def __init__(self):
        self.values = {}  # (row, column): a list with one value a round

    def add(self, row, column, value):
        self.values.setdefault((row, column), []).append(value)

    def rounds(self):
        number = max(map(len, self.values.values()), default=0)
        return f"{number} round" + "s" * (number != 1)

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
        return median, column != base and _spread(ratios) > WIDE * median

    def write(self, path):
        with open(path, "w", newline="", encoding="utf-8") as file:
            writer = csv.writer(file)
            writer.writerow(["row", "column", "values, one a round"])
            for (row, column), values in self.values.items():
                writer.writerow([row, column, *values])
