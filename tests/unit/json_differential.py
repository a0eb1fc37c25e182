#!/usr/bin/python3
"""Contract 310: the JSON check accepts a document exactly when Python's json.loads() does.

usage: json_differential.py JSON_CLI [--documents N] [--seed N]

The documents are all short ones over a few alphabets, and N mutated ones, the same for a seed.

SPDX-License-Identifier: Apache-2.0
"""

import argparse
import itertools
import json
import random
import struct
import subprocess
import sys

ENCODINGS = (
    "utf-8", "utf-8", "utf-8", "utf-8-sig",
    "utf-16", "utf-16-le", "utf-16-be",
    "utf-32", "utf-32-le", "utf-32-be",
)  # fmt: skip
BIG_ENDIAN_MARKS = {"utf-16": b"\xfe\xff", "utf-32": b"\x00\x00\xfe\xff"}

SPACES = ("", "", "", " ", "\n", "\t", "\r", " \r\n ", "\f", "\u00a0")
WORDS = ("true", "false", "null", "NaN", "Infinity", "-Infinity")
INTEGERS = ("0", "7", "-0", "-12", "00", "-", "+1", "0123", "9" * 5000)
FRACTIONS = ("", "", ".5", ".", ".050")
EXPONENTS = ("", "", "e5", "E+05", "e-999999", "e", "e+")
CHARACTERS = (
    "a", "token", " ", "/", "é", "€", "😀", "\ud800", "\udfff", "\ufeff", "\uffff", "\x7f",
    r"\"", r"\\", r"\/", r"\b", r"\n", r"\u0000", r"\u00E9", r"\ud83d\ude00", r"\ud800", r"\udc00",
)  # fmt: skip
BAD_CHARACTERS = ("\x00", "\x1f", "\n", '"', r"\x", r"\u12", r"\U0041", "\\", r"\u１234")
TOKENS = tuple('[]{}:,"\\-+.eE0 \n') + WORDS + INTEGERS + CHARACTERS + BAD_CHARACTERS
BYTES = (
    b"\x00", b"\x1f", b"\x22", b"\x5c", b"\x7f", b"\x80", b"\xa0", b"\xbf", b"\xc0", b"\xc2",
    b"\xd8", b"\xdc", b"\xe0", b"\xed", b"\xef", b"\xf0", b"\xf4", b"\xf5", b"\xf8", b"\xff",
    b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff", b"\xed\xa0\x80", b"\xf4\x8f\xbf\xbf", b"\xf4\x90",
    b"\x00\x00", b"\x00\x00\x00", b"\x00\x11", b"\x00\xd8", b"\xd8\x00", b"\xe0\x9f\xbf",
)  # fmt: skip


class Maker:
    """Makes documents, most of them nearly JSON."""

    def __init__(self, seed):
        self.random = random.Random(seed)

    def one_in(self, n):
        return self.random.randrange(n) == 0

    def pick(self, choices):
        return self.random.choice(choices)

    def space(self):
        return self.pick(SPACES if self.one_in(10) else SPACES[:8])

    def number(self):
        if self.one_in(8):
            return self.pick(INTEGERS) + self.pick(FRACTIONS) + self.pick(EXPONENTS)
        return repr(self.random.uniform(-1e6, 1e6))

    def string(self):
        characters = [self.pick(CHARACTERS) for _ in range(self.random.randrange(6))]
        if self.one_in(40):
            characters.append(self.pick(BAD_CHARACTERS))
        return '"' + "".join(characters) + '"'

    def value(self, depth):
        kind = self.random.randrange(5 if depth > 0 else 3)
        if kind == 0:
            text = self.pick(WORDS)
        elif kind == 1:
            text = self.number()
        elif kind == 2:
            text = self.string()
        elif kind == 3:
            text = "[" + ",".join(self.values(depth)) + "]"
        else:
            text = "{" + ",".join(self.string() + ":" + v for v in self.values(depth)) + "}"
        return self.space() + text + self.space()

    def values(self, depth):
        return [self.value(depth - 1) for _ in range(self.random.randrange(4))] or [self.space()]

    def mutated(self, sequence, inserts):
        """sequence, a str or bytes, with one piece of it left out, put twice or replaced."""
        start = self.random.randrange(len(sequence) + 1)
        end = min(len(sequence), start + self.pick((0, 0, 1, 1, 2, 4, len(sequence))))
        instead = self.pick((sequence[:0], sequence[start:end] * 2, self.pick(inserts)))
        return sequence[:start] + instead + sequence[end:]

    def encoded(self, text):
        encoding = self.pick(ENCODINGS)
        if encoding in BIG_ENDIAN_MARKS and self.one_in(2):
            mark = BIG_ENDIAN_MARKS[encoding]
            return mark + text.encode(encoding + "-be", "surrogatepass")
        return text.encode(encoding, "surrogatepass")

    def document(self):
        text = self.value(self.random.randrange(5))
        if self.one_in(3):
            text = self.mutated(text, TOKENS)
        document = self.encoded(text)
        if self.one_in(3):
            document = self.mutated(document, BYTES)
        return document


def short_documents():
    """All that can stand at a document's head, and all short texts of the grammar's characters."""
    heads = b"\x00\x20\x31\x22\xbb\xbf\xef\xfe\xff"
    numbers = b"-+01.eE "
    structure = b'[]{}:,0" \\'
    for alphabet, lengths in (
        (range(256), (0, 1, 2)),
        (heads, (3, 4, 5)),
        (numbers, (3, 4, 5)),
        (structure, (3, 4, 5)),
    ):
        for length in lengths:
            yield from map(bytes, itertools.product(alphabet, repeat=length))
    sequences = b"\x22\x7f\x80\x8f\x90\x9f\xa0\xbf\xc1\xc2\xdf\xe0\xed\xef\xf0\xf4\xf5"
    for length in (1, 2, 3, 4):
        for inside in itertools.product(sequences, repeat=length):
            yield b'"' + bytes(inside) + b'"'


def python_accepts(document):
    try:
        json.loads(document)
    except ValueError:
        return False
    return True


def answers(cli, documents):
    batch = b"".join(struct.pack("<I", len(document)) + document for document in documents)
    return subprocess.run([cli], input=batch, stdout=subprocess.PIPE, check=True).stdout.decode()


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("cli")
    parser.add_argument("--documents", type=int, default=20000)
    parser.add_argument("--seed", type=int, default=310)
    arguments = parser.parse_args()

    sys.set_int_max_str_digits(0)
    maker = Maker(arguments.seed)
    documents = list(short_documents())
    documents += [maker.document() for _ in range(arguments.documents)]
    given = answers(arguments.cli, documents)
    if len(given) != len(documents):
        sys.exit(f"{len(documents)} documents, but {len(given)} answers")

    accepted = differences = 0
    for document, answer in zip(documents, given):
        accepts = python_accepts(document)
        accepted += accepts
        expected = "W" if accepts else "E" if not document else "B"
        if answer != expected:
            differences += 1
            print(f"{document!r}: {answer}, but Python's answer is {expected}")
    refused = len(documents) - accepted
    print(f"{len(documents)} documents compared: Python accepts {accepted}, refuses {refused}")
    sys.exit(1 if differences or not accepted or not refused else 0)


if __name__ == "__main__":
    main()
