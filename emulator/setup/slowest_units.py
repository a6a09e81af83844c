"""Prints a build's ten slowest units, from ninja's log: seconds, unit; last their share of all compiling.

    python3 emulator/setup/slowest_units.py [BUILD [HOW_MANY]]"""

import pathlib
import sys


def durations(log):
    """{output: seconds} of compiled units, each as it was built last."""
    out = {}
    for line in log.splitlines()[1:]:
        fields = line.split("\t")
        if len(fields) >= 4 and fields[3].endswith((".o", ".gch")):
            out[fields[3]] = (int(fields[1]) - int(fields[0])) / 1000
    return out


def main(build="build", count="10"):
    units = durations((pathlib.Path(build) / ".ninja_log").read_text())
    slowest = sorted(units.items(), key=lambda unit: -unit[1])[: int(count)]
    for name, seconds in slowest:
        print(f"{seconds:7.1f}  {name}")
    total = sum(units.values())
    if total:
        share = sum(seconds for _, seconds in slowest) / total
        print(f"{total:7.1f}  {len(units)} units together; those above are {share:.0%} of it")


if __name__ == "__main__":
    main(*sys.argv[1:])
