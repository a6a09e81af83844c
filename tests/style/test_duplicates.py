"""The same lines twice: where the logic is the same, one piece of code serves."""

import collections
import re

RUN = 6  # so many lines in a row that say something

# What stands twice for a reason: (both files, why). A new line here wants an argument, not a habit.
ARGUED = (
    ("emulator/protocol/service.h", "emulator/protocol/service.h",
     "three protocols override the same members: a declaration isn't logic"),
    ("emulator/services/iam/errors.h", "emulator/services/sts/errors.h",
     "each service's table of its own errors, which AWS changes one by one"),
    ("emulator/protocol/xml.cc", "emulator/services/s3/wire/xml.cc",
     "S3 writes control characters as references, the query protocol drops them"),
)

# Says nothing by itself: what a file includes and names, brackets, comments.
SILENT = re.compile(r"^(#.*|using .*|namespace .*|//.*|[^A-Za-z0-9]*|public:|private:|protected:)$")


def spoken(text):
    """(line number, line) of what says something."""
    lines = ((number, re.sub(r"\s+", " ", line.strip())) for number, line in enumerate(text.split("\n"), 1))
    return [(number, line) for number, line in lines if not SILENT.match(line)]


def repeats(sources):
    """Of runs of RUN lines that stand in more than one place: {(file, file): [(line, line, how many)]}."""
    windows = collections.defaultdict(list)
    lines = {name: spoken(text) for name, text in sources.items()}
    for name, said in lines.items():
        for at in range(len(said) - RUN + 1):
            windows[tuple(line for _, line in said[at : at + RUN])].append((name, at))
    found = collections.defaultdict(list)
    for places in windows.values():
        for i, (one, at) in enumerate(places):
            for other, there in places[i + 1 :]:
                if one != other or there - at >= RUN:
                    found[one, other].append((at, there))
    out = {}
    for (one, other), pairs in found.items():
        runs = []
        for at, there in sorted(pairs):
            if runs and runs[-1][2] == there - at and runs[-1][1] == at - 1:
                runs[-1][1] = at
            else:
                runs.append([at, at, there - at])
        out[one, other] = [
            (lines[one][first][0], lines[other][first + offset][0], last - first + RUN) for first, last, offset in runs
        ]
    return out



def test_the_check_sees_what_it_looks_for():
    lines = [f"call({n});" for n in range(RUN)]
    other = ["first();", "// a comment between", *[f"    {line}\n" for line in lines], "last();"]
    found = repeats({"a.cc": "\n".join(lines), "b.cc": "\n".join(other)})
    assert found == {("a.cc", "b.cc"): [(1, 3, RUN)]}
    assert repeats({"a.cc": "\n".join(lines[1:]), "b.cc": "\n".join(other)}) == {}
    assert repeats({"a.cc": "\n".join(lines + lines)}) == {("a.cc", "a.cc"): [(1, RUN + 1, RUN)]}


def test_no_lines_stand_twice(sources):
    argued = {frozenset(files) for *files, _ in ARGUED}
    found = repeats(sources)
    assert [
        f"{one}:{line} ~ {other}:{there}, {count} lines"
        for (one, other), runs in sorted(found.items())
        if frozenset((one, other)) not in argued
        for line, there, count in runs
    ] == [], "one piece of code for both, or an argument in ARGUED"
    assert argued <= {frozenset(pair) for pair in found}, "what no longer stands twice needs no argument"
