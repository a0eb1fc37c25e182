"""Numbers as text, and as pictures where gnuplot is installed.

SPDX-License-Identifier: Apache-2.0
"""

import os
import shutil
import subprocess

MISSING = "-"


def number(value):
    """Three digits that count, as far as there are any."""
    if value is None:
        return MISSING
    for limit, digits in ((10, 2), (100, 1)):
        if value < limit:
            return f"{value:.{digits}f}"
    return f"{value:.0f}"


def ratio(samples, row, column, base):
    """The wavy line: the rounds disagree by more than the reader may like."""
    value, wide = samples.ratio(row, column, base)
    return number(value) + ("~" if wide else " ")


def aligned(title, header, rows):
    lines = [[str(cell) for cell in line] for line in [header, *rows]]
    widths = [max(map(len, column)) for column in zip(*lines)]
    text = ["  ".join(cell.ljust(width) if i == 0 else cell.rjust(width)
                      for i, (cell, width) in enumerate(zip(line, widths))).rstrip()
            for line in lines]
    text.insert(1, "  ".join("-" * width for width in widths))
    return "\n".join([title, "", *text, ""])


DRAWING = """
set title "{title}"
set ylabel "{unit}"
set style data histogram
set style histogram clustered gap 1
set style fill {fill}
set boxwidth 0.9
set xtics rotate by {angle} {align}
set key outside right top
set grid ytics
set linetype 9 linecolor rgb "#999999"
set linetype 10 linecolor rgb "#8b4513"
# What is far higher than the rest would hide it.
set yrange [0:{top}]
set bmargin {margin}
plot for [i=2:{columns}] "{data}" using i:xtic(1) title columnheader(i)
"""


def draw(directory, name, title, unit, columns, rows, top):
    """rows: a name and as many values as there are columns, or None."""
    if not shutil.which("gnuplot"):
        return
    data = os.path.join(directory, f"{name}.dat")
    with open(data, "w", encoding="utf-8") as file:
        print('"measure"', *(f'"{column}"' for column in columns), file=file)
        for row, values in rows:
            print(f'"{row}"', *("NaN" if value is None else value for value in values), file=file)
    for suffix, terminal, fill, angle, align, margin in (
            ("png", "png size 1600,900 noenhanced", "solid 0.8", -35, "left", 9),
            ("plot.txt", f"dumb size {30 + max(6, len(rows)) * 20},40 noenhanced", "empty", 0, "", 3)):
        path = os.path.join(directory, f"{name}.{suffix}")
        script = f'set terminal {terminal}\nset output "{path}"\n' + DRAWING.format(
            title=title, unit=unit, fill=fill, angle=angle, align=align, margin=margin, top=top,
            columns=len(columns) + 1, data=data)
        subprocess.run(["gnuplot"], input=script, text=True, check=True)
