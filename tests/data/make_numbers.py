#!/usr/bin/env python3
"""Writes numbers.jsonl: decimal cases computed by Python's decimal module, an implementation independent of ours.

Each line is one case:
  {"parse": text, "text": canonical or null, "error": "malformed" | "overflow" | "underflow" | "too_precise"}
  {"add": [a, b], "sum": canonical or null, "difference": canonical or null}
  {"order": [texts...]}   ascending, no two equal
The seed is fixed, so running it again gives the same file.
"""
import json
import pathlib
import random
from decimal import Context, Decimal

RANDOM = random.Random(20240131)
EXACT = Context(prec=1000, Emax=99999, Emin=-99999)


def canonical(value):
    """Plain decimal without exponent and without leading or trailing zeros."""
    if value == 0:
        return "0"
    sign, digits, exponent = value.as_tuple()
    digits = "".join(map(str, digits)).lstrip("0")
    while digits.endswith("0"):
        digits, exponent = digits[:-1], exponent + 1
    if exponent >= 0:
        text = digits + "0" * exponent
    else:
        digits = digits.rjust(-exponent + 1, "0")
        text = digits[:exponent] + "." + digits[exponent:]
    return ("-" if sign else "") + text


def judge(value):
    """The error DynamoDB has for the value, or None."""
    if value == 0:
        return None
    if value.adjusted() > 125:
        return "overflow"
    if value.adjusted() < -130:
        return "underflow"
    if len("".join(map(str, value.as_tuple().digits)).strip("0")) > 38:
        return "too_precise"
    return None


def literal():
    """A random number as somebody might write it."""
    digits = "".join(RANDOM.choice("0123456789") for _ in range(RANDOM.choice([1, 2, 3, 5, 17, 20, 37, 38, 39])))
    point = RANDOM.randint(0, len(digits))
    text = digits[:point] + "." + digits[point:] if RANDOM.random() < 0.6 else digits
    if RANDOM.random() < 0.5:
        text = RANDOM.choice("+-") + text
    if RANDOM.random() < 0.6:
        text += RANDOM.choice("eE") + RANDOM.choice(["", "+", "-"]) + str(RANDOM.randint(0, RANDOM.choice([3, 40, 140])))
    return text


def valid():
    while True:
        value = Decimal(literal())
        if judge(value) is None:
            return value


def cases():
    malformed = ["", " ", "a", "1a", "1 ", " 1", "--1", "+-1", ".", "-", "+", "e1", "1e", "1e+", "1.2.3", "NaN",
                 "Infinity", "-Infinity", "0x10", "1_000", "1,000", ".e1", "1e1.5", "\u0661"]
    for text in malformed:
        yield {"parse": text, "text": None, "error": "malformed"}
    for text in ["0", "-0", "+3", ".5", "5.", "1E5", "007", "1.10", "1e3", "1e125", "1e-130", "1e126", "1e-131",
                 "9" * 38 + "e88", "9" * 39, "1" + "0" * 60, "0." + "0" * 60 + "1", "1" * 38 + "0" * 50, "1e0000000000001",
                 "-9.9999999999999999999999999999999999999e125", "9.99999999999999999999999999999999999995e125"]:
        error = judge(Decimal(text))
        yield {"parse": text, "text": None if error else canonical(Decimal(text)), "error": error}
    for _ in range(1500):
        text = literal()
        value = Decimal(text)
        if value == 0:
            continue  # zero's odd range is a hand-written test
        error = judge(value)
        yield {"parse": text, "text": None if error else canonical(value), "error": error}

    def sum_text(value):
        return None if judge(value) else canonical(value)

    for _ in range(1500):
        a, b = valid(), valid()
        if RANDOM.random() < 0.3:
            b = -a if RANDOM.random() < 0.5 else a
        yield {"add": [canonical(a), canonical(b)], "sum": sum_text(EXACT.add(a, b)),
               "difference": sum_text(EXACT.subtract(a, b))}

    special = [Decimal(s) for s in ["0", "1e125", "-1e125", "1e-130", "-1e-130", "1", "-1", "10", "-10", "1.1", "12",
                                    "1.2", "123", "-12", "-123", "9" * 38, "-" + "9" * 38, "99", "100", "101"]]
    values = sorted(set(special + [valid() for _ in range(2000)]))
    yield {"order": [canonical(v) for v in values]}


def main():
    path = pathlib.Path(__file__).with_name("numbers.jsonl")
    with path.open("w", encoding="ascii") as out:
        for case in cases():
            out.write(json.dumps(case) + "\n")


if __name__ == "__main__":
    main()
